"""Instants as people read them: Beijing date, weekday, time; and how far away that is."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from sunshine.foundation.clock import BEIJING

WEEKDAYS = [
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
]


def stamp(when: datetime | date, *, seconds: bool = False) -> str:
    """``2026-03-23 周一 09:30`` in Beijing time; a plain date has no time. Raises ValueError for a naive datetime."""
    if not isinstance(when, datetime):
        return f"{when:%Y-%m-%d} {WEEKDAYS[when.weekday()]}"
    if when.tzinfo is None:
        raise ValueError("an instant without a time zone")
    here = when.astimezone(BEIJING)
    return f"{here:%Y-%m-%d} {WEEKDAYS[here.weekday()]} {here:{'%H:%M:%S' if seconds else '%H:%M'}}"


def relative(when: datetime, now: datetime) -> str:
    """``3 天后``, ``2 小时前``, ``刚刚``: whole units, never rounded up, so that nobody believes to have more time."""
    away = (when - now).total_seconds()
    span = abs(away)
    if span < 60:
        return _("即将") if away > 0 else _("刚刚")
    if span < 3600:
        n = int(span // 60)
        text = ngettext("%(n)d 分钟后", "%(n)d 分钟后", n) if away > 0 else ngettext("%(n)d 分钟前", "%(n)d 分钟前", n)
    elif span < 86400:
        n = int(span // 3600)
        text = ngettext("%(n)d 小时后", "%(n)d 小时后", n) if away > 0 else ngettext("%(n)d 小时前", "%(n)d 小时前", n)
    elif span < 60 * 86400:
        n = int(span // 86400)
        text = ngettext("%(n)d 天后", "%(n)d 天后", n) if away > 0 else ngettext("%(n)d 天前", "%(n)d 天前", n)
    else:
        n = int(span // (30 * 86400))
        text = ngettext("%(n)d 个月后", "%(n)d 个月后", n) if away > 0 else ngettext("%(n)d 个月前", "%(n)d 个月前", n)
    return text % {"n": n}


def remaining(until: datetime, now: datetime) -> str:
    """What a countdown shows before its script runs: ``还有 3 天 4 小时``, ``还有 5 分钟`` or ``已截止``."""
    left = int((until - now).total_seconds())
    if left <= 0:
        return _("已截止")
    days, hours, minutes = left // 86400, left // 3600 % 24, left // 60 % 60
    if days:
        return _("还有 %(days)d 天 %(hours)d 小时") % {"days": days, "hours": hours}
    if hours:
        return _("还有 %(hours)d 小时 %(minutes)d 分") % {"hours": hours, "minutes": minutes}
    return _("还有 %(minutes)d 分钟") % {"minutes": minutes}
