"""What a supplier can still bid for, and what it reads before it does. Public facts only: nothing here tells who bids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from sunshine.domain.sourcing.models import Document, Lot, Project
from sunshine.foundation.authz import Actor

ORDERS = {"bids_due_at": "bids_due_at", "budget_fen": "budget_fen", "announced_at": "announced_at"}


@dataclass(frozen=True)
class ProjectSheet:
    """One announced project as a supplier reads it."""

    project: Project
    lots: list[Lot]
    criteria: list[Any]
    documents: list[Document]
    answers: list[Any]
    amendments: list[Any]
    trustees: list[Any]
    pids: dict[str, str] = field(default_factory=dict)  # lot → id of its seal policy


def opportunities(asked: Mapping[str, str], *, at: datetime, sort: str = "") -> QuerySet[Project]:
    """Announced projects that match; those that still receive bids unless ``state`` says "past" or "all".

    asked  q (words of title, purpose or buyer), category, region, state
    sort   a key of ORDERS, with "-" for descending; the nearest deadline first otherwise
    """
    rows = Project.objects.filter(announced_at__isnull=False).select_related("buyer").annotate(lot_count=Count("lots"))
    state = asked.get("state", "open")
    if state == "open":
        rows = rows.filter(stage="announced", bids_due_at__gt=at)
    elif state == "past":
        rows = rows.exclude(stage="announced", bids_due_at__gt=at)
    for name in ("category", "region"):
        if asked.get(name):
            rows = rows.filter(**{name: asked[name]})
    if words := asked.get("q"):
        rows = rows.filter(Q(title__icontains=words) | Q(purpose__icontains=words) | Q(buyer__name__icontains=words))
    column = ORDERS.get(sort.removeprefix("-"), "")
    order = ("-" if sort.startswith("-") else "") + column if column else "bids_due_at"
    return rows.order_by(order, "id")


def choices(name: str) -> list[str]:
    """The categories or regions that announced projects have, for a filter."""
    rows = Project.objects.filter(announced_at__isnull=False).exclude(**{name: ""})
    return list(rows.order_by(name).values_list(name, flat=True).distinct()[:200])


def project_sheet(project_id: str, actor: Actor, at: datetime) -> ProjectSheet | None:
    """The announced project with everything a bidder needs; None for one that is not public."""
    rows = Project.objects.visible_to(actor, at).filter(announced_at__isnull=False)
    project = rows.select_related("buyer", "agency").filter(public_id=project_id).first()
    if project is None:
        return None
    lots = list(project.lots.prefetch_related("items").select_related("seal_policy"))
    return ProjectSheet(
        project,
        lots,
        list(project.criteria.all()),
        list(project.documents.select_related("blob")),
        list(project.enquiries.filter(answered_at__isnull=False)),
        list(project.amendments.all()),
        [] if project.opens_alone else list(project.seats.select_related("organisation")),
        {lot.public_id: lot.seal_policy.pid for lot in lots if hasattr(lot, "seal_policy")},
    )


def document(project_id: str, document_id: str) -> Document | None:
    """One published document with its blob."""
    rows = Document.objects.select_related("blob", "project").filter(project__announced_at__isnull=False)
    return rows.filter(project__public_id=project_id, public_id=document_id).first()


def lot_names(limit: int = 1000) -> dict[str, str]:
    """{lot: its full name} of the newest announced lots: all of them, because only a keyring knows which are meant."""
    rows = Lot.objects.filter(project__announced_at__isnull=False).order_by("-project__announced_at", "number")
    found = rows.values_list("public_id", "number", "title", "project__title")[:limit]
    return {public_id: f"{project} · {number} {title}" for public_id, number, title, project in found}
