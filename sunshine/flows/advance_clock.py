"""Rehearsal only: let time pass, so that twenty days can be walked through in an afternoon."""

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from sunshine.flows._run import act, note
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

FURTHEST = timedelta(days=400)  # the clock never goes back: a mistyped year would end the rehearsal


@act
def advance_clock(*, by: Actor, at: datetime, to: datetime) -> datetime:
    """Move the rehearsal clock forward to ``to``; returns the time it was. Refused in production and backwards."""
    if "operator:settings:change" not in by.permissions or not by.active:
        raise Refused("forbidden", _("您没有修改平台设置的权限。"))
    if to - at > FURTHEST:
        raise Refused("clock-too-far", _("一次最多向前 %(n)s 天。") % {"n": FURTHEST.days}, field="to")
    clock.advance(to)
    note("installation", "advance-clock", "1", by=by, at=at, facts={"from": at.isoformat(), "to": to.isoformat()})
    return at
