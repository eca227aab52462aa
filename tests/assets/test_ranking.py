"""A ranking in the browser has the very bytes of the Python one, and refuses what that refuses, by the same code."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sunshine_proof.canonical import jcs
from sunshine_proof.errors import ProofError
from sunshine_proof.ranking import rank, scheme_id

pytestmark = pytest.mark.whole
Run = Callable[..., Any]
RANK = """
    return given.cases.map(([scheme, inputs]) => {
      try { return L.canonical.jcs(L.ranking.rank(scheme, inputs)); }
      catch (failure) { return failure.code ?? String(failure); }
    });
"""
FULL = ("price", "plan", "service")
NAMES = st.text("ab七😀ｚ-", min_size=1, max_size=4)


@st.composite
def schemes(draw: st.DrawFn) -> dict[str, Any]:
    weighting = draw(st.sampled_from(["marks", "weights"]))
    first = draw(st.integers(1, 98))
    second = draw(st.integers(1, 99 - first))
    shares = [first, second, 100 - first - second]
    kinds = ["price", *draw(st.lists(st.sampled_from(["subjective", "objective"]), min_size=2, max_size=2))]
    criteria = [
        {"key": key, "name": key, "kind": kind, "full_mark": str(share)}
        if weighting == "marks"
        else {"key": key, "name": key, "kind": kind, "full_mark": "100", "weight": f"0.{share:02}"}
        for key, kind, share in zip(FULL, kinds, shares, strict=True)
    ]
    middle = draw(st.permutations(["price", "criterion:plan", "criterion:service", "criterion:price"]))
    trimmed = {"kind": "trimmed-mean", "from": draw(st.integers(4, 6))}
    apply = draw(st.sampled_from([[], ["score"], ["total"], ["score", "total"], ["total", "total"]]))
    mode = draw(st.sampled_from(["half-up", "half-even", "down", "up"]))
    return {
        "v": "scheme/1",
        "method": "scored",
        "weighting": weighting,
        "criteria": criteria,
        "price": {"family": "low-price-first"},
        "rounding": {"mode": mode, "decimals": draw(st.integers(0, 7)), "apply": apply},
        "aggregation": draw(st.sampled_from([{"kind": "mean"}, trimmed])),
        "ties": ["total", *middle[: draw(st.integers(0, 4))], draw(st.sampled_from(["received", "draw", "vote"]))],
    }


def _mark(full: int) -> st.SearchStrategy[str]:
    return st.integers(0, full * 8 + 1).map(lambda n: f"{n // 8}.{n % 8 * 125:03}" if n % 8 else str(n // 8))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    scheme = draw(schemes())
    full = {c["key"]: int(c["full_mark"]) for c in scheme["criteria"]}
    members = draw(st.lists(NAMES, max_size=7, unique=True))
    same = {c["key"] for c in scheme["criteria"] if c["kind"] == "objective"}

    def scores(key: str) -> dict[str, str]:
        if key in same:
            return dict.fromkeys(members, draw(_mark(full[key])))
        return {member: draw(_mark(full[key])) for member in members}

    bids = []
    for n, name in enumerate(draw(st.lists(NAMES, max_size=5, unique=True))):
        bid: dict[str, Any] = {"id": name, "rejected": draw(st.sampled_from([None, None, None, "unsigned"]))}
        bid["price"] = draw(st.sampled_from(["1", "3.5", "90000000", "91234567", "0.000001", "7", "0", "1e3"]))
        bid["scores"] = {key: scores(key) for key in ("plan", "service")}
        bid["received"] = n
        bids.append(bid)
    inputs = {"v": "ranking-input/1", "members": members, "bids": bids}
    if draw(st.booleans()):
        inputs["order"] = draw(st.permutations([bid["id"] for bid in bids]))
    return scheme, inputs


def by_python(scheme: Any, inputs: Any) -> str:
    try:
        return jcs(rank(scheme, inputs)).decode()
    except ProofError as error:
        return error.code


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck])
@given(drawn=st.lists(cases(), min_size=25, max_size=40))
def test_the_same_scheme_and_inputs_give_the_same_bytes_in_both_languages(node: Run, drawn: list[Any]) -> None:
    assert node(RANK, cases=drawn) == [by_python(*case) for case in drawn]


def test_repeating_fractions_ties_and_trimmed_means_come_out_alike(node: Run) -> None:
    scheme = {
        "v": "scheme/1",
        "method": "scored",
        "weighting": "marks",
        "criteria": [
            {"key": "price", "name": "投标报价", "kind": "price", "full_mark": "40"},
            {"key": "plan", "name": "实施方案", "kind": "subjective", "full_mark": "60"},
        ],
        "price": {"family": "low-price-first"},
        "rounding": {"mode": "half-up", "decimals": 2, "apply": []},
        "aggregation": {"kind": "trimmed-mean", "from": 5},
        "ties": ["total", "price", "vote"],
    }
    marks = dict(zip("abcde", ["50", "51.5", "49", "60", "0"], strict=True))
    bids = [
        {"id": n, "price": p, "rejected": None, "scores": {"plan": marks}}
        for n, p in (("B", "7"), ("A", "7"), ("C", "3"))
    ]
    inputs = {"v": "ranking-input/1", "members": list("abcde"), "bids": bids}
    decided = inputs | {"order": ["A", "B"]}
    found = node(RANK, cases=[[scheme, inputs], [scheme, decided]])
    assert found == ["tie-unresolved", jcs(rank(scheme, decided)).decode()]
    ranked = json.loads(found[1])
    assert [bid["id"] for bid in ranked["bids"]] == ["C", "A", "B"]
    assert "/" in ranked["bids"][1]["total"]
    assert node("return L.ranking.schemeId(given.scheme);", scheme=scheme) == scheme_id(scheme)
