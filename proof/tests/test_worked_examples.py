"""docs/evaluation.md, block by block: what a reader follows with a calculator is what the code computes."""

import re
import tomllib
from pathlib import Path

import pytest

from sunshine_proof.benchmark import BENCHMARKS
from sunshine_proof.correction import correct
from sunshine_proof.exact import ROUNDINGS, number, rounded, text_of
from sunshine_proof.lowbid import OF, to_explain
from sunshine_proof.pricescore import PRICE_FAMILIES, check_price_rule
from sunshine_proof.ranking import RANKINGS, rank

PAGE = (Path(__file__).parents[2] / "docs/evaluation.md").read_text()
EXAMPLES = [tomllib.loads(block) for block in re.findall(r"^```toml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)]


def of(kind):
    return [example for example in EXAMPLES if example["example"] == kind]


def same(found, said):
    """Equal as numbers: 28.8 and 28.80 are one."""
    return [number(each, "found") for each in found] == [number(each, "said") for each in said]


def scored(rule, full_mark):
    """A scheme that judges nothing but the price."""
    rest = {"key": "rest", "name": "其他", "kind": "objective", "full_mark": text_of(100 - number(full_mark, "full"))}
    price = {"key": "price", "name": "报价", "kind": "price", "full_mark": full_mark}
    return {
        "v": "scheme/1",
        "method": "scored",
        "weighting": "marks",
        "criteria": [price] if full_mark == "100" else [price, rest],
        "price": rule,
        "aggregation": {"kind": "mean"},
        "rounding": {"mode": "half-up", "decimals": 2, "apply": ["score"]},
        "ties": ["total", "vote"],
    }


@pytest.mark.parametrize("example", of("price"))
def test_prices_become_the_points_of_the_page(example):
    scheme = scored(example["rule"], example["full_mark"])
    judged = {} if example["full_mark"] == "100" else {"scores": {"rest": {"1": "0"}}}
    bids = [{"id": f"B-{n}", "price": p, "rejected": None} | judged for n, p in enumerate(example["prices"])]
    bids += [
        {"id": f"R-{n}", "price": price, "rejected": "R51-5", "benchmarked": True}
        for n, price in enumerate(example.get("rejected_later", []))
    ]
    inputs = {"v": "ranking-input/1", "members": ["1"], "bids": bids} | example.get("given", {})
    found = rank(scheme, inputs)
    points = {row["id"]: row["scores"]["price"]["score"] for row in found["bids"]}
    assert same([points[f"B-{n}"] for n in range(len(example["prices"]))], example["scores"])
    basis = found["price"].get("benchmark", found["price"]["lowest"])
    assert basis == example["basis"] or same([basis], [example["basis"]])


@pytest.mark.parametrize("example", of("ranking"))
def test_bids_are_ranked_as_on_the_page(example):
    members = example["members"]
    bids = []
    for bid in example["bids"]:
        given = dict(bid, rejected=None)
        if "scores" in bid:
            given["scores"] = {key: dict(zip(members, marks, strict=True)) for key, marks in bid["scores"].items()}
        bids.append(given)
    inputs = {"v": "ranking-input/1", "members": members, "bids": bids}
    found = rank(example["scheme"], inputs | ({"order": example["vote"]} if "vote" in example else {}))["bids"]
    assert [row["id"] for row in found] == example["order"]
    assert same([row["total"] for row in found], example["totals"])
    if "decided" in example:
        assert [row["decided"] or "" for row in found] == example["decided"]


@pytest.mark.parametrize("example", of("correction"))
def test_contradicting_numbers_are_corrected_as_on_the_page(example):
    given = {name: example[name] for name in ("list_fen", "text_fen", "words", "lines") if name in example}
    found = correct(given)
    assert found["total_fen"] == example["total_fen"]
    assert [step["rule"] for step in found["steps"]] == example["rules"]
    assert sum(int(line["amount_fen"]) for line in found["lines"]) == int(found["total_fen"])


@pytest.mark.parametrize("example", of("low"))
def test_the_bids_of_the_page_are_asked_to_explain(example):
    assert to_explain(example["prices"], example["policy"], example.get("cap")) == example["asked"]


def test_the_page_has_every_formula():
    rules = [example["rule"] for example in of("price")]
    assert {rule["family"] for rule in rules} == set(PRICE_FAMILIES)
    assert {rule["benchmark"]["kind"] for rule in rules if "benchmark" in rule} == set(BENCHMARKS)
    assert any("less" in rule.get("benchmark", {}) for rule in rules)
    schemes = [example["scheme"] for example in of("ranking")]
    named = {scheme["method"] for scheme in schemes} | {one["final"]["method"] for one in schemes if "final" in one}
    assert named == set(RANKINGS)
    assert {trigger for example in of("low") for trigger in example["policy"]} == set(OF)
    for rule in rules:
        check_price_rule(rule)
    assert rounded(number("1.005", "n"), 2, ROUNDINGS["half-up"]) == number("1.01", "n")
