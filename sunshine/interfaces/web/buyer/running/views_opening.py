"""The opening hall: open, watch the shares arrive, decrypt, settle, read out, confirm (law.md §5)."""

import hashlib
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.bidding.queries import buyer_opening
from sunshine.domain.contracts.queries import buyer_objections
from sunshine.domain.publishing.queries.failures import failures
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.domain.sourcing.queries import running
from sunshine.flows import decrypt_bid, open_bids
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.moments import stamp
from sunshine.foundation.pages.parts import Confirm, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import (
    Act,
    at_desk,
    must,
    page,
    project_crumb,
    project_here,
    project_refusal,
)

OPEN = "buyer:bids:open"


def _url(project: Any, tail: str = "") -> str:
    return f"/buyer/projects/{project.public_id}/opening/{tail}"


def _row(bid: Any) -> dict[str, Any]:
    """One line of the read-out table, worded."""
    return {
        "bid": bid,
        "price_fen": bid.total_fen,
        "rate": format(bid.rate.normalize(), "f") if bid.rate is not None else "",
        "remarks": [words.remark(code) for code in bid.remarks],
    }


def _lot(one: Any, lost: list[Any]) -> dict[str, Any]:
    lids = [
        {"row": row, "state": words.BIDS[row.stage], "enough": row.shares >= one.threshold > 0 and not row.tried}
        for row in one.lids
    ]
    return {
        "hall": one,
        "lot": one.lot,
        "state": words.lot_state(one.lot.stage),
        "lids": lids,
        "rows": [_row(bid) for bid in one.bids],
        "lost": lost,
        "rates": any(bid.rate is not None for bid in one.bids),
        "first_of_two": one.lot.project.two_envelope,
    }


def _acts(project: Any, lots: list[Any], end: datetime | None, by: Actor, at: datetime) -> list[Act]:
    """What the host of the opening can do now; the first that is possible is the primary one."""
    if not by.may(OPEN, project):
        return []
    if project.stage == "announced":
        refused = PROJECT.refusal("open-bids", project, by=by, at=at)
        return [Act("open-bids", pgettext("verb", "开标"), _url(project, "open/"), refused, primary=refused is None)]
    if project.stage != "opening":
        return []
    waiting, ready = sum(one.waiting for one in lots), sum(one.ready for one in lots)
    found = []
    if waiting:
        few = Refused("shares-wanted", _("密钥份额还不足，等待持有人释放。"), "电子招标投标办法 第三十条")
        if project.opens_alone:
            few = Refused("keys-wanted", _("等待投标人开启自己的投标；投标人一提交密钥，随即解密。"), few.article)
        found.append(Act("decrypt-bid", _("立即解密"), _url(project, "decrypt/"), None if ready else few))
        early = None
        if end is None or at < end:
            text = _("解密时限到 %(end)s 为止，之后才能处理未解密的投标。") % {"end": stamp(end) if end else ""}
            early = Refused("window-open", text, "电子招标投标办法 第三十一条")
        found.append(Act("settle-window", _("结束解密"), _url(project, "settle/"), early, grave=True))
    refused = PROJECT.refusal("confirm-opening", project, by=by, at=at)
    found.append(Act("confirm-opening", _("确认开标记录"), _url(project, "confirm/"), refused))
    first = next((n for n, act in enumerate(found) if act.refusal is None and not act.grave), None)
    if first is not None:
        one = found[first]
        found[first] = Act(one.verb, one.label, one.url, None, primary=True)
    return found


def _hall(request: HttpRequest, project: Any) -> dict[str, Any]:
    at, by = clock.glance(), request.actor  # type: ignore[attr-defined]
    lots = buyer_opening.hall(project, running.lots(project))
    end = running.window_end(project)
    late = project.bids_due_at is not None and at >= project.bids_due_at
    found = failures(project)
    shown = [_lot(one, found.get(one.lot.pk, [])) for one in lots]
    objections = buyer_objections.at_opening(project)
    facts = [project.stage, project.hold, late, end is not None and at >= end]
    facts += [
        (one.lot.stage, one.waiting, len(one.bids), [t.released + t.faults for t in one.trustees]) for one in lots
    ]
    facts += [(row.public_id, row.stage) for row in objections]
    facts += [(row.bid, row.stage, row.code) for rows in found.values() for row in rows]
    return {
        "project": project,
        "lots": shown,
        "acts": _acts(project, lots, end, by, at),
        "late": late,
        "window_end": end,
        "objections": [{"row": row, "state": words.OBJECTIONS[row.stage]} for row in objections],
        "watching": project.stage == "opening" or (project.stage == "announced" and late),
        "mark": hashlib.sha256(repr(facts).encode()).hexdigest()[:16],
        "now": at,
    }


@at_desk
@require_GET
def hall(request: HttpRequest, project_id: str) -> HttpResponse:
    """The hall. It asks every three seconds whether something changed, and is left alone when nothing did."""
    project = project_here(request, project_id)
    context = _hall(request, project)
    if request.htmx:  # type: ignore[attr-defined]
        if request.GET.get("seen") == context["mark"]:
            return HttpResponse(status=204)
        return render(request, "buyer/opening/_hall.html", context)
    crumbs = [project_crumb(project), Link(_("开标大厅"))]
    return page(request, "buyer/opening/hall.html", context, crumbs=crumbs)


@at_desk
@require_http_methods(["GET", "POST"])
def open_(request: HttpRequest, project_id: str) -> HttpResponse:
    """开标: the page before it, and the act."""
    project = project_here(request, project_id)
    must(request, OPEN, project)
    if request.method == "POST":
        open_bids.open_bids(project_id, by=request.actor)  # type: ignore[attr-defined]
        waits = _("已开标，正在等待投标人各自开启。") if project.opens_alone else _("已开标，正在等待密钥份额。")
        messages.success(request, waits)
        return redirect("running:hall", project_id)
    confirm = Confirm(
        title=_("开标：%(title)s") % {"title": project.title},
        label=pgettext("verb", "开标"),
        url=_url(project, "open/"),
        cancel_url=_url(project),
        happens=[
            _("投标箱关闭，每个标段进入开标的密封投标就此固定。"),
            _("投标人少于三个的标段不开启，直接流标。"),
            _("每份投标由投标人在解密时限内自己开启；没有开启的视为撤销，您和平台都不能打开任何投标。")
            if project.opens_alone
            else _("密钥份额由持有人各自释放；份额足够后才能解密，您和平台都不能单独打开任何投标。"),
        ],
        told=[_("下载过招标文件的各账号") if project.opens_alone else _("四位开标密钥持有人")],
        public=[_("不足三家的标段的流标公告")],
        signed_by=_actor_line(request),
        article="招标投标法 第三十四条；招标投标法实施条例 第四十四条",
        refusal=project_refusal(project, "open-bids", request),
    )
    return _confirm(request, project, confirm)


@at_desk
@require_POST
def decrypt(request: HttpRequest, project_id: str) -> HttpResponse:
    """立即解密: every bid of every lot for which enough shares are there."""
    project = project_here(request, project_id)
    must(request, OPEN, project)
    if project.stage != "opening":
        raise Refused("not-opened", _("该项目不在开标中。"))
    done = {"opened": 0, "failed": 0, "waiting": 0}
    try:
        for lot in running.lots(project):
            if lot.stage == "opening":
                for key, n in decrypt_bid.decrypt_ready(lot.public_id).items():
                    done[key] += n
    except Refused as refused:  # somebody else decrypted the same bid a moment earlier
        refusal_message(request, refused)
        return redirect("running:hall", project_id)
    if project.opens_alone:
        text = _("解密 %(opened)s 份，无法解密 %(failed)s 份，等待投标人开启 %(waiting)s 份。") % done
    else:
        text = _("解密 %(opened)s 份，无法解密 %(failed)s 份，等待份额 %(waiting)s 份。") % done
    (messages.success if done["opened"] else messages.info)(request, text)
    return redirect("running:hall", project_id)


@at_desk
@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, project_id: str) -> HttpResponse:
    """After the window: what nobody could open through no fault of its bidder counts as withdrawn (办法 31)."""
    project = project_here(request, project_id)
    must(request, OPEN, project)
    lots = buyer_opening.hall(project, running.lots(project))
    acts = _acts(project, lots, running.window_end(project), request.actor, clock.glance())  # type: ignore[attr-defined]
    act = next((one for one in acts if one.verb == "settle-window"), None)
    if act is None:
        raise Refused("nothing-to-settle", _("没有等待解密的投标。"))
    if request.method == "POST":
        if act.refusal:
            raise act.refusal
        settled = decrypt_bid.settle_window(project_id)
        messages.info(request, _("%(n)s 份未解密的投标已按计算出的原因处理。") % {"n": settled})
        return redirect("running:hall", project_id)
    confirm = Confirm(
        title=_("结束解密"),
        label=_("结束解密"),
        url=_url(project, "settle/"),
        cancel_url=_url(project),
        happens=[
            _("%(n)s 份仍未解密的投标将再试一次；仍打不开的，投标人自身原因视为撤销，其他原因视为撤回。")
            % {"n": sum(o.waiting for o in lots)},
            _("其余投标继续进行。"),
        ],
        public=[_("开标记录中载明每一份未解密投标的原因和法律后果")],
        signed_by=_actor_line(request),
        article="电子招标投标办法 第三十一条",
        refusal=act.refusal,
    )
    return _confirm(request, project, confirm)


@at_desk
@require_http_methods(["GET", "POST"])
def confirm_record(request: HttpRequest, project_id: str) -> HttpResponse:
    """确认开标记录: publish it to everyone."""
    project = project_here(request, project_id)
    must(request, OPEN, project)
    if request.method == "POST":
        open_bids.confirm_opening(project_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("开标记录已确认并公布。"))
        return redirect("running:hall", project_id)
    confirm = Confirm(
        title=_("确认开标记录"),
        label=_("确认开标记录"),
        url=_url(project, "confirm/"),
        cancel_url=_url(project),
        happens=[_("开标结束，各标段进入组建评标委员会。"), _("之后不再受理开标现场的异议。")],
        public=[_("开标记录：投标人、报价、工期、质量、项目负责人，未解密的投标及原因")],
        signed_by=_actor_line(request),
        article="电子招标投标办法 第三十二条",
        refusal=project_refusal(project, "confirm-opening", request),
    )
    return _confirm(request, project, confirm)


@at_desk
@require_GET
def record(request: HttpRequest, project_id: str) -> HttpResponse:
    """The opening record on paper."""
    project = project_here(request, project_id)
    if project.stage not in ("opening", "opened"):
        raise Refused("not-opened", _("该项目还没有开标。"))
    return render(request, "buyer/opening/record.html", _hall(request, project))


def _actor_line(request: HttpRequest) -> str:
    actor = request.actor  # type: ignore[attr-defined]
    return f"{actor.name}，{actor.organisation_name}"


def _confirm(request: HttpRequest, project: Any, confirm: Confirm) -> HttpResponse:
    crumbs = [project_crumb(project), Link(_("开标大厅"), _url(project)), Link(confirm.label)]
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=crumbs)
