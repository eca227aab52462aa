"""商务标开启: the second opening of a lot with two envelopes, on the desk of who opens bids (办法 第二十六条)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.bidding.envelopes import window_end
from sunshine.domain.bidding.queries import buyer_opening
from sunshine.domain.evaluation.queries import buyer_panel
from sunshine.domain.publishing.queries.failures import failures
from sunshine.flows import decrypt_bid, open_prices
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.pages.moments import stamp
from sunshine.foundation.pages.parts import Confirm
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import Act, at_desk, lot_crumbs, lot_here, lot_page, must, page, refusal

OPEN = "buyer:bids:open"
ARTICLE = "电子招标投标办法 第二十六条"


def _lot(request: HttpRequest, lot_id: str) -> Any:
    """The lot, of a tender with two envelopes; any other has no such pages."""
    lot = lot_here(request, lot_id)
    if not lot.project.two_envelope:
        raise NotFound()
    return lot


def _context(lot: Any, by: Any, at: datetime) -> dict[str, Any]:
    second = getattr(lot, "price_opening", None)
    if second is None:
        panel = buyer_panel.panel(lot)
        members = [{"row": m, "state": words.MEMBERS[m.stage]} for m in panel.seated] if panel else []
        return {"second": None, "panel": panel, "members": members}
    hall = buyer_opening.price_hall(lot)
    lids = [
        {"row": row, "state": words.BIDS[row.stage], "enough": row.shares >= hall.threshold and not row.tried}
        for row in hall.lids
    ]
    return {
        "second": second,
        "one": {"hall": hall, "lids": lids, "lot": lot},
        "rows": [{"bid": bid, "remarks": [words.remark(code) for code in bid.remarks]} for bid in hall.bids],
        "lost": failures(lot.project).get(lot.pk, []),
        "shut": buyer_opening.still_shut(lot),
        "window_end": window_end(lot),
        "more_acts": _acts(lot, hall, by, at),
    }


def _acts(lot: Any, hall: Any, by: Any, at: datetime) -> list[Act]:
    """What the host can do while prices wait."""
    if lot.stage != "opening_prices" or not hall.waiting or not by.may(OPEN, lot):
        return []
    few = Refused("shares-wanted", _("密钥份额还不足，等待持有人释放。"), "电子招标投标办法 第三十条")
    ready = None if hall.ready else few
    return [
        Act("decrypt-bid", _("立即解密"), reverse("running:prices-decrypt", args=[lot.public_id]), ready),
        Act(
            "settle-window",
            _("结束解密"),
            reverse("running:prices-settle", args=[lot.public_id]),
            _too_early(lot, at),
            grave=True,
        ),
    ]


def _too_early(lot: Any, at: datetime) -> Refused | None:
    end = window_end(lot)
    if end is not None and at >= end:
        return None
    text = _("解密时限到 %(end)s 为止，之后才能处理未解密的投标。") % {"end": stamp(end) if end else ""}
    return Refused("window-open", text, "电子招标投标办法 第三十一条")


@at_desk
@require_GET
def prices(request: HttpRequest, lot_id: str) -> HttpResponse:
    """Before, during and after the second opening."""
    lot = _lot(request, lot_id)
    context = _context(lot, request.actor, clock.glance())  # type: ignore[attr-defined]
    return lot_page(request, "buyer/prices/prices.html", lot, "prices", _("商务标"), context)


@at_desk
@require_http_methods(["GET", "POST"])
def open_(request: HttpRequest, lot_id: str) -> HttpResponse:
    """开启商务标: the page before it, and the act."""
    lot = _lot(request, lot_id)
    must(request, OPEN, lot)
    if request.method == "POST":
        open_prices.open_prices(lot_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("商务标已宣布开启，正在等待密钥份额。"))
        return redirect("running:prices", lot_id)
    confirm = _confirm(
        request,
        lot,
        _("开启商务标"),
        happens=[
            _("评标委员会锁定的技术评分和否决意见就此固定，其摘要与名单一同写入透明日志，之后任何人都不能改动。"),
            _("只开启通过技术评审的投标的商务标；被否决的投标，商务标永远不开启。"),
            _("密钥份额由持有人各自释放；份额足够后才能解密，您和平台都不能单独打开任何商务标。"),
        ],
        told=[_("四位开标密钥持有人")],
        public=[_("商务标开启的时间和份数")],
        article=ARTICLE,
        refusal=refusal(lot, "open-prices", request),
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, confirm.label))


@at_desk
@require_POST
def decrypt(request: HttpRequest, lot_id: str) -> HttpResponse:
    """立即解密: every price of the lot for which enough shares are there."""
    lot = _lot(request, lot_id)
    must(request, OPEN, lot)
    if lot.stage != "opening_prices":
        raise Refused("not-opened", _("该标段的商务标不在开启中。"))
    done = decrypt_bid.decrypt_ready(lot_id)
    text = _("解密 %(opened)s 份，无法解密 %(failed)s 份，等待份额 %(waiting)s 份。") % done
    (messages.success if done["opened"] else messages.info)(request, text)
    return redirect("running:prices", lot_id)


@at_desk
@require_http_methods(["GET", "POST"])
def settle(request: HttpRequest, lot_id: str) -> HttpResponse:
    """After the second opening's own window: what still does not open is settled by its cause (办法 31)."""
    lot = _lot(request, lot_id)
    must(request, OPEN, lot)
    if lot.stage != "opening_prices":
        raise Refused("nothing-to-settle", _("没有等待解密的投标。"))
    early = _too_early(lot, clock.glance())
    if request.method == "POST":
        if early:
            raise early
        settled = decrypt_bid.settle_window(lot.project.public_id)
        messages.info(request, _("%(n)s 份未解密的投标已按计算出的原因处理。") % {"n": settled})
        return redirect("running:prices", lot_id)
    confirm = _confirm(
        request,
        lot,
        _("结束解密"),
        happens=[
            _("仍未解密的商务标将再试一次；仍打不开的，投标人自身原因视为撤销，其他原因视为撤回。"),
            _("其余投标继续进行。"),
        ],
        public=[_("商务标开标记录中载明每一份未解密投标的原因和法律后果")],
        article="电子招标投标办法 第三十一条",
        refusal=early,
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, confirm.label))


@at_desk
@require_http_methods(["GET", "POST"])
def confirm_record(request: HttpRequest, lot_id: str) -> HttpResponse:
    """确认商务标开标记录: publish it, and let the panel go on."""
    lot = _lot(request, lot_id)
    must(request, OPEN, lot)
    if request.method == "POST":
        open_prices.confirm_prices(lot_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("商务标开标记录已确认并公布。"))
        return redirect("running:prices", lot_id)
    confirm = _confirm(
        request,
        lot,
        _("确认商务标开标记录"),
        happens=[_("评标委员会看到报价，可以因报价否决，技术评分不再变动；确认之后汇总排序。")],
        told=[_("评标委员会全体成员")],
        public=[_("商务标开标记录：投标人和报价，未解密的投标及原因，未开启商务标的投标人")],
        article="电子招标投标办法 第三十二条",
        refusal=refusal(lot, "confirm-prices", request),
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, confirm.label))


@at_desk
@require_GET
def record(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The second opening record on paper."""
    lot = _lot(request, lot_id)
    if not hasattr(lot, "price_opening"):
        raise Refused("not-opened", _("商务标还没有开启。"))
    context = _context(lot, request.actor, clock.glance())  # type: ignore[attr-defined]
    return render(request, "buyer/prices/record.html", context | {"lot": lot, "project": lot.project})


def _confirm(request: HttpRequest, lot: Any, label: Any, **given: Any) -> Confirm:
    actor = request.actor  # type: ignore[attr-defined]
    return Confirm(
        title=_("%(act)s：%(title)s") % {"act": label, "title": lot.title},
        label=label,
        url=request.path,
        cancel_url=reverse("running:prices", args=[lot.public_id]),
        signed_by=f"{actor.name}，{actor.organisation_name}",
        **given,
    )
