"""Candidates, award, letters: what the buyer decides after the report, and who is told (条例 54, 55; 法 45)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.contracts.queries import buyer_award, buyer_objections
from sunshine.domain.evaluation.queries import reports
from sunshine.flows import award as awarding
from sunshine.flows import publish_candidates as publishing
from sunshine.foundation import clock
from sunshine.foundation.money import Money
from sunshine.foundation.pages.parts import Confirm
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, lot_crumbs, lot_here, lot_page, must, page, refusal
from sunshine.interfaces.web.buyer.running.forms import AwardForm, add_refusal


def _signer(request: HttpRequest) -> str:
    return f"{request.actor.name}，{request.actor.organisation_name}"  # type: ignore[attr-defined]


@at_desk
@require_GET
def candidates(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The published candidates, the end of their publicity, and the objections to them."""
    lot, at = lot_here(request, lot_id), clock.glance()
    ranked = buyer_award.candidates(lot)
    until = buyer_award.publicity_end(lot, ranked[0].published_at, at) if ranked else None
    objections = buyer_objections.of_lot(lot)
    context = {
        "candidates": ranked,
        "until": until,
        "running_on": until is not None and at < until,
        "objections": [{"row": row, "state": words.OBJECTIONS[row.stage]} for row in objections],
    }
    return lot_page(request, "buyer/candidates/candidates.html", lot, "candidates", _("候选人"), context)


@at_desk
@require_http_methods(["GET", "POST"])
def publish(request: HttpRequest, lot_id: str) -> HttpResponse:
    """公示候选人: those of the signed report, no others."""
    lot, at = lot_here(request, lot_id), clock.glance()
    must(request, "buyer:candidates:publish", lot)
    if request.method == "POST":
        publishing.publish_candidates(lot_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("候选人已公示。"))
        return redirect("running:candidates", lot_id)
    refused = refusal(lot, "publish-candidates", request)
    view = reports.closed(lot)
    first = view.rows[:3] if view else []
    if view and not first and refused is None:
        text = _("没有有效投标，请宣布流标后重新招标。")
        refused = Refused("no-valid-bid", text, "招标投标法 第四十二条")
    lines = [
        _("第%(rank)s名 %(name)s，%(total)s 分，%(price)s 元")
        % {"rank": r["rank"], "name": r["bidder"], "total": r["total"], "price": Money.fen(r["price_fen"])}
        for r in first
    ]
    until = buyer_award.publicity_end(lot, at, at)
    happens = [_("公示到 %(end)s，之后才能定标。") % {"end": until.strftime("%Y-%m-%d %H:%M")}, *lines]
    confirm = Confirm(
        title=_("公示中标候选人：%(title)s") % {"title": lot.title},
        label=_("公示候选人"),
        url=request.path,
        cancel_url=f"/buyer/lots/{lot_id}/candidates/",
        happens=happens,
        public=[_("候选人的名次、报价、得分、质量、工期、项目负责人；被否决的投标及理由；异议渠道")],
        signed_by=_signer(request),
        article="招标投标法实施条例 第五十三条、第五十四条",
        refusal=refused,
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, _("公示候选人")))


@at_desk
@require_http_methods(["GET", "POST"])
def award(request: HttpRequest, lot_id: str) -> HttpResponse:
    """定标: rank one, unless one of the law's four reasons; afterwards the decision and its letters."""
    lot, at = lot_here(request, lot_id), clock.glance()
    decided = buyer_award.award(lot)
    ranked = buyer_award.candidates(lot)
    context: dict[str, Any] = {"award": decided, "candidates": ranked, "form": None, "refused": None}
    context["article"] = buyer_award.rank_one_binds(lot, at)
    status = 200
    if decided is None and lot.stage == "candidates_published":
        if request.method == "POST":
            must(request, "buyer:award:decide", lot)
        if request.actor.may("buyer:award:decide", lot):  # type: ignore[attr-defined]
            form = AwardForm(request.POST or None, initial={"rank": 1}, ranks=_ranks(ranked))
            context |= {"form": form, "refused": refusal(lot, "award", request)}
            if request.method == "POST":
                done = _decide(request, lot_id, form)
                if done is not None:
                    return done
                status = 422
    elif request.method == "POST":
        raise refusal(lot, "award", request) or Refused("wrong-stage", _("现在不能定标。"))
    if decided is not None:
        letters = buyer_award.letters(decided)
        context["letters"] = [
            {"row": one, "won": one.kind == "award_letter", "own": one.content["own"]} for one in letters
        ]
        context["contract_days"] = buyer_award.letters_due(lot, at)
    return lot_page(request, "buyer/award/award.html", lot, "award", _("定标"), context, status=status)


def _ranks(ranked: list[Any]) -> list[tuple[int, Any]]:
    return [
        (
            one.rank,
            _("第%(rank)s名 %(name)s，%(total)s 分，%(price)s 元")
            % {
                "rank": one.rank,
                "name": one.bid.bidder_name,
                "total": one.total,
                "price": Money.fen(one.price_fen) if one.price_fen is not None else "—",
            },
        )
        for one in ranked
    ]


def _decide(request: HttpRequest, lot_id: str, form: AwardForm) -> HttpResponse | None:
    if not form.is_valid():
        return None
    try:
        by = request.actor  # type: ignore[attr-defined]
        awarding.award(lot_id, by=by, rank=form.cleaned_data["rank"], reason=form.why)
    except Refused as refused:
        add_refusal(form, refused)
        return None
    messages.success(request, _("已定标。请发出中标通知书和结果通知书。"))
    return redirect("running:award", lot_id)


@at_desk
@require_http_methods(["GET", "POST"])
def notify(request: HttpRequest, lot_id: str) -> HttpResponse:
    """发出中标通知书: the winner and all others at the same instant."""
    lot, at = lot_here(request, lot_id), clock.glance()
    must(request, "buyer:award:notify", lot)
    if request.method == "POST":
        awarding.notify(lot_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("通知书已同时发给全部投标人。"))
        return redirect("running:award", lot_id)
    decided = buyer_award.award(lot)
    told = []
    for one in buyer_award.recipients(lot, decided) if decided else []:
        line = _("%(name)s：中标通知书") if one["won"] else _("%(name)s：中标结果通知书（附其本人的得分或否决理由）")
        told.append(line % {"name": one["name"]})
    days = buyer_award.letters_due(lot, at)
    confirm = Confirm(
        title=_("发出中标通知书：%(title)s") % {"title": lot.title},
        label=_("发出中标通知书"),
        url=request.path,
        cancel_url=f"/buyer/lots/{lot_id}/award/",
        happens=[
            _("中标人和其他投标人在同一时刻收到通知。"),
            _("自通知书发出之日起 %(days)s 日内订立书面合同。") % {"days": days},
        ],
        told=told,
        public=[_("中标结果公告：中标人、中标价")],
        signed_by=_signer(request),
        article="招标投标法 第四十五条、第四十六条",
        refusal=refusal(lot, "notify", request),
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, _("发出中标通知书")))
