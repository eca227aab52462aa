"""Day counting: the worked examples of 民法典 201/203, the holidays of 2026, and laws that hold for every date."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sunshine.foundation import calendar as c
from sunshine.foundation.calendar import SHANGHAI, Calendar, DayKind
from sunshine.foundation.calendars.current import current_calendar, declare, forget

CAL = Calendar()
dates = st.dates(min_value=date(2004, 1, 1), max_value=date(2032, 12, 31))


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def test_twenty_days_from_tuesday_3_march_end_on_monday_23_march():
    assert c.earliest_deadline(CAL, date(2026, 3, 3), 20) == date(2026, 3, 23)


def test_twenty_days_ending_on_a_sunday_roll_to_monday():
    assert c.earliest_deadline(CAL, date(2026, 3, 2), 20) == date(2026, 3, 23)


def test_candidates_of_a_report_of_5_march_are_published_by_9_march_and_award_starts_on_13_march():
    assert c.add_days(CAL, date(2026, 3, 5), 3) == date(2026, 3, 9)
    assert c.window_end(CAL, date(2026, 3, 9), 3) == at(2026, 3, 13)


def test_objections_to_documents_run_to_the_end_of_the_tenth_day_before_the_deadline():
    deadline = at(2026, 3, 23, 9, 30)
    assert c.last_bidder_day(deadline, 10) == date(2026, 3, 13)
    assert c.bidder_window_end(deadline, 10) == at(2026, 3, 14)


@pytest.mark.parametrize(("panel", "asking", "extends"), [(5, 2, True), (5, 1, False), (9, 3, False), (9, 4, True)])
def test_more_than_a_third_is_strict(panel, asking, extends):
    assert c.exceeds(asking, 1, 3, of=panel) is extends


def test_a_period_ending_in_spring_festival_rolls_to_the_first_day_after_it():
    assert c.add_days(CAL, date(2026, 1, 26), 20) == date(2026, 2, 24)  # day 20 is 15 February, the first day off


def test_a_make_up_saturday_is_a_working_day_and_no_rest():
    flags = CAL.day(date(2026, 2, 14))
    assert (flags.is_weekend, flags.is_makeup, flags.is_working_day, flags.is_rest_day) == (True, True, True, False)
    assert c.add_days(CAL, date(2026, 2, 11), 3) == date(2026, 2, 14)


def test_a_holiday_on_a_sunday_carries_both_flags():
    flags = CAL.day(date(2026, 2, 15))
    assert flags.is_holiday and flags.is_weekend and flags.is_rest_day and not flags.unknown_year


def test_working_days_step_over_the_festival_and_count_the_make_up_day():
    assert c.add_working_days(CAL, date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert c.add_working_days(CAL, date(2026, 2, 13), 3) == date(2026, 2, 25)
    assert c.add_working_days(CAL, date(2026, 2, 13), 0) == date(2026, 2, 13)


def test_a_buyers_notice_needs_both_the_dates_and_the_hours():
    deadline = at(2026, 3, 23, 9, 30)
    assert c.buyer_notice_ok(at(2026, 3, 8, 9, 30), deadline, 15)
    assert not c.buyer_notice_ok(at(2026, 3, 8, 9, 31), deadline, 15)  # fifteen dates, but not fifteen times 24 hours
    assert not c.buyer_notice_ok(at(2026, 3, 9, 0, 0), deadline, 15)


def test_the_extended_deadline_satisfies_the_notice_rule_and_is_no_rest_day():
    notice = at(2026, 3, 6, 17, 45)
    deadline = c.deadline_after_notice(CAL, notice, 15)
    assert deadline == at(2026, 3, 23, 17, 45)
    assert c.buyer_notice_ok(notice, deadline, 15)


def test_a_year_without_published_arrangement_counts_weekends_and_says_so():
    flags = CAL.day(date(2031, 10, 1))
    assert flags.unknown_year and not flags.is_holiday and flags.is_working_day
    assert CAL.day(date(2031, 10, 4)).is_rest_day  # a Saturday
    assert CAL.unknown_years([date(2026, 1, 5), date(2031, 10, 1), date(2031, 1, 1)]) == [2031]
    assert c.add_days(CAL, date(2031, 9, 30), 1) == date(2031, 10, 1)


def test_entering_new_years_day_makes_a_year_known():
    entered = Calendar({date(2031, 1, 1): DayKind.STATUTORY_HOLIDAY, date(2031, 10, 1): DayKind.STATUTORY_HOLIDAY})
    assert not entered.day(date(2031, 10, 1)).unknown_year
    assert entered.day(date(2031, 10, 1)).is_rest_day


def test_an_override_wins_over_the_library():
    moved = Calendar({date(2026, 2, 14): DayKind.WEEKEND, date(2026, 2, 23): DayKind.MAKEUP_WORKDAY})
    assert moved.day(date(2026, 2, 14)).is_rest_day
    assert moved.day(date(2026, 2, 23)).is_working_day and not moved.day(date(2026, 2, 23)).is_holiday


def test_an_instant_without_time_zone_is_an_error():
    with pytest.raises(ValueError):
        c.civil_date(at(2026, 3, 3).replace(tzinfo=None))


def test_dates_are_chinese_dates_whatever_the_time_zone_of_the_instant():
    assert c.civil_date(datetime.fromisoformat("2026-03-02T16:00:00+00:00")) == date(2026, 3, 3)


@given(dates, dates, st.integers(0, 60))
def test_a_later_start_never_ends_earlier(first, second, n):
    early, late = sorted((first, second))
    assert c.add_days(CAL, early, n) <= c.add_days(CAL, late, n)
    assert c.add_working_days(CAL, early, n) <= c.add_working_days(CAL, late, n)


@given(dates, st.integers(0, 60), st.integers(0, 60))
def test_more_days_never_end_earlier_and_never_on_a_rest_day(start, n, more):
    last = c.add_days(CAL, start, n)
    assert start + timedelta(days=n) <= last <= c.add_days(CAL, start, n + more)
    assert CAL.is_working_day(last)


@given(dates, st.times(), st.integers(1, 30))
def test_an_extended_deadline_always_satisfies_the_notice_rule(day, hour, n):
    notice = datetime.combine(day, hour, tzinfo=SHANGHAI)
    assert c.buyer_notice_ok(notice, c.deadline_after_notice(CAL, notice, n), n)


@pytest.mark.django_db(transaction=True)
def test_a_declared_day_is_seen_at_once_and_replaces_an_earlier_declaration():
    forget()
    day = date(2026, 3, 4)
    assert not current_calendar().is_rest_day(day)
    declare(day, DayKind.STATUTORY_HOLIDAY, note="通知", by="U-0000000001", at=at(2026, 3, 1))
    assert current_calendar().is_rest_day(day)
    declare(day, DayKind.MAKEUP_WORKDAY, note="更正", by="U-0000000001", at=at(2026, 3, 1))
    assert not current_calendar().is_rest_day(day)
    forget()


@pytest.mark.django_db
def test_the_calendar_is_read_once_a_minute(django_assert_num_queries):
    forget()
    with django_assert_num_queries(1):
        assert current_calendar() is current_calendar()
    forget()
