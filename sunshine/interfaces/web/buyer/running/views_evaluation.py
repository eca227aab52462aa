"""The evaluation as the buyer may see it: progress by number, then the signed report; and the bids' files."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.bidding.queries import buyer_opening
from sunshine.domain.evaluation.queries import buyer_panel, reports
from sunshine.domain.sourcing.queries import running
from sunshine.flows import fail as failing
from sunshine.flows._run import NotFound
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.parts import Confirm
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, lot_crumbs, lot_here, lot_page, must, page, refusal
from sunshine.interfaces.web.buyer.running.forms import FailForm, add_refusal
from sunshine.interfaces.web.buyer.running.shown import attachment, sheet_of, shown_bids, shown_report


@at_desk
@require_GET
def evaluation(request: HttpRequest, lot_id: str) -> HttpResponse:
    """Who has locked (by number), then the signed report with every intermediate number."""
    lot = lot_here(request, lot_id)
    panel = buyer_panel.panel(lot)
    context = {
        "panel": panel,
        "members": [{"row": m, "state": words.MEMBERS[m.stage]} for m in panel.seated] if panel else [],
        **shown_report(reports.closed(lot)),
        "bids": [],
    }
    if running.reads_bids(lot, by=request.actor):  # type: ignore[attr-defined]
        context["bids"] = shown_bids(lot, lambda bid, n: f"/buyer/lots/{lot_id}/evaluation/bids/{bid}/files/{n}/")
    return lot_page(request, "buyer/evaluation/evaluation.html", lot, "evaluation", _("评标"), context)


@at_desk
@require_GET
def bid_file(request: HttpRequest, lot_id: str, bid_id: str, number: int) -> HttpResponseBase:
    """One file of an opened bid, for who works on the lot and for its supervisors; PDF and images inline."""
    by = request.actor  # type: ignore[attr-defined]
    lot = running.lot(lot_id, by=by) or running.supervised_lot(lot_id, by=by)
    if lot is None or not running.reads_bids(lot, by=by):
        raise NotFound()
    found = buyer_opening.document(lot, bid_id, number)
    if found is None:
        raise NotFound()
    return download_response(found.blob, found.name, inline=True)


@at_desk
@require_GET
def report_json(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The signed report: exactly the bytes whose SHA-256 the members signed."""
    view = reports.closed(lot_here(request, lot_id))
    if view is None:
        raise NotFound()
    return attachment(reports.canonical(view.report), "report.json", "application/json")


@at_desk
@require_GET
def report_sheet(request: HttpRequest, lot_id: str, kind: str) -> HttpResponse:
    """The ranking as a table: CSV or XLSX."""
    view = reports.closed(lot_here(request, lot_id))
    if view is None:
        raise NotFound()
    return sheet_of(view, kind)


@at_desk
@require_http_methods(["GET", "POST"])
def fail(request: HttpRequest, lot_id: str) -> HttpResponse:
    """宣布流标, with the reason that becomes public."""
    lot = lot_here(request, lot_id)
    refused = refusal(lot, "fail", request)
    form = FailForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            failing.fail(lot_id, by=request.actor, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        except Refused as no:
            add_refusal(form, no)
        else:
            messages.success(request, _("已宣布流标，公告已发布。"))
            return redirect("running:evaluation", lot_id)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "refused": refused}
    return lot_page(request, "buyer/lot/fail.html", lot, "", _("宣布流标"), context, status=status)


@at_desk
@require_http_methods(["GET", "POST"])
def retender(request: HttpRequest, lot_id: str) -> HttpResponse:
    """重新招标: the next round of a failed lot as a project of its own."""
    lot = lot_here(request, lot_id)
    must(request, "buyer:plan:write", lot)
    if request.method == "POST":
        event = failing.retender(lot_id, by=request.actor)  # type: ignore[attr-defined]
        messages.success(request, _("已建立第 %(n)s 轮招标项目，请编制文件。") % {"n": lot.round + 1})
        return redirect(f"/buyer/projects/{event.facts['project']}/")
    confirm = Confirm(
        title=_("重新招标：%(title)s") % {"title": lot.title},
        label=_("重新招标"),
        url=request.path,
        cancel_url=f"/buyer/lots/{lot_id}/evaluation/",
        happens=[
            _("新建一个项目作为第 %(n)s 轮，带入采购内容、资格条件和评标办法，由您修改后重新审查、发布。")
            % {"n": lot.round + 1},
            _("本轮的记录保持不变。"),
        ],
        signed_by=f"{request.actor.name}，{request.actor.organisation_name}",  # type: ignore[attr-defined]
        article="招标投标法 第二十八条、第四十二条；招标投标法实施条例 第十九条、第四十四条",
        refusal=refusal(lot, "retender", request),
    )
    return page(request, "confirm.html", {"confirm": confirm}, crumbs=lot_crumbs(lot, _("重新招标")))
