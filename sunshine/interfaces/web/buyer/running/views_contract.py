"""Contracts: drafted from the bid, changed in nothing but wording, signed in the browser (法 46; 条例 57)."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.contracts.lifecycle import CONTRACT
from sunshine.domain.contracts.queries import buyer_award, buyer_contracts
from sunshine.flows import sign_contract as contracting
from sunshine.flows._run import NotFound
from sunshine.foundation import clock, sheets
from sunshine.foundation.money import Money
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, lot_here, lot_page, must, my_certificates, page
from sunshine.interfaces.web.buyer.running.forms import ContractForm, TermsForm, add_refusal
from sunshine.interfaces.web.buyer.running.shown import sheet

PER_PAGE = 50
FILTERS = (
    Filter("q", _("查找"), find=True),
    Filter("stage", _("状态"), [(key, word) for key, (word, _kind) in words.CONTRACTS.items()]),
)
COLUMNS = (
    Column("title", _("标段"), "title", second="project"),
    Column("supplier", _("中标人")),
    Column("stage", _("状态"), "chip", states=words.CONTRACTS),
    Column("amount_fen", _("合同金额"), "money", sort=True, unit="元"),
    Column("drafted_at", _("起草时间"), "moment", sort=True),
    Column("signed_at", _("签订时间"), "moment", sort=True),
)


def _row(one: Any) -> dict[str, Any]:
    return {
        "title": one.lot.title,
        "project": one.lot.project.title,
        "url": f"/buyer/contracts/{one.public_id}/",
        "supplier": one.supplier.name,
        "stage": one.stage,
        "amount_fen": one.amount_fen,
        "drafted_at": one.drafted_at,
        "signed_at": one.signed_at,
    }


@at_desk
@require_GET
def contracts(request: HttpRequest) -> HttpResponse:
    """All contracts of this desk; ``?export=csv|xlsx`` gives exactly what the address asks for."""
    by = request.actor  # type: ignore[attr-defined]
    must_read(request)
    asked = ask(request.GET, COLUMNS, FILTERS)
    words_ = {"stage": asked.values.get("stage", ""), "find": asked.values.get("q", ""), "order": asked.sort}
    rows = buyer_contracts.listed(by, **words_)
    if kind := request.GET.get("export"):
        return _export([_row(one) for one in rows[:20_000]], kind)
    start = (asked.page - 1) * PER_PAGE
    empty = Empty(_("还没有合同"), _("发出中标通知书后，在标段的“合同”页起草。"))
    total = rows.count()
    exports = [Link(word, asked.query(export=key)) for key, word in (("csv", "CSV"), ("xlsx", "XLSX"))]
    shown = [_row(one) for one in rows[start : start + PER_PAGE]]
    table = Grid(_("合同"), COLUMNS, shown, total, asked, FILTERS, PER_PAGE, exports, empty)
    return page(request, "buyer/contract/list.html", {"table": table}, current="contracts", crumbs=[Link(_("合同"))])


def must_read(request: HttpRequest) -> None:
    """A list belongs to the whole door: who has no business here gets 403."""
    if "buyer:project:read" not in request.actor.permissions:  # type: ignore[attr-defined]
        raise Refused("forbidden", _("这是采购人的工作台。"))


def _export(rows: list[dict[str, Any]], kind: str) -> HttpResponse:
    columns = [
        sheets.Column("title", str(_("标段"))),
        sheets.Column("project", str(_("项目"))),
        sheets.Column("supplier", str(_("中标人"))),
        sheets.Column("stage", str(_("状态"))),
        sheets.Column("amount", str(_("合同金额（元）"))),
    ]
    told = [
        row | {"stage": str(words.CONTRACTS[row["stage"]][0]), "amount": str(Money.fen(row["amount_fen"]))}
        for row in rows
    ]
    return sheet(columns, told, name="contracts", title=str(_("合同")), kind=kind)


@at_desk
@require_http_methods(["GET", "POST"])
def of_lot(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The lot's contract: the draft form, or where the contract is."""
    lot = lot_here(request, lot_id)
    made = buyer_contracts.of_lot(lot)
    if made is not None and request.method == "GET":
        return redirect("running:contract-page", made.public_id)
    decided = buyer_award.award(lot)
    context: dict[str, Any] = {"award": decided, "form": None}
    status = 200
    may = request.actor.may("buyer:contract:draft", lot)  # type: ignore[attr-defined]
    if request.method == "POST":
        must(request, "buyer:contract:draft", lot)
    if decided is not None and lot.stage == "notified" and may:
        prefilled = {
            "amount_fen": decided.amount_fen,
            "delivery_days": decided.bid.delivery_days,
            "quality": decided.bid.quality,
            "terms": lot.project.contract_terms,
        }
        form = ContractForm(request.POST or None, initial=prefilled)
        context["form"] = form
        if request.method == "POST" and form.is_valid():
            try:
                event = contracting.draft_contract(by=request.actor, lot=lot_id, **form.cleaned_data)  # type: ignore[attr-defined]
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("合同已起草，等待签署人签署。"))
                return redirect("running:contract-page", event.subject_id)
        status = 422 if request.method == "POST" else 200
    elif request.method == "POST":
        raise Refused("not-notified", _("发出中标通知书后才能起草合同。"), contracting.ARTICLE)
    return lot_page(request, "buyer/contract/draft.html", lot, "contract", _("合同"), context, status=status)


def contract_here(request: HttpRequest, contract_id: str) -> Any:
    found = buyer_contracts.contract(contract_id, by=request.actor)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


@at_desk
@require_http_methods(["GET", "POST"])
def contract_page(request: HttpRequest, contract_id: str) -> HttpResponse:
    """The contract as it will be signed, its digest, who has signed; POST changes the wording of a draft."""
    made, by = contract_here(request, contract_id), request.actor  # type: ignore[attr-defined]
    lot, at = made.lot, clock.glance()
    drafts = made.stage == "drafted" and by.may("buyer:contract:draft", made)
    form = TermsForm(request.POST or None, initial={"terms": made.terms.get("text", "")}) if drafts else None
    if request.method == "POST":
        must(request, "buyer:contract:draft", made)
        if form is None:
            raise CONTRACT.refusal("redraft-contract", made, by=by, at=at) or NotFound()
        if form.is_valid():
            contracting.redraft_contract(contract_id, by=by, terms=form.cleaned_data["terms"])
            messages.success(request, _("合同条款已更新，指纹随之改变。"))
            return redirect("running:contract-page", contract_id)
    signs = by.may("buyer:contract:sign", made)
    signatures = buyer_contracts.signatures(made)
    context = {
        "contract": made,
        "content": made.content,
        "items": made.content["items"],  # a template would call dict.items
        "contract_state": words.CONTRACTS[made.stage],
        "sides": [
            (_("采购人"), made.buyer.name, signatures.get("buyer")),
            (_("中标人"), made.supplier.name, signatures.get("supplier")),
        ],
        "terms_form": form,
        "signing": signs and made.stage == "drafted",
        "certificates": json.dumps(my_certificates(request)) if signs else "[]",
        "sign_refusal": CONTRACT.refusal("sign-contract", made, by=by, at=at) if signs else None,
    }
    status = 422 if request.method == "POST" else 200
    return lot_page(request, "buyer/contract/contract.html", lot, "contract", _("合同"), context, status=status)


@at_desk
@require_POST
def sign(request: HttpRequest, contract_id: str) -> HttpResponse:
    """签订合同（采购人）: the browser's signature over the digest."""
    made = contract_here(request, contract_id)
    must(request, "buyer:contract:sign", made)
    signed = {name: request.POST.get(name, "") for name in ("signature", "certificate")}
    try:
        contracting.sign_contract(contract_id, by=request.actor, **signed)  # type: ignore[attr-defined]
    except Refused as refused:
        refusal_message(request, refused)
    else:
        messages.success(request, _("采购人已签署，等待中标人签署。"))
    return redirect("running:contract-page", contract_id)
