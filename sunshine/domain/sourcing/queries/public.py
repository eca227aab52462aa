"""Projects as anyone may see them: lists, openings of a day, one document, one seal policy, a buyer's profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from sunshine.domain.parties.models import Organisation
from sunshine.domain.sourcing.models import Document, Lot, Project
from sunshine.foundation.authz import VISITOR, Actor
from sunshine.foundation.clock import BEIJING

DAY = timedelta(days=1)
PHASES = {
    "open": Q(stage="announced"),
    "running": Q(stage__in=("opening", "opened")) & Q(lots__stage__in=("opening", "evaluating", "report_drafted")),
    "ended": Q(stage="terminated") | Q(lots__stage__in=("contract_signed", "failed", "retendered")),
}


def announced(at: datetime) -> QuerySet[Project]:
    """Every project the public may see, with what a list row shows."""
    lots = Prefetch("lots", queryset=Lot.objects.order_by("number"))
    return Project.objects.visible_to(VISITOR, at).select_related("buyer").prefetch_related(lots)


def open_now(at: datetime, limit: int) -> list[Project]:
    """Projects whose bids are being received, the nearest deadline first."""
    rows = announced(at).filter(stage="announced", bids_due_at__gt=at)
    return list(rows.order_by("bids_due_at", "id")[:limit])


def count_open(at: datetime) -> int:
    return Project.objects.filter(stage="announced", bids_due_at__gt=at).count()


def listing(values: Mapping[str, str], at: datetime, number: int, per_page: int) -> tuple[list[Project], int]:
    """One page of projects, newest first; values: q (title or buyer), phase, region, buyer (public id)."""
    rows = announced(at)
    for word in values.get("q", "").split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(buyer__name__icontains=word) | Q(public_id__iexact=word))
    if region := values.get("region"):
        rows = rows.filter(region=region)
    if buyer := values.get("buyer"):
        rows = rows.filter(buyer__public_id=buyer)
    phase = values.get("phase")
    if phase == "open":
        rows = rows.filter(PHASES[phase], bids_due_at__gt=at)
    elif phase in PHASES:
        rows = rows.filter(pk__in=Project.objects.filter(PHASES[phase]).values("pk"))
    start = (number - 1) * per_page
    return list(rows.order_by("-announced_at", "-id")[start : start + per_page]), rows.order_by().count()


def openings(at: datetime, days: int) -> list[Project]:
    """Projects whose deadline lies between the beginning of today (Beijing) and ``days`` days later, in order."""
    today = at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = announced(at).exclude(stage="terminated")
    return list(rows.filter(bids_due_at__gte=today, bids_due_at__lt=today + days * DAY).order_by("bids_due_at", "id"))


def document(project_id: str, document_id: str, actor: Actor, at: datetime) -> Document | None:
    """One file of the bidding documents of a project the actor may see, with its blob; else None."""
    rows = Document.objects.filter(project__in=Project.objects.visible_to(actor, at), project__public_id=project_id)
    return rows.filter(public_id=document_id).select_related("blob", "project").first()


def policy(project_id: str, lot_id: str, at: datetime) -> dict[str, Any] | None:
    """A lot's published seal policy: {"id", "policy", "extensions"}, exactly as browsers and verifiers use it."""
    rows = Lot.objects.filter(project__in=Project.objects.visible_to(VISITOR, at), project__public_id=project_id)
    lot = rows.filter(public_id=lot_id, seal_policy__isnull=False).select_related("seal_policy").first()
    if lot is None:
        return None
    extensions = [row.content for row in lot.seal_policy.extensions.order_by("seq")]
    return {"id": lot.seal_policy.pid, "policy": lot.seal_policy.content, "extensions": extensions}


@dataclass(frozen=True)
class BuyerProfile:
    """A buyer in public: who it is, what it bought, how its lots ended."""

    organisation: Organisation
    projects: list[Project]
    total: int
    lots: dict[str, int]  # running, contracted, failed, terminated


def buyer(public_id: str, at: datetime, number: int, per_page: int) -> BuyerProfile | None:
    """The profile of a verified buyer, or of one that has announced something; else None."""
    organisation = Organisation.objects.filter(public_id=public_id, kind="buyer").select_related("parent").first()
    if organisation is None:
        return None
    rows, total = listing({"buyer": public_id}, at, number, per_page)
    if not total and organisation.stage != "active":
        return None
    ended = {"contract_signed": "contracted", "failed": "failed", "retendered": "failed", "terminated": "terminated"}
    lots = {"running": 0, "contracted": 0, "failed": 0, "terminated": 0}
    counted = Lot.objects.filter(project__buyer=organisation, project__announced_at__isnull=False)
    for stage, n in counted.order_by().values_list("stage").annotate(n=Count("id")):
        lots[ended.get(stage, "running")] += n
    return BuyerProfile(organisation, rows, total, lots)
