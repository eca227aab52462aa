"""Objections: until one is answered, its target stands still (条例 22, 44, 54)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.contracts.lifecycle import OBJECTION
from sunshine.domain.contracts.queries import buyer_objections
from sunshine.flows import object as objecting
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, must, page
from sunshine.interfaces.web.buyer.running.forms import EFFECTS, AnswerForm, add_refusal
from sunshine.interfaces.web.buyer.running.views_contract import must_read

PER_PAGE = 50
FILTERS = (
    Filter("stage", _("状态"), [(key, word) for key, (word, _kind) in words.OBJECTIONS.items()]),
    Filter("target", _("对象"), list(words.TARGETS.items())),
)
COLUMNS = (
    Column("title", _("项目或标段"), "title", second="about"),
    Column("objector", _("异议人")),
    Column("stage", _("状态"), "chip", states=words.OBJECTIONS),
    Column("raised_at", _("提出时间"), "moment", sort=True),
    Column("answer_due_at", _("答复期限"), "moment", sort=True),
)


@at_desk
@require_GET
def objections(request: HttpRequest) -> HttpResponse:
    """All objections to the projects of this desk, unanswered first."""
    must_read(request)
    asked = ask(request.GET, COLUMNS, FILTERS)
    rows = buyer_objections.listed(request.actor).filter(**asked.values)  # type: ignore[attr-defined]
    if asked.sort:
        rows = rows.order_by(asked.sort, "pk")
    start = (asked.page - 1) * PER_PAGE
    shown = [_row(one) for one in rows[start : start + PER_PAGE]]
    empty = Empty(_("没有异议"), _("投标人或其他利害关系人提出异议后，会列在这里，并在期限内等您答复。"))
    table = Grid(_("异议"), COLUMNS, shown, rows.count(), asked, FILTERS, PER_PAGE, empty=empty)
    return page(request, "buyer/objections/list.html", {"table": table}, current="objections", crumbs=[Link(_("异议"))])


def _row(one: Any) -> dict[str, Any]:
    return {
        "title": str(one.lot or one.project),
        "url": f"/buyer/objections/{one.public_id}/",
        "about": words.TARGETS[one.target],
        "objector": one.objector.name,
        "stage": one.stage,
        "raised_at": one.raised_at,
        "answer_due_at": one.answer_due_at,
    }


def _here(request: HttpRequest, objection_id: str) -> Any:
    found = buyer_objections.objection(objection_id, by=request.actor)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


@at_desk
@require_http_methods(["GET", "POST"])
def objection(request: HttpRequest, objection_id: str) -> HttpResponse:
    """One objection with what it holds, and the answer that lets things go on."""
    row, by, at = _here(request, objection_id), request.actor, clock.glance()  # type: ignore[attr-defined]
    may = by.may("buyer:objection:answer", row)
    if request.method == "POST":
        must(request, "buyer:objection:answer", row)
    form = AnswerForm(request.POST or None) if may and row.stage == "raised" else None
    if request.method == "POST":
        if form is None:
            raise OBJECTION.refusal("answer-objection", row, by=by, at=at) or NotFound()
        if form.is_valid():
            try:
                objecting.answer_objection(objection_id, by=by, **form.cleaned_data)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("已答复，异议人已收到通知。"))
                return redirect("running:objection", objection_id)
    context = {
        "row": row,
        "form": form,
        "state": words.OBJECTIONS[row.stage],
        "target": words.TARGETS[row.target],
        "article": objecting.ARTICLES[row.target],
        "late": buyer_objections.is_late(row, at),
        "held": (row.lot or row.project).hold,
        "effect": dict(EFFECTS).get(row.effect, ""),
        "about": str(row.lot or row.project),
        "about_url": f"/buyer/lots/{row.lot.public_id}/candidates/"
        if row.lot
        else f"/buyer/projects/{row.project.public_id}/",
    }
    crumbs = [Link(_("异议"), "/buyer/objections/"), Link(context["about"])]
    status = 422 if request.method == "POST" else 200
    return page(request, "buyer/objections/objection.html", context, current="objections", crumbs=crumbs, status=status)


@at_desk
@require_GET
def evidence(request: HttpRequest, objection_id: str) -> HttpResponseBase:
    """The file that came with an objection."""
    row = _here(request, objection_id)
    if row.evidence is None:
        raise NotFound()
    ending = row.evidence.media_type.rpartition("/")[2]
    return download_response(row.evidence, f"evidence-{row.public_id}.{ending[:8]}", inline=True)
