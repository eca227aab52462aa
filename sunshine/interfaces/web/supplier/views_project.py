"""One project as a supplier reads it: documents, questions, lots, trustees, the opening hall."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries import hall as hall_query
from sunshine.domain.bidding.queries import opportunities as public
from sunshine.domain.publishing.queries.failures import failures
from sunshine.flows import ask as asking
from sunshine.foundation import clock
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.parts import Fact, Link
from sunshine.foundation.pages.shortcuts import fragment
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.gate import business_at
from sunshine.interfaces.web.supplier.door import PROJECT_CHIPS, bid_refusal, not_a_bidder, page
from sunshine.interfaces.web.supplier.forms import QuestionForm
from sunshine.interfaces.web.supplier.words import ENVELOPES, LOT_CHIPS, SEALING, remark


@business_at("supplier")
@require_GET
def project(request: HttpRequest, project_id: str) -> HttpResponse:
    """Everything needed to decide whether to bid, and to prepare it."""
    return _project(request, project_id, QuestionForm(), 200)


def _project(request: HttpRequest, project_id: str, form: QuestionForm, status: int) -> HttpResponse:
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    sheet = public.project_sheet(project_id, actor, at)
    if sheet is None:
        raise Http404
    row = sheet.project
    closed = None if row.accepts_questions(at) else Refused("questions-closed", _("提问期已过。"))
    if closed is None and "supplier:enquiry:ask" not in actor.permissions:
        closed = Refused("forbidden", _("您没有“投标经办人”角色，请联系本单位管理员。"))
    context = {
        "sheet": sheet,
        "project": row,
        "chips": PROJECT_CHIPS,
        "lot_chips": LOT_CHIPS,
        "lots": [(lot, bid_refusal(actor, lot, at), sheet.pids.get(lot.public_id, "")) for lot in sheet.lots],
        "facts": _facts(row),
        "form": form,
        "question_refusal": closed,
        "available": row.documents_available(at),
        "objection_refusal": _objection_refusal(actor),
    }
    title = row.title
    trail = (Link(_("商机"), reverse("supplier:opportunities")),)
    return page(
        request, "supplier/project.html", context, current="opportunities", title=title, trail=trail, status=status
    )


def _objection_refusal(actor: Any) -> Refused | None:
    if "supplier:objection:raise" not in actor.permissions:
        return Refused("forbidden", _("您没有“投标经办人”角色，请联系本单位管理员。"))
    return not_a_bidder(actor) if not actor.active else None


def _facts(row: Any) -> list[Fact]:
    place = row.opening_place or _("线上开标大厅")
    facts = [
        Fact(_("采购目的"), row.purpose),
        Fact(_("采购人"), row.buyer.name),
        Fact(_("代理机构"), row.agency.name if row.agency else ""),
        Fact(_("品类"), row.category),
        Fact(_("资金来源"), row.funding),
        Fact(_("投标有效期（天）"), row.bid_validity_days),
        Fact(_("是否接受联合体"), _("接受") if row.consortium_allowed else _("不接受")),
        Fact(_("履约保证金"), f"{row.performance_bond_percent}%" if row.performance_bond_percent else _("不收取")),
        Fact(_("开标地点"), place),
        Fact(_("信封"), ENVELOPES[row.envelopes]),
        Fact(_("密封方式"), SEALING[row.sealing]),
        Fact(_("解密时限"), _("开标后 %(n)s 小时") % {"n": int(row.decrypt_window / timedelta(hours=1))}),
        Fact(_("解密异常的补救"), row.decrypt_remedy),
        Fact(_("联系人"), f"{row.contact_name} {row.contact_phone}".strip()),
        Fact(_("异议渠道"), row.objection_channel),
    ]
    return [fact for fact in facts if fact.value]


@business_at("supplier")
@require_POST
def document(request: HttpRequest, project_id: str, document_id: str) -> HttpResponseBase:
    """Obtain one document: noted, so that later changes reach this person, and handed over."""
    row = public.document(project_id, document_id)
    if row is None:
        raise Http404
    asking.download(project_id, by=request.actor)  # type: ignore[attr-defined]
    return download_response(row.blob, row.title)


@business_at("supplier")
@require_POST
def ask(request: HttpRequest, project_id: str) -> HttpResponse:
    """Ask a question; nothing about the asker is kept."""
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            asking.ask(project_id, by=request.actor, text=form.cleaned_data["text"])  # type: ignore[attr-defined]
        except Refused as refused:
            if refused.code == "not-found":
                raise
            form.add_error("text" if refused.field == "text" else None, str(refused))
        else:
            messages.success(request, _("问题已匿名提出，答复后会在本页对所有人公开。"))
            return redirect(reverse("supplier:project", args=[project_id]) + "#questions")
    return _project(request, project_id, form, 422)


@business_at("supplier")
@require_GET
def hall(request: HttpRequest, project_id: str) -> HttpResponse:
    """The opening, live: the fragment asks again every three seconds until everything is settled."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    found = hall_query.hall(project_id, actor, at)
    if found is None:
        raise Http404
    row = found.project
    by_lot = failures(row)
    window_end = row.opened_at + row.decrypt_window if row.opened_at else None
    settled = row.stage in ("opened", "terminated") and not any(lot.envelope for lot in found.lots)
    for lot in found.lots:
        lot.failures = by_lot.get(lot.pk, [])
        for bid in lot.bids:
            bid.remark_words = [remark(code) for code in bid.remarks]  # type: ignore[attr-defined]
    context = {
        "hall": found,
        "project": row,
        "chips": PROJECT_CHIPS,
        "lot_chips": LOT_CHIPS,
        "now": at,
        "window_end": window_end,
        "settled": settled,
        "before": row.bids_due_at is not None and at < row.bids_due_at,
        "url": request.path,
        "objection_refusal": _objection_refusal(actor),
    }
    if request.htmx:  # type: ignore[attr-defined]
        return fragment(request, "supplier/_hall.html", context)
    trail = (Link(row.title, reverse("supplier:project", args=[project_id])),)
    return page(request, "supplier/hall.html", context, current="results", title=_("开标大厅"), trail=trail)
