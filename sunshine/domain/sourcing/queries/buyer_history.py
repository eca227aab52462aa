"""Who did what and when to a project and its lots, from the audit events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from sunshine.domain.sourcing.models import Project
from sunshine.domain.sourcing.queries.buyer_desk import ROUTINE, subjects_of
from sunshine.foundation.audit.models import Event

# events that say when a step of the horizontal timeline was taken
MILESTONES = (
    "project:approve-method",
    "project:submit-review",
    "project:confirm-opening",
    "project:terminate",
    "lot:draw-panel",
    "lot:publish-candidates",
    "lot:award",
    "lot:close-contract",
)


def history(project: Project, *, routine: bool = False) -> "QuerySet[Event]":
    """Events of the project and its lots, newest first; the savings of drafts only when asked for."""
    rows = Event.objects.filter(subject__in=subjects_of(project)).order_by("-at", "-pk")
    return rows if routine else rows.exclude(tag__in=ROUTINE)


def milestones(project: Project) -> dict[str, datetime]:
    """{tag: when it first happened}."""
    rows = Event.objects.filter(subject__in=subjects_of(project), tag__in=MILESTONES).order_by("-at")
    return dict(rows.values_list("tag", "at"))


def last_seq(project: Project) -> int:
    """The number of the project's newest event: what an editor had seen when its page was drawn."""
    newest = Event.objects.filter(subject=f"project/{project.public_id}").order_by("-seq").values_list("seq", flat=True)
    return newest.first() or 0


def saved_since(project: Project, seq: int, *, by: str, fields: Sequence[str] = (), part: str = "") -> Event | None:
    """The newest saving after ``seq`` by somebody else that touched these fields, or this part (lots, criteria)."""
    rows = Event.objects.filter(subject=f"project/{project.public_id}", tag="project:draft", seq__gt=seq)
    for event in rows.exclude(by=by).order_by("-seq")[:200]:
        saved: dict[str, Any] = event.facts.get("saved", {})
        if set(saved.get("fields", [])) & set(fields) or (part and saved.get(part)):
            return event
    return None
