"""A person's inbox, each line as a sentence in the reader's language."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.domain.publishing.models import Notification
from sunshine.domain.publishing.sentences import sentence
from sunshine.foundation.authz import Actor


@dataclass(frozen=True)
class Line:
    text: str
    url: str
    sent_at: datetime
    read: bool


def inbox(actor: Actor, *, start: int = 0, count: int = 50, unread: bool = False) -> tuple[list[Line], int]:
    """(lines of one page, newest first; how many there are in all)."""
    rows = Notification.objects.filter(person_id=actor.person_pk)
    if unread:
        rows = rows.filter(read_at=None)
    page = rows.order_by("-sent_at", "-id")[start : start + count]
    lines = [Line(sentence(row.kind, row.values), row.url, row.sent_at, row.read_at is not None) for row in page]
    return lines, rows.count()


def unread_count(actor: Actor) -> int:
    """How many lines are new."""
    return Notification.objects.filter(person_id=actor.person_pk, read_at=None).count()
