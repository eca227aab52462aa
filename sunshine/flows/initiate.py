"""立项: a project begins from an approved plan; its method is approved by somebody else."""

from datetime import datetime
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Mandate, Organisation
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.domain.sourcing.method import methods
from sunshine.domain.sourcing.models import Plan, Project
from sunshine.flows._run import NotFound, birth, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.money import Money
from sunshine.foundation.refusal import Refused


@birth(PROJECT, "initiate")
def initiate(
    *,
    by: Actor,
    at: datetime,
    plan: str,
    title: str,
    budget_fen: int,
    method: str,
    reason_code: str,
    method_reason: str,
    region: str = "",
    agency: str = "",
) -> tuple[Project, dict[str, Any]]:
    """Begin a project under an approved plan, within its remaining budget, with a reasoned method."""
    source = Plan.objects.select_for_update().filter(public_id=plan).first()
    if source is None or not source.involves(by, "buyer:plan:write"):
        raise NotFound()
    if source.stage != "plan_approved":
        raise Refused("plan-not-approved", _("采购计划尚未批准。"))
    used = source.projects.exclude(stage="terminated").aggregate(sum=Sum("budget_fen"))["sum"] or 0
    if used + budget_fen > source.budget_fen:
        left = Money.fen(source.budget_fen - used)
        raise Refused("over-budget", _("超出计划剩余预算 %(left)s 元。") % {"left": left}, field="budget_fen")
    if method not in methods():
        raise Refused("method-unknown", _("没有这种采购方式。"), field="method")
    project = Project(
        plan=source,
        buyer=source.buyer,
        agency=_agency(source, agency, at),
        title=title,
        purpose=source.purpose,
        category=source.category,
        funding=source.funding,
        region=region or source.buyer.region,
        budget_fen=budget_fen,
        method=method,
        reason_code=reason_code,
        method_reason=method_reason,
        created_at=at,
    )
    approvers = [p for pk in source.buyer.path.strip("/").split("/") for p in holders(int(pk), "buyer-approver")]
    tell(approvers, "method-waits", {"title": title}, url="/buyer/", at=at)
    return project, {"plan": plan, "title": title, "budget_fen": str(budget_fen), "method": method}


def _agency(plan: Plan, agency: str, at: datetime) -> Organisation | None:
    if not agency:
        return None
    live = Mandate.objects.filter(buyer=plan.buyer, agency__public_id=agency, ended_at=None)
    mandate = live.filter(valid_from__lte=at, valid_to__gt=at).select_related("agency").first()
    if mandate is None:
        raise Refused("no-mandate", _("与该代理机构没有有效的委托代理协议。"), field="agency")
    return mandate.agency


@flow(PROJECT, "approve-method")
def approve_method(project: Project, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Approve the method with its reason."""
    values = {"title": project.title}
    tell(
        holders(project.buyer, "buyer-officer"),
        "method-approved",
        values,
        url=f"/buyer/projects/{project.public_id}/",
        at=at,
    )
    return {"method": project.method, "reason": project.method_reason}
