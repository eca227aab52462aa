"""What supervisors read: everything in their field of view, and before its time nothing of bids and scores.

An inspector or auditor inside a buyer sees its own tree only; a supervising body sees every buyer.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from sunshine.domain.bidding.models import SealPolicy
from sunshine.domain.contracts.models import Award, Candidate, Contract, ContractSignature, Objection
from sunshine.domain.evaluation.models import Panel, PanelMember
from sunshine.domain.parties.models import Expert
from sunshine.domain.parties.queries.operator import people
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor

READ = "supervisor:project:read"
SOON = timedelta(days=7)
SHOWN = 20  # lines of one list on the first page


def seen(by: Actor, at: datetime) -> "QuerySet[Project]":
    """The projects in the actor's field of view."""
    if READ not in by.permissions or not by.active:
        return Project.objects.none()
    return Project.objects.visible_to(by, at).filter(buyer__path__startswith=by.tree)


def projects(
    by: Actor, at: datetime, *, stage: str = "", only: str = "", find: str = "", order: str = ""
) -> "QuerySet[Project]":
    """The list, narrowed. only: "held", "failed", "objected" or ""."""
    rows = seen(by, at).select_related("buyer")
    held = Lot.objects.filter(project=OuterRef("pk")).exclude(hold="")
    rows = rows.annotate(n_lots=Count("lots", distinct=True), lot_held=Exists(held))
    if stage:
        rows = rows.filter(stage=stage)
    if only == "held":
        rows = rows.filter(~Q(hold="") | Q(lot_held=True))
    elif only == "failed":
        rows = rows.filter(Exists(Lot.objects.filter(project=OuterRef("pk"), stage__in=["failed", "retendered"])))
    elif only == "objected":
        rows = rows.filter(Exists(Objection.objects.filter(project=OuterRef("pk"), stage="raised")))
    if find:
        rows = rows.filter(Q(title__icontains=find) | Q(buyer__name__icontains=find) | Q(public_id=find))
    return rows.order_by(order or "-created_at", "-pk")


def project(public_id: str, *, by: Actor, at: datetime) -> Project | None:
    """One project in view, or None."""
    return seen(by, at).select_related("buyer", "agency", "plan").filter(public_id=public_id).first()


@dataclass(frozen=True)
class Line:
    """One thing to look at: which project, what about it, until or since when; late if its time has passed."""

    project: str
    title: str
    what: Any
    at: datetime | None
    detail: str = ""
    late: bool = False


@dataclass
class Today:
    """The first page: lists of at most SHOWN lines, and how many there are of each in all."""

    counts: dict[str, int] = field(default_factory=dict)
    held: list[Line] = field(default_factory=list)
    deadlines: list[Line] = field(default_factory=list)
    objections: list[Line] = field(default_factory=list)
    failed: list[Line] = field(default_factory=list)
    overrides: list[Line] = field(default_factory=list)


def today(by: Actor, at: datetime) -> Today:
    """What a supervisor should look at now."""
    view = seen(by, at)
    scope = view.values("pk")
    found = Today()
    _held(found, view, scope)
    raised = Objection.objects.filter(project__in=scope, stage="raised").select_related("project", "lot", "objector")
    found.counts["objections"] = raised.count()
    found.objections = [
        Line(
            o.project.public_id,
            o.project.title,
            o.target,
            o.answer_due_at,
            f"{o.objector.name}：{o.text[:60]}",
            at >= o.answer_due_at,
        )
        for o in raised.order_by("answer_due_at")[:SHOWN]
    ]
    failed = Lot.objects.filter(project__in=scope, stage__in=["failed", "retendered"]).select_related("project")
    found.counts["failed"] = failed.count()
    found.failed = [
        Line(lot.project.public_id, lot.project.title, str(lot), lot.project.opened_at, lot.failure_reason)
        for lot in failed.order_by("-project__opened_at", "-pk")[:SHOWN]
    ]
    departures = Award.objects.filter(lot__project__in=scope).exclude(reason="").select_related("lot__project")
    found.counts["overrides"] = departures.count()
    found.overrides = [
        Line(a.lot.project.public_id, a.lot.project.title, str(a.lot), a.awarded_at, a.reason)
        for a in departures.order_by("-awarded_at")[:SHOWN]
    ]
    _deadlines(found, view, at)
    return found


def _held(found: Today, view: "QuerySet[Project]", scope: Any) -> None:
    whole = view.exclude(hold="")
    lots = Lot.objects.filter(project__in=scope).exclude(hold="").select_related("project")
    found.counts["held"] = whole.count() + lots.count()
    found.held = [Line(p.public_id, p.title, "", None, p.hold) for p in whole.order_by("pk")[:SHOWN]]
    found.held += [
        Line(lot.project.public_id, lot.project.title, str(lot), None, lot.hold) for lot in lots.order_by("pk")[:SHOWN]
    ]


def _deadlines(found: Today, view: "QuerySet[Project]", at: datetime) -> None:
    """Bids due within a week or due and not opened; openings whose decrypt window is running."""
    due = view.filter(stage="announced", bids_due_at__lt=at + SOON)
    opening = view.filter(stage="opening")
    found.counts["deadlines"] = due.count() + opening.count()
    lines = [
        Line(p.public_id, p.title, "bids-due", p.bids_due_at, "", p.bids_due_at is not None and at >= p.bids_due_at)
        for p in due.order_by("bids_due_at")[:SHOWN]
    ]
    for p in opening.order_by("opened_at")[:SHOWN]:
        end = p.opened_at + p.decrypt_window if p.opened_at else None
        lines.append(Line(p.public_id, p.title, "decrypt-window", end, "", end is not None and at >= end))
    found.deadlines = sorted(lines, key=lambda line: (line.at is None, line.at))


@dataclass(frozen=True)
class Overview:
    """The project with its lots, papers, seats, and who did what (names by recorded actor)."""

    project: Project
    lots: list[Lot]
    policies: dict[int, str]
    seats: list[Any]
    documents: list[Any]
    enquiries: list[Any]
    amendments: list[Any]
    names: dict[str, str]


def overview(row: Project) -> Overview:
    """Everything of the project that is neither bid, score nor contract."""
    lots = list(row.lots.all())
    policies = dict(SealPolicy.objects.filter(lot__in=lots).values_list("lot_id", "pid"))
    amendments = list(row.amendments.all())
    doers = [row.drafted_by, row.reviewed_by, row.announced_by, row.opened_by, *(a.issued_by for a in amendments)]
    return Overview(
        row,
        lots,
        policies,
        list(row.seats.select_related("person", "organisation")),
        list(row.documents.select_related("blob")),
        list(row.enquiries.all()),
        amendments,
        people(doers),
    )


def document(row: Project, public_id: str) -> Any:
    """One file of the bidding documents, published or not yet; None if there is no such file."""
    return row.documents.select_related("blob").filter(public_id=public_id).first()


@dataclass(frozen=True)
class PanelRecord:
    """How a lot's panel was found: the recorded draw, with names; and its members' progress, without scores."""

    lot: Lot
    panel: Panel
    formed_by: str
    order: list[tuple[str, str, bool]]  # public id, name, drawn
    excluded: list[tuple[str, str, str]]  # public id, name, reason
    members: list[PanelMember]


def panels(lots: list[Lot]) -> dict[int, PanelRecord]:
    """{lot: record} of the lots that have a panel."""
    found = list(Panel.objects.filter(lot__in=lots))
    members: dict[int, list[PanelMember]] = defaultdict(list)
    for member in PanelMember.objects.filter(panel__in=found).select_related("person").order_by("number"):
        members[member.panel_id].append(member)
    ids = {one for panel in found for one in [*panel.draw.get("pool", []), *panel.draw.get("excluded", {})]}
    names = dict(Expert.objects.filter(public_id__in=ids).values_list("public_id", "person__name"))
    by = people(panel.formed_by for panel in found)
    lot_of = {lot.pk: lot for lot in lots}
    return {
        panel.lot_id: PanelRecord(
            lot_of[panel.lot_id],
            panel,
            by.get(panel.formed_by, panel.formed_by),
            [(one, names.get(one, one), one in panel.draw.get("drawn", [])) for one in panel.draw.get("order", [])],
            [(one, names.get(one, one), why) for one, why in panel.draw.get("excluded", {}).items()],
            members[panel.pk],
        )
        for panel in found
    }


@dataclass
class LotResult:
    """What followed the ranking of one lot."""

    lot: Lot
    candidates: list[Candidate] = field(default_factory=list)
    award: Award | None = None
    contract: Contract | None = None
    signatures: list[ContractSignature] = field(default_factory=list)


def results(lots: list[Lot]) -> list[LotResult]:
    """Candidates, award and contract of every lot."""
    found = {lot.pk: LotResult(lot) for lot in lots}
    for candidate in Candidate.objects.filter(lot__in=lots).select_related("bid").order_by("rank"):
        found[candidate.lot_id].candidates.append(candidate)
    for award in Award.objects.filter(lot__in=lots).select_related("bid"):
        found[award.lot_id].award = award
    for contract in Contract.objects.filter(lot__in=lots).select_related("supplier", "buyer"):
        found[contract.lot_id].contract = contract
    signatures = ContractSignature.objects.filter(contract__lot__in=lots).select_related("person", "contract")
    for signature in signatures.order_by("signed_at"):
        found[signature.contract.lot_id].signatures.append(signature)
    return list(found.values())


def objections(row: Project) -> list[Objection]:
    """Every objection to a project, newest first."""
    return list(row.objections.select_related("lot", "objector").order_by("-raised_at"))
