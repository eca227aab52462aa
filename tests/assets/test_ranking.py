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


def _percent(low: int, high: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(str)


@st.composite
def benchmarks(draw: st.DrawFn) -> dict[str, Any]:
    kinds: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        "mean": st.just({}),
        "trimmed-mean": st.sampled_from([{"steps": [[2, 0], [4, 1]], "beyond": 2}, {"steps": [[2, 1]], "beyond": 1}]),
        "within-band": st.fixed_dictionaries({"percent": _percent(0, 101)}),
        "second-mean": st.fixed_dictionaries({"of": st.sampled_from(["lowest", "lower", "upper"])}),
        "composite": st.fixed_dictionaries(
            {"share": st.sampled_from(["0.4", "1", "1.2"]), "k1": st.just("0.95"), "k2": st.just("1.1")}
        ),
        "median": st.just({}),
        "second-lowest": st.just({}),
        "interval-mid": st.just({}),
        "guess": st.just({}),
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    less = draw(st.sampled_from([None, None, ["3", "4.5", "7"], ["3", "3.0"]]))
    return {"kind": kind} | draw(kinds[kind]) | ({"less": less} if less else {})


@st.composite
def price_rules(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return {"family": "low-price-first"}
    lock = draw(st.sampled_from(["locked", "recomputed"]))
    above, below = draw(st.sampled_from([("1", "0.5"), ("2.25", "1"), ("0", "1")]))
    return {"family": "deviation", "benchmark": draw(benchmarks()), "above": above, "below": below, "lock": lock}


@st.composite
def judged(draw: st.DrawFn, method: str) -> dict[str, Any]:
    """Weighting, criteria and aggregation; the first criterion is the price where the method asks for one."""
    weighting = draw(st.sampled_from(["marks", "weights"]))
    first = draw(st.integers(1, 98))
    second = draw(st.integers(1, 99 - first))
    shares = [first, second, 100 - first - second]
    kinds = draw(st.lists(st.sampled_from(["subjective", "objective"]), min_size=3, max_size=3))
    if method == "scored" or draw(st.integers(0, 9)) == 0:
        kinds[0] = "price"
    more = {"per_point": draw(st.sampled_from(["0", "12.5", "3000"]))} if method == "monetised" else {}
    criteria = [
        ({"full_mark": str(share)} if weighting == "marks" else {"full_mark": "100", "weight": f"0.{share:02}"})
        | {"key": key, "name": key, "kind": kind}
        | more
        for key, kind, share in zip(FULL, kinds, shares, strict=True)
    ]
    trimmed = {"kind": "trimmed-mean", "from": draw(st.integers(4, 6))}
    aggregation = draw(st.sampled_from([{"kind": "mean"}, trimmed]))
    return {"weighting": weighting, "criteria": criteria, "aggregation": aggregation}


@st.composite
def schemes(draw: st.DrawFn) -> dict[str, Any]:
    methods = ["scored", "scored", "lowest-evaluated-price", "monetised", "value-for-money", "lowest-price"]
    method = draw(st.sampled_from(methods))
    apply = draw(st.sampled_from([[], ["score"], ["total"], ["score", "total"], ["total", "total"]]))
    mode = draw(st.sampled_from(["half-up", "half-even", "down", "up"]))
    scheme = {
        "v": "scheme/1",
        "method": method,
        "rounding": {"mode": mode, "decimals": draw(st.integers(0, 7)), "apply": apply},
    }
    middle = ["price"]
    if method in ("scored", "monetised", "value-for-money"):
        scheme |= draw(judged(method))
        middle += [f"criterion:{key}" for key in FULL]
    if method == "scored":
        scheme["price"] = draw(price_rules())
    if method in ("lowest-evaluated-price", "monetised"):
        keys = draw(st.sampled_from([[], ["days"], ["days", "terms"], ["days", "days"]]))
        effects = st.sampled_from(["adds", "reduces"])
        scheme["adjustments"] = [{"key": key, "name": key, "effect": draw(effects)} for key in keys]
    if method == "value-for-money":
        scheme["per"] = draw(st.sampled_from(["1", "10000", "0"]))
    last = draw(st.sampled_from(["received", "draw", "vote"]))
    scheme["ties"] = ["total", *draw(st.permutations(middle))[: draw(st.integers(0, 4))], last]
    if draw(st.integers(0, 5)) == 0:
        return {"v": "scheme/1", "method": "negotiated", "final": scheme}
    return scheme


def _mark(full: int) -> st.SearchStrategy[str]:
    return st.integers(0, full * 8 + 1).map(lambda n: f"{n // 8}.{n % 8 * 125:03}" if n % 8 else str(n // 8))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    scheme = draw(schemes())
    ruled = scheme.get("final", scheme)
    criteria = {c["key"]: c for c in ruled.get("criteria", []) if c["kind"] != "price"}
    members = draw(st.lists(NAMES, min_size=1 if draw(st.integers(0, 9)) else 0, max_size=7, unique=True))

    def scores(key: str) -> dict[str, str]:
        mark = _mark(int(criteria[key]["full_mark"]))
        if criteria[key]["kind"] == "objective":
            return dict.fromkeys(members, draw(mark))
        return {member: draw(mark) for member in members}

    bids = []
    for n, name in enumerate(draw(st.lists(NAMES, max_size=5, unique=True))):
        bid: dict[str, Any] = {"id": name, "rejected": draw(st.sampled_from([None, None, None, "unsigned"]))}
        bid["price"] = draw(st.sampled_from(["1", "3.5", "90000000", "91234567", "0.000001", "7", "5.25", "0", "1e3"]))
        bid["scores"] = {key: scores(key) for key in criteria}
        bid["received"] = n
        if "adjustments" in ruled:
            bid["adjustments"] = {row["key"]: draw(_mark(2)) for row in ruled["adjustments"]}
        if bid["rejected"] and "price" in ruled and draw(st.integers(0, 3)) == 0:
            bid["benchmarked"] = True
        bids.append(bid)
    inputs = {"v": "ranking-input/1", "members": members, "bids": bids}
    benchmark = ruled.get("price", {}).get("benchmark", {})
    if benchmark.get("kind") == "composite":
        inputs["cap"] = draw(st.sampled_from(["100", "8", "0"]))
    if "less" in benchmark:
        inputs["factor"] = draw(st.sampled_from(["3", "4.50", "7", "9"]))
    if draw(st.booleans()):
        inputs["order"] = draw(st.permutations([bid["id"] for bid in bids]))
    return scheme, inputs


def by_python(scheme: Any, inputs: Any) -> str:
    try:
        return jcs(rank(scheme, inputs)).decode()
    except ProofError as error:
        return error.code


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, *HealthCheck])
@given(drawn=st.lists(cases(), min_size=30, max_size=50))
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
