"""规则可操纵性体检: what a cartel of cover bidders would gain under a drafted price rule (evaluation.md §9). Pure.

Honest bidders draw their prices independently; one leader knows how they draw, not what they drew, and chooses the bid
that is worth most to it; k cover bids stand high above. Floating point is enough here: this is a simulation, the award
itself is computed by sunshine_proof.ranking. The same rule and market give the same report: the stream of random numbers
is fixed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

Rule = Mapping[str, Any]
Prices = np.ndarray  # draws × bids, in percent of the honest mean
SEARCH, RESULT = 4000, 20_000  # draws for each bid tried; for the result (standard error of a chance ≤ 0.004)
GRID = np.arange(88.0, 110.0, 0.5)


@dataclass(frozen=True, slots=True)
class Market:
    """Who bids, in percent of the honest bidders' mean price: how they spread, what the leader's work costs it."""

    honest: int = 6
    spread: float = 4.0
    cost: float = 92.0
    cover: float = 112.0
    covers: int = 4
    cap: float = 115.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """With k cover bids: the leader's best bid, its chance to win (0 … 1), and what it expects to gain."""

    k: int
    bid: float
    chance: float
    payoff: float


@dataclass(frozen=True, slots=True)
class Report:
    """The outcomes for k = 0 … covers; gain = payoff with all covers ÷ payoff with none − 1."""

    outcomes: tuple[Outcome, ...]

    @property
    def gain(self) -> float:
        alone = self.outcomes[0].payoff
        return self.outcomes[-1].payoff / alone - 1 if alone else 0.0


def light(gain: float, amber: float = 0.10, red: float = 0.50) -> str:
    """green | amber | red; the limits are a house's policy."""
    return "green" if gain < amber else "amber" if gain < red else "red"


def examine(rule: Rule, market: Market | None = None) -> Report:
    """The report on a checked price rule (sunshine_proof.pricescore)."""
    market = market or Market()
    return Report(tuple(_best(rule, market, k) for k in range(market.covers + 1)))


def chance_of(rule: Rule, market: Market, k: int, bid: float) -> float:
    """The leader's chance to win with this bid beside k cover bids; standard error ≤ 0.004."""
    return _chance(rule, market, *_rivals(market, k, RESULT, 2), bid)


def _best(rule: Rule, market: Market, k: int) -> Outcome:
    rivals, factors = _rivals(market, k, SEARCH, 1)
    worth = [(bid - market.cost) * _chance(rule, market, rivals, factors, bid) for bid in GRID]
    bid = float(GRID[int(np.argmax(worth))])
    # other draws than those the bid was chosen by, or luck would look like skill
    chance = chance_of(rule, market, k, bid)
    return Outcome(k, bid, chance, (bid - market.cost) * chance)


def _rivals(market: Market, k: int, draws: int, stream: int) -> tuple[Prices, np.ndarray]:
    """(honest and cover bids: draws × (honest + k); a number from 0 to 1 for each draw's factor)."""
    uniform = _uniform(stream, (2 * market.honest + 1) * draws)
    first, second = uniform[: 2 * market.honest * draws].reshape(2, draws, market.honest)
    normal = np.sqrt(-2 * np.log(first)) * np.cos(2 * np.pi * second)  # Box and Muller, 1958
    honest = 100 + market.spread * normal
    return np.hstack([honest, np.full((draws, k), market.cover)]), uniform[-draws:]


def _uniform(stream: int, count: int) -> np.ndarray:
    """Numbers in (0, 1] from the bits themselves, which NumPy keeps the same for ever; its distributions may change."""
    bits = np.random.PCG64([20260101, stream]).random_raw(count)
    return ((bits >> np.uint64(11)).astype(np.float64) + 1) / 2.0**53


def _chance(rule: Rule, market: Market, rivals: Prices, factors: np.ndarray, bid: float) -> float:
    """How often the leader's score is the highest, or as high as the highest."""
    prices = np.hstack([np.full((len(rivals), 1), bid), rivals])
    scores = _scores(rule, market, prices, factors)
    return float(np.mean(scores[:, 0] >= scores[:, 1:].max(axis=1)))


def _scores(rule: Rule, market: Market, prices: Prices, factors: np.ndarray) -> np.ndarray:
    if rule["family"] == "low-price-first":
        return prices.min(axis=1, keepdims=True) / prices
    base = _base(rule["benchmark"], market, prices, factors)[:, None]
    away = (prices - base) / base * 100
    return np.where(away > 0, -away * float(rule["above"]), away * float(rule["below"]))


def _base(rule: Rule, market: Market, prices: Prices, factors: np.ndarray) -> np.ndarray:
    found = BENCHMARKS[rule["kind"]](rule, market, np.sort(prices, axis=1))
    if "less" in rule:
        percents = np.array([float(each) for each in rule["less"]])
        chosen = percents[np.minimum((factors * len(percents)).astype(int), len(percents) - 1)]
        found = found * (100 - chosen) / 100
    return found


def _trimmed(rule: Rule, market: Market, prices: Prices) -> np.ndarray:
    bids = prices.shape[1]
    n = next((n for most, n in rule["steps"] if bids <= most), rule["beyond"])
    return prices[:, n : bids - n].mean(axis=1)


def _within_band(rule: Rule, market: Market, prices: Prices) -> np.ndarray:
    middle = prices.mean(axis=1, keepdims=True)
    near = np.abs(prices - middle) <= middle * float(rule["percent"]) / 100
    near |= ~near.any(axis=1, keepdims=True)
    return (prices * near).sum(axis=1) / near.sum(axis=1)


def _second_mean(rule: Rule, market: Market, prices: Prices) -> np.ndarray:
    first = prices.mean(axis=1, keepdims=True)
    if rule["of"] == "lowest":
        return (first[:, 0] + prices[:, 0]) / 2
    lower = prices <= first
    return (prices * lower).sum(axis=1) / lower.sum(axis=1)


def _composite(rule: Rule, market: Market, prices: Prices) -> np.ndarray:
    share, k1, k2 = (float(rule[name]) for name in ("share", "k1", "k2"))
    return share * market.cap * k1 + (1 - share) * prices.mean(axis=1) * k2


# as sunshine_proof.benchmark has them, for many tenders at once; prices come sorted
BENCHMARKS: dict[str, Callable[[Rule, Market, Prices], np.ndarray]] = {
    "mean": lambda rule, market, prices: prices.mean(axis=1),
    "trimmed-mean": _trimmed,
    "within-band": _within_band,
    "second-mean": _second_mean,
    "composite": _composite,
    "median": lambda rule, market, prices: np.median(prices, axis=1),
    "second-lowest": lambda rule, market, prices: prices[:, min(1, prices.shape[1] - 1)],
    "interval-mid": lambda rule, market, prices: (prices[:, 0] + prices[:, -1]) / 2,
}
