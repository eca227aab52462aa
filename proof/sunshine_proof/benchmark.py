"""基准价: the price that deviations are measured from, exact (evaluation.md §3, D1–D9).

A rule names its kind and that kind's own fields:

    {"kind": "mean"}                                          D1  arithmetic mean
    {"kind": "trimmed-mean", "steps": [[5, 0], [10, 1]], "beyond": 2}
                                                              D2  n dropped at each end: 0 up to 5 bids, 1 up to 10 …
    {"kind": "within-band", "percent": "20"}                  D3  mean of the bids within ±20 % of the mean
    {"kind": "second-mean", "of": "lowest" | "lower"}         D4  mean of (mean, lowest), or of the bids ≤ the mean
    {"kind": "composite", "share": "0.4", "k1": "1", "k2": "1"}
                                                              D6  share·cap·k1 + (1 − share)·mean·k2
    {"kind": "median"}                                        D7
    {"kind": "second-lowest"}                                 D8  of one bid: that bid
    {"kind": "interval-mid"}                                  D9  halfway between lowest and highest

D5: any of them may carry {"less": ["3", "4", "5"]}: it is lowered by K percent, K drawn from this published set.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from sunshine_proof import shape
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import number

Rule = Mapping[str, Any]
Given = Mapping[str, Any]
MOST = 10_000


class BenchmarkError(ProofError):
    """A benchmark rule that cannot be published, or inputs it cannot be computed from."""


def mean(prices: Sequence[Fraction]) -> Fraction:
    """Of at least one price."""
    return sum(prices, Fraction(0)) / len(prices)


def _trimmed(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    n = next((n for most, n in rule["steps"] if len(prices) <= most), rule["beyond"])
    return mean(sorted(prices)[n : len(prices) - n])


def _within_band(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    """Where every bid lies outside the band (two bids far apart) the mean of all stays."""
    middle = mean(prices)
    reach = middle * number(rule["percent"], "percent") / 100
    return mean([price for price in prices if abs(price - middle) <= reach] or prices)


def _second_mean(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    first = mean(prices)
    if rule["of"] == "lowest":
        return (first + min(prices)) / 2
    return mean([price for price in prices if price <= first])


def _composite(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    share, k1, k2 = (number(rule[name], name) for name in ("share", "k1", "k2"))
    cap = number(given.get("cap"), "cap")
    if cap <= 0:
        raise BenchmarkError("price-not-positive", "the price cap must be above zero")
    return share * cap * k1 + (1 - share) * mean(prices) * k2


def _median(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    ordered, half = sorted(prices), len(prices) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


BENCHMARKS: dict[str, Callable[[Rule, Sequence[Fraction], Given], Fraction]] = {
    "mean": lambda rule, prices, given: mean(prices),
    "trimmed-mean": _trimmed,
    "within-band": _within_band,
    "second-mean": _second_mean,
    "composite": _composite,
    "median": _median,
    "second-lowest": lambda rule, prices, given: sorted(prices)[min(1, len(prices) - 1)],
    "interval-mid": lambda rule, prices, given: (min(prices) + max(prices)) / 2,
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "trimmed-mean": ("steps", "beyond"),
    "within-band": ("percent",),
    "second-mean": ("of",),
    "composite": ("share", "k1", "k2"),
}


def benchmark(rule: Rule, prices: Sequence[Fraction], given: Given) -> Fraction:
    """The benchmark of at least one price under a checked rule.

    given   {"cap": price cap as text, "factor": K in percent as text}, each only where the rule asks for it
    """
    found = BENCHMARKS[rule["kind"]](rule, prices, given)
    if "less" not in rule:
        return found
    factor = number(given.get("factor"), "factor")
    if factor not in [number(one, "less") for one in rule["less"]]:
        raise BenchmarkError("factor-unknown", "the factor is not one of those that were published")
    return found * (100 - factor) / 100


def asks_for(rule: Rule) -> set[str]:
    """What `given` must hold for this rule: of "cap" and "factor"."""
    return ({"cap"} if rule["kind"] == "composite" else set()) | ({"factor"} if "less" in rule else set())


def check_benchmark(rule: object) -> None:
    """Every field of a rule; raises ProofError."""
    kind = rule.get("kind") if isinstance(rule, Mapping) else None
    if not isinstance(kind, str) or kind not in BENCHMARKS:
        raise BenchmarkError("scheme-benchmark", f"the benchmark is one of {sorted(BENCHMARKS)}")
    found = shape.record(rule, ("kind", *_FIELDS.get(kind, ())), "benchmark", ("less",))
    if kind == "trimmed-mean":
        _check_steps(found)
    elif kind == "within-band":
        _within(found["percent"], Fraction(100), "percent")
    elif kind == "second-mean" and found["of"] not in ("lowest", "lower"):
        raise BenchmarkError("scheme-benchmark", "the second mean is of the lowest or of the lower bids")
    elif kind == "composite":
        _within(found["share"], Fraction(1), "share")
        for name in ("k1", "k2"):
            _within(found[name], Fraction(10), name)
    if "less" in found:
        less = [_below(one) for one in shape.items(found["less"], 2, 100, "less")]
        if len(set(less)) != len(less):
            raise BenchmarkError("scheme-benchmark", "a factor appears twice")


def _check_steps(rule: Rule) -> None:
    """Ever more bids, and after every drop at least one is left."""
    least = 1
    for step in shape.items(rule["steps"], 1, 20, "steps"):
        pair = shape.items(step, 2, 2, "step")
        most, n = shape.whole(pair[0], least, MOST, "most bids"), shape.whole(pair[1], 0, MOST, "dropped")
        if 2 * n >= least:
            raise BenchmarkError("scheme-benchmark", f"of {least} bids none would be left")
        least = most + 1
    if 2 * shape.whole(rule["beyond"], 0, MOST, "beyond") >= least:
        raise BenchmarkError("scheme-benchmark", f"of {least} bids none would be left")


def _within(value: object, most: Fraction, what: str) -> Fraction:
    found = number(value, what)
    if not 0 < found <= most:
        raise BenchmarkError("scheme-benchmark", f"{what} must be above 0 and at most {most}")
    return found


def _below(value: object) -> Fraction:
    found = number(value, "less")
    if found >= 100:
        raise BenchmarkError("scheme-benchmark", "a benchmark cannot be lowered by all of itself")
    return found
