"""The operator's own desk: pages with their versions, the calendar, and whether the installation is well.

Nothing here counts sealed bids: not the parcels of their events, and no number from whose gaps they could be counted.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery

from sunshine.domain.bidding.models import SealPolicy
from sunshine.domain.parties.queries.operator import people
from sunshine.domain.publishing.models import Page
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.foundation.calendar import DAY, Calendar, Day
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.calendars.models import CalendarOverride
from sunshine.foundation.outbox.models import MAX_ATTEMPTS, Parcel

STUCK = timedelta(minutes=5)  # a parcel this old has met a difficulty; younger ones come and go
KINDS: list[tuple[str, Any]] = list(Page.Kind.choices)


def pages(*, kind: str = "", language: str = "", find: str = "") -> "QuerySet[Page]":
    """The newest version of every page and language, newest first."""
    same = Page.objects.filter(slug=OuterRef("slug"), language=OuterRef("language")).order_by("-version")
    rows = Page.objects.filter(pk=Subquery(same.values("pk")[:1]))
    if kind:
        rows = rows.filter(kind=kind)
    if language:
        rows = rows.filter(language=language)
    if find:
        rows = rows.filter(Q(title__icontains=find) | Q(slug__icontains=find) | Q(body__icontains=find))
    return rows.order_by("-written_at", "-pk")


def versions(slug: str, language: str) -> list[tuple[Page, str]]:
    """Every version of one page with its writer's name, newest first; empty if there is no such page."""
    rows = list(Page.objects.filter(slug=slug, language=language).order_by("-version"))
    names = people(row.written_by for row in rows)
    return [(row, names.get(row.written_by, row.written_by)) for row in rows]


@dataclass(frozen=True)
class CalendarYear:
    """The days of a year that differ from a plain week, and what people declared."""

    year: int
    known: bool
    special: list[tuple[Day, CalendarOverride | None]]
    years: list[int]


def calendar_year(year: int, today: date) -> CalendarYear:
    """Holidays on weekdays and weekends, worked weekends, and every override of ``year``."""
    calendar: Calendar = current_calendar()
    declared = {row.day: row for row in CalendarOverride.objects.filter(day__year=year)}
    special = []
    day = date(year, 1, 1)
    while day.year == year:
        flags = calendar.day(day)
        if flags.is_holiday or flags.is_makeup or day in declared:
            special.append((flags, declared.get(day)))
        day += DAY
    return CalendarYear(year, calendar.knows(year), special, list(range(today.year - 1, today.year + 3)))


@dataclass(frozen=True)
class Topic:
    """How one topic of the outbox stands: parcels that gave up, parcels that try again, and the last error."""

    topic: str
    failed: int
    retrying: int
    oldest: datetime
    error: str


def _parcels() -> "QuerySet[Parcel]":
    """Undelivered parcels, without those of sealed bids: their number is nobody's business (招标投标法 第二十二条)."""
    waiting = Parcel.objects.filter(done_at=None).exclude(topic="event", content__tag__startswith="bid:")
    return waiting.exclude(topic="proof-mail")


def outbox(at: datetime) -> list[Topic]:
    """The topics with difficulties; empty when everything is being delivered."""
    stuck = _parcels().filter(Q(attempts__gt=0) | Q(created_at__lt=at - STUCK))
    rows = stuck.values("topic").annotate(
        failed=Count("pk", filter=Q(attempts__gte=MAX_ATTEMPTS)),
        retrying=Count("pk", filter=Q(attempts__lt=MAX_ATTEMPTS)),
        oldest=Min("created_at"),
        error=Max("last_error"),
    )
    return [Topic(**row) for row in rows.order_by("topic")]


def policies() -> "QuerySet[SealPolicy]":
    """The published seal policies, newest first: as public as the notices they came with."""
    return SealPolicy.objects.select_related("lot__project").order_by("-lot__project__announced_at", "lot__number")


def seats_without_key() -> int:
    """Trustees' seats of projects before their announcement that still have no key."""
    before = TrusteeSeat.objects.filter(project__announced_at=None, recipient="")
    return before.exclude(project__stage="terminated").count()
