"""采购计划: purpose and money, written by the buyer, approved in the group."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.models import Organisation, acts_for
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import PLAN
from sunshine.domain.sourcing.models import Plan
from sunshine.flows._run import NotFound, birth, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

_FIELDS = ("year", "title", "purpose", "category", "budget_fen", "funding", "investment")


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    given = {name: fields[name] for name in _FIELDS if name in fields}
    for name, value in given.items():
        if value in ("", None) and name != "investment":
            raise Refused("field-missing", _("请填写完整。"), field=name)
    return given


def _approvers(plan: Plan) -> list[int]:
    """Those who approve: of the buyer itself and of the groups above it."""
    above = [int(pk) for pk in plan.buyer.path.strip("/").split("/") if pk]
    return [person for pk in above for person in holders(pk, "buyer-approver")]


@birth(PLAN, "plan")
def plan(*, by: Actor, at: datetime, buyer: str, **fields: Any) -> tuple[Plan, dict[str, Any]]:
    """Write a plan for ``buyer`` (public id): the actor's own organisation, or one that delegated to it."""
    owner = Organisation.objects.filter(public_id=buyer, kind="buyer").first()
    if owner is None or not acts_for(by, owner, at):
        raise NotFound()
    made = Plan(buyer=owner, created_at=at, created_by=str(by), **_checked(fields))
    tell(_approvers(made), "plan-waits", {"title": made.title}, url="/buyer/plans/", at=at)
    return made, {"title": made.title, "budget_fen": str(made.budget_fen), "purpose": made.purpose}


@flow(PLAN, "revise-plan")
def revise_plan(made: Plan, *, by: Actor, at: datetime, **fields: Any) -> dict[str, Any]:
    """Change a plan that is still a draft, or was returned."""
    given = _checked(fields)
    before = {name: str(getattr(made, name)) for name in given}
    for name, value in given.items():
        setattr(made, name, value)
    made.note = ""
    made.save()
    return {"before": before, "after": {name: str(value) for name, value in given.items()}}


@flow(PLAN, "approve-plan")
def approve_plan(made: Plan, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Approve purpose and budget. The approver is not the author."""
    if made.created_by.startswith(f"{by.person}@"):
        raise Refused("duties-must-be-apart", _("编制人不能批准自己的计划。"))
    made.approved_at, made.approved_by = at, str(by)
    made.save(update_fields=["approved_at", "approved_by"])
    tell(holders(made.buyer, "buyer-officer"), "plan-approved", {"title": made.title}, url="/buyer/plans/", at=at)
    return {"budget_fen": str(made.budget_fen)}


@flow(PLAN, "return-plan")
def return_plan(made: Plan, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Send a plan back with the reason."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明退回原因。"), field="reason")
    made.note = reason
    made.save(update_fields=["note"])
    values = {"title": made.title, "reason": reason}
    tell(holders(made.buyer, "buyer-officer"), "plan-returned", values, url="/buyer/plans/", at=at)
    return {"reason": reason}
