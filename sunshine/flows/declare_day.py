"""A person tells the calendar what a day is: the State Council's yearly arrangement, or a correction of the library."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.calendar import DayKind
from sunshine.foundation.calendars import current
from sunshine.foundation.calendars.models import CalendarOverride
from sunshine.foundation.refusal import Refused

YEARS = (2000, 2100)


@act
def declare_day(*, by: Actor, at: datetime, day: date, kind: str, source: str) -> CalendarOverride:
    """Set what ``day`` is (an earlier declaration is replaced; both stand in the record).

    source   where it is written, e.g. the notice of the State Council: deadlines of the law are counted with it
    Raises Refused: forbidden, day-kind-unknown, day-out-of-range, source-missing.
    """
    if "operator:settings:change" not in by.permissions or not by.active:
        raise Refused("forbidden", _("您没有修改平台设置的权限。"))
    if kind not in [one.value for one in DayKind]:
        raise Refused("day-kind-unknown", _("请选择这一天的性质。"), field="kind")
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Refused("day-out-of-range", _("日期超出日历范围。"), field="day")
    if not source.strip() or len(source) > 200:
        raise Refused("source-missing", _("请写明依据，例如国务院办公厅通知的文号，不超过 200 字。"), field="source")
    before = CalendarOverride.objects.filter(day=day).values_list("kind", flat=True).first() or ""
    row = current.declare(day, DayKind(kind), note=source.strip(), by=by.person, at=at)
    facts = {"day": day.isoformat(), "kind": kind, "before": before, "source": source.strip()}
    note("calendar", "declare-day", day.isoformat(), by=by, at=at, facts=facts)
    return row
