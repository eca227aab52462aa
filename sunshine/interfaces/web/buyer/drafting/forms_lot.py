"""Forms of a lot: its money with the law's limits, and its items as a table, a pasted block or a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing import bill
from sunshine.foundation.money import Money, MoneyField
from sunshine.interfaces.web.buyer.drafting.forms_draft import long_text

GRID_MOST = 100  # typed rows; longer bills travel as files
BLANK = 5
MAX_SHEET = 20 * 1024**2  # bytes


class LotForm(forms.Form):
    """One 标段."""

    title = forms.CharField(label=_("标段名称"), max_length=80)
    mandatory = forms.TypedChoiceField(
        label=_("依法必须招标"),
        choices=[("1", _("是")), ("0", _("否"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
        help_text=_("决定适用哪些法定期限，随公告公开并留痕。"),
    )
    mandatory_basis = forms.CharField(
        label=_("判断依据"), max_length=400, widget=long_text(2), help_text=_("写明项目性质、资金来源和规模标准。")
    )
    estimate_fen = MoneyField(label=_("估算价"))
    price_cap_fen = MoneyField(label=_("最高投标限价"), required=False, help_text=_("不设则留空；不得设最低限价。"))
    price_cap_basis = forms.CharField(
        label=_("限价依据或计算方法"), max_length=400, required=False, widget=long_text(2)
    )
    bid_bond_fen = MoneyField(label=_("投标保证金"), required=False)
    delivery_days = forms.IntegerField(label=_("交货期（工期）"), min_value=1, max_value=20_000)
    quality = forms.CharField(label=_("质量要求"), max_length=400, required=False)

    def __init__(self, *args: Any, bond: tuple[int | None, str], cap_article: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.bond_percent, self.bond_article = bond
        self.cap_article = cap_article
        if self.bond_percent is not None:
            words = _("不超过估算价的 %(n)s%%；不收取则留空。")
            self.fields["bid_bond_fen"].help_text = words % {"n": self.bond_percent}

    def clean_bid_bond_fen(self) -> int:
        return self.cleaned_data["bid_bond_fen"] or 0

    def clean_estimate_fen(self) -> int:
        fen: int = self.cleaned_data["estimate_fen"]
        if not fen:
            raise forms.ValidationError(_("估算价必须大于零。"), code="estimate-zero")
        return fen

    def clean_price_cap_fen(self) -> int | None:
        fen: int | None = self.cleaned_data["price_cap_fen"]
        if fen == 0:
            raise forms.ValidationError(_("最高投标限价必须大于零；不设限价请留空。"), code="cap-zero")
        return fen

    def clean(self) -> dict[str, Any]:
        """What the law says about the money of one lot: T08 and T21, before the announcement asks again."""
        given = super().clean() or {}
        estimate, bond = given.get("estimate_fen"), given.get("bid_bond_fen") or 0
        if estimate and self.bond_percent is not None:
            limit = Money.fen(estimate).percent(self.bond_percent)
            if bond > limit.amount:
                words = _("投标保证金不得超过估算价的 %(n)s%%，即 %(limit)s 元（%(article)s）。")
                values = {"n": self.bond_percent, "limit": limit, "article": self.bond_article}
                self.add_error("bid_bond_fen", forms.ValidationError(words % values, code="bid-bond-too-high"))
        if given.get("price_cap_fen") and not given.get("price_cap_basis"):
            words = _("设有最高投标限价，请写明其金额依据或计算方法（%(article)s）。")
            error = forms.ValidationError(words % {"article": self.cap_article}, code="price-cap-without-basis")
            self.add_error("price_cap_basis", error)
        return given


def grid_rows(items: list[dict[str, Any]], extra: int = BLANK) -> list[dict[str, Any]]:
    """The items as text for the typed table, with empty rows below."""
    rows = [
        {
            **item,
            "quantity": format(item["quantity"].normalize(), "f")
            if hasattr(item["quantity"], "normalize")
            else item["quantity"],
        }
        for item in items
    ]
    return rows + [dict.fromkeys(bill.KEYS, "") for _n in range(min(extra, max(0, GRID_MOST - len(rows))))]


def typed_rows(data: Any) -> list[dict[str, str]]:
    """What was typed into the table: one list per column, all of equal length."""
    columns = {key: data.getlist(f"item-{key}")[:GRID_MOST] for key in bill.KEYS}
    count = max((len(values) for values in columns.values()), default=0)
    return [{key: values[n] if n < len(values) else "" for key, values in columns.items()} for n in range(count)]
