"""The scoring rule as a form: rows of criteria, rounding, aggregation, the chain of ties; out comes scheme/1."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.text import half_width
from sunshine.interfaces.web.buyer.drafting.texts import CRITERION_KINDS, LAST_TIE
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import ROUNDINGS, number, rounded, text_of
from sunshine_proof.pricescore import low_price_first
from sunshine_proof.scheme import check_scheme

MOST = 30
BLANK = 3
EXAMPLE_PRICES = ("98.50", "100.00", "105.00", "112.00", "96.00")  # the published example: evaluation.md §10, family 1
PRICE_KEY = "price"
TROUBLE: dict[str, Any] = {
    "scheme-sum": _("各项满分之和应为 100 分。"),
    "scheme-ties": _("同分排序的各步不能重复，并且最后一步只能出现在最后。"),
    "scheme-draw": _("依法必须招标的项目不得以抽签、摇号等方式决定次序（发改法规规〔2022〕1117号（二））。"),
    "scheme-criterion": _("评分项目重复，或某项没有满分。"),
    "scheme-price": _("必须有且只有一个价格项。"),
    "not-a-number": _("满分应为大于零的数，例如 30 或 12.5。"),
}


class SchemeRow(forms.Form):
    """One criterion beside the price; an empty name leaves the row out."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    name = forms.CharField(label=_("评分项目"), max_length=80, required=False)
    kind = forms.ChoiceField(label=_("类型"), choices=CRITERION_KINDS, required=False)
    full_mark = forms.CharField(label=_("满分"), max_length=12, required=False)


class SchemeForm(forms.Form):
    """What is not a row: the price, the rounding, the putting together, the ties."""

    price_mark = forms.CharField(
        label=_("价格分满分"), max_length=12, help_text=_("低价优先：最低评标价 ÷ 投标报价 × 满分。")
    )
    decimals = forms.TypedChoiceField(
        label=_("得分保留小数"), coerce=int, choices=[(n, _("%(n)s 位") % {"n": n}) for n in (0, 1, 2, 3, 4)]
    )
    mode = forms.ChoiceField(
        label=_("取舍规则"),
        choices=[("half-up", _("四舍五入")), ("half-even", _("四舍六入五成双")), ("down", _("直接舍去"))],
    )
    aggregation = forms.ChoiceField(
        label=_("各评委打分的合成"),
        choices=[("mean", _("算术平均")), ("trimmed-mean", _("五人以上去掉一个最高和一个最低后平均"))],
    )
    tie_2 = forms.ChoiceField(label=_("总分相同时先比"), required=False)
    tie_3 = forms.ChoiceField(label=_("仍相同时再比"), required=False)
    tie_4 = forms.ChoiceField(label=_("仍相同时再比"), required=False)
    tie_last = forms.ChoiceField(label=_("最后由什么决定"), choices=LAST_TIE)

    def __init__(self, *args: Any, criteria: list[tuple[str, str]], mandatory: bool, **kwargs: Any):
        super().__init__(*args, **kwargs)
        steps = [("", "—"), ("price", _("报价低者")), *((f"criterion:{key}", name) for key, name in criteria)]
        for name in ("tie_2", "tie_3", "tie_4"):
            self.fields[name].choices = steps  # type: ignore[attr-defined]
        if mandatory:  # a forbidden choice is not offered; the scheme's own check refuses it all the same
            self.fields["tie_last"].choices = [pair for pair in LAST_TIE if pair[0] != "draw"]  # type: ignore[attr-defined]


SchemeRows = forms.formset_factory(SchemeRow, extra=0, max_num=MOST, absolute_max=MOST)


def rows_of(scheme: Mapping[str, Any]) -> list[dict[str, str]]:
    """The rows of a scheme for the form, and empty ones with keys nobody uses yet."""
    rows = [
        {name: criterion[name] for name in ("key", "name", "kind", "full_mark")}
        for criterion in scheme.get("criteria", [])
        if criterion["kind"] != "price"
    ]
    if not scheme:
        rows = [
            {"key": "plan", "name": str(_("技术方案")), "kind": "subjective", "full_mark": "40"},
            {"key": "service", "name": str(_("售后服务")), "kind": "subjective", "full_mark": "15"},
            {"key": "record", "name": str(_("类似业绩")), "kind": "objective", "full_mark": "15"},
        ]
    used = {row["key"] for row in rows}
    free = (key for n in range(1, 2 * MOST) if (key := f"c{n}") not in used)
    blank = [{"key": next(free), "name": "", "kind": "subjective", "full_mark": ""} for _n in range(BLANK)]
    return (rows + blank)[:MOST]


def start_of(scheme: Mapping[str, Any]) -> dict[str, Any]:
    """The initial values of SchemeForm."""
    if not scheme:
        return {"price_mark": "30", "decimals": 2, "mode": "half-up", "aggregation": "mean", "tie_2": "price"}
    price = next(c for c in scheme["criteria"] if c["kind"] == "price")
    ties = scheme["ties"][1:-1]
    return {
        "price_mark": price["full_mark"],
        "decimals": scheme["rounding"]["decimals"],
        "mode": scheme["rounding"]["mode"],
        "aggregation": scheme["aggregation"]["kind"],
        **{f"tie_{n}": step for n, step in zip((2, 3, 4), ties, strict=False)},
        "tie_last": scheme["ties"][-1],
    }


def plain(mark: str) -> str:
    """A full mark as the scheme writes it: half-width, no needless zeros."""
    text = half_width(mark).strip()
    return text_of(number(text, "full_mark")) if text else text


def scheme_of(form: SchemeForm, rows: Any) -> dict[str, Any]:
    """scheme/1 from valid forms. Raises ProofError for marks that are no numbers."""
    given = form.cleaned_data
    criteria = [{"key": PRICE_KEY, "name": "投标报价", "kind": "price", "full_mark": plain(given["price_mark"])}]
    for row in rows.cleaned_data:
        if row.get("name"):
            kind, mark = row["kind"] or "subjective", plain(row["full_mark"])
            criteria.append({"key": row["key"], "name": row["name"].strip(), "kind": kind, "full_mark": mark})
    keys = {f"criterion:{criterion['key']}" for criterion in criteria} | {"price"}
    middle = [given[name] for name in ("tie_2", "tie_3", "tie_4") if given[name] in keys]
    aggregation: dict[str, Any] = {"kind": given["aggregation"]}
    if given["aggregation"] == "trimmed-mean":
        aggregation["from"] = 5
    return {
        "v": "scheme/1",
        "method": "scored",
        "weighting": "marks",
        "criteria": criteria,
        "price": {"family": "low-price-first"},
        "rounding": {"mode": given["mode"], "decimals": given["decimals"], "apply": ["score"]},
        "aggregation": aggregation,
        "ties": ["total", *middle, given["tie_last"]],
    }


def trouble(error: ProofError) -> Any:
    """What is wrong with a scheme, in the reader's words."""
    return TROUBLE.get(error.code, _("评标办法不完整，请检查各项。"))


def total_of(rows: list[str]) -> str:
    """The sum of the full marks typed so far, for the eye; what is no number counts nothing."""
    total = Fraction(0)
    for mark in rows:
        try:
            total += number(half_width(mark).strip(), "full_mark")
        except ProofError:
            continue
    return text_of(total)


def checked(scheme: dict[str, Any], *, mandatory: bool) -> dict[str, Any]:
    """The scheme, if it can be published. Raises SchemeError."""
    check_scheme(scheme, mandatory=mandatory)
    return scheme


def example(full_mark: str, decimals: int, mode: str) -> list[tuple[str, str]]:
    """[(price, price score)] of the published example under this full mark and rounding; [] for no number."""
    try:
        full = number(plain(full_mark), "full_mark")
    except ProofError:
        return []
    prices = [Fraction(price) for price in EXAMPLE_PRICES]
    lowest = min(prices)
    scores = (rounded(low_price_first({}, price, lowest, full), decimals, ROUNDINGS[mode]) for price in prices)
    return [(price, _padded(text_of(score), decimals)) for price, score in zip(EXAMPLE_PRICES, scores, strict=True)]


def _padded(text: str, decimals: int) -> str:
    whole, _dot, part = text.partition(".")
    return f"{whole}.{part.ljust(decimals, '0')}" if decimals else whole
