"""Amounts and instants as pages show them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override

from sunshine.foundation.clock import BEIJING
from sunshine.foundation.money import Money
from sunshine.foundation.pages.figures import capital, fen_of, grouped, places
from sunshine.foundation.pages.moments import relative, remaining, stamp

NOW = datetime(2026, 3, 23, 9, 30, tzinfo=BEIJING)


@pytest.mark.parametrize(
    ("fen", "unit", "text"),
    [
        (0, "元", "0.00"),
        (5, "元", "0.05"),
        (123456789, "元", "1,234,567.89"),
        (123456789, "万元", "123.456789"),
        (120000000, "万元", "120.00"),
        (4826000000_00, "亿元", "48.26"),
        (-100, "元", "-1.00"),
        (10**15 - 1, "元", "9,999,999,999,999.99"),
    ],
)
def test_an_amount_is_grouped_and_never_rounded(fen: int, unit: str, text: str) -> None:
    assert grouped(fen, unit) == text


def test_a_column_can_pad_decimals_but_never_cuts_them() -> None:
    assert grouped(617283500, "万元", 4) == "617.2835"
    assert grouped(617200000, "万元", 4) == "617.2000"
    assert grouped(123456789, "万元", 2) == "123.456789"
    assert (places(617283500, "万元"), places(617200000, "万元"), places(100)) == (4, 2, 2)


def test_inexact_amounts_are_refused() -> None:
    assert fen_of(Money.fen(7)) == 7
    for wrong in (1.0, "1", True, None):
        with pytest.raises(TypeError):
            fen_of(wrong)


# The first nine are the examples of the rule itself (支付结算办法, annex 1, where it allows one form of two we write
# the one with 零 after 元); the others are its corners.
@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (140950, "壹仟肆佰零玖元伍角整"),
        (600714, "陆仟零柒元壹角肆分"),
        (168032, "壹仟陆佰捌拾元零叁角贰分"),
        (10700053, "壹拾万柒仟元零伍角叁分"),
        (1640902, "壹万陆仟肆佰零玖元零贰分"),
        (32504, "叁佰贰拾伍元零肆分"),
        (100, "壹元整"),
        (10000, "壹佰元整"),
        (1000000, "壹万元整"),
        (0, "零元整"),
        (1, "壹分"),
        (10, "壹角整"),
        (50, "伍角整"),
        (1005, "壹拾元零伍分"),
        (100500, "壹仟零伍元整"),
        (101000, "壹仟零壹拾元整"),
        (10005000, "壹拾万零伍拾元整"),
        (100050000, "壹佰万零伍佰元整"),
        (100000001, "壹佰万元零壹分"),
        (1_0000_0000_00, "壹亿元整"),
        (1_0000_0001_00, "壹亿零壹元整"),
        (1_0500_0000_00, "壹亿零伍佰万元整"),
        (10_0000_0000_00, "壹拾亿元整"),
        (1_2000_0000_0000_00, "壹万贰仟亿元整"),
        (9999_9999_9999_99, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)
def test_capital_amounts_follow_the_rule_for_bills(fen: int, text: str) -> None:
    assert capital(fen) == "人民币" + text


def test_a_negative_amount_in_capitals_begins_with_its_sign() -> None:
    assert capital(-10050) == "人民币负壹佰元零伍角整"


def test_an_instant_has_date_weekday_and_beijing_time() -> None:
    assert stamp(datetime(2026, 3, 23, 1, 30, tzinfo=UTC)) == "2026-03-23 周一 09:30"
    assert stamp(datetime(2026, 3, 22, 16, 0, 5, tzinfo=UTC), seconds=True) == "2026-03-23 周一 00:00:05"
    assert stamp(date(2026, 3, 29)) == "2026-03-29 周日"


def test_an_instant_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2026, 3, 23))  # noqa: DTZ001 - this is the mistake under test


@pytest.mark.parametrize(
    ("away", "text"),
    [
        (timedelta(seconds=59), "即将"),
        (timedelta(seconds=-59), "刚刚"),
        (timedelta(minutes=5), "5 分钟后"),
        (timedelta(hours=-2), "2 小时前"),
        (timedelta(hours=47), "1 天后"),
        (timedelta(days=-59), "59 天前"),
        (timedelta(days=61), "2 个月后"),
    ],
)
def test_relative_time_never_promises_more_than_there_is(away: timedelta, text: str) -> None:
    with override("zh-hans"):
        assert relative(NOW + away, NOW) == text


def test_a_countdown_says_what_is_left_or_that_it_is_over() -> None:
    with override("zh-hans"):
        assert remaining(NOW + timedelta(days=3, hours=4, minutes=59), NOW) == "还有 3 天 4 小时"
        assert remaining(NOW + timedelta(hours=4, minutes=59), NOW) == "还有 4 小时 59 分"
        assert remaining(NOW + timedelta(seconds=61), NOW) == "还有 1 分钟"
        assert remaining(NOW, NOW) == "已截止"
