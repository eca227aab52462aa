"""What the API knows of steps: which of them an actor may take with a project or a lot, and why not now."""

from datetime import datetime
from typing import Any

from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import Lifecycle

Steps = dict[str, Any]
READERS = {"buyer:project:read", "supervisor:project:read"}


def project_steps(public_id: str, *, by: Actor, at: datetime) -> Steps | None:
    """{"stage", "hold", "steps": [{"verb", "label", "target", "refusal"}]}; None for a project one may not know of."""
    found = Project.objects.select_related("buyer").filter(public_id=public_id).first()
    if found is None or not _concerns(PROJECT, found, by):
        return None
    return _steps(PROJECT, found, by, at)


def lot_steps(public_id: str, *, by: Actor, at: datetime) -> Steps | None:
    """As `project_steps`, of a lot."""
    found = Lot.objects.select_related("project__buyer").filter(public_id=public_id).first()
    if found is None or not _concerns(LOT, found, by):
        return None
    return _steps(LOT, found, by, at)


def _concerns(life: Lifecycle, subject: Any, by: Actor) -> bool:
    """Whose work it is, or who reads it for the buyer or a supervisor. The public reads what is published."""
    permissions = {step.permission for step in life.steps.values()} | READERS
    return any(by.may(permission, subject) for permission in permissions)


def _steps(life: Lifecycle, subject: Any, by: Actor, at: datetime) -> Steps:
    possible = [
        {
            "verb": step.verb,
            "label": str(step.label),
            "target": step.target,
            "refusal": refusal.as_dict() if refusal else None,
        }
        for step, refusal in life.possible(subject, by=by, at=at)
    ]
    return {"id": subject.public_id, "stage": subject.stage, "hold": subject.hold, "steps": possible}
