"""The buyer's desk from opening to contract: the project or lot an actor works on, and nothing they may not know of."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor

READ = "buyer:project:read"
# Whoever holds one of these for a lot does its work; the group above only reads the pages.
WORK = ("buyer:bids:open", "buyer:candidates:publish", "buyer:award:decide", "buyer:contract:draft")


def project(public_id: str, *, by: Actor) -> Project | None:
    """The project, if this actor's desk may show it: the buyer, its group, its delegates, the mandated agency."""
    rows = Project.objects.select_related("buyer", "agency")
    found = rows.filter(public_id=public_id).first() if READ in by.permissions else None
    return found if found is not None and by.may(READ, found) else None


def lot(public_id: str, *, by: Actor) -> Lot | None:
    """The lot with its project, under the same conditions as `project`."""
    rows = Lot.objects.select_related("project__buyer", "project__agency", "previous")
    found = rows.filter(public_id=public_id).first() if READ in by.permissions else None
    return found if found is not None and by.may(READ, found) else None


def reads_bids(lot: Lot, *, by: Actor) -> bool:
    """Whether this actor may open the files of the lot's opened bids: who works on it, and who supervises it."""
    if "supervisor:project:read" in by.permissions and by.active:
        return by.may("supervisor:project:read", lot)
    return any(by.may(permission, lot) for permission in WORK)


def supervised_lot(public_id: str, *, by: Actor) -> Lot | None:
    """The lot for a supervisor who comes to a file by its address."""
    if "supervisor:project:read" not in by.permissions or not by.active:
        return None
    found = Lot.objects.select_related("project__buyer", "project__agency").filter(public_id=public_id).first()
    return found if found is not None and by.may("supervisor:project:read", found) else None


def lots(project: Project) -> list[Lot]:
    """The lots of a project in order, each already knowing its project."""
    rows = list(project.lots.all())
    for row in rows:
        row.project = project
    return rows


def neighbours(lot: Lot) -> list[Mapping[str, Any]]:
    """The lots of the same project: id, number, title and stage, for going from one to the next."""
    return list(lot.project.lots.values("public_id", "number", "title", "stage"))


def window_end(project: Project) -> datetime | None:
    """When the time to decrypt ends (办法 31); None before the opening."""
    return project.opened_at + project.decrypt_window if project.opened_at else None
