"""Day counting: 民法典 201 and 203 for periods that run forward, our own stricter reading for those that run backward.

Pure functions over a `Calendar`; who loads overrides from the database is `sunshine.foundation.calendars`.
Dates are `datetime.date` in Chinese civil time; instants are aware `datetime`s. "24:00 of day d" is returned as
00:00 of day d + 1 in Asia/Shanghai: a window is open while ``at < end`` and over from ``end`` on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from chinese_calendar import constants as chinese

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)

# A year is known once its arrangement has been published: the library then carries its New Year's Day.
KNOWN_YEARS = frozenset(day.year for day in chinese.holidays if (day.month, day.day) == (1, 1))


class DayKind(StrEnum):
    """What a person may declare a day to be."""

    STATUTORY_HOLIDAY = "statutory_holiday"
    WEEKEND = "weekend"
    MAKEUP_WORKDAY = "makeup_workday"


@dataclass(frozen=True, slots=True)
class Day:
    """One day with its flags kept apart, because laws differ in which of them they mean."""

    day: date
    is_holiday: bool  # statutory holiday or day off moved next to one
    is_weekend: bool  # Saturday or Sunday (or declared to be like one), even when it is worked
    is_makeup: bool  # worked to make up for a moved day off
    unknown_year: bool  # the arrangement of this year is not yet published: only weekends are known

    @property
    def is_working_day(self) -> bool:
        """工作日."""
        return self.is_makeup or not (self.is_holiday or self.is_weekend)

    @property
    def is_rest_day(self) -> bool:
        """法定休假日 as 民法典 203 is normally read: holidays and weekends that are not worked."""
        return not self.is_working_day


@dataclass(frozen=True)
class Calendar:
    """The national arrangement plus override rows; an override always wins over the library."""

    overrides: Mapping[date, DayKind] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "overrides", MappingProxyType(dict(self.overrides)))

    def day(self, day: date) -> Day:
        """The flags of one day; never fails, whatever the year."""
        weekend = day.weekday() >= 5
        unknown = not self.knows(day.year)
        kind = self.overrides.get(day)
        if kind is None:
            return Day(day, day in chinese.holidays, weekend, day in chinese.workdays, unknown)
        return Day(
            day,
            is_holiday=kind == DayKind.STATUTORY_HOLIDAY,
            is_weekend=weekend or kind == DayKind.WEEKEND,
            is_makeup=kind == DayKind.MAKEUP_WORKDAY,
            unknown_year=unknown,
        )

    def knows(self, year: int) -> bool:
        """Is the arrangement of `year` known: from the library, or because New Year's Day was declared?"""
        return year in KNOWN_YEARS or self.overrides.get(date(year, 1, 1)) == DayKind.STATUTORY_HOLIDAY

    def is_rest_day(self, day: date) -> bool:
        return self.day(day).is_rest_day

    def is_working_day(self, day: date) -> bool:
        return self.day(day).is_working_day

    def roll(self, day: date) -> date:
        """`day` itself, or the first day after the rest it falls into (民法典 203)."""
        while self.is_rest_day(day):
            day += DAY
        return day

    def unknown_years(self, days: Iterable[date]) -> list[int]:
        """Years among `days` of which only weekends are known: the warning a timetable shows."""
        return sorted({day.year for day in days if not self.knows(day.year)})


def add_days(calendar: Calendar, start: date, n: int) -> date:
    """Last day of a period of `n` days from `start`: start excluded (民法典 201), rolled off rest days (203)."""
    return calendar.roll(start + n * DAY)


def add_working_days(calendar: Calendar, start: date, n: int) -> date:
    """The `n`-th working day after `start` (条例 60–61 count 工作日); n = 0 is `start` itself."""
    day = start
    for _ in range(n):
        day = calendar.roll(day + DAY)
    return day


def earliest_deadline(calendar: Calendar, published_on: date, n: int) -> date:
    """T01: the first day on which a deadline at least `n` days after publication may lie (法 24)."""
    return add_days(calendar, published_on, n)


def window_end(calendar: Calendar, day0: date, n: int) -> datetime:
    """24:00 of the last of `n` days after `day0`, rolled off rest days: then the next act is allowed."""
    return end_of_day(add_days(calendar, day0, n))


def last_bidder_day(deadline: datetime, n: int) -> date:
    """T05: the last day on which a bidder may act `n` days before `deadline`; all of it counts (doubt helps bidders)."""
    return civil_date(deadline) - n * DAY


def bidder_window_end(deadline: datetime, n: int) -> datetime:
    """T05 as an instant: 24:00 of `last_bidder_day`."""
    return end_of_day(last_bidder_day(deadline, n))


def buyer_notice_ok(notice_at: datetime, deadline: datetime, n: int) -> bool:
    """T04: is the buyer's notice early enough? Both by dates and by n × 24 hours (doubt falls on the buyer)."""
    by_date = (civil_date(deadline) - civil_date(notice_at)).days >= n
    return by_date and deadline - notice_at >= n * DAY


def deadline_after_notice(calendar: Calendar, notice_at: datetime, n: int) -> datetime:
    """T04: the earliest deadline `n` days after `notice_at`, same time of day, rolled off rest days."""
    local = _aware(notice_at).astimezone(SHANGHAI)
    return datetime.combine(add_days(calendar, local.date(), n), local.timetz())


def end_of_day(day: date) -> datetime:
    """24:00 of `day` in Asia/Shanghai."""
    return datetime.combine(day + DAY, time.min, tzinfo=SHANGHAI)


def civil_date(at: datetime) -> date:
    """The Chinese calendar date of an instant. Raises ValueError for a naive datetime."""
    return _aware(at).astimezone(SHANGHAI).date()


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at


def exceeds(part: int, numerator: int, denominator: int, *, of: int) -> bool:
    """超过 is strict (民法典 1259): is `part` more than numerator/denominator `of` the whole?"""
    return part * denominator > numerator * of
