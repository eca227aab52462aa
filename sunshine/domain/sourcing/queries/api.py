"""What the API knows of steps: which of them an actor may take with a project or a lot, and why not now."""

from datetime import datetime
from typing import Any

from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import Lifecycle

Steps = dict[str, Any]


def project_steps(public_id: str, *, by: Actor, at: datetime) -> Steps | None:
    """{"stage", "hold", "steps": [{"verb", "label", "target", "refusal"}]}; None for a project one may not know of."""
    found = Project.objects.select_related("buyer").filter(public_id=public_id).first()
    if found is None or not _knows(found, by, at):
        return None
    return _steps(PROJECT, found, by, at)


def lot_steps(public_id: str, *, by: Actor, at: datetime) -> Steps | None:
    """As `project_steps`, of a lot."""
    found = Lot.objects.select_related("project__buyer").filter(public_id=public_id).first()
    if found is None or not _knows(found.project, by, at):
        return None
    return _steps(LOT, found, by, at)


def _knows(project: Project, by: Actor, at: datetime) -> bool:
    """Public, in view, or the actor's own work (a delegate sees nothing but may act)."""
    if Project.objects.visible_to(by, at).filter(pk=project.pk).exists():
        return True
    return any(by.may(permission, project) for permission in {step.permission for step in PROJECT.steps.values()})


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
