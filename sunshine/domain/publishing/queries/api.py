"""What the API tells everyone: notices, projects and their stories. Lists go on from the last id, never by page number,
so that a reader who follows them misses nothing while new ones appear."""

from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries import words
from sunshine.domain.sourcing.models import Project
from sunshine.foundation.refusal import Refused

RESULTS = ("candidate-notice", "award-notice", "contract-notice", "failure-notice", "termination-notice")
# how far a panel has come is nobody's business before its report is published (招标投标法 第三十八条)
AS_SEEN = {"report_drafted": "evaluating", "report_signed": "evaluating"}
Row = dict[str, Any]


def notices(
    *, after: str = "", limit: int = 50, kind: str = "", project: str = "", buyer: str = "", region: str = ""
) -> tuple[list[Row], str]:
    """(notices newest first without their content, id to go on from or ""). Raises Refused("cursor-unknown")."""
    rows = Notice.objects.defer("content").select_related("project", "lot")
    given = {"kind": kind, "project__public_id": project, "buyer_id_text": buyer, "region": region}
    rows = rows.filter(**{name: value for name, value in given.items() if value})
    page, more = _after(rows, Notice.objects.all(), "published_at", after, limit)
    return [_notice(row) for row in page], more


def notice(public_id: str) -> Row | None:
    """One notice with its content exactly as digested."""
    row = Notice.objects.select_related("project", "lot", "supersedes").filter(public_id=public_id).first()
    if row is None:
        return None
    newer = Notice.objects.filter(supersedes=row).values_list("public_id", flat=True).first()
    return _notice(row) | {"content": row.content, "superseded_by": newer or ""}


def _notice(row: Notice) -> Row:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "title": row.title,
        "revision": row.revision,
        "project": row.project.public_id,
        "lot": row.lot.public_id if row.lot else "",
        "buyer": {"id": row.buyer_id_text, "name": row.buyer_name},
        "region": row.region,
        "category": row.category,
        "method": row.method,
        "budget_fen": str(row.budget_fen) if row.budget_fen is not None else "",
        "bids_due_at": row.bids_due_at,
        "published_at": row.published_at,
        "digest": row.digest,
    }


def projects(*, after: str = "", limit: int = 50, buyer: str = "") -> tuple[list[Row], str]:
    """(announced projects newest first, id to go on from or "")."""
    announced = Project.objects.filter(announced_at__isnull=False)
    rows = announced.select_related("buyer").prefetch_related("lots")
    if buyer:
        rows = rows.filter(buyer__public_id=buyer)
    page, more = _after(rows, announced, "announced_at", after, limit)
    return [_project(row) for row in page], more


def story(public_id: str, at: datetime) -> Row | None:
    """One announced project: what it is, where each lot stands, and every notice in order."""
    rows = Project.objects.filter(announced_at__isnull=False).select_related("buyer", "agency").prefetch_related("lots")
    row = rows.filter(public_id=public_id).first()
    if row is None:
        return None
    told = Notice.objects.filter(project=row).defer("content").select_related("project", "lot")
    lots = list(row.lots.all())
    return _project(row) | {
        "state": str(words.project_state(row, lots, at)[0]),
        "accepts_bids": row.accepts_bids(at),
        "agency": row.agency.name if row.agency else "",
        "purpose": row.purpose,
        "notices": [_notice(one) for one in told.order_by("published_at", "pk")],
    }


def _project(row: Project) -> Row:
    return {
        "id": row.public_id,
        "title": row.title,
        "buyer": {"id": row.buyer.public_id, "name": row.buyer.name},
        "method": row.method,
        "category": row.category,
        "region": row.region,
        "budget_fen": str(row.budget_fen),
        "stage": row.stage,
        "hold": row.hold,
        "announced_at": row.announced_at,
        "bids_due_at": row.bids_due_at,
        "opened_at": row.opened_at,
        "lots": [
            {
                "id": lot.public_id,
                "number": lot.number,
                "title": lot.title,
                "ocid": lot.ocid,
                "round": lot.round,
                "stage": AS_SEEN.get(lot.stage, lot.stage),
                "hold": lot.hold,
            }
            for lot in row.lots.all()
        ],
    }


def opening(project: str) -> Row | None:
    """The newest published opening record of a project."""
    return next(iter(reversed(_contents(project, ["opening-record"]))), None)


def results(project: str) -> list[Row] | None:
    """Candidates, awards, contracts, failures of a project in order; None for a project that is not public."""
    if not Project.objects.filter(public_id=project, announced_at__isnull=False).exists():
        return None
    return _contents(project, RESULTS)


def _contents(project: str, kinds: Any) -> list[Row]:
    rows = Notice.objects.filter(project__public_id=project, kind__in=kinds).select_related("project", "lot")
    return [_notice(row) | {"content": row.content} for row in rows.order_by("published_at", "pk")]


def _after(
    rows: "QuerySet[Any]", whole: "QuerySet[Any]", instant: str, after: str, limit: int
) -> tuple[list[Any], str]:
    """One page in the order (instant, id) descending, strictly after the row whose public id is ``after``."""
    if after:
        last: Model | None = whole.only("pk", instant).filter(public_id=after).first()
        if last is None:
            raise Refused("cursor-unknown", _("没有这个游标，请从头开始。"), field="after")
        at = getattr(last, instant)
        rows = rows.filter(Q(**{f"{instant}__lt": at}) | Q(**{instant: at, "pk__lt": last.pk}))
    page = list(rows.order_by(f"-{instant}", "-pk")[: limit + 1])
    return page[:limit], page[limit - 1].public_id if len(page) > limit else ""
