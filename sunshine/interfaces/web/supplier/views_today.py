"""Today, and the opportunities."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunshine.domain.bidding.queries import opportunities as public
from sunshine.domain.contracts.queries import supplier as own
from sunshine.domain.publishing.queries.account import inbox, unread_count
from sunshine.foundation import clock, sheets
from sunshine.foundation.money import Money
from sunshine.foundation.pages import moments
from sunshine.foundation.pages.grid import Asked, Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link, Tile
from sunshine.interfaces.web.gate import business_at
from sunshine.interfaces.web.supplier.door import PROJECT_CHIPS, not_a_bidder, page

PER_PAGE = 50
EXPORT_ROWS = 5000
COLUMNS = (
    Column("title", _("项目"), "title", second="id"),
    Column("buyer", _("采购人")),
    Column("stage", _("阶段"), "chip", states=PROJECT_CHIPS),
    Column("budget_fen", _("预算"), "money", sort=True, unit="万元"),
    Column("bids_due_at", _("投标截止时间"), "moment", sort=True),
    Column("lots", _("标段"), "num"),
)
STATES = (("open", _("投标接收中")), ("past", _("已截止")), ("all", _("全部公开项目")))


def _rows(projects: Any) -> list[dict[str, Any]]:
    return [
        {
            "title": row.title,
            "id": row.public_id,
            "url": reverse("supplier:project", args=[row.public_id]),
            "buyer": row.buyer.name,
            "stage": row.stage,
            "budget_fen": row.budget_fen,
            "bids_due_at": row.bids_due_at,
            "lots": row.lot_count,
        }
        for row in projects
    ]


@business_at("supplier")
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """What closes next, what is new, what waits for a signature."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    soon = public.opportunities({}, at=at)
    week = soon.filter(bids_due_at__lt=at + timedelta(days=7)).count()
    total = soon.count()
    lines, _all = inbox(actor, count=8)
    table = Grid(
        _("即将截止的商机"),
        tuple(replace(column, sort=False) for column in COLUMNS if column.key != "stage"),
        _rows(soon[:8]),
        total,
        Asked({}),
        per_page=max(total, 1),
        empty=Empty(_("现在没有接收投标的项目"), _("新的招标公告发布后会列在这里。")),
    )
    context = {
        "table": table,
        "lines": lines,
        "refusal": not_a_bidder(actor),
        "tiles": [
            Tile(_("接收中的项目"), total, definition=_("已发布公告、尚未到投标截止时间的项目数。")),
            Tile(_("七日内截止"), week, definition=_("投标截止时间在七日以内的项目数。")),
            Tile(_("未读通知"), unread_count(actor), definition=_("发给您本人、尚未标为已读的通知数。")),
            Tile(_("待签合同"), own.waiting_contracts(actor), definition=_("采购人已签署、等待贵单位签署的合同数。")),
        ],
    }
    return page(request, "supplier/today.html", context, current="today", title=_("今天"))


def _filters() -> tuple[Filter, ...]:
    return (
        Filter("q", _("查找"), find=True),
        Filter("state", _("状态"), STATES),
        Filter("category", _("品类"), [(name, name) for name in public.choices("category")]),
        Filter("region", _("地区"), [(name, name) for name in public.choices("region")]),
    )


@business_at("supplier")
@require_GET
def opportunities(request: HttpRequest) -> HttpResponse:
    """Announced projects, the nearest deadline first; filters and order stand in the address."""
    at = clock.glance()
    filters = _filters()
    asked = ask(request.GET, COLUMNS, filters)
    found = public.opportunities(asked.values, at=at, sort=asked.sort)
    if (kind := request.GET.get("export", "")) in ("csv", "xlsx"):
        return _export(kind, _rows(found[:EXPORT_ROWS]))
    start = (asked.page - 1) * PER_PAGE
    table = Grid(
        _("商机"),
        COLUMNS,
        _rows(found[start : start + PER_PAGE]),
        found.count(),
        asked,
        filters=filters,
        per_page=PER_PAGE,
        exports=[Link("CSV", asked.query(export="csv")), Link("XLSX", asked.query(export="xlsx"))],
        empty=Empty(_("现在没有接收投标的项目"), _("新的招标公告发布后会列在这里；也可以查看已截止的项目。")),
    )
    return page(request, "supplier/opportunities.html", {"table": table}, current="opportunities", title=_("商机"))


def _export(kind: str, rows: list[dict[str, Any]]) -> HttpResponse:
    columns = [
        sheets.Column("id", __("编号")),
        sheets.Column("title", __("项目")),
        sheets.Column("buyer", __("采购人")),
        sheets.Column("stage", __("阶段")),
        sheets.Column("budget", __("预算（元）"), "decimal"),
        sheets.Column("due", __("投标截止时间")),
        sheets.Column("lots", __("标段"), "integer"),
    ]
    lines = [
        row
        | {
            "stage": str(PROJECT_CHIPS[row["stage"]][0]),
            "budget": Money.fen(row["budget_fen"]).in_yuan,
            "due": moments.stamp(row["bids_due_at"]) if row["bids_due_at"] else "",
        }
        for row in rows
    ]
    if kind == "csv":
        response = HttpResponse(sheets.write_csv(columns, lines), content_type="text/csv; charset=utf-8")
    else:
        media = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(sheets.write_rows(columns, lines, __("商机")), content_type=media)
    response["Content-Disposition"] = f'attachment; filename="opportunities.{kind}"'
    return response
