"""Notices of a project and a person's newest notifications, for the buyer's desk."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.domain.publishing.compose import TITLES
from sunshine.domain.publishing.models import Notice, Notification
from sunshine.domain.publishing.sentences import sentence
from sunshine.domain.sourcing.models import Project


@dataclass(frozen=True)
class Line:
    """One notification in the reader's language."""

    text: str
    url: str
    sent_at: datetime
    is_new: bool


def notices_of(project: Project) -> list[Notice]:
    """Newest first."""
    return list(Notice.objects.filter(project=project).defer("content").order_by("-published_at", "-pk"))


def notice_word(kind: str) -> str:
    return TITLES[kind]


def newest_notifications(person_pk: int, most: int = 6) -> list[Line]:
    rows = Notification.objects.filter(person_id=person_pk).order_by("-sent_at", "-pk")[:most]
    return [Line(sentence(row.kind, row.values), row.url, row.sent_at, row.read_at is None) for row in rows]
