"""Objections as the buyer who must answer them sees them."""

from datetime import datetime

from django.db.models import Q, QuerySet

from sunshine.domain.contracts.models import Objection
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor

READ = "buyer:project:read"


def _rows() -> "QuerySet[Objection]":
    return Objection.objects.select_related(
        "project__buyer", "project__agency", "lot__project__buyer", "objector", "evidence"
    )


def listed(by: Actor) -> "QuerySet[Objection]":
    """The objections to the actor's own projects (a group's: those of its subsidiaries), unanswered first."""
    if READ not in by.permissions or not by.active:
        return Objection.objects.none()
    mine = (
        Q(project__agency_id=by.organisation_pk) if by.kind == "agency" else Q(project__buyer__path__startswith=by.tree)
    )
    return _rows().filter(mine).order_by("answered_at", "answer_due_at", "pk")


def objection(public_id: str, *, by: Actor) -> Objection | None:
    """One objection, if it concerns a project of this desk."""
    found = _rows().filter(public_id=public_id).first() if READ in by.permissions else None
    return found if found is not None and by.may(READ, found) else None


def at_opening(project: Project) -> list[Objection]:
    """On-the-spot objections to the opening (条例 44), newest first."""
    return list(_rows().filter(project=project, target="opening").order_by("-raised_at"))


def of_lot(lot: Lot) -> list[Objection]:
    """Objections that concern this lot: to its opening and to its candidates."""
    return list(_rows().filter(lot=lot).order_by("-raised_at"))


def is_late(row: Objection, at: datetime) -> bool:
    """Not answered within its time."""
    return row.stage == "raised" and at >= row.answer_due_at
