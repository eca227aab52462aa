"""Forms of the sections of a draft, one per section; the lot and the scheme have files of their own."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.sealing import LONGEST, SHORTEST
from sunshine.interfaces.web.buyer.drafting.texts import ENVELOPES, FIELDS, KINDS, SEALING, TOO_FEW

MOST_CRITERIA = 40


def long_text(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class Moment(forms.DateTimeField):
    """A date and a time in Beijing, typed or picked."""

    def __init__(self, **kwargs: Any):
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
        super().__init__(widget=widget, **({"required": False} | kwargs))


class BasicsForm(forms.Form):
    """基本信息."""

    title = forms.CharField(label=FIELDS["title"], max_length=80)
    purpose = forms.CharField(label=FIELDS["purpose"], max_length=2000, widget=long_text(4))
    region = forms.CharField(label=FIELDS["region"], max_length=40, required=False)
    contact_name = forms.CharField(label=FIELDS["contact_name"], max_length=40)
    contact_phone = forms.CharField(label=FIELDS["contact_phone"], max_length=40)
    objection_channel = forms.CharField(
        label=FIELDS["objection_channel"],
        max_length=400,
        help_text=_("投标人怎样提出异议：平台入口之外，写明电话与受理人。"),
    )
    consortium_allowed = forms.TypedChoiceField(
        label=FIELDS["consortium_allowed"],
        choices=[("1", _("接受")), ("0", _("不接受"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        help_text=_("招标文件应当载明是否接受联合体投标（招标投标法实施条例 第三十七条）。"),
    )
    performance_bond_percent = forms.IntegerField(label=FIELDS["performance_bond_percent"], min_value=0, max_value=100)
    bid_validity_days = forms.IntegerField(label=FIELDS["bid_validity_days"], min_value=1, max_value=365)
    contract_terms = forms.CharField(
        label=FIELDS["contract_terms"], max_length=8000, required=False, widget=long_text(5)
    )

    def __init__(self, *args: Any, bond_limit: int | None = None, bond_article: str = "", **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.bond_limit, self.bond_article = bond_limit, bond_article

    def clean_performance_bond_percent(self) -> int:
        percent: int = self.cleaned_data["performance_bond_percent"]
        if self.bond_limit is not None and percent > self.bond_limit:
            words = _("履约保证金不得超过中标合同金额的 %(n)s%%（%(article)s）。")
            raise forms.ValidationError(words % {"n": self.bond_limit, "article": self.bond_article}, code="bond")
        return percent


class TimetableForm(forms.Form):
    """时间表: the dates, the opening, and what happens if a bid cannot be decrypted."""

    documents_from = Moment(label=FIELDS["documents_from"], help_text=_("留空即自发布公告时起。"))
    documents_to = Moment(label=FIELDS["documents_to"], help_text=_("不能晚于投标截止。"))
    questions_due_at = Moment(label=FIELDS["questions_due_at"], help_text=_("留空即至投标截止。"))
    bids_due_at = Moment(label=FIELDS["bids_due_at"], help_text=_("开标时间与投标截止时间相同。"))
    opening_place = forms.CharField(label=FIELDS["opening_place"], max_length=200)
    envelopes = forms.ChoiceField(
        label=FIELDS["envelopes"],
        choices=ENVELOPES,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "公告后不能更改。双信封适合技术方案差异大、不希望报价影响技术评审的项目：评委锁定技术评审之前谁也看不到报价，"
            "被否决的投标不开启商务标；需要第二次开标，评标时间更长。"
        ),
    )
    sealing = forms.ChoiceField(
        label=FIELDS["sealing"],
        choices=SEALING,
        required=False,
        widget=forms.RadioSelect,
        help_text=_(
            "写进密封规则，公告后不能更改。选择投标人参与解密时，未在时限内参与的视为撤销投标文件。"
            "投标人自己开启适合找不到四位互相独立的持有人、或投标人不愿把密钥交给任何人的项目：公告前不必指定持有人；"
            "风险是投标人未在时限内到场，或丢失密钥簿和自救文件，其投标无法挽救，视为撤销。"
        ),
    )
    decrypt_hours = forms.IntegerField(
        label=FIELDS["decrypt_window"],
        min_value=SHORTEST // timedelta(hours=1),
        max_value=LONGEST // timedelta(hours=1),
        help_text=_("开标后等待密钥份额和各项补救的时间，1 至 72 小时；时限一到，未解密的投标按原因处理。"),
    )
    decrypt_remedy = forms.CharField(
        label=FIELDS["decrypt_remedy"],
        max_length=2000,
        required=False,
        widget=long_text(),
        help_text=_("招标文件可以规定解密失败的补救方案，投标文件应当按要求作出响应（电子招标投标办法 第三十一条）。"),
    )
    too_few_after_decrypt = forms.ChoiceField(
        label=FIELDS["too_few_after_decrypt"], choices=TOO_FEW, help_text=_("法律没有规定，以招标文件为准。")
    )

    def saved(self, at: datetime) -> dict[str, Any]:
        """The fields the draft flow takes, of what is valid. No beginning means: from the announcement on."""
        values = {name: value for name, value in self.cleaned_data.items() if name not in self.errors}
        if "documents_from" in values:
            values["documents_from"] = values["documents_from"] or at
        for name in ("sealing", "envelopes"):
            if not values.get(name):
                values.pop(name, None)  # nothing chosen changes nothing
        if (hours := values.pop("decrypt_hours", None)) is not None:
            values["decrypt_window"] = timedelta(hours=hours)
        return values


class CriterionForm(forms.Form):
    """One row of 资格条件; an empty text leaves the row out."""

    text = forms.CharField(label=_("条件"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    kind = forms.ChoiceField(label=_("类别"), choices=KINDS, required=False)
    evidence = forms.CharField(label=_("证明材料"), max_length=400, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("evidence") and not given.get("text"):
            raise forms.ValidationError(_("请填写条件。"), code="text-missing")
        return given


CriteriaForms = forms.formset_factory(CriterionForm, extra=2, max_num=MOST_CRITERIA, absolute_max=MOST_CRITERIA)


class TrusteesForm(forms.Form):
    """Who holds a key: one person for each seat."""

    def __init__(self, *args: Any, seats: list[tuple[str, list[tuple[str, str]]]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        for i, (label, choices) in enumerate(seats, 1):
            self.fields[f"seat-{i}"] = forms.ChoiceField(label=label, choices=[("", _("请选择")), *choices])
