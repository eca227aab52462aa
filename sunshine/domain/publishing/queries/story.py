"""One project told whole, from the rows and the published notices, for whoever may see it.

Results are read from the notices, not from the tables behind them: what stands on the page is what was published,
with its digest. Nothing here counts bids, downloads or askers before the opening record is public (招标投标法 第二十二条).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sunshine.domain.contracts.models import Objection
from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries import plain, reading, words
from sunshine.domain.publishing.queries.failures import Failure, failures
from sunshine.domain.publishing.queries.steps import timeline
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Change, TimelineStep


@dataclass
class LotStory:
    """One lot. opening, candidates, award, contract and failure are the notices' contents, {} until published."""

    lot: Lot
    state: words.State
    items: list[Any]
    policy: Any = None  # the seal policy row, or None before the announcement
    opening: dict[str, Any] = field(default_factory=dict)
    prices: dict[str, Any] = field(default_factory=dict)  # the second opening record of two envelopes
    failures: list[Failure] = field(
        default_factory=list
    )  # bids that did not open, and wrong shares, once the record is public
    candidates: dict[str, Any] = field(default_factory=dict)
    award: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)
    notices: dict[str, Notice] = field(default_factory=dict)  # kind → newest notice of this lot
    earlier: Project | None = None  # the round before, if it may be seen
    later: Project | None = None  # the round after

    @property
    def publicity_until(self) -> str:
        """The last instant of the candidates' publicity, in words; "" before they are published."""
        end = self.candidates.get("publicity_until")
        return reading.until(datetime.fromisoformat(end) if end else None)


@dataclass
class NoticeLine:
    """A notice in the project's list, with what it changed."""

    notice: Notice
    state: words.State
    changes: list[Change]


@dataclass
class ObjectionLine:
    """What the public may know of an objection: about what, when, answered how; not who raised it, not its text."""

    target: Any
    lot: Lot | None
    raised_at: datetime
    answer_due: str
    answered_at: datetime | None
    state: words.State
    effect: Any


@dataclass
class ProjectStory:
    """Everything a project page shows. ``project`` has buyer, agency and plan loaded."""

    project: Project
    at: datetime
    state: words.State
    method: Any
    lots: list[LotStory]
    timeline: list[TimelineStep]
    criteria: list[Any]
    documents: list[Any]
    seats: list[Any]
    threshold: str
    marks: list[dict[str, Any]]
    scheme: list[str]
    enquiries: list[Any]
    notices: list[NoticeLine]
    objections: list[ObjectionLine]
    record: Notice | None
    is_open: bool  # bids are being received
    takes_questions: bool
    gives_documents: bool

    @property
    def decrypt_hours(self) -> int:
        return int(self.project.decrypt_window / timedelta(hours=1))

    @property
    def budget(self) -> int:
        return self.project.budget_fen


def project_story(public_id: str, actor: Actor, at: datetime) -> ProjectStory | None:
    """The project as ``actor`` may see it at ``at``; None if there is none or the actor may not know of it.

    At most fifteen queries, whatever the number of lots, items, bids and notices.
    """
    seen = Project.objects.visible_to(actor, at)
    project = seen.filter(public_id=public_id).select_related("buyer", "agency", "plan", "previous").first()
    if project is None:
        return None
    lots = list(
        project.lots.select_related("seal_policy", "previous__project")
        .prefetch_related("items", "seal_policy__extensions")
        .order_by("number")
    )
    published = list(project.notices.select_related("supersedes").order_by("published_at", "id"))
    seats = list(project.seats.select_related("organisation"))
    told = [_lot(lot, project, published, at) for lot in lots]
    record = next((one for one in published if one.kind == "opening-record"), None)
    found = failures(project) if record is not None else {}
    for one in told:
        one.failures = found.get(one.lot.pk, [])
    _link_rounds(told, actor, at)
    policy = next((one.policy for one in told if one.policy is not None), None)
    envelopes = f" {words.ENVELOPES[project.envelopes]}" if project.two_envelope else ""
    return ProjectStory(
        project=project,
        at=at,
        state=words.project_state(project, lots, at),
        method=method_name(project.method),
        lots=told,
        timeline=timeline(project, lots, published, at),
        criteria=list(project.criteria.all()),
        documents=list(project.documents.select_related("blob")),
        seats=seats,
        threshold=plain.seal(policy.content, seats) + envelopes if policy is not None else "",
        marks=plain.criteria(project.scheme),
        scheme=plain.scheme(project.scheme),
        enquiries=list(project.enquiries.filter(answered_at__isnull=False)),
        notices=[_line(notice) for notice in reversed(published)],
        objections=[_objection(row) for row in project.objections.select_related("lot").order_by("raised_at")],
        record=record,
        is_open=project.accepts_bids(at),
        takes_questions=project.announced_at is not None and project.accepts_questions(at),
        gives_documents=project.documents_available(at),
    )


def _lot(lot: Lot, project: Project, published: Sequence[Notice], at: datetime) -> LotStory:
    own = {notice.kind: notice for notice in published if notice.lot_id == lot.pk}
    contents = {kind: notice.content for kind, notice in own.items()}
    records = (one.content for one in published if one.kind == "opening-record")
    record: dict[str, Any] = next(records, {"lots": []})
    opening: dict[str, Any] = next((row for row in record["lots"] if row["id"] == lot.public_id), {})
    return LotStory(
        lot=lot,
        state=words.lot_state(lot, project, at),
        items=list(lot.items.all()),
        policy=getattr(lot, "seal_policy", None),
        opening=opening,
        prices=contents.get("price-opening-record", {}),
        candidates=contents.get("candidate-notice", {}),
        award=contents.get("award-notice", {}),
        contract=contents.get("contract-notice", {}).get("contract", {}),
        notices=own,
    )


def _link_rounds(told: Sequence[LotStory], actor: Actor, at: datetime) -> None:
    """Failed lots and their next rounds, as far as the actor may see those projects."""
    by_lot: dict[int | None, LotStory] = {one.lot.pk: one for one in told}
    later = Lot.objects.filter(previous_id__in=by_lot, project__in=Project.objects.visible_to(actor, at))
    for lot in later.select_related("project"):
        by_lot[lot.previous_id].later = lot.project
    for one in told:
        if one.lot.previous is not None:
            one.earlier = one.lot.previous.project


def _line(notice: Notice) -> NoticeLine:
    before = notice.supersedes
    changes = reading.diff(before.content, notice.content) if before is not None else []
    return NoticeLine(notice, words.NOTICES.get(notice.kind, (notice.kind, "neutral")), changes)


def _objection(row: Objection) -> ObjectionLine:
    return ObjectionLine(
        target=words.OBJECTION_TARGETS[row.target],
        lot=row.lot,
        raised_at=row.raised_at,
        answer_due=reading.until(row.answer_due_at),
        answered_at=row.answered_at,
        state=words.OBJECTION_STATES[row.stage],
        effect=words.EFFECTS.get(row.effect, ""),
    )
