"""Plans: written here, approved by somebody else, spent by projects."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.parties.queries import buyer_people
from sunshine.domain.sourcing.queries import buyer_desk
from sunshine.domain.sourcing.queries.buyer_draft import method_choices
from sunshine.flows._run import NotFound
from sunshine.flows.initiate import initiate as initiate_flow
from sunshine.flows.plan import approve_plan, return_plan, revise_plan
from sunshine.flows.plan import plan as plan_flow
from sunshine.foundation import clock
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.parts import Fact, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import (
    PLAN_KINDS,
    actor,
    desk,
    plan_or_404,
    refuse,
    say,
    show,
    states,
)
from sunshine.interfaces.web.buyer.drafting.forms_plan import InitiateForm, PlanForm, ReasonForm
from sunshine.interfaces.web.buyer.drafting.tables import plan_table


def _crumbs(*more: Link) -> list[Link]:
    return [Link(_("采购计划"), "/buyer/plans/"), *more]


@desk
def plans(request: HttpRequest) -> HttpResponse:
    """`/buyer/plans/`."""
    by = actor(request)
    table = plan_table(request, buyer_desk.desk_plans(by, clock.glance()))
    if isinstance(table, HttpResponse):
        return table
    refusal = None if "buyer:plan:write" in by.permissions else Refused("forbidden", _("由采购经办人编制计划。"))
    return show(request, "plans.html", "plans", _crumbs(), {"table": table, "refusal": refusal})


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: HttpRequest) -> HttpResponse:
    """`/buyer/plans/new/`."""
    by, at = actor(request), clock.glance()
    if "buyer:plan:write" not in by.permissions:
        raise NotFound()
    buyers = buyer_people.buyers_to_plan_for(by, at)
    form = PlanForm(request.POST or None, buyers=buyers, initial={"year": at.astimezone(BEIJING).year})
    if request.method == "POST" and form.is_valid():
        try:
            event = plan_flow(by=by, **form.cleaned_data)
            say(request, _("计划已编制，等待批准。"))
            return redirect(f"/buyer/plans/{event.subject_id}/")
        except Refused as refused:
            refuse(form, refused)
    context = {"form": form, "title": _("编制采购计划"), "cancel": "/buyer/plans/"}
    return show(request, "plan_form.html", "plans", _crumbs(Link(_("编制"))), context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


def _facts(plan: Any) -> list[Fact]:
    return [
        Fact(_("采购人"), plan.buyer.name),
        Fact(_("采购目的"), plan.purpose),
        Fact(_("品类"), plan.category),
        Fact(_("资金来源"), plan.funding),
        Fact(_("投资项目批文号"), plan.investment or "—"),
    ]


@desk
def plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """`/buyer/plans/<id>/`: what it is for, how much is left, which projects use it, and who decides."""
    return _plan_page(request, plan_or_404(request, plan_id), ReasonForm())


def _plan_page(request: HttpRequest, plan: Any, form: ReasonForm, status: int = 200) -> HttpResponse:
    by, at = actor(request), clock.glance()
    approve = buyer_desk.plan_step("approve-plan", plan, by, at)
    if approve is None and buyer_desk.wrote(plan, by):
        approve = Refused("duties-must-be-apart", _("编制人不能批准自己的计划。"))
    context = {
        "plan": plan,
        "facts": _facts(plan),
        "states": states("plan", PLAN_KINDS),
        "budget": buyer_desk.budget_of(plan),
        "projects": buyer_desk.projects_of(plan),
        "project_states": states("project", {"terminated": "refused", "opened": "done"}),
        "approve": approve,
        "revise": buyer_desk.plan_step("revise-plan", plan, by, at),
        "initiate": _may_initiate(plan, by),
        "form": form,
        "author": buyer_people.names_of([plan.created_by, plan.approved_by]),
    }
    return show(request, "plan.html", "plans", _crumbs(Link(plan.title)), context, status=status)


def _may_initiate(plan: Any, by: Any) -> Refused | None:
    if not by.may("buyer:plan:write", plan):
        return Refused("forbidden", _("由采购经办人立项。"))
    if plan.stage != "plan_approved":
        return Refused("plan-not-approved", _("采购计划尚未批准。"))
    return None


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def edit_plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """`/buyer/plans/<id>/edit/`."""
    plan, by = plan_or_404(request, plan_id), actor(request)
    if refused := buyer_desk.plan_step("revise-plan", plan, by, clock.glance()):
        raise NotFound() if refused.code == "forbidden" else refused
    names = ("year", "title", "purpose", "category", "budget_fen", "funding", "investment")
    form = PlanForm(request.POST or None, buyers=[], initial={name: getattr(plan, name) for name in names})
    if request.method == "POST" and form.is_valid():
        try:
            revise_plan(plan_id, by=by, **form.cleaned_data)
            say(request, _("计划已修改，等待批准。"))
            return redirect(f"/buyer/plans/{plan_id}/")
        except Refused as refused:
            refuse(form, refused)
    home = f"/buyer/plans/{plan_id}/"
    context = {"form": form, "title": _("修改采购计划"), "cancel": home, "note": plan.note}
    crumbs = _crumbs(Link(plan.title, home), Link(_("修改")))
    return show(request, "plan_form.html", "plans", crumbs, context, status=_status(form))


@desk
@require_POST
def decide_plan(request: HttpRequest, plan_id: str) -> HttpResponse:
    """`/buyer/plans/<id>/decide/`: approve, or return with a reason."""
    plan, by = plan_or_404(request, plan_id), actor(request)
    form = ReasonForm(request.POST)
    try:
        if request.POST.get("decision") == "approve":
            approve_plan(plan_id, by=by)
            say(request, _("计划已批准。"))
            return redirect(f"/buyer/plans/{plan_id}/")
        if form.is_valid():
            return_plan(plan_id, by=by, reason=form.cleaned_data["reason"])
            say(request, _("计划已退回，编制人会收到原因。"))
            return redirect(f"/buyer/plans/{plan_id}/")
    except Refused as refused:
        if refused.code in ("not-found", "forbidden"):
            raise
        refusal_message(request, refused)
        return redirect(f"/buyer/plans/{plan_id}/")
    return _plan_page(request, plan, form, 422)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def initiate(request: HttpRequest, plan_id: str) -> HttpResponse:
    """`/buyer/plans/<id>/initiate/`: a project begins."""
    plan, by, at = plan_or_404(request, plan_id), actor(request), clock.glance()
    if not by.may("buyer:plan:write", plan):
        raise NotFound()
    if refused := _may_initiate(plan, by):
        raise refused
    agencies = buyer_people.agencies_of(plan.buyer, at)
    budget = buyer_desk.budget_of(plan)
    start = {"title": plan.title, "region": plan.buyer.region, "budget_fen": max(0, budget.left)}
    form = InitiateForm(request.POST or None, methods=method_choices(), agencies=agencies, initial=start)
    if request.method == "POST" and form.is_valid():
        try:
            event = initiate_flow(by=by, plan=plan_id, **form.cleaned_data)
            say(request, _("项目已立项，采购方式等待批准。"))
            return redirect(f"/buyer/projects/{event.subject_id}/")
        except Refused as refused:
            refuse(form, refused)
    crumbs = _crumbs(Link(plan.title, f"/buyer/plans/{plan_id}/"), Link(_("立项")))
    context = {"form": form, "plan": plan, "budget": budget}
    return show(request, "initiate.html", "plans", crumbs, context, status=_status(form))
