"""Duties, check-in, recusal, and the room itself."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.queries import reports
from sunshine.domain.evaluation.queries import room as seats
from sunshine.flows import score as scoring
from sunshine.flows._run import NotFound
from sunshine.foundation import clock, sheets
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.shown import attachment, sheet
from sunshine.interfaces.web.expert.room import in_door, page, seat_here, show, url


class RecuseForm(forms.Form):
    reason = forms.CharField(
        label=_("回避原因"),
        max_length=1000,
        widget=forms.Textarea,
        help_text=_("例如：与某投标人有任职、亲属或经济关系。"),
    )


@in_door
@require_GET
def duties(request: HttpRequest) -> HttpResponse:
    """Every seat this person was drawn for: place and time, and no bidder's name."""
    by = request.actor  # type: ignore[attr-defined]
    rows = [
        {
            "row": one,
            "lot": one.panel.lot,
            "project": one.panel.lot.project,
            "state": words.MEMBERS[one.stage],
            "lot_state": words.lot_state(one.panel.lot.stage),
            "open": one.stage != "recused" and one.panel.lot.stage in seats.WORKING,
        }
        for one in seats.duties(by)
    ]
    context = {
        "waiting": [row for row in rows if row["open"]],
        "past": [row for row in rows if not row["open"]],
        "profile": seats.profile(by),
    }
    return page(request, "expert/duties.html", context)


@in_door
@require_GET
def room(request: HttpRequest, member_id: str) -> HttpResponse:
    """The evaluation room of one seat."""
    return show(request, seat_here(request, member_id))


@in_door
@require_POST
def check_in(request: HttpRequest, member_id: str) -> HttpResponse:
    """签到: with the declaration; only then do the bidders' names appear."""
    member = seat_here(request, member_id)
    try:
        declared = request.POST.get("no_interest") == "on"
        scoring.check_in(member_id, by=request.actor, no_interest=declared)  # type: ignore[attr-defined]
    except Refused as refused:
        return show(request, member, status=422, refused=refused)
    messages.success(request, _("已签到。请先核对投标人名单，再开始评审。"))
    return redirect(url(member))


@in_door
@require_http_methods(["GET", "POST"])
def recuse(request: HttpRequest, member_id: str) -> HttpResponse:
    """申请回避: what was scored is void, and the next in the drawn order takes the seat."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    refused = MEMBER.refusal("recuse", member, by=by, at=clock.glance())
    form = RecuseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            scoring.recuse(member_id, by=by, reason=form.cleaned_data["reason"])
        except Refused as no:
            form.add_error("reason" if no.field == "reason" else None, str(no))
        else:
            messages.success(request, _("已回避，由候补递补。"))
            return redirect("/expert/")
    context = {"form": form, "refused": refused, "member": member, "lot": member.panel.lot}
    status = 422 if request.method == "POST" else 200
    crumbs = (Link(str(member.panel.lot), url(member)), Link(_("申请回避")))
    return page(request, "expert/recuse.html", context, *crumbs, status=status)


@in_door
@require_GET
def bid_file(request: HttpRequest, member_id: str, bid_id: str, number: int) -> HttpResponseBase:
    """One file of one bid: after check-in, while the panel is at work. PDF and images open in the browser."""
    found = seats.document(seat_here(request, member_id), bid_id, number)
    if found is None:
        raise NotFound()
    return download_response(found.blob, found.name, inline=True)


@in_door
@require_GET
def scores_sheet(request: HttpRequest, member_id: str) -> HttpResponse:
    """The scores this member may see now, as CSV: the own ones until all have locked."""
    member = seat_here(request, member_id)
    rows = seats.scores_table(member, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    columns = [
        sheets.Column("member", str(_("评委编号"))),
        sheets.Column("bidder", str(_("投标人"))),
        sheets.Column("criterion", str(_("评审因素"))),
        sheets.Column("value", str(_("评分"))),
    ]
    told = [{key: str(row[key]) for key in ("member", "bidder", "criterion", "value")} for row in rows]
    return sheet(columns, told, name="scores", title=str(_("评分表")), kind="csv")


@in_door
@require_GET
def report_json(request: HttpRequest, member_id: str) -> HttpResponse:
    """The newest report, exactly the bytes that are signed; for members inside."""
    member = seat_here(request, member_id)
    view = reports.newest(member.panel.lot) if member.stage in ("locked", "signed") else None
    if view is None:
        raise NotFound()
    return attachment(reports.canonical(view.report), "report.json", "application/json")
