"""异常低价: which prices must be explained before anything is decided about them (evaluation.md §5), exact.

A trigger asks; it never rejects. Its percentages are a house's own policy and come with the call.
"""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from sunshine_proof.benchmark import mean
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import number

Prices = Sequence[Fraction]


class LowBidError(ProofError):
    """A policy with an unknown trigger, or prices it cannot be applied to."""


def _second_lowest(prices: Prices, cap: Fraction | None) -> Fraction | None:
    return sorted(prices)[1] if len(prices) > 1 else None


# trigger: what its percentage is of; None where the bids or the tender do not give it
OF: dict[str, Callable[[Prices, Fraction | None], Fraction | None]] = {
    "mean": lambda prices, cap: mean(prices),
    "second-lowest": _second_lowest,
    "cap": lambda prices, cap: cap,
}


def to_explain(prices: Mapping[str, str], policy: Mapping[str, str], cap: str | None = None) -> dict[str, list[str]]:
    """{bid id: the triggers it set off}, of the bids that must explain themselves.

    prices   {bid id: price as text} of the qualified bids
    policy   {trigger: percent as text}, e.g. {"mean": "50", "second-lowest": "50", "cap": "45"}
    cap      the price cap, where the tender has one
    """
    if odd := set(policy) - set(OF):
        raise LowBidError("trigger-unknown", f"unknown triggers {sorted(odd)}")
    exact = {bid: number(price, f"price of {bid}") for bid, price in prices.items()}
    known = None if cap is None else number(cap, "cap")
    found: dict[str, list[str]] = {}
    for trigger, percent in sorted(policy.items()):
        base = OF[trigger](list(exact.values()), known) if exact else None
        if base is None:
            continue
        for bid, price in exact.items():
            if price < base * number(percent, trigger) / 100:
                found.setdefault(bid, []).append(trigger)
    return dict(sorted(found.items()))
