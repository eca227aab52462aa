"""What a buyer's desk may see: its own tree's plans and projects, those it acts for, and what waits in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Min, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from sunshine.domain.parties.models import Delegation
from sunshine.domain.sourcing.lifecycle import PLAN, PROJECT
from sunshine.domain.sourcing.models import Document, Lot, Plan, Project, TrusteeSeat
from sunshine.domain.sourcing.sealing import TWO
from sunshine.foundation.authz import Actor
from sunshine.foundation.lifecycle import Step
from sunshine.foundation.refusal import Refused

SORTS = {"title": "title", "buyer": "buyer__name", "stage": "stage", "budget_fen": "budget_fen", "due": "bids_due_at"}
PLAN_SORTS = {"title": "title", "year": "year", "budget_fen": "budget_fen", "stage": "stage"}
ROUTINE = ("project:draft",)  # saved while typing: hundreds of them tell less than one line each


def _mine(actor: Actor, at: datetime) -> Q:
    """Rows of the actor's own tree, and of buyers that delegated to its organisation."""
    if not actor.active or actor.kind != "buyer":
        return Q(pk__in=())
    live = Delegation.objects.filter(taker_id=actor.organisation_pk, ended_at=None, valid_from__lte=at, valid_to__gt=at)
    return Q(buyer__path__startswith=actor.tree) | Q(buyer_id__in=live.values("giver_id"))


def desk_plans(actor: Actor, at: datetime) -> "QuerySet[Plan]":
    """Plans of the desk, newest first."""
    return Plan.objects.filter(_mine(actor, at)).select_related("buyer").order_by("-created_at")


def desk_projects(actor: Actor, at: datetime) -> "QuerySet[Project]":
    """Projects of the desk, newest first; an agency's are those it was mandated for."""
    if actor.kind == "agency" and actor.active:
        rows = Project.objects.filter(agency_id=actor.organisation_pk)
    else:
        rows = Project.objects.filter(_mine(actor, at))
    return rows.select_related("buyer").order_by("-created_at")


def find_plan(actor: Actor, at: datetime, public_id: str) -> Plan | None:
    return desk_plans(actor, at).filter(public_id=public_id).first()


def find_project(actor: Actor, at: datetime, public_id: str) -> Project | None:
    """The project with everything its pages show except the items (they may be thousands; each lot has their number)."""
    lots = Lot.objects.annotate(item_count=Count("items")).order_by("number")
    return (
        desk_projects(actor, at)
        .filter(public_id=public_id)
        .select_related("buyer", "plan", "agency", "previous")
        .prefetch_related(
            Prefetch("lots", lots),
            "criteria",
            Prefetch("documents", Document.objects.select_related("blob")),
            "amendments",
            Prefetch("seats", TrusteeSeat.objects.select_related("person", "organisation")),
        )
        .first()
    )


def search_plans(rows: "QuerySet[Plan]", values: Any, sort: str) -> "QuerySet[Plan]":
    """Narrow and order plans by the address of their list."""
    if word := values.get("q"):
        rows = rows.filter(Q(title__icontains=word) | Q(public_id__iexact=word) | Q(purpose__icontains=word))
    if stage := values.get("stage"):
        rows = rows.filter(stage=stage)
    if (year := values.get("year", "")).isdecimal():
        rows = rows.filter(year=min(int(year), 9999))
    return _sorted(rows, sort, PLAN_SORTS)


def search_projects(rows: "QuerySet[Project]", values: Any, sort: str) -> "QuerySet[Project]":
    """Narrow and order projects by the address of their list."""
    if word := values.get("q"):
        found = Q(title__icontains=word) | Q(public_id__iexact=word) | Q(buyer__name__icontains=word)
        rows = rows.filter(found | Q(plan__title__icontains=word))
    if stage := values.get("stage"):
        rows = rows.filter(stage=stage)
    return _sorted(rows, sort, SORTS)


def _sorted(rows: Any, sort: str, known: dict[str, str]) -> Any:
    column = known.get(sort.removeprefix("-"))
    if column is None:
        return rows
    key = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    return rows.order_by(key, "pk")


def with_lots(rows: "QuerySet[Project]") -> "QuerySet[Project]":
    return rows.annotate(lot_count=Count("lots", distinct=True))


@dataclass(frozen=True)
class Budget:
    """Money of a plan in fen: approved, used by projects that live, left."""

    total: int
    used: int

    @property
    def left(self) -> int:
        return self.total - self.used


def budget_of(plan: Plan) -> Budget:
    used = plan.projects.exclude(stage="terminated").aggregate(sum=Coalesce(Sum("budget_fen"), 0))["sum"]
    return Budget(plan.budget_fen, int(used))


def projects_of(plan: Plan) -> list[Project]:
    return list(with_lots(Project.objects.filter(plan=plan).select_related("buyer")).order_by("-created_at"))


def plan_step(verb: str, plan: Plan, actor: Actor, at: datetime) -> Refused | None:
    """Why the actor may not do this to the plan now; None if it may."""
    return PLAN.refusal(verb, plan, by=actor, at=at)


def wrote(plan: Plan, actor: Actor) -> bool:
    """Whether the actor is the plan's author: who wrote it does not approve it."""
    return plan.created_by.startswith(f"{actor.person}@")


def project_step(verb: str, project: Project, actor: Actor, at: datetime) -> Refused | None:
    """Why the actor may not do this to the project now; None if it may."""
    return PROJECT.refusal(verb, project, by=actor, at=at)


def project_steps(project: Project, actor: Actor, at: datetime) -> tuple[list[tuple[Step, Refused | None]], list[Step]]:
    """(the actor's own steps here, each with its refusal; the steps that start here and are other people's work)."""
    own = PROJECT.possible(project, by=actor, at=at)
    mine = {step.verb for step, _refusal in own}
    others = [s for s in PROJECT.steps.values() if project.stage in s.source and s.verb not in mine]
    return own, others


@dataclass(frozen=True)
class Figures:
    """The desk's numbers that matter."""

    running: int
    announced: int
    budget_fen: int
    questions: int


def figures(actor: Actor, at: datetime) -> Figures:
    """How many projects live, how many are announced, the live budget, the questions without an answer."""
    pks = desk_projects(actor, at).order_by().values("pk")
    live = Q(stage="terminated")
    got = Project.objects.filter(pk__in=pks).aggregate(
        running=Count("pk", filter=~live),
        announced=Count("pk", filter=Q(stage="announced")),
        budget=Coalesce(Sum("budget_fen", filter=~live), 0),
    )
    asked = Project.objects.filter(pk__in=pks, stage="announced").aggregate(
        n=Count("enquiries", filter=Q(enquiries__answered_at=None))
    )
    return Figures(got["running"], got["announced"], int(got["budget"]), asked["n"])


def waiting_plans(actor: Actor, at: datetime, limit: int = 50) -> list[Plan]:
    """Plans that wait: for approval by this actor, or for a correction by it."""
    wanted = Q(pk__in=())
    if "buyer:plan:approve" in actor.permissions:
        wanted |= Q(stage="plan_draft")
    if "buyer:plan:write" in actor.permissions:
        wanted |= Q(stage="plan_returned", buyer_id=actor.organisation_pk)
    return list(desk_plans(actor, at).filter(wanted).order_by("created_at")[:limit])


_STAGE_WORK = {
    "initiated": "buyer:method:approve",
    "method_approved": "buyer:project:draft",
    "draft": "buyer:project:draft",
    "in_review": "buyer:project:review",
    "reviewed": "buyer:project:announce",
    "opening": "buyer:bids:open",
}


def waiting_projects(actor: Actor, at: datetime, limit: int = 100) -> list[Any]:
    """Projects in a stage whose next act is the actor's; announced ones with questions or a deadline that has passed.

    Each has ``open_questions`` and ``first_question``.
    """
    stages = [stage for stage, permission in _STAGE_WORK.items() if permission in actor.permissions]
    wanted = Q(stage__in=stages)
    unanswered = Q(enquiries__answered_at=None, enquiries__isnull=False)
    if "buyer:bids:open" in actor.permissions:
        wanted |= Q(stage="announced", bids_due_at__lte=at)
    if "buyer:enquiry:answer" in actor.permissions:
        wanted |= Q(stage="announced") & Q(open_questions__gt=0)
    rows = desk_projects(actor, at).annotate(
        open_questions=Count("enquiries", filter=unanswered, distinct=True),
        first_question=Min("enquiries__asked_at", filter=unanswered),
    )
    # only what the actor may act on: the group above approves methods, everything else is the buyer's own desk
    own = Q(buyer_id=actor.organisation_pk) | Q(agency_id=actor.organisation_pk)
    if "buyer:method:approve" in actor.permissions:
        own |= Q(stage="initiated")
    return list(rows.filter(wanted).filter(own).order_by(F("bids_due_at").asc(nulls_last=True), "created_at")[:limit])


_LOT_WORK = {
    "opening_prices": "buyer:bids:open",
    "report_signed": "buyer:candidates:publish",
    "candidates_published": "buyer:award:decide",
    "awarded": "buyer:award:notify",
    "notified": "buyer:contract:draft",
    "failed": "buyer:plan:write",
}


def waiting_lots(actor: Actor, limit: int = 100) -> list[Lot]:
    """Lots of the actor's own organisation whose next act is the actor's."""
    wanted = Q(stage__in=[stage for stage, permission in _LOT_WORK.items() if permission in actor.permissions])
    if "buyer:panel:draw" in actor.permissions:
        wanted |= Q(stage="opening", project__stage="opened")
    if "buyer:bids:open" in actor.permissions:  # of two envelopes the second, when the whole panel has locked
        shut = Q(stage="evaluating", project__envelopes=TWO, price_opening=None, panel__members__stage="locked")
        wanted |= shut & ~Q(pk__in=Lot.objects.filter(panel__members__stage__in=("drawn", "present")).values("pk"))
    rows = Lot.objects.filter(wanted, project__buyer_id=actor.organisation_pk).select_related("project__buyer")
    rows = rows.distinct()
    return list(rows.prefetch_related("candidates").order_by("project__bids_due_at")[:limit])


def questions(project: Project) -> "QuerySet[Any]":
    """The project's questions, unanswered first; nothing tells who asked."""
    return project.enquiries.order_by(F("answered_at").asc(nulls_first=True), "asked_at")


def question_counts(project: Project) -> tuple[int, int]:
    """(all, unanswered)."""
    got = project.enquiries.aggregate(all=Count("pk"), open=Count("pk", filter=Q(answered_at=None)))
    return got["all"], got["open"]


def subjects_of(project: Project) -> list[str]:
    """The subjects whose events are this project's history."""
    return [f"project/{project.public_id}", *(f"lot/{lot.public_id}" for lot in project.lots.all())]


def titles(lots: Iterable[Lot]) -> dict[str, str]:
    return {f"lot/{lot.public_id}": str(lot) for lot in lots}
