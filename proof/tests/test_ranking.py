"""Rankings: golden vectors, ties, and properties that must hold for any tender."""

import copy
import json
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof.canonical import jcs
from sunshine_proof.exact import ROUNDINGS, NumberError, number, rounded, text_of
from sunshine_proof.ranking import RANKINGS, SchemeError, check_scheme, rank

PRICES = ["98.50", "100.00", "105.00", "112.00", "96.00"]
MEMBERS = ["钱", "孙", "周", "吴甲", "吴乙"]


def scheme(**change):
    base = {
        "v": "scheme/1",
        "method": "scored",
        "weighting": "marks",
        "criteria": [
            {"key": "price", "name": "价格", "kind": "price", "full_mark": "30"},
            {"key": "tech", "name": "技术方案", "kind": "subjective", "full_mark": "50"},
            {"key": "record", "name": "业绩", "kind": "objective", "full_mark": "20"},
        ],
        "price": {"family": "low-price-first"},
        "rounding": {"mode": "half-up", "decimals": 2, "apply": ["score"]},
        "aggregation": {"kind": "mean"},
        "ties": ["total", "price", "criterion:tech", "vote"],
    }
    return base | change


def bid(name, price, tech=("40",) * 5, record="10", **more):
    scores = {"tech": dict(zip(MEMBERS, tech, strict=True)), "record": dict.fromkeys(MEMBERS, record)}
    return {"id": name, "price": price, "rejected": None, "scores": scores, **more}


def inputs(*bids, **more):
    return {"v": "ranking-input/1", "members": MEMBERS, "bids": list(bids), **more}


def refused(act, *arguments, **options):
    with pytest.raises(SchemeError) as caught:
        act(*arguments, **options)
    return caught.value.code


def test_the_golden_vector_of_low_price_first():
    result = rank(scheme(), inputs(*(bid(f"B-{i}", price) for i, price in enumerate(PRICES))))
    found = {row["id"]: row["scores"]["price"]["score"] for row in result["bids"]}
    assert [found[f"B-{i}"] for i in range(5)] == ["29.24", "28.8", "27.43", "25.71", "30"]
    assert result["price"] == {"family": "low-price-first", "lowest": "96"}
    assert [row["id"] for row in result["bids"]] == ["B-4", "B-0", "B-1", "B-2", "B-3"]
    assert result["bids"][1]["scores"]["price"]["exact"] == "5760/197"


def test_every_intermediate_number_is_shown_as_text():
    result = rank(scheme(), inputs(bid("B-1", "100", ("40", "41", "41", "42", "42.5"))))
    row = result["bids"][0]
    assert row["scores"]["tech"] == {
        "members": {"钱": "40", "孙": "41", "周": "41", "吴甲": "42", "吴乙": "42.5"},
        "dropped": [],
        "exact": "41.3",
        "score": "41.3",
        "weight": "1",
        "points": "41.3",
    }
    assert (row["total"], row["rank"], row["decided"]) == ("81.3", 1, None)
    assert jcs(json.loads(json.dumps(result))) == jcs(result)


def test_a_trimmed_mean_drops_one_high_and_one_low_from_five_members_on():
    trimmed = scheme(aggregation={"kind": "trimmed-mean", "from": 5})
    found = rank(trimmed, inputs(bid("B-1", "1", ("10", "40", "41", "42", "50"))))["bids"][0]["scores"]["tech"]
    assert (found["dropped"], found["exact"]) == (["10", "50"], "41")
    few = {"v": "ranking-input/1", "members": MEMBERS[:3], "bids": [bid("B-1", "1")]}
    for key, mark in (("tech", "40"), ("record", "10")):
        few["bids"][0]["scores"][key] = dict.fromkeys(MEMBERS[:3], mark)
    few["bids"][0]["scores"]["tech"][MEMBERS[0]] = "10"
    assert rank(trimmed, few)["bids"][0]["scores"]["tech"]["exact"] == "30"


def test_weights_multiply_scores_of_one_full_mark():
    weighted = scheme(
        weighting="weights",
        criteria=[
            {"key": "price", "name": "价格", "kind": "price", "full_mark": "100", "weight": "0.3"},
            {"key": "tech", "name": "技术", "kind": "subjective", "full_mark": "100", "weight": "0.5"},
            {"key": "record", "name": "业绩", "kind": "objective", "full_mark": "100", "weight": "0.2"},
        ],
    )
    row = rank(weighted, inputs(bid("B-1", "96", ("80",) * 5, "90")))["bids"][0]
    assert row["total"] == "88"
    assert row["scores"]["price"]["points"] == "30"


def test_rejected_bids_neither_rank_nor_set_the_lowest_price():
    low = bid("B-1", "1.00") | {"rejected": "R51-5"}
    bare = {"id": "B-0", "rejected": "R51-6"}
    result = rank(scheme(), inputs(low, bare, bid("B-2", "100"), bid("B-3", "200")))
    assert result["price"]["lowest"] == "100"
    assert [row["id"] for row in result["bids"]] == ["B-2", "B-3"]
    assert result["rejected"] == [{"id": "B-0", "reason": "R51-6"}, {"id": "B-1", "reason": "R51-5"}]
    nobody = rank(scheme(), inputs(low))
    assert (nobody["bids"], nobody["price"]["lowest"]) == ([], None)


def test_a_tie_is_broken_step_by_step_and_says_by_which():
    # 30 + 40 + 10 = 80 against 24 + 46 + 10 = 80: the lower price wins; two alike go to the panel's vote
    by_price = [bid("B-1", "80"), bid("B-2", "100", ("46",) * 5)]
    result = rank(scheme(), inputs(*by_price))
    assert [(row["id"], row["total"], row["decided"]) for row in result["bids"]] == [
        ("B-1", "80", None),
        ("B-2", "80", "price"),
    ]
    alike = [bid("B-1", "80"), bid("B-2", "80"), bid("B-3", "160")]
    with pytest.raises(SchemeError, match="tie-unresolved: B-1, B-2"):
        rank(scheme(), inputs(*alike))
    voted = rank(scheme(), inputs(*alike, order=["B-2", "B-1"]))
    assert [(row["id"], row["decided"]) for row in voted["bids"]] == [("B-2", None), ("B-1", "vote"), ("B-3", "total")]
    by_tech = [bid("B-1", "80", ("40",) * 5, "10"), bid("B-2", "80", ("42",) * 5, "8")]
    assert [(r["id"], r["decided"]) for r in rank(scheme(), inputs(*by_tech))["bids"]] == [
        ("B-2", None),
        ("B-1", "criterion:tech"),
    ]


def test_the_place_in_the_log_ends_every_tie_when_the_scheme_says_so():
    by_log = scheme(ties=["total", "price", "received"])
    result = rank(by_log, inputs(bid("B-1", "80", received=7), bid("B-2", "80", received=3)))
    assert [(row["id"], row["decided"]) for row in result["bids"]] == [("B-2", None), ("B-1", "received")]
    assert refused(rank, by_log, inputs(bid("B-1", "80", received=7), bid("B-2", "80", received=7))) == "tie-unresolved"
    assert refused(rank, by_log, inputs(bid("B-1", "80"), bid("B-2", "80"))) == "wrong-shape"


def test_an_incomplete_vote_leaves_the_rest_tied():
    alike = [bid(f"B-{i}", "80") for i in range(3)]
    assert refused(rank, scheme(), inputs(*alike, order=["B-1"])) == "tie-unresolved"
    assert refused(rank, scheme(), inputs(*alike, order=["B-1", "B-1", "B-0"])) == "inputs-twice"


def test_inputs_that_a_panel_cannot_have_made_are_refused():
    assert refused(rank, scheme(), inputs(bid("B-1", "0"))) == "price-not-positive"
    assert refused(rank, scheme(), inputs(bid("B-1", "1e3"))) == "not-a-number"
    assert refused(rank, scheme(), inputs(bid("B-1", 98.5))) == "not-a-number"
    assert refused(rank, scheme(), inputs(bid("B-1", "-1"))) == "not-a-number"
    assert refused(rank, scheme(), inputs(bid("B-1", "1"), bid("B-1", "2"))) == "inputs-twice"
    assert refused(rank, scheme(), inputs(bid("B-1", "1", ("51",) * 5))) == "score-out-of-range"
    assert refused(rank, scheme(), inputs(bid("B-1", "1"), members=[])) == "score-missing"
    assert refused(rank, scheme(), {"v": "ranking-input/2", "members": [], "bids": []}) == "inputs-version"
    differing, missing, foreign = bid("B-1", "1"), bid("B-1", "1"), bid("B-1", "1")
    differing["scores"]["record"]["钱"] = "11"
    del missing["scores"]["tech"]["孙"]
    foreign["scores"]["tech"]["郑"] = "40"
    assert refused(rank, scheme(), inputs(differing)) == "objective-inconsistent"
    assert refused(rank, scheme(), inputs(missing)) == "score-missing"
    assert refused(rank, scheme(), inputs(foreign)) == "score-missing"
    del missing["scores"]["tech"]
    assert refused(rank, scheme(), inputs(missing)) == "score-missing"


def test_a_scheme_that_cannot_be_published_is_refused():
    check_scheme(scheme())
    criteria = scheme()["criteria"]
    cases = [
        ("scheme-version", {"v": "scheme/2"}),
        ("scheme-version", {"method": "lottery"}),
        ("scheme-price", {"price": {"family": "high-price-first"}}),
        ("scheme-price", {"criteria": [{**criteria[1], "full_mark": "100"}]}),
        ("scheme-price", {"criteria": [criteria[0], {**criteria[0], "key": "p2", "full_mark": "70"}]}),
        ("scheme-sum", {"criteria": [*criteria[:2], {**criteria[2], "full_mark": "20.01"}]}),
        ("scheme-criterion", {"criteria": [*criteria[:2], {**criteria[2], "key": "tech"}]}),
        ("scheme-criterion", {"criteria": [*criteria[:2], {**criteria[2], "kind": "taste"}]}),
        ("scheme-criterion", {"criteria": [*criteria, {**criteria[2], "key": "nil", "full_mark": "0"}]}),
        ("scheme-weighting", {"weighting": "feeling"}),
        ("wrong-shape", {"weighting": "weights"}),
        ("scheme-rounding", {"rounding": {"mode": "up", "decimals": 2, "apply": []}}),
        ("scheme-rounding", {"rounding": {"mode": "down", "decimals": 2, "apply": ["benchmark"]}}),
        ("wrong-shape", {"rounding": {"mode": "down", "decimals": 9, "apply": []}}),
        ("scheme-aggregation", {"aggregation": {"kind": "median"}}),
        ("wrong-shape", {"aggregation": {"kind": "trimmed-mean", "from": 3}}),
        ("scheme-ties", {"ties": ["total", "price"]}),
        ("scheme-ties", {"ties": ["price", "total", "vote"]}),
        ("scheme-ties", {"ties": ["total", "vote", "price"]}),
        ("scheme-ties", {"ties": ["total", "price", "price", "vote"]}),
        ("scheme-ties", {"ties": ["total", "criterion:taste", "vote"]}),
        ("wrong-shape", {"ties": ["total"]}),
        ("wrong-shape", {"extra": 1}),
    ]
    for code, change in cases:
        assert refused(check_scheme, scheme(**change)) == code, change


def test_a_mandatory_tender_may_not_end_in_a_draw():
    drawn = scheme(ties=["total", "price", "draw"])
    check_scheme(drawn)
    assert refused(check_scheme, drawn, mandatory=True) == "scheme-draw"


def decimals(low, high, places=2):
    return st.decimals(low, high, places=places, allow_nan=False).map(lambda d: format(d, "f"))


@st.composite
def tenders(draw):
    count = draw(st.integers(1, 6))
    trimmed, places = draw(st.booleans()), draw(st.integers(0, 4))
    rules = scheme(
        rounding={"mode": draw(st.sampled_from(sorted(ROUNDINGS))), "decimals": places, "apply": ["score"]},
        aggregation={"kind": "trimmed-mean", "from": 5} if trimmed else {"kind": "mean"},
        ties=["total", "price", "criterion:tech", "received"],
    )  # fmt: skip
    bids = [
        bid(f"B-{i}", draw(decimals("0.01", "200")), tuple(draw(decimals(0, 50)) for _ in MEMBERS),
            draw(decimals(0, 20)), received=i, rejected=draw(st.sampled_from([None, None, None, "R51-5"])))
        for i in range(count)
    ]  # fmt: skip
    return rules, inputs(*bids)


@settings(max_examples=80, deadline=None)
@given(tenders(), st.randoms())
def test_the_order_in_which_bids_and_members_are_given_never_matters(tender, random):
    rules, given_inputs = tender
    shuffled = copy.deepcopy(given_inputs)
    random.shuffle(shuffled["bids"])
    random.shuffle(shuffled["members"])
    for one in shuffled["bids"]:
        one["scores"]["tech"] = dict(random.sample(sorted(one["scores"]["tech"].items()), len(MEMBERS)))
    assert jcs(rank(rules, given_inputs)) == jcs(rank(rules, shuffled))


@settings(max_examples=40, deadline=None)
@given(tenders())
def test_a_recomputation_after_storage_is_bit_exact(tender):
    rules, given_inputs = json.loads(json.dumps(tender))
    assert jcs(RANKINGS["scored"](rules, given_inputs)) == jcs(rank(*tender))


@settings(max_examples=80, deadline=None)
@given(tenders())
def test_a_lower_price_never_scores_lower_and_ranks_are_a_unique_order(tender):
    rows = rank(*tender)["bids"]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    by_price = sorted(rows, key=lambda row: Decimal(row["price"]))
    scores = [Decimal(row["scores"]["price"]["score"]) for row in by_price]
    assert scores == sorted(scores, reverse=True)
    totals = [Decimal(row["total"]) for row in rows]
    assert totals == sorted(totals, reverse=True)


def price_scores(rules, given_inputs):
    return {row["id"]: Decimal(row["scores"]["price"]["score"]) for row in rank(rules, given_inputs)["bids"]}


@settings(max_examples=60, deadline=None)
@given(tenders(), st.integers(0, 5), decimals("0.01", "200"))
def test_lowering_only_ones_own_price_never_lowers_ones_price_score(tender, which, price):
    rules, given_inputs = tender
    before = price_scores(rules, given_inputs)
    mine = given_inputs["bids"][which % len(given_inputs["bids"])]
    if mine["id"] not in before or Decimal(price) > Decimal(mine["price"]):
        return
    mine["price"] = price
    assert price_scores(rules, given_inputs)[mine["id"]] >= before[mine["id"]]


@given(st.fractions(0, 10**6), st.integers(0, 6))
def test_rounding_is_exact_and_half_up_means_half_up(value, places):
    found = rounded(value, places, ROUNDINGS["half-up"])
    assert abs(found - value) * 2 * 10**places <= 1
    assert rounded(found + Fraction(1, 2 * 10**places), places, ROUNDINGS["half-up"]) == found + Fraction(1, 10**places)


@given(st.fractions(0, 10**6))
def test_numbers_shown_are_the_numbers_meant(value):
    assert Fraction(text_of(value)) == value


def test_numbers_with_signs_exponents_or_leading_zeros_are_refused():
    for bad in ("", "-1", "+1", "1e3", "01", "1.", ".5", "1,000", "１", " 1", "NaN", 1, 1.0, None, "1" * 30):
        with pytest.raises(NumberError):
            number(bad, "x")
