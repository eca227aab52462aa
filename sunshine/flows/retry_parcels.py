"""Parcels that could not be delivered are tried again, after the operator has mended what was in the way."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext_lazy as _

from sunshine.flows._run import act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.outbox.models import MAX_ATTEMPTS, Parcel
from sunshine.foundation.refusal import Refused


@act
def retry_parcels(*, by: Actor, at: datetime, topic: str) -> int:
    """Give every undelivered parcel of a topic its attempts back, due at once. Returns how many had given up.

    By topic and never one by one: numbers of parcels would tell how many sealed bids lie between two of them.
    """
    if "operator:settings:change" not in by.permissions or not by.active:
        raise Refused("forbidden", _("您没有修改平台设置的权限。"))
    with connection.cursor() as cursor:  # a double click waits here, so that the record's numbers do not clash
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('outbox', 0))")
    failed = Parcel.objects.filter(topic=topic, done_at=None, attempts__gt=0)
    exhausted = failed.filter(attempts__gte=MAX_ATTEMPTS).count()
    failed.update(attempts=0, due_at=at, claimed_at=None)
    note("outbox", "retry-parcels", topic[:40] or "none", by=by, at=at, facts={"topic": topic[:40]})
    return exhausted
