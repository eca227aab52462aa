"""Money: exact fen, and what people type."""

from decimal import ROUND_DOWN, Decimal

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st

from sunshine.foundation.money import MAX_FEN, FenField, Money, MoneyField, total
from sunshine.foundation.refusal import Refused


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12,345.60", 1_234_560),
        ("１２，３４５．６０", 1_234_560),
        ("￥ 12 345.6", 1_234_560),
        ("1.2万元", 1_200_000),
        ("1.234567万", 1_234_567),
        ("0.5亿元", 5_000_000_000),
        ("100元", 10_000),
        ("0", 0),
        ("7.", 700),
        ("1.500", 150),
    ],
)
def test_amounts_are_read_as_people_write_them(text, fen):
    assert Money.yuan(text) == Money.fen(fen)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.234", "money-decimals"),
        ("1.00000000000000000000000000000000001", "money-decimals"),
        ("0.1234567万元", "money-decimals"),
        ("-5", "money-negative"),
        ("99999999999999", "money-too-large"),
        ("1" * 500, "money-format"),
        ("", "money-format"),
        ("12,34.5", "money-format"),
        ("1e5", "money-format"),
        ("NaN", "money-format"),
        ("½", "money-format"),
        ("=1+1", "money-format"),
        ("<script>", "money-format"),
        ("5万亿", "money-format"),
        ("١٢", "money-format"),
        ("5²", "money-format"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_reason(text, code):
    with pytest.raises(Refused) as refused:
        Money.yuan(text)
    assert refused.value.code == code


@given(st.integers(0, MAX_FEN))
def test_what_is_shown_is_read_back_exactly(fen):
    assert Money.yuan(str(Money(fen))) == Money(fen)
    assert Money.yuan(Money(fen).label) == Money(fen)


def test_percent_rounds_once_half_up_unless_told_otherwise():
    assert Money.fen(25).percent(2) == Money.fen(1)  # half a fen
    assert Money.fen(25).percent(2, ROUND_DOWN) == Money.fen(0)
    assert Money.yuan("1234567.89").percent(Decimal("0.05")) == Money.yuan("617.28")


@given(st.integers(0, MAX_FEN), st.decimals(0, 1000, places=12))
def test_a_product_is_exact_before_its_one_rounding(fen, factor):
    exact = Decimal(fen) * 10**12 * int(factor * 10**12)
    assert abs(Money(fen).times(factor).amount * 10**24 - int(exact)) * 2 <= 10**24


def test_a_float_is_never_money():
    with pytest.raises(TypeError):
        Money(1.0)
    with pytest.raises(TypeError):
        Money(100).times(0.02)
    with pytest.raises(TypeError):
        FenField().get_prep_value(1.5)


def test_sums_and_differences_are_exact():
    assert total([Money(10), Money(20)]) - Money(31) == Money(-1)
    assert Money(-100).label == "-¥1.00"
    assert total([]) == Money(0)


def test_the_form_field_takes_yuan_and_gives_fen():
    class Form(forms.Form):
        price = MoneyField()
        cap = MoneyField(required=False)

    form = Form({"price": "1.2万元", "cap": ""})
    assert form.is_valid() and form.cleaned_data == {"price": 1_200_000, "cap": None}
    wrong = Form({"price": "1.234"})
    assert not wrong.is_valid() and wrong.errors.as_data()["price"][0].code == "money-decimals"
    assert 'value="12,000.00"' in str(Form(initial={"price": 1_200_000})["price"])
    assert 'value="1.234"' in str(wrong["price"])
