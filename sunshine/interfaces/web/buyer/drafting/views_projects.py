"""Projects: the list, the project's own page, the approval of its method, its documents."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sunshine.domain.publishing.queries.buyer_desk import notices_of
from sunshine.domain.sourcing.queries import buyer_desk, buyer_draft, buyer_history
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.flows._run import NotFound
from sunshine.flows.initiate import approve_method
from sunshine.foundation import clock
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.moments import stamp
from sunshine.foundation.pages.parts import Change, Fact, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting import story
from sunshine.interfaces.web.buyer.drafting.desk import (
    LOT_KINDS,
    PROJECT_KINDS,
    actor,
    desk,
    project_crumbs,
    project_or_404,
    say,
    show,
    states,
)
from sunshine.interfaces.web.buyer.drafting.tables import project_table
from sunshine.interfaces.web.buyer.drafting.texts import FIELDS, REASONS

RECENT = 12
PER_PAGE = 100


@desk
def projects(request: HttpRequest) -> HttpResponse:
    """`/buyer/projects/`."""
    table = project_table(request, buyer_desk.desk_projects(actor(request), clock.glance()))
    if isinstance(table, HttpResponse):
        return table
    return show(request, "projects.html", "projects", [Link(_("采购项目"))], {"table": table})


def facts(project: Any) -> list[Fact]:
    """Who, why, how: what every page about a project repeats."""
    reason = dict(REASONS).get(project.reason_code, project.reason_code)
    return [
        Fact(_("采购人"), project.buyer.name),
        Fact(_("采购代理机构"), project.agency.name if project.agency else _("自行采购")),
        Fact(_("采购目的"), project.purpose),
        Fact(_("品类"), project.category),
        Fact(_("资金来源"), project.funding),
        Fact(_("采购方式"), method_name(project.method), reason),
        Fact(_("理由说明"), project.method_reason),
        Fact(_("联系人"), project.contact_name or "—", project.contact_phone),
        Fact(_("开标地点"), project.opening_place or "—"),
    ]


def _seats_for_draws(found: Any, by: Any) -> bool:
    """Whether trustees may be named now, after the announcement, because only draws need them (mode B)."""
    mine = found.opens_alone and found.announced_at is not None and by.may("buyer:project:draft", found)
    return bool(mine and found.seats_may_change())


@desk
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/`: the heart."""
    found, by, at = project_or_404(request, project_id), actor(request), clock.glance()
    notices = notices_of(found)
    asked, unanswered = buyer_desk.question_counts(found)
    own, others = story.acts(found, by, at)
    events = list(buyer_history.history(found)[: RECENT + 1])
    context = {
        "project": found,
        "states": states("project", PROJECT_KINDS),
        "lot_states": states("lot", LOT_KINDS),
        "lots": [(lot, story.lot_page(lot, found)) for lot in found.lots.all()],
        "method": method_name(found.method),
        "steps": story.timeline(found, at, notices),
        "facts": facts(found),
        "acts": own,
        "others": others,
        "notices": notices,
        "asked": asked,
        "unanswered": unanswered,
        "history": story.happened(events[:RECENT], found),
        "more_history": len(events) > RECENT,
        "amendments": [(one, changes_of(one)) for one in found.amendments.all()],
        "editable": found.stage in buyer_draft.EDITABLE and by.may("buyer:project:draft", found),
        "seats_for_draws": _seats_for_draws(found, by),
        "counting": found.stage == "announced" and found.bids_due_at is not None and found.bids_due_at > at,
    }
    return show(request, "project.html", "projects", project_crumbs(found), context)


def changes_of(amendment: Any) -> list[Change]:
    """What an amendment changed, field by field, moments in Beijing time."""
    return [
        Change(FIELDS.get(name, name), _readable(before), _readable(after))
        for name, (before, after) in amendment.changes.items()
    ]


def _readable(value: str) -> str:
    try:
        return stamp(datetime.fromisoformat(value.replace("Z", "+00:00")).astimezone(BEIJING))
    except ValueError:
        return value


@desk
def history(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/history/`: everything that happened, also each saving of the draft."""
    found = project_or_404(request, project_id)
    rows = buyer_history.history(found, routine=True)
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1
    events = list(rows[(number - 1) * PER_PAGE : number * PER_PAGE + 1])
    context = {
        "project": found,
        "history": story.happened(events[:PER_PAGE], found),
        "before": f"?page={number - 1}" if number > 1 else "",
        "after": f"?page={number + 1}" if len(events) > PER_PAGE else "",
    }
    return show(request, "history.html", "projects", project_crumbs(found, Link(_("历史"))), context)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def method(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/method/`: approve the method with its reason."""
    found, by = project_or_404(request, project_id), actor(request)
    if request.method == "POST":
        try:
            approve_method(project_id, by=by)
            say(request, _("采购方式已批准，经办人可以编制文件。"))
        except Refused as refused:
            if refused.code in ("not-found", "forbidden"):
                raise
            refusal_message(request, refused)
        return redirect(f"/buyer/projects/{project_id}/")
    context = {
        "project": found,
        "facts": facts(found),
        "budget": buyer_desk.budget_of(found.plan),
        "refusal": buyer_desk.project_step("approve-method", found, by, clock.glance()),
    }
    return show(request, "method.html", "projects", project_crumbs(found, Link(_("批准采购方式"))), context)


@desk
def document(request: HttpRequest, project_id: str, document_id: str) -> Any:
    """`/buyer/projects/<id>/documents/<id>/`: a file as it lies in the draft or the announcement; ?inline=1 shows it."""
    one = buyer_draft.document_of(project_or_404(request, project_id), document_id)
    if one is None:
        raise NotFound()
    return download_response(one.blob, one.title, inline=request.GET.get("inline") == "1")
