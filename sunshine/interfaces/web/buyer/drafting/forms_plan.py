"""Forms of plans and of the beginning of a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.money import MoneyField
from sunshine.interfaces.web.buyer.drafting.texts import REASONS


class PlanForm(forms.Form):
    """采购计划: purpose and money."""

    buyer = forms.ChoiceField(label=_("采购人"), help_text=_("本单位，或已书面授权本单位代为编制的单位。"))
    year = forms.IntegerField(label=_("年度"), min_value=2000, max_value=2100)
    title = forms.CharField(label=_("计划名称"), max_length=80)
    purpose = forms.CharField(
        label=_("采购目的"),
        max_length=2000,
        widget=forms.Textarea,
        help_text=_("为什么要买、解决什么问题。批准后会随公告向社会公开。"),
    )
    category = forms.CharField(label=_("品类"), max_length=80, help_text=_("例如：给排水设备。"))
    budget_fen = MoneyField(label=_("预算"), help_text=_("单位为元，最多两位小数；可写 120万元。"))
    funding = forms.CharField(label=_("资金来源"), max_length=200)
    investment = forms.CharField(label=_("投资项目批文号"), max_length=100, required=False)

    def __init__(self, *args: Any, buyers: list[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        if buyers:
            self.fields["buyer"].choices = buyers  # type: ignore[attr-defined]
        else:  # revising: whose plan it is stays as it is
            del self.fields["buyer"]

    def clean_budget_fen(self) -> int:
        fen: int = self.cleaned_data["budget_fen"]
        if not fen:
            raise forms.ValidationError(_("预算必须大于零。"), code="budget-zero")
        return fen


class ReasonForm(forms.Form):
    """Why something is sent back."""

    reason = forms.CharField(label=_("原因"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


class InitiateForm(forms.Form):
    """立项: money and method."""

    title = forms.CharField(label=_("项目名称"), max_length=80)
    budget_fen = MoneyField(label=_("项目预算"), help_text=_("不能超过计划的剩余预算。"))
    method = forms.ChoiceField(label=_("采购方式"))
    reason_code = forms.ChoiceField(label=_("选择理由"), choices=REASONS)
    method_reason = forms.CharField(
        label=_("理由说明"),
        max_length=2000,
        widget=forms.Textarea,
        help_text=_("写明适用的规模标准或本单位制度条款，审批人据此批准，并随公告公开。"),
    )
    region = forms.CharField(label=_("地区"), max_length=40, required=False)
    agency = forms.ChoiceField(
        label=_("采购代理机构"), required=False, help_text=_("只列出委托代理协议在有效期内的机构；不委托则留空。")
    )

    def __init__(self, *args: Any, methods: list[tuple[str, str]], agencies: list[tuple[str, str]], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["method"].choices = methods  # type: ignore[attr-defined]
        self.fields["agency"].choices = [("", _("自行采购")), *agencies]  # type: ignore[attr-defined]

    def clean_budget_fen(self) -> int:
        fen: int = self.cleaned_data["budget_fen"]
        if not fen:
            raise forms.ValidationError(_("预算必须大于零。"), code="budget-zero")
        return fen
