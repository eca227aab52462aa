"""Price scores, corrections and low prices: properties that hold for any tender, and rules that cannot be published."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sunshine_proof.benchmark import BENCHMARKS, benchmark, check_benchmark
from sunshine_proof.correction import CorrectionError, correct, fen_of_words
from sunshine_proof.errors import ProofError
from sunshine_proof.exact import text_of
from sunshine_proof.lowbid import LowBidError, to_explain
from sunshine_proof.pricescore import check_price_rule, family_of

FULL = Fraction(100)
RULES = [
    {"kind": "mean"},
    {"kind": "mean", "less": ["3", "5"]},
    {"kind": "trimmed-mean", "steps": [[4, 0], [10, 1]], "beyond": 2},
    {"kind": "within-band", "percent": "20"},
    {"kind": "second-mean", "of": "lowest"},
    {"kind": "second-mean", "of": "lower"},
    {"kind": "composite", "share": "0.4", "k1": "0.95", "k2": "1"},
    {"kind": "median"},
    {"kind": "second-lowest"},
    {"kind": "interval-mid"},
]
prices = st.lists(st.integers(1, 10**12).map(lambda fen: Fraction(fen, 100)), min_size=1, max_size=30)
rules = st.sampled_from(RULES)


def given_for(rule, cap=Fraction(500)):
    asked = {"cap": text_of(cap)} if rule["kind"] == "composite" else {}
    return asked | ({"factor": "5"} if "less" in rule else {})


def deviation(rule, above="1", below="0.5"):
    return {"family": "deviation", "benchmark": rule, "above": above, "below": below, "lock": "locked"}


def refused(act, *arguments):
    with pytest.raises(ProofError) as caught:
        act(*arguments)
    return caught.value.code


def test_every_benchmark_is_tried_here():
    assert {rule["kind"] for rule in RULES} == set(BENCHMARKS)
    for rule in RULES:
        check_benchmark(rule)


@given(rules, prices, st.randoms())
def test_the_order_of_the_bids_never_matters(rule, bids, chance):
    shuffled = list(bids)
    chance.shuffle(shuffled)
    assert benchmark(rule, bids, given_for(rule)) == benchmark(rule, shuffled, given_for(rule))


@given(rules, prices)
def test_a_benchmark_lies_among_the_bids_and_the_cap_or_below_by_its_factors(rule, bids):
    found = benchmark(rule, bids, given_for(rule))
    every = [*bids, Fraction(500)] if rule["kind"] == "composite" else bids
    assert min(every) * Fraction(95, 100) <= found <= max(every)


@given(rules, prices, st.integers(1, 1000))
def test_in_another_unit_of_money_the_points_are_the_same(rule, bids, unit):
    price_rule, family = deviation(rule), family_of(deviation(rule))
    here = family.basis(price_rule, bids, given_for(rule))
    there = family.basis(price_rule, [price * unit for price in bids], given_for(rule, Fraction(500 * unit)))
    assert there == here * unit
    for price in bids:
        assert family.points(price_rule, price, here, FULL) == family.points(price_rule, price * unit, there, FULL)


@given(rules, prices, st.integers(1, 10**12), st.integers(1, 10**12))
def test_farther_from_the_benchmark_on_one_side_never_gives_more_points(rule, bids, one, other):
    price_rule, family = deviation(rule), family_of(deviation(rule))
    base = family.basis(price_rule, bids, given_for(rule))
    assert family.points(price_rule, base, base, FULL) == FULL
    near, far = sorted((Fraction(one, 100), Fraction(other, 100)))
    for sign in (1, -1):
        scores = [family.points(price_rule, base + sign * step, base, FULL) for step in (near, far)]
        assert FULL >= scores[0] >= scores[1] >= 0


@given(prices, st.integers(1, 10**9))
def test_low_price_first_never_rewards_a_higher_price(bids, more):
    rule = {"family": "low-price-first"}
    family, rest = family_of(rule), bids[1:]
    scores = []
    for price in (bids[0], bids[0] + Fraction(more, 100)):
        basis = family.basis(rule, [price, *rest], {})
        scores.append(family.points(rule, price, basis, FULL))
    assert scores[0] >= scores[1] > 0


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"family": "guess"}, "scheme-price"),
        ({"family": ["low-price-first"]}, "scheme-price"),
        ({"family": "low-price-first", "benchmark": {"kind": "mean"}}, "wrong-shape"),
        (deviation({"kind": "mean"}) | {"lock": "sometimes"}, "scheme-price"),
        (deviation({"kind": "mean"}, above="0"), "scheme-price"),
        (deviation({"kind": "mean"}, below="-1"), "not-a-number"),
        (deviation({"kind": "closest to the secret price"}), "scheme-benchmark"),
        (deviation({"kind": "mean", "percent": "3"}), "wrong-shape"),
        (deviation({"kind": "mean", "less": ["3"]}), "wrong-shape"),
        (deviation({"kind": "mean", "less": ["3", "3.0"]}), "scheme-benchmark"),
        (deviation({"kind": "mean", "less": ["3", "100"]}), "scheme-benchmark"),
        (deviation({"kind": "within-band", "percent": "0"}), "scheme-benchmark"),
        (deviation({"kind": "second-mean", "of": "highest"}), "scheme-benchmark"),
        (deviation({"kind": "composite", "share": "1.1", "k1": "1", "k2": "1"}), "scheme-benchmark"),
        (deviation({"kind": "trimmed-mean", "steps": [[4, 1]], "beyond": 1}), "scheme-benchmark"),
        (deviation({"kind": "trimmed-mean", "steps": [[4, 0]], "beyond": 3}), "scheme-benchmark"),
        (deviation({"kind": "trimmed-mean", "steps": [[4, 0], [4, 1]], "beyond": 1}), "wrong-shape"),
    ],
)
def test_a_rule_that_could_not_be_computed_is_not_published(rule, code):
    assert refused(check_price_rule, rule) == code


def test_a_factor_outside_the_published_set_and_a_missing_cap_are_refused():
    drawn = {"kind": "mean", "less": ["3", "5"]}
    assert refused(benchmark, drawn, [Fraction(1)], {"factor": "4"}) == "factor-unknown"
    assert refused(benchmark, drawn, [Fraction(1)], {}) == "not-a-number"
    capped = {"kind": "composite", "share": "0.4", "k1": "1", "k2": "1"}
    assert refused(benchmark, capped, [Fraction(1)], {"cap": "0"}) == "price-not-positive"


DIGITS, UNITS = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")


def in_words(fen):
    """The amount as a cheque has it."""
    yuan, text = fen // 100, ""
    for power, large in ((10**8, "亿"), (10**4, "万"), (1, "")):
        section, yuan = divmod(yuan, power)
        if section:
            text += ("零" if text and section < 1000 else "") + _section(section) + large
    text = text + "元" if text else ""
    jiao, rest = divmod(fen % 100, 10)
    text += (DIGITS[jiao] + "角" if jiao else "零" if rest and text else "") + (DIGITS[rest] + "分" if rest else "")
    return text + ("" if rest else "整")


def _section(number):
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + DIGITS[digit] + UNITS[place]
            gap = False
        else:
            gap = True
    return text


@given(st.integers(1, 10**14 - 1))
def test_an_amount_in_words_is_read_back(fen):
    assert fen_of_words(in_words(fen)) == fen
    assert fen_of_words("人民币" + in_words(fen).replace("元", "圆")) == fen


@pytest.mark.parametrize(
    ("words", "fen"),
    [("拾元整", 1000), ("十万元", 10_000_000), ("一百二十三万四千五百六十七元八角九分", 123456789), ("伍角", 50)],
)
def test_everyday_spellings_are_read(words, fen):
    assert fen_of_words(words) == fen


@pytest.mark.parametrize("words", ["", "整", "壹贰元", "壹佰佰元", "12元", "壹元元", "壹元贰", "壹元角", "about 壹元"])
def test_what_is_no_amount_in_words_is_refused(words):
    with pytest.raises(CorrectionError):
        fen_of_words(words)


lines = st.lists(st.tuples(st.integers(1, 1000), st.integers(1, 10**8)), min_size=1, max_size=8)


def _given(rows, **more):
    listed = [
        {"item": str(n), "quantity": str(quantity), "unit_price": text_of(Fraction(fen, 100))}
        for n, (quantity, fen) in enumerate(rows, 1)
    ]
    return {"list_fen": str(sum(quantity * fen for quantity, fen in rows)), "lines": listed} | more


@given(lines)
def test_numbers_that_agree_are_left_alone(rows):
    found = correct(_given(rows))
    assert found["steps"] == [] and found["total_fen"] == _given(rows)["list_fen"]
    said = int(found["total_fen"])
    assert correct(_given(rows, text_fen=str(said), words=in_words(said)))["steps"] == []


@given(lines, st.data())
def test_a_slip_of_one_decimal_point_is_found_or_the_sum_prevails(rows, data):
    given, at = _given(rows), data.draw(st.integers(0, len(rows) - 1))
    line = given["lines"][at]
    line["unit_price"] = text_of(Fraction(line["unit_price"]) * 10)
    found = correct(given)
    assert [step["rule"] for step in found["steps"]] in ([3], [4])
    assert sum(int(one["amount_fen"]) for one in found["lines"]) == int(found["total_fen"])
    if len(rows) == 1:
        assert found["steps"][0]["rule"] == 3 and found["total_fen"] == given["list_fen"]


def test_two_possible_slips_are_no_obvious_one():
    # either line could have slipped: nothing is obvious, and the unit prices prevail
    rows = [{"item": "1", "quantity": "1", "unit_price": "10"}, {"item": "2", "quantity": "1", "unit_price": "10"}]
    found = correct({"list_fen": "11000", "lines": rows})
    assert [step["rule"] for step in found["steps"]] == [4] and found["total_fen"] == "2000"


def test_prices_in_another_shape_are_refused():
    assert refused(correct, {"list_fen": "1.5", "lines": []}) == "not-a-number"
    assert refused(correct, {"lines": []}) == "wrong-shape"


def test_a_trigger_without_its_ground_asks_nobody_and_an_unknown_one_is_refused():
    assert to_explain({}, {"mean": "50"}) == {}
    assert to_explain({"A": "1"}, {"second-lowest": "50", "cap": "45"}) == {}
    with pytest.raises(LowBidError):
        to_explain({"A": "1"}, {"gut": "50"})


@given(st.dictionaries(st.text("AB", min_size=1, max_size=3), st.integers(1, 10**6).map(str), max_size=8))
def test_a_price_exactly_at_the_limit_is_not_below_it(bids):
    asked = to_explain(bids, {"cap": "50"}, cap="1000000")
    assert set(asked) == {bid for bid, price in bids.items() if int(price) < 500000}
