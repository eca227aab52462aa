"""Scores: saved bid by bid while one works, locked once, then ranked and signed together."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.queries import room as seats
from sunshine.flows import rank as ranking
from sunshine.flows import score as scoring
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Confirm, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.foundation.text import half_width
from sunshine.interfaces.web.expert.room import in_door, page, seat_here, sheet, show, unfinished, url

FEW = 3  # fewer valid bids than this must be reasoned about in the report


@in_door
@require_POST
def save(request: HttpRequest, member_id: str, bid_id: str) -> HttpResponse:
    """Keep one bid's row. What is good is kept even when a neighbour cell is refused; each refusal stands at its cell."""
    member = seat_here(request, member_id)
    kept = next((work for work in seats.work(member) if work.bid.public_id == bid_id), None)
    if kept is None:
        raise NotFound()
    keys = [c["key"] for c in scoring.judged_criteria(member.panel.lot.project.scheme)]
    typed = {key: half_width(request.POST.get(f"score-{key}", "")).strip() for key in keys}
    typed |= {name: request.POST.get(name, "").strip() for name in ("reason_code", "reason")}
    values = {key: typed[key] for key in keys if typed[key]}
    errors = _keep(request, member_id, bid_id, values, typed)
    for key in keys:
        if not typed[key] and key in kept.scores:
            errors[key] = str(_("原来的 %(value)s 分仍然有效。") % {"value": kept.scores[key].value})
    if not request.htmx:  # type: ignore[attr-defined]
        if not errors:
            return redirect(url(member) + f"#row-{bid_id}")
        return show(request, member, typed={bid_id: typed}, errors={bid_id: errors}, status=422)
    member = seat_here(request, member_id)
    rows = sheet(member, {bid_id: typed}, {bid_id: errors})["rows"] if member.stage == "present" else []
    row = next((one for one in rows if one["bid"].public_id == bid_id), None)
    context = {"row": row, "errors": errors, "row_error": errors.get("", ""), "ready": unfinished(rows) is None}
    return render(request, "expert/_saved.html", context, status=422 if errors else 200)


def _keep(
    request: HttpRequest, member_id: str, bid_id: str, values: dict[str, str], typed: dict[str, str]
) -> dict[str, str]:
    """Save; a value the flow refuses is put aside with its reason and the others are saved without it."""
    errors: dict[str, str] = {}
    verdict = {"reject": bool(typed["reason_code"]), "reason_code": typed["reason_code"], "reason": typed["reason"]}
    while True:
        try:
            scoring.score(member_id, by=request.actor, bid=bid_id, values=values, **verdict)  # type: ignore[attr-defined]
        except Refused as refused:
            errors[refused.field if refused.field in {*values, "reason"} else ""] = str(refused)
            if refused.field in values:
                del values[refused.field]
                continue
        return errors


@in_door
@require_http_methods(["GET", "POST"])
def lock(request: HttpRequest, member_id: str) -> HttpResponse:
    """锁定评分: then nothing changes any more, and only when all have locked does anyone see another's."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            scoring.lock_scores(member_id, by=by)
        except Refused as no:
            refusal_message(request, no)
        else:
            messages.success(request, _("评分已锁定。"))
        return redirect(url(member))
    refused = MEMBER.refusal("lock-scores", member, by=by, at=clock.glance())
    rows = sheet(member, {}, {})["rows"]
    rejected = [row["bid"].bidder_name for row in rows if row["code"]]
    happens = [
        _("%(n)s 份投标的评分和意见从此固定，不能再改。") % {"n": len(rows)},
        _("全部评委锁定之前，没有人看得到您的评分；锁定之后，评委之间互相可见。"),
    ]
    if rejected:
        happens.append(_("您认为应当否决：%(names)s。") % {"names": "、".join(rejected)})
    confirm = Confirm(
        title=_("锁定评分：%(title)s") % {"title": member.panel.lot.title},
        label=_("锁定评分"),
        url=request.path,
        cancel_url=url(member),
        happens=happens,
        signed_by=by.name,
        article="招标投标法实施条例 第四十九条",
        refusal=refused or unfinished(rows),
    )
    crumbs = (Link(str(member.panel.lot), url(member)), Link(_("锁定评分")))
    return page(request, "confirm.html", {"confirm": confirm}, *crumbs)


@in_door
@require_POST
def judge_price(request: HttpRequest, member_id: str, bid_id: str) -> HttpResponse:
    """否决一份商务标, or take that back."""
    member = seat_here(request, member_id)
    typed = {name: request.POST.get(name, "").strip() for name in ("reason_code", "reason")}
    try:
        reject = bool(typed["reason_code"])
        scoring.judge_price(member_id, by=request.actor, bid=bid_id, reject=reject, **typed)  # type: ignore[attr-defined]
    except Refused as refused:
        errors = {bid_id: {"reason": str(refused)}} if refused.field else {}
        return show(request, member, typed={bid_id: typed}, errors=errors, status=422, refused=refused)
    messages.success(request, _("已记录您对这份商务标的意见。"))
    return redirect(url(member) + f"#price-{bid_id}")


@in_door
@require_http_methods(["GET", "POST"])
def lock_prices(request: HttpRequest, member_id: str) -> HttpResponse:
    """确认商务标评审: what was not rejected stands."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    if request.method == "POST":
        try:
            scoring.lock_prices(member_id, by=by)
        except Refused as no:
            refusal_message(request, no)
        else:
            messages.success(request, _("商务标评审已确认。"))
        return redirect(url(member))
    rejected = [bid.bidder_name for bid, verdict in seats.prices(member) if verdict is not None]
    happens: list[Any] = [
        _("技术评分不变；您对各份商务标的意见从此固定。"),
        _("全体评委确认之后，由评标组长汇总排序。"),
    ]
    if rejected:
        happens.append(_("您认为应当因报价否决：%(names)s。") % {"names": "、".join(rejected)})
    confirm = Confirm(
        title=_("确认商务标评审：%(title)s") % {"title": member.panel.lot.title},
        label=_("确认商务标评审"),
        url=request.path,
        cancel_url=url(member),
        happens=happens,
        signed_by=by.name,
        article="招标投标法实施条例 第五十一条",
        refusal=MEMBER.refusal("lock-prices", member, by=by, at=clock.glance()),
    )
    crumbs = (Link(str(member.panel.lot), url(member)), Link(_("确认商务标评审")))
    return page(request, "confirm.html", {"confirm": confirm}, *crumbs)


@in_door
@require_POST
def rank(request: HttpRequest, member_id: str) -> HttpResponse:
    """汇总排序, by the chair, when all have locked."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    reasons = request.POST.get("reasons", "").strip()
    everyone = seats.colleagues(member)
    verdicts = seats.verdicts_table(member, at=clock.glance())
    few = seats.all_locked(everyone) and seats.valid_bids(verdicts, len(everyone)) < FEW
    try:
        if few and not reasons:
            text = _("有效投标不足三个，评标委员会应当说明是否明显缺乏竞争、是否否决全部投标。")
            raise Refused("reasons-missing", text, "发改法规规〔2022〕1117号（十三）", field="reasons")
        ranking.rank(member.panel.lot.public_id, by=by, reasons=reasons)
    except Refused as refused:
        return show(request, member, status=422, refused=refused, reasons=reasons)
    messages.success(request, _("评标报告已生成，请全体评委核对并签署。"))
    return redirect(url(member))


@in_door
@require_POST
def reopen(request: HttpRequest, member_id: str) -> HttpResponse:
    """退回评审, by the chair, with a reason that stays in the record."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    try:
        ranking.reopen_scoring(member.panel.lot.public_id, by=by, reason=request.POST.get("reason", ""))
    except Refused as refused:
        return show(request, member, status=422, refused=refused)
    messages.success(request, _("已退回，全体评委重新评审并锁定。"))
    return redirect(url(member))


@in_door
@require_POST
def sign(request: HttpRequest, member_id: str) -> HttpResponse:
    """签署评标报告: the browser's signature over the digest, with a written dissent if one disagrees (条例 53)."""
    member, by = seat_here(request, member_id), request.actor  # type: ignore[attr-defined]
    given: dict[str, Any] = {name: request.POST.get(name, "") for name in ("signature", "certificate", "dissent")}
    try:
        ranking.sign_report(member_id, by=by, **given)
    except Refused as refused:
        return show(request, member, status=422, refused=refused, dissent=given["dissent"])
    messages.success(request, _("已签署评标报告。"))
    return redirect(url(member))
