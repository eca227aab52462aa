"""价格分: from a price to points, by families with names (evaluation.md §3), exact.

    {"family": "low-price-first"}                              S = p_min / p × F
    {"family": "deviation", "benchmark": {…}, "above": "1", "below": "0.5", "lock": "locked" | "recomputed"}
                                                               S = F − |p − D| / D · 100 · E, never below zero;
                                                               E is `above` for p > D, else `below`

`lock` says whether D stays as it was when a bid is rejected after it was computed. Both can be played with: the scheme
must say which.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.benchmark import asks_for, benchmark, check_benchmark
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import number

Rule = Mapping[str, Any]
Given = Mapping[str, Any]


class PriceRuleError(ProofError):
    """A price rule that cannot be published."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a family gets from all prices to the one that counts (`basis`), and from there to a bid's points."""

    basis: Callable[[Rule, Sequence[Fraction], Given], Fraction]
    points: Callable[[Rule, Fraction, Fraction, Fraction], Fraction]  # rule, price, basis, full mark
    check: Callable[[object], None]
    asks_for: Callable[[Rule], set[str]]


def low_price_first(rule: Rule, price: Fraction, lowest: Fraction, full_mark: Fraction) -> Fraction:
    """低价优先: p_min / p × F (87号令 第五十五条)."""
    return lowest / price * full_mark


def deviation(rule: Rule, price: Fraction, base: Fraction, full_mark: Fraction) -> Fraction:
    """基准价偏离: F − |β|·100·E with β = (p − D) / D, floored at zero."""
    each = number(rule["above"] if price > base else rule["below"], "points per percent")
    return max(Fraction(0), full_mark - abs(price - base) / base * 100 * each)


def _check_low(rule: object) -> None:
    shape.record(rule, ("family",), "price")


def _check_deviation(rule: object) -> None:
    found = shape.record(rule, ("family", "benchmark", "above", "below", "lock"), "price")
    check_benchmark(found["benchmark"])
    for name in ("above", "below"):
        if not 0 < number(found[name], name) <= 100:
            raise PriceRuleError("scheme-price", f"{name} is above 0 and at most 100 points for each percent")
    if found["lock"] not in ("locked", "recomputed"):
        raise PriceRuleError("scheme-price", "the benchmark is locked or recomputed after a later rejection")


PRICE_FAMILIES: dict[str, Family] = {
    "low-price-first": Family(lambda rule, prices, given: min(prices), low_price_first, _check_low, lambda rule: set()),
    "deviation": Family(
        lambda rule, prices, given: benchmark(rule["benchmark"], prices, given),
        deviation,
        _check_deviation,
        lambda rule: asks_for(rule["benchmark"]),
    ),
}


def check_price_rule(rule: object) -> None:
    """Every field of scheme["price"]; raises ProofError."""
    family = rule.get("family") if isinstance(rule, Mapping) else None
    if not isinstance(family, str) or family not in PRICE_FAMILIES:
        raise PriceRuleError("scheme-price", f"the price family must be one of {sorted(PRICE_FAMILIES)}")
    PRICE_FAMILIES[family].check(rule)


def family_of(rule: Rule) -> Family:
    """The family of a checked rule."""
    return PRICE_FAMILIES[rule["family"]]


def keeps_rejected(rule: Rule) -> bool:
    """Whether bids that were rejected after the benchmark was computed stay in it."""
    return rule.get("lock") == "locked"
