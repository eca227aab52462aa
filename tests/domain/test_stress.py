"""The stress test of a price rule: the published table, its order, and that a report comes out the same every time."""

import math
from typing import Any

import numpy as np
import pytest

from sunshine.domain.evaluation.stress import BENCHMARKS, Market, chance_of, examine, light
from sunshine_proof import benchmark
from sunshine_proof.exact import number
from sunshine_proof.pricescore import check_price_rule

TRIMMED: dict[str, Any] = {"kind": "trimmed-mean", "steps": [[5, 0]], "beyond": 1}


def deviation(rule: dict[str, Any]) -> dict[str, Any]:
    return {"family": "deviation", "benchmark": rule, "above": "1", "below": "0.5", "lock": "locked"}


RULES: dict[str, dict[str, Any]] = {
    "low": {"family": "low-price-first"},
    "meanK": deviation(TRIMMED | {"less": ["3", "4", "5", "6", "7"]}),
    "med": deviation({"kind": "median"}),
    "mean": deviation(TRIMMED),
}
# the full run of the evaluation page, §9.2: rule → (leader's bid, chance) for k = 0 … 4; 4,000 draws each
TABLE = {
    "low": [(95.0, 0.518), (95.0, 0.513), (95.0, 0.527), (95.0, 0.533), (95.0, 0.517)],
    "med": [(101.0, 0.279), (101.0, 0.284), (102.0, 0.324), (102.0, 0.314), (104.5, 0.389)],
    "meanK": [(96.0, 0.409), (96.0, 0.421), (97.5, 0.334), (98.5, 0.297), (99.5, 0.271)],
    "mean": [(100.0, 0.326), (101.0, 0.320), (102.5, 0.430), (104.0, 0.530), (105.0, 0.653)],
}
GAINS = {"low": 0.0, "meanK": 0.24, "med": 0.94, "mean": 2.25}


@pytest.mark.parametrize("name", RULES)
def test_every_chance_of_the_published_table_comes_out_within_its_error(name: str) -> None:
    check_price_rule(RULES[name])
    for k, (bid, published) in enumerate(TABLE[name]):
        error = math.hypot(0.008, 0.004)
        assert abs(chance_of(RULES[name], Market(), k, bid) - published) < 4 * error


def test_the_rules_stand_in_the_published_order() -> None:
    found = {name: examine(rule).gain for name, rule in RULES.items()}
    assert found["low"] == 0
    assert sorted(found, key=found.__getitem__) == ["low", "meanK", "med", "mean"]
    assert [light(found[name]) for name in ("low", "meanK", "med", "mean")] == ["green", "amber", "red", "red"]
    for name, published in GAINS.items():
        # the leader's bid is searched in steps of 0.5 among noisy worths: a fifth of the payoff either way
        assert abs(found[name] - published) <= 0.2 * (1 + published)


def test_the_same_rule_gives_the_same_report() -> None:
    assert examine(RULES["med"]) == examine(RULES["med"])


def test_cover_bids_never_help_where_the_lowest_price_counts() -> None:
    outcomes = examine(RULES["low"]).outcomes
    assert len({(one.bid, one.chance) for one in outcomes}) == 1


def test_every_benchmark_can_be_examined() -> None:
    assert set(BENCHMARKS) == set(benchmark.BENCHMARKS)
    rules: list[dict[str, Any]] = [
        {"kind": "mean"},
        {"kind": "within-band", "percent": "10"},
        {"kind": "second-mean", "of": "lowest"},
        {"kind": "second-mean", "of": "lower"},
        {"kind": "composite", "share": "0.4", "k1": "0.9", "k2": "1"},
        {"kind": "second-lowest"},
        {"kind": "interval-mid"},
    ]
    for rule in rules:
        check_price_rule(deviation(rule))
        assert all(0 <= one.chance <= 1 for one in examine(deviation(rule)).outcomes)


def test_the_simulated_benchmarks_are_those_that_award() -> None:
    prices = ["98.50", "100.00", "105.00", "112.00", "96.00", "91.25", "99.00"]
    exact = [number(price, "price") for price in prices]
    for rule in (TRIMMED, {"kind": "second-mean", "of": "lower"}, {"kind": "within-band", "percent": "8"}):
        row = np.sort(np.array([[float(price) for price in prices]]), axis=1)
        found = BENCHMARKS[rule["kind"]](rule, Market(), row)[0]
        assert math.isclose(found, float(benchmark.benchmark(rule, exact, {})), rel_tol=1e-12)
