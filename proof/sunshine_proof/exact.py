"""Exact numbers: decimals as text in, fractions inside, text out; rounding only when asked."""

import re
from collections.abc import Callable
from fractions import Fraction

from sunshine_proof.errors import ProofError

_DECIMAL = re.compile(r"(0|[1-9]\d{0,17})(\.\d{1,12})?\Z")


class NumberError(ProofError):
    """Not an exact decimal."""


def number(value: object, what: str) -> Fraction:
    """The exact value of a non-negative decimal text such as "98.50"; floats, signs and exponents are refused."""
    if not isinstance(value, str) or not _DECIMAL.match(value):
        raise NumberError("not-a-number", f"{what} must be a plain decimal as text")
    return Fraction(value)


def text_of(value: Fraction) -> str:
    """The shortest exact text: a decimal where one exists, else a fraction such as "607/6"."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, twos, fives = value.denominator, 0, 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return f"{value.numerator}/{value.denominator}"
    places = max(twos, fives)
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def half_up(value: Fraction) -> int:
    """四舍五入 of a non-negative number to a whole one."""
    return int(value + Fraction(1, 2))


def half_even(value: Fraction) -> int:
    """四舍六入五成双 (GB/T 8170) to a whole number."""
    return round(value)


def down(value: Fraction) -> int:
    """Cut off, for a non-negative number."""
    return int(value)


ROUNDINGS: dict[str, Callable[[Fraction], int]] = {"half-up": half_up, "half-even": half_even, "down": down}


def rounded(value: Fraction, decimals: int, mode: Callable[[Fraction], int]) -> Fraction:
    """`value` (not negative) to so many decimals, exactly."""
    return Fraction(mode(value * 10**decimals), 10**decimals)
