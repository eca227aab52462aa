"""The calendar in force: the library and the overrides, read at most once a minute by each process."""

import threading
import time
from datetime import date, datetime

from django.db import transaction

from sunshine.foundation.calendar import Calendar, DayKind
from sunshine.foundation.calendars.models import CalendarOverride

FRESH_SECONDS = 60.0

_lock = threading.Lock()
_cached: tuple[float, Calendar] | None = None


def current_calendar() -> Calendar:
    """The calendar with today's overrides; a change made in another process is seen within a minute."""
    global _cached
    with _lock:
        if _cached is None or time.monotonic() - _cached[0] >= FRESH_SECONDS:
            rows = CalendarOverride.objects.values_list("day", "kind")
            _cached = (time.monotonic(), Calendar({day: DayKind(kind) for day, kind in rows}))
        return _cached[1]


def declare(day: date, kind: DayKind, *, note: str, by: str, at: datetime) -> CalendarOverride:
    """Set what `day` is (an earlier declaration is replaced). `by` is the person's public id."""
    values = {"kind": DayKind(kind).value, "note": note, "set_by": by, "set_at": at}
    row, _created = CalendarOverride.objects.update_or_create(day=day, defaults=values)
    transaction.on_commit(forget)
    return row


def forget() -> None:
    """Let the next reader load the overrides again."""
    global _cached
    with _lock:
        _cached = None
