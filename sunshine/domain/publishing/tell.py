"""Telling people: a line in their inbox at once, a mail after commit."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sunshine.domain.parties.models import Membership, Organisation
from sunshine.domain.publishing.models import Notification
from sunshine.foundation.outbox.models import send


def tell(persons: Iterable[int], kind: str, values: dict[str, Any], *, url: str, at: datetime) -> int:
    """One notification for each person (primary keys), all with the same instant. Returns how many."""
    rows = [Notification(person_id=pk, kind=kind, values=values, url=url, sent_at=at) for pk in sorted(set(persons))]
    Notification.objects.bulk_create(rows)
    if rows:
        send("mail", {"notifications": [row.pk for row in rows]}, at=at)
    return len(rows)


def holders(organisation: Organisation | int, *roles: str) -> list[int]:
    """The people who hold one of these roles (any, if none is named) in an organisation now."""
    pk = organisation if isinstance(organisation, int) else organisation.pk
    live = Membership.objects.filter(organisation_id=pk, ended_at=None)
    if roles:
        live = live.filter(roles__overlap=list(roles))
    return list(live.values_list("person_id", flat=True))


def everyone_with(*roles: str) -> list[int]:
    """The people who hold one of these roles anywhere now."""
    live = Membership.objects.filter(ended_at=None, organisation__stage="active", roles__overlap=list(roles))
    return list(live.values_list("person_id", flat=True))
