"""The forms of the running desk. What the law says is asked in the flows; here only the shape of the input."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from sunshine.foundation.money import MoneyField

# 条例 第五十五条: the only reasons to pass over rank one where the law binds. The record keeps the Chinese words.
T14_GROUNDS = {
    "gave-up": gettext_noop("排名第一的中标候选人放弃中标"),
    "force-majeure": gettext_noop("因不可抗力不能履行合同"),
    "no-bond": gettext_noop("不按照招标文件要求提交履约保证金"),
    "unlawful": gettext_noop("被查实存在影响中标结果的违法行为"),
}


EFFECTS = [("dismissed", _("异议不成立")), ("upheld", _("异议成立"))]


class _Parties(forms.Form):
    """Who acts beside the officer: the other two parties of a draw, and how long each has to reveal."""

    supervisor = forms.ChoiceField(
        label=_("监督人"), help_text=_("须是本单位以外的监督机构或上级单位的监督、审计人员。")
    )
    operator = forms.ChoiceField(label=_("平台一方"))
    reveal_minutes = forms.IntegerField(
        label=_("揭示时限"),
        min_value=1,
        max_value=1440,
        help_text=_("到时没有揭示的一方，由开标密钥持有人代为开启。"),
    )

    def __init__(self, *args: Any, sides: tuple[list[tuple[str, str]], list[tuple[str, str]]], **given: Any):
        super().__init__(*args, **given)
        for name, choices in zip(("supervisor", "operator"), sides, strict=True):
            self.fields[name].choices = choices  # type: ignore[attr-defined]


class DrawForm(_Parties):
    """How many experts of which specialty, who represents the buyer, and who takes part in the draw."""

    specialty = forms.ChoiceField(label=_("专业"), help_text=_("只从该专业的在库专家中随机抽取。"))
    experts = forms.IntegerField(label=_("评标专家人数"), min_value=1, max_value=30)
    representatives = forms.MultipleChoiceField(
        label=_("采购人代表"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("可以不派。")
    )
    alternates = forms.IntegerField(
        label=_("候补人数"),
        min_value=1,
        max_value=30,
        required=False,
        help_text=_("不填时与专家人数相同；在库人数不够时尽可能多，至少一名。"),
    )

    def __init__(self, *args: Any, specialties: list[tuple[str, int]], people: list[tuple[str, str]], **given: Any):
        super().__init__(*args, **given)
        worded = [(name, _("%(name)s（在库 %(n)s 人）") % {"name": name, "n": n}) for name, n in specialties]
        self.fields["specialty"].choices = worded  # type: ignore[attr-defined]
        self.fields["representatives"].choices = people  # type: ignore[attr-defined]


class FactorForm(_Parties):
    """The whole numbers one of which is drawn."""

    choices = forms.CharField(
        label=_("候选数值"),
        max_length=20_000,
        help_text=_("两个以上互不相同的整数，用空格或逗号隔开，例如 95 96 97 98。"),
    )

    def clean_choices(self) -> list[str]:
        return [word for word in re.split(r"[\s,，、;；]+", self.cleaned_data["choices"]) if word]


class AbandonForm(forms.Form):
    reason = forms.CharField(
        label=_("作废原因"), max_length=1000, widget=forms.Textarea, help_text=_("会公开，并写入日志。")
    )


class FailForm(forms.Form):
    reason = forms.CharField(
        label=_("流标原因"), max_length=1000, widget=forms.Textarea, help_text=_("会写入公告，请写明事实和依据。")
    )


class AwardForm(forms.Form):
    """Rank one needs no reason; another rank needs one of the law's grounds and the facts in words."""

    rank = forms.TypedChoiceField(label=_("中标人"), coerce=int, widget=forms.RadioSelect)
    ground = forms.ChoiceField(
        label=_("不定排名第一的法定情形"),
        required=False,
        choices=[("", "—"), *((key, _(text)) for key, text in T14_GROUNDS.items())],
    )
    reason = forms.CharField(label=_("事实与证据"), required=False, max_length=2000, widget=forms.Textarea)

    def __init__(self, *args: Any, ranks: list[tuple[int, Any]], **given: Any):
        super().__init__(*args, **given)
        self.fields["rank"].choices = ranks  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("rank") not in (None, 1):
            if not found.get("ground"):
                self.add_error("ground", _("改定其他候选人，须符合法定情形之一。"))
            if not found.get("reason"):
                self.add_error("reason", _("请写明事实与证据。"))
        return found

    @property
    def why(self) -> str:
        """The recorded reason: ground and facts; "" for rank one."""
        if self.cleaned_data["rank"] == 1:
            return ""
        return f"{T14_GROUNDS[self.cleaned_data['ground']]}：{self.cleaned_data['reason']}"


class ContractForm(forms.Form):
    """Prefilled from the bid; whatever differs from it is refused."""

    amount_fen = MoneyField(label=_("合同金额"))
    delivery_days = forms.IntegerField(label=_("工期（交货期）"), min_value=0, max_value=36500)
    quality = forms.CharField(label=_("质量"), required=False, max_length=2000)
    terms = forms.CharField(
        label=_("合同条款"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea,
        help_text=_("取自招标文件的合同条款。"),
    )


class TermsForm(forms.Form):
    terms = forms.CharField(label=_("合同条款"), max_length=200_000, widget=forms.Textarea)


class AnswerForm(forms.Form):
    effect = forms.ChoiceField(
        label=_("结论"),
        choices=EFFECTS,
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("答复"), max_length=10_000, widget=forms.Textarea, help_text=_("答复会通知异议人；逐点回应事实与依据。")
    )


def add_refusal(form: forms.Form, refused: Any) -> None:
    """Put a flow's refusal at its field, or on top of the form, with its article."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
