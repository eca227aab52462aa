"""The only clock: the database's, read after the lock, so that time order is lock order.

Rehearsal installations add an offset that only moves forward (``Installation.clock_offset``).
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from sunshine.foundation.refusal import Refused

BEIJING = ZoneInfo("Asia/Shanghai")
_GLANCE_SECONDS = 1.0


def now() -> datetime:
    """The trusted time, aware, straight from the database."""
    with connection.cursor() as cursor:
        cursor.execute("select sunshine_now()")
        instant: datetime = cursor.fetchone()[0]
        return instant.astimezone(BEIJING)


def enter(step: str) -> datetime:
    """Name the step to the triggers that guard the stages, and return the trusted time of the act."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('sunshine.step', %s, true), sunshine_now()", [step])
        instant: datetime = cursor.fetchone()[1]
        return instant.astimezone(BEIJING)


@dataclass
class _Glance:
    database: datetime
    monotonic: float


_last: dict[str, _Glance] = {}


def glance() -> datetime:
    """The trusted time for showing pages: the database's clock, asked at most once a second per process."""
    key = str(connection.settings_dict["NAME"])
    here = time.monotonic()
    last = _last.get(key)
    if last is None or here - last.monotonic > _GLANCE_SECONDS:
        last = _last[key] = _Glance(now(), here)
    return last.database + timedelta(seconds=here - last.monotonic)


def advance(to: datetime) -> None:
    """Move the rehearsal clock forward to ``to``. Refused in production and backwards."""
    from sunshine.foundation.models import Installation

    if not settings.REHEARSAL:
        raise Refused("clock-not-movable", "正式环境的时钟不可调整。")
    row, _ = Installation.objects.get_or_create(id=1)
    step = to - now()
    if step < timedelta(0):
        raise Refused("clock-backwards", "演练时钟只能向前。")
    row.clock_offset += step
    row.save(update_fields=["clock_offset"])
    _last.clear()


def start_rehearsal(at: datetime) -> None:
    """Set a new rehearsal installation's clock to ``at`` (usually the past). Only before anything happened."""
    from sunshine.foundation.models import Installation

    if not settings.REHEARSAL or Installation.objects.exists():
        raise Refused("clock-not-movable", "演练时钟只能在新装的演练环境里设定起点。")
    Installation.objects.create(id=1, mode="rehearsal", clock_offset=at - now(), log_origin=settings.ORIGIN)
    _last.clear()
