"""The two lists of the desk, as tables on the page and as files."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.queries import buyer_desk
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation import sheets
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.files import sniff
from sunshine.foundation.money import Money
from sunshine.foundation.pages.grid import Asked, Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.interfaces.web.buyer.drafting.desk import PLAN_KINDS, PROJECT_KINDS, states

PER_PAGE = 50
MOST_EXPORTED = 20_000


def _choices(name: str) -> list[tuple[str, Any]]:
    return [(stage, word) for stage, (word, _kind) in states(name, {}).items()]


def project_table(request: HttpRequest, rows: Any) -> Grid | HttpResponse:
    """The list of projects, or the file that was asked for."""
    columns = (
        Column("title", _("项目"), "title", sort=True, second="public_id"),
        Column("buyer", _("采购人"), sort=True),
        Column("method", _("采购方式")),
        Column("stage", _("状态"), "chip", sort=True, states=states("project", PROJECT_KINDS)),
        Column("budget_fen", _("预算"), "money", sort=True, unit="元"),
        Column("due", _("投标截止"), "moment", sort=True),
        Column("lots", _("标段"), "num"),
    )
    filters = (Filter("q", _("查找"), find=True), Filter("stage", _("状态"), _choices("project")))
    asked = ask(request.GET, columns, filters)
    found = buyer_desk.with_lots(buyer_desk.search_projects(rows, asked.values, asked.sort))
    empty = Empty(_("还没有采购项目"), _("采购计划批准后，可以从计划立项。"), Link(_("去看采购计划"), "/buyer/plans/"))
    return _table(request, _("采购项目"), columns, found, asked, filters, _project_row, empty)


def _project_row(project: Any) -> dict[str, Any]:
    return {
        "title": project.title,
        "public_id": project.public_id,
        "url": f"/buyer/projects/{project.public_id}/",
        "buyer": project.buyer.name,
        "method": method_name(project.method),
        "stage": project.stage,
        "budget_fen": project.budget_fen,
        "due": project.bids_due_at,
        "lots": project.lot_count,
    }


def plan_table(request: HttpRequest, rows: Any) -> Grid | HttpResponse:
    """The list of plans, or the file that was asked for."""
    columns = (
        Column("title", _("计划"), "title", sort=True, second="public_id"),
        Column("year", _("年度"), "num", sort=True),
        Column("buyer", _("采购人")),
        Column("category", _("品类")),
        Column("stage", _("状态"), "chip", sort=True, states=states("plan", PLAN_KINDS)),
        Column("budget_fen", _("预算"), "money", sort=True, unit="元"),
    )
    filters = (
        Filter("q", _("查找"), find=True),
        Filter("stage", _("状态"), _choices("plan")),
        Filter("year", _("年度")),
    )
    asked = ask(request.GET, columns, filters)
    found = buyer_desk.search_plans(rows, asked.values, asked.sort)
    empty = Empty(_("还没有采购计划"), _("先写明要买什么、为什么买、花多少钱，批准后才能立项。"))
    return _table(request, _("采购计划"), columns, found, asked, filters, _plan_row, empty)


def _plan_row(plan: Any) -> dict[str, Any]:
    return {
        "title": plan.title,
        "public_id": plan.public_id,
        "url": f"/buyer/plans/{plan.public_id}/",
        "year": plan.year,
        "buyer": plan.buyer.name,
        "category": plan.category,
        "stage": plan.stage,
        "budget_fen": plan.budget_fen,
    }


def _table(
    request: HttpRequest,
    label: Any,
    columns: tuple[Column, ...],
    found: Any,
    asked: Asked,
    filters: tuple[Filter, ...],
    row: Callable[[Any], dict[str, Any]],
    empty: Empty,
) -> Grid | HttpResponse:
    if (kind := request.GET.get("export")) in ("csv", "xlsx"):
        return _file(str(label), columns, [row(one) for one in found[:MOST_EXPORTED]], kind)
    start = (asked.page - 1) * PER_PAGE
    total = found.count()
    exports = [Link(word, asked.query(export=word.lower(), page=None)) for word in ("CSV", "XLSX")]
    shown = [row(one) for one in found[start : start + PER_PAGE]]
    return Grid(label, columns, shown, total, asked, filters, PER_PAGE, exports, empty)


def _file(label: str, columns: tuple[Column, ...], rows: list[dict[str, Any]], kind: str) -> HttpResponse:
    """Exactly what the list shows, all its pages; money in yuan, moments in Beijing time, words instead of keys."""
    heads = [sheets.Column("public_id", now_("编号"))]
    heads += [sheets.Column(c.key, f"{c.label}（{c.unit}）" if c.unit else str(c.label)) for c in columns]
    plain = [{"public_id": row["public_id"]} | {c.key: _plain(c, row[c.key]) for c in columns} for row in rows]
    if kind == "csv":
        response = HttpResponse(sheets.write_csv(heads, plain), content_type="text/csv; charset=utf-8")
    else:
        response = HttpResponse(sheets.write_rows(heads, plain, label), content_type=sniff.XLSX)
    return attachment(response, f"{label}.{kind}")


def attachment(response: HttpResponse, name: str) -> HttpResponse:
    """Give a file its name (RFC 6266)."""
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _plain(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.kind == "money":
        return Money.fen(value).in_yuan
    if column.kind == "moment":
        return value.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
    return str(column.states[value][0]) if column.kind == "chip" else value
