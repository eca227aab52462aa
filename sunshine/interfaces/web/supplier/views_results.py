"""Results with one's own scores and reasons, objections, contracts."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.bidding.queries.opportunities import project_sheet
from sunshine.domain.contracts.lifecycle import CONTRACT, OBJECTION
from sunshine.domain.contracts.queries import supplier as own
from sunshine.flows.object import drop_objection, object_
from sunshine.flows.sign_contract import countersign_contract
from sunshine.foundation import clock
from sunshine.foundation.files.store import download_response, store
from sunshine.foundation.pages.grid import Column, Grid, ask
from sunshine.foundation.pages.parts import Confirm, Empty, Fact, Link
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at, given
from sunshine.interfaces.web.supplier.door import page
from sunshine.interfaces.web.supplier.forms import ObjectionForm
from sunshine.interfaces.web.supplier.words import (
    EFFECTS,
    GROUNDS,
    LOT_CHIPS,
    OBJECTION_CHIPS,
    TARGETS,
    TERMS,
    remark,
)

PER_PAGE = 50
EVIDENCE_LIMIT = 50 * 1024 * 1024
CONTRACT_CHIPS = {
    "half_signed": (_("待贵单位签署"), "now"),
    "signed": (CONTRACT.stages["signed"], "done"),
}
RESULTS = (
    Column("project", _("项目"), "title", second="lot"),
    Column("stage", _("阶段"), "chip", states=LOT_CHIPS),
    Column("total_fen", _("我的报价"), "money", unit="元"),
    Column("opened_at", _("开标时间"), "moment"),
    Column("outcome", _("结果")),
)
OBJECTIONS = (
    Column("about", _("项目或标段"), "title", second="id"),
    Column("target", _("对象")),
    Column("stage", _("状态"), "chip", states=OBJECTION_CHIPS),
    Column("raised_at", _("提出时间"), "moment"),
    Column("answer_due_at", _("答复期限"), "moment"),
)
CONTRACTS = (
    Column("title", _("合同"), "title", second="id"),
    Column("buyer", _("采购人")),
    Column("stage", _("状态"), "chip", states=CONTRACT_CHIPS),
    Column("amount_fen", _("合同金额"), "money", unit="元"),
    Column("signed_at", _("签订时间"), "moment"),
)


def _table(request: HttpRequest, label: Any, columns: tuple[Column, ...], rows: Any, shape: Any, empty: Empty) -> Grid:
    asked = ask(request.GET, columns)
    start = (asked.page - 1) * PER_PAGE
    shown = [shape(row) for row in rows[start : start + PER_PAGE]]
    return Grid(label, columns, shown, rows.count(), asked, per_page=PER_PAGE, empty=empty)


def _outcome(bid: Any) -> Any:
    letter = own.letter_of(bid)
    if letter is None:
        return _("结果还没有通知")
    return _("中标") if letter.kind == "award_letter" else _("未中标")


@business_at("supplier")
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """Our opened bids and what became of them."""

    def shape(bid: Any) -> dict[str, Any]:
        return {
            "project": bid.lot.project.title,
            "lot": str(bid.lot),
            "url": reverse("supplier:result", args=[bid.public_id]),
            "stage": bid.lot.stage,
            "total_fen": bid.total_fen,
            "opened_at": bid.opened_at,
            "outcome": _outcome(bid),
        }

    empty = Empty(
        _("还没有开启的投标"), _("投标开启后，这里列出贵单位的报价、得分和结果。开标前平台不知道哪份投标是您的。")
    )
    table = _table(request, _("开标与结果"), RESULTS, own.own_bids(request.actor), shape, empty)  # type: ignore[attr-defined]
    return page(request, "supplier/results.html", {"table": table}, current="results", title=_("开标与结果"))


@business_at("supplier")
@require_GET
def result(request: HttpRequest, bid_id: str) -> HttpResponse:
    """One's own bid: as it was opened, the scores and reasons of the letter, the published candidates."""
    actor = request.actor  # type: ignore[attr-defined]
    bid = own.own_bid(actor, bid_id)
    if bid is None:
        raise Http404
    letter = own.letter_of(bid)
    found = letter.content if letter is not None else {}
    rejected = found.get("own", {}).get("rejected")
    facts = [
        Fact(_("工期或交货期（天）"), bid.delivery_days),
        Fact(_("质量承诺"), bid.quality),
        Fact(_("项目负责人"), bid.project_leader),
        Fact(_("投标有效期（天）"), bid.validity_days),
    ]
    context = {
        "bid": bid,
        "lot": bid.lot,
        "project": bid.lot.project,
        "chips": LOT_CHIPS,
        "facts": [fact for fact in facts if fact.value],
        "remarks": [remark(code) for code in bid.remarks],
        "letter": letter,
        "won": letter is not None and letter.kind == "award_letter",
        "own": found.get("own", {}),
        "rejected": rejected,
        "ground": GROUNDS.get(rejected["reason_code"], "") if rejected else "",
        "winner": found.get("winner"),
        "winner_fen": int(found["winner"]["amount_fen"]) if found.get("winner") else None,
        "candidates": own.candidates(bid),
        "may_object": "supplier:objection:raise" in actor.permissions,
    }
    trail = (Link(_("开标与结果"), reverse("supplier:results")),)
    return page(request, "supplier/result.html", context, current="results", title=bid.lot.project.title, trail=trail)


@business_at("supplier")
@require_GET
def objections(request: HttpRequest) -> HttpResponse:
    """The objections we raised, and their answers."""

    def shape(row: Any) -> dict[str, Any]:
        return {
            "about": f"{row.project.title} · {row.lot}" if row.lot else row.project.title,
            "id": row.public_id,
            "url": reverse("supplier:objection", args=[row.public_id]),
            "target": TARGETS[row.target],
            "stage": row.stage,
            "raised_at": row.raised_at,
            "answer_due_at": row.answer_due_at,
        }

    empty = Empty(_("没有提出过异议"), _("在项目页或结果页可以提出异议；采购人答复前，相关环节暂停。"))
    table = _table(request, _("异议"), OBJECTIONS, own.objections(request.actor), shape, empty)  # type: ignore[attr-defined]
    return page(request, "supplier/objections.html", {"table": table}, current="objections", title=_("异议"))


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def new_objection(request: HttpRequest, project_id: str) -> HttpResponse:
    """Raise an objection; the page says what it sets in motion."""
    actor = request.actor  # type: ignore[attr-defined]
    sheet = project_sheet(project_id, actor, clock.glance())
    if sheet is None or "supplier:objection:raise" not in actor.permissions:
        raise Http404
    targets: list[tuple[str, object]] = [("documents", _("招标文件"))]
    for lot in own.bid_lots(actor, sheet.project):
        targets += [
            (f"{kind}|{lot.public_id}", _("%(what)s：%(lot)s") % {"what": TARGETS[kind], "lot": lot})
            for kind in ("opening", "candidates")
        ]
    first = {"target": request.GET.get("target", "documents")}
    form = ObjectionForm(*given(request), targets=targets, initial=first)
    if request.method == "POST" and form.is_valid():
        event = _object(form, project_id, actor)
        if event is not None:
            messages.success(request, _("异议已提出，采购人须在期限内答复，期间相关环节暂停。"))
            return redirect("supplier:objection", event.subject_id)
    context = {"form": form, "project": sheet.project, "active": actor.active}
    trail = (Link(sheet.project.title, reverse("supplier:project", args=[project_id])),)
    return page(
        request,
        "supplier/new_objection.html",
        context,
        current="objections",
        title=_("提出异议"),
        trail=trail,
        status=422 if form.is_bound else 200,
    )


def _object(form: ObjectionForm, project_id: str, actor: Any) -> Any:
    target, _bar, lot = form.cleaned_data["target"].partition("|")
    upload = form.cleaned_data["evidence"]
    try:
        evidence = store(upload, name=upload.name, limit=EVIDENCE_LIMIT) if upload is not None else None
        return object_(
            by=actor, project=project_id, target=target, lot=lot, text=form.cleaned_data["text"], evidence=evidence
        )
    except Refused as refused:
        if refused.code == "not-found":
            text: Any = _("贵单位通过核验后才能提出异议。")
        else:
            text = refused
        field = {"file": "evidence"}.get(refused.field, refused.field)
        form.add_error(field if field in form.fields else None, str(text))
        return None


@business_at("supplier")
@require_GET
def objection(request: HttpRequest, objection_id: str) -> HttpResponse:
    """One objection with its answer; it may be taken back until it is answered."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    row = own.objection(actor, objection_id)
    if row is None:
        raise Http404
    context = {
        "row": row,
        "chips": OBJECTION_CHIPS,
        "target": TARGETS[row.target],
        "effect": EFFECTS.get(row.effect, ""),
        "steps": OBJECTION.possible(row, by=actor, at=at),
    }
    trail = (Link(_("异议"), reverse("supplier:objections")),)
    return page(request, "supplier/objection.html", context, current="objections", title=row.public_id, trail=trail)


@business_at("supplier")
@require_GET
def evidence(request: HttpRequest, objection_id: str) -> HttpResponseBase:
    """The evidence we handed in."""
    row = own.objection(request.actor, objection_id)  # type: ignore[attr-defined]
    if row is None or row.evidence is None:
        raise Http404
    ending = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}.get(row.evidence.media_type, "bin")
    return download_response(row.evidence, f"evidence-{row.public_id}.{ending}")


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def drop(request: HttpRequest, objection_id: str) -> HttpResponse:
    """Take an objection back, after saying what that means."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    row = own.objection(actor, objection_id)
    if row is None:
        raise Http404
    back = reverse("supplier:objection", args=[objection_id])
    if request.method == "POST":
        drop_objection(objection_id, by=actor)
        messages.success(request, _("异议已撤回。"))
        return redirect(back)
    confirm = Confirm(
        title=_("撤回异议 %(id)s") % {"id": objection_id},
        label=_("撤回异议"),
        url=request.path,
        cancel_url=back,
        happens=[_("这项异议不再需要答复；如果没有其他未答复的异议，暂停随即解除。")],
        told=[_("采购人")],
        public=[_("异议已撤回这一事实")],
        refusal=OBJECTION.refusal("drop-objection", row, by=actor, at=at),
    )
    trail = (Link(_("异议"), reverse("supplier:objections")), Link(objection_id, back))
    return page(request, "confirm.html", {"confirm": confirm}, current="objections", title=_("撤回异议"), trail=trail)


@business_at("supplier")
@require_GET
def contracts(request: HttpRequest) -> HttpResponse:
    """Our contracts; those that wait for our signature are marked."""

    def shape(row: Any) -> dict[str, Any]:
        return {
            "title": row.content.get("title", str(row.lot)),
            "id": row.public_id,
            "url": reverse("supplier:contract", args=[row.public_id]),
            "buyer": row.buyer.name,
            "stage": row.stage,
            "amount_fen": row.amount_fen,
            "signed_at": row.signed_at,
        }

    empty = Empty(_("还没有合同"), _("中标后由采购人起草并先签署，然后在这里等待贵单位签署。"))
    table = _table(request, _("合同"), CONTRACTS, own.contracts(request.actor), shape, empty)  # type: ignore[attr-defined]
    return page(request, "supplier/contracts.html", {"table": table}, current="contracts", title=_("合同"))


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def contract(request: HttpRequest, contract_id: str) -> HttpResponse:
    """Read the contract beside our bid; sign it with this browser's key."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    row = own.contract(actor, contract_id)
    if row is None:
        raise Http404
    failure = None
    if request.method == "POST":
        try:
            signature, held_id = request.POST.get("signature", ""), request.POST.get("certificate", "")
            countersign_contract(contract_id, by=actor, signature=signature, certificate=held_id)
        except Refused as refused:
            if refused.code == "not-found":
                raise
            failure = refused
        else:
            messages.success(request, _("合同已由双方签订，主要内容随即公开。"))
            return redirect("supplier:contract", contract_id)
    held = [one.public_id for one in certificates.of_person(actor.person, at=at)]
    context = {
        "row": row,
        "chips": CONTRACT_CHIPS,
        "compared": [(TERMS.get(one.name, one.name), one) for one in own.compared(row)],
        "refusal": CONTRACT.refusal("countersign-contract", row, by=actor, at=at),
        "failure": failure,
        "held": held,
        "certificates": json.dumps(held),
        "sides": {"buyer": _("采购人"), "supplier": _("供应商")},
    }
    title = row.content.get("title", row.public_id)
    trail = (Link(_("合同"), reverse("supplier:contracts")),)
    return page(
        request,
        "supplier/contract.html",
        context,
        current="contracts",
        title=title,
        trail=trail,
        status=409 if failure else 200,
    )
