"""What the operator fills in. The law is checked by the flows; here only the shape."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.queries.operator import KINDS
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.refusal import Refused

KIND_WORDS = {"news": _("新闻"), "policy": _("政策"), "help": _("帮助"), "about": _("关于")}
LANGUAGES = [("zh-hans", _("中文")), ("en", _("英文"))]
DAY_KINDS = [
    ("statutory_holiday", _("节假日（放假）")),
    ("makeup_workday", _("调休上班日")),
    ("weekend", _("休息日（同周末）")),
]


def refuse(form: forms.Form, refused: Refused) -> None:
    """Put a flow's refusal at its field, with its article."""
    only = "words" if refused.field and "words" in form.fields else None
    form.add_error(refused.field if refused.field in form.fields else only, str(refused))


class WordsForm(forms.Form):
    """The one text most decisions need: what was looked at, or why."""

    words = forms.CharField(widget=forms.Textarea, max_length=2000)

    def __init__(self, *args: Any, label: Any, help_text: Any = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["words"].label = label
        self.fields["words"].help_text = help_text


class PageForm(forms.Form):
    """One version of a page; kind, address and language are fixed once the page exists."""

    kind = forms.ChoiceField(label=_("类别"), choices=[(key, KIND_WORDS.get(key, word)) for key, word in KINDS])
    slug = forms.CharField(label=_("网址"), max_length=50, help_text=_("小写字母、数字和连字符，例如 bid-guide。"))
    language = forms.ChoiceField(label=_("语言"), choices=LANGUAGES)
    title = forms.CharField(label=_("标题"), max_length=120)
    summary = forms.CharField(label=_("摘要"), max_length=300, required=False, widget=forms.Textarea)
    body = forms.CharField(
        label=_("正文"), widget=forms.Textarea, help_text=_("空行分段；不支持网页标签，写了也只会原样显示。")
    )
    source = forms.CharField(label=_("来源"), max_length=120, required=False)
    author = forms.CharField(label=_("作者"), max_length=60, required=False)
    base = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, fixed: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("kind", "slug", "language"):
            self.fields[name].disabled = fixed


class DayForm(forms.Form):
    """What one day is."""

    day = forms.DateField(label=_("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(label=_("这一天是"), choices=DAY_KINDS)
    source = forms.CharField(label=_("依据"), max_length=200, help_text=_("例如国务院办公厅放假通知的文号。"))


class ClockForm(forms.Form):
    """The instant a rehearsal shall arrive at."""

    to = forms.DateTimeField(
        label=_("前进到"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("北京时间；只能向前，不能后退。"),
    )

    def clean_to(self) -> Any:
        return self.cleaned_data["to"].astimezone(BEIJING)


class WitnessForm(forms.Form):
    """One witness of the log."""

    office = forms.CharField(label=_("见证机构"), max_length=80, help_text=_("例如国资委纪检监察组。"))
    vkey = forms.CharField(
        label=_("见证人公钥"), max_length=400, help_text=_("见证程序显示的整行，形如 名称+编号+密钥。")
    )
    url = forms.CharField(label=_("见证程序的地址"), max_length=300, help_text=_("例如 https://witness.example.org"))
