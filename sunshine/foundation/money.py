"""Money is a whole number of fen. What people type is read here, once, and never passes through a float."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.text import half_width

MAX_FEN = 10**15 - 1  # under 十万亿元: more is a typing error, and JSON numbers stay exact below 2**53
UNITS = {"": 1, "元": 1, "圆": 1, "万": 10_000, "万元": 10_000, "亿": 100_000_000, "亿元": 100_000_000}
PLAIN = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d*))?(?P<unit>[元圆万亿]{0,2})", re.ASCII
)


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount of CNY in fen (may be negative as a difference; input and columns are not)."""

    amount: int

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError("fen are whole numbers")

    @classmethod
    def fen(cls, amount: int) -> "Money":
        """Exactly `amount` fen."""
        return cls(amount)

    @classmethod
    def yuan(cls, text: str | int | Decimal) -> "Money":
        """Read an amount in yuan as a person writes it: ``12,345.60``, ``１２３４５．６``, ``1.2万元``, ``¥100``.

        Raises Refused: money-format, money-decimals, money-negative, money-too-large.
        """
        return cls(_parse_fen(str(text)))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + other.amount)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - other.amount)

    def __neg__(self) -> "Money":
        return Money(-self.amount)

    def __bool__(self) -> bool:
        return self.amount != 0

    def times(self, factor: Decimal | int, rounding: str = ROUND_HALF_UP) -> "Money":
        """The amount times an exact factor, rounded once to whole fen (half up unless the caller states otherwise)."""
        if not isinstance(factor, Decimal | int):
            raise TypeError("a factor is a Decimal or an int, never a float")
        with localcontext(prec=100):  # the product stays exact, so that there is one rounding and not two
            return Money(int((Decimal(self.amount) * factor).quantize(Decimal(1), rounding=rounding)))

    def percent(self, rate: Decimal | int, rounding: str = ROUND_HALF_UP) -> "Money":
        """`rate` percent of the amount: ``Money.yuan("100").percent(2)`` is 2.00 yuan."""
        return self.times(Decimal(rate) / 100, rounding)

    @property
    def in_yuan(self) -> Decimal:
        """The amount in yuan, always with two decimals."""
        return Decimal(self.amount).scaleb(-2)

    def __str__(self) -> str:
        return f"{self.in_yuan:,.2f}"

    @property
    def label(self) -> str:
        """``¥12,345.60``, as pages show it."""
        return f"-¥{-self}" if self.amount < 0 else f"¥{self}"


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The exact sum; nothing sums to zero."""
    return Money(sum(item.amount for item in amounts))


def _parse_fen(text: str) -> int:
    plain = (
        re.sub(r"\s+", "", half_width(text).replace("。", "."))
        .removeprefix("¥")
        .removeprefix("CNY")
        .removeprefix("RMB")
    )
    match = PLAIN.fullmatch(plain) if len(plain) <= 40 else None
    if match is None or match["unit"] not in UNITS:
        raise Refused("money-format", _("金额无法识别：请填写数字，例如 12,345.60 或 1.2万元。"))
    part = match["part"] or ""
    scale: int = 10 ** len(part)
    fen, rest = divmod(int(match["whole"].replace(",", "") + part) * UNITS[match["unit"]] * 100, scale)
    if rest:
        raise Refused("money-decimals", _("金额最多精确到分（两位小数）。"))
    if match["sign"] == "-" and fen:
        raise Refused("money-negative", _("金额不能为负数。"))
    if fen > MAX_FEN:
        raise Refused("money-too-large", _("金额过大：请检查单位是元还是万元。"))
    return fen


class FenField(models.PositiveBigIntegerField):  # type: ignore[type-arg]
    """A column of whole fen, never negative; name it ``…_fen`` and wrap it with `Money.fen` where it is used."""

    def formfield(self, **kwargs: Any) -> Any:
        return MoneyField(
            **{"required": not self.blank, "label": self.verbose_name, "help_text": self.help_text} | kwargs
        )

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Money):
            value = value.amount
        if isinstance(value, float | Decimal):
            raise TypeError("fen are whole numbers")
        return super().get_prep_value(value)


class MoneyField(forms.CharField):
    """A text input in yuan whose cleaned value is fen (int), or None when empty."""

    def __init__(self, **kwargs: Any):
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)
        self.widget.attrs.setdefault("inputmode", "decimal")

    def prepare_value(self, value: Any) -> Any:
        """A number is fen from the database; text is what the user typed and comes back as typed."""
        return str(Money(value)) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(initial != self.clean(data))
        except ValidationError:
            return True

    def clean(self, value: Any) -> int | None:  # type: ignore[override]
        text = super().clean(value)
        if not text:
            return None
        try:
            return Money.yuan(text).amount
        except Refused as refused:
            raise ValidationError(str(refused.text), code=refused.code) from refused
