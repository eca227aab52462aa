"""Today, and the list of projects."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunshine.domain.contracts.queries import supervisor as queries
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.publishing.queries import words
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.foundation import clock, sheets
from sunshine.foundation.money import Money
from sunshine.foundation.pages import moments
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link, Tile
from sunshine.interfaces.web.supervisor import door

PER_PAGE = 50
MOST_EXPORTED = 20_000
_KINDS = {
    "initiated": "neutral",
    "method_approved": "neutral",
    "draft": "neutral",
    "in_review": "now",
    "reviewed": "now",
    "announced": "now",
    "opening": "now",
    "opened": "done",
    "terminated": "refused",
}
STATES = {stage: (word, _KINDS.get(stage, "neutral")) for stage, word in PROJECT.stages.items()}
ONLY = [("held", _("有暂停")), ("failed", _("有流标")), ("objected", _("有未答复异议"))]
DEADLINES = {"bids-due": _("投标截止"), "decrypt-window": _("解密时限结束")}


@require_GET
@door.overseer
def today(request: HttpRequest) -> HttpResponseBase:
    """What a supervisor should look at now: holds, deadlines, objections, failures, departures from rank one."""
    found = queries.today(request.actor, clock.glance())  # type: ignore[attr-defined]
    counts = found.counts
    tiles = [
        Tile(_("暂停中"), counts["held"], definition=_("因异议暂停的项目与标段数；答复前下游环节一律冻结。")),
        Tile(
            _("临近期限"), counts["deadlines"], definition=_("七日内投标截止或已截止未开标的项目，以及正在解密的项目。")
        ),
        Tile(_("未答复异议"), counts["objections"], definition=_("已提出、采购人还没有答复的异议数。")),
        Tile(_("流标标段"), counts["failed"], definition=_("宣布流标的标段数，含已重新招标的。")),
        Tile(
            _("非第一名中标"), counts["overrides"], definition=_("定标时没有选择排名第一候选人、或另写了理由的标段数。")
        ),
    ]
    lists = [
        _list("deadlines", _("临近期限"), found.deadlines, _("七日内没有到期的事项"), DEADLINES),
        _list("objections", _("未答复异议"), found.objections, _("没有未答复的异议"), words.OBJECTION_TARGETS),
        _list("held", _("暂停中"), found.held, _("没有暂停中的项目或标段"), {"": _("整个项目")}),
        _list("failed", _("流标标段"), found.failed, _("没有流标的标段")),
        _list("overrides", _("非第一名中标或另有理由"), found.overrides, _("没有这类定标")),
    ]
    parts = draws.waiting_for(request.actor)  # type: ignore[attr-defined]
    context = {"tiles": tiles, "lists": lists, "draw_parts": parts}
    return door.page(request, "supervisor/today.html", context, current="today", title=_("今日"))


def _list(key: str, label: Any, lines: list[queries.Line], none: Any, terms: Any = None) -> Grid:
    columns = [
        Column("title", _("项目"), "title"),
        Column("what", _("事项")),
        Column("at", _("时间"), "moment"),
        Column("detail", _("说明")),
        Column("late", _("是否逾期"), "chip", states={"late": (_("已过期限"), "refused"), "": ("", "neutral")}),
    ]
    rows = [
        {
            "title": line.title,
            "what": (terms or {}).get(line.what, line.what),
            "at": line.at,
            "detail": line.detail,
            "late": "late" if line.late else None,
            "url": reverse("supervisor:project", args=[line.project]),
        }
        for line in lines
    ]
    shown = [column for column in columns if any(row[column.key] for row in rows)]
    return Grid(label, shown, rows, len(rows), per_page=max(len(rows), 1), empty=Empty(none), id=key)


@require_GET
@door.overseer
def projects(request: HttpRequest) -> HttpResponseBase:
    """Every project in view; ``?export=csv|xlsx`` gives exactly what is shown, all pages of it."""
    at = clock.glance()
    columns = [
        Column("title", _("项目"), "title", second="public_id"),
        Column("buyer", _("采购人")),
        Column("stage", _("阶段"), "chip", states=STATES),
        Column("hold", _("暂停状态"), "chip", states={"held": words.HELD}),
        Column("budget_fen", _("预算"), "money", sort=True, unit="万元"),
        Column("bids_due_at", _("投标截止"), "moment", sort=True),
        Column("n_lots", _("标段"), "num"),
    ]
    filters = [
        Filter("q", _("项目、采购人或编号"), find=True),
        Filter("stage", _("阶段"), list(PROJECT.stages.items())),
        Filter("only", _("只看"), ONLY),
    ]
    asked = ask(request.GET, columns, filters)
    values = asked.values
    rows = queries.projects(
        request.actor,  # type: ignore[attr-defined]
        at,
        stage=values.get("stage", ""),
        only=values.get("only", ""),
        find=values.get("q", ""),
        order=asked.sort,
    )
    if kind := request.GET.get("export", ""):
        return exported(kind, _now("监督项目清单"), _sheet(), (_exported(row) for row in rows[:MOST_EXPORTED]))
    start = (asked.page - 1) * PER_PAGE
    shown = [_shown(row) for row in rows[start : start + PER_PAGE]]
    table = Grid(
        _("项目"),
        columns,
        shown,
        rows.count(),
        asked,
        filters,
        PER_PAGE,
        [Link("CSV", asked.query(export="csv", page=None)), Link("XLSX", asked.query(export="xlsx", page=None))],
        Empty(_("还没有可以监督的项目"), _("采购方式获批准的项目会出现在这里。")),
    )
    return door.page(request, "supervisor/list.html", {"table": table}, current="projects", title=_("项目"))


def _shown(row: Any) -> dict[str, Any]:
    names = ("title", "public_id", "stage", "budget_fen", "bids_due_at", "n_lots")
    return {name: getattr(row, name) for name in names} | {
        "buyer": row.buyer.name,
        "hold": "held" if row.hold or row.lot_held else None,
        "url": reverse("supervisor:project", args=[row.public_id]),
    }


def _sheet() -> list[sheets.Column]:
    heads = (_("编号"), _("项目"), _("采购人"), _("阶段"), _("暂停状态"), _("预算（元）"), _("投标截止"), _("标段"))
    keys = ("public_id", "title", "buyer", "stage", "hold", "budget", "bids_due_at", "n_lots")
    return [sheets.Column(key, str(head), width=24) for key, head in zip(keys, heads, strict=True)]


def _exported(row: Any) -> dict[str, Any]:
    shown = _shown(row)
    due = row.bids_due_at
    return shown | {
        "stage": str(PROJECT.stages[row.stage]),
        "hold": str(words.HELD[0]) if shown["hold"] else "",
        "budget": str(Money.fen(row.budget_fen)),
        "bids_due_at": moments.stamp(due) if due else "",
        "n_lots": str(row.n_lots),
    }


def exported(kind: str, name: str, columns: list[sheets.Column], rows: Iterable[dict[str, Any]]) -> HttpResponse:
    """The rows as a file: CSV, or XLSX for anything else that was asked."""
    if kind == "csv":
        response = HttpResponse(sheets.write_csv(columns, rows), content_type="text/csv; charset=utf-8")
    else:
        kind, media = "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        response = HttpResponse(sheets.write_rows(columns, rows, name), content_type=media)
    response.headers["Content-Disposition"] = f'attachment; filename="supervision.{kind}"'
    response.headers["Cache-Control"] = "no-store, private"
    return response
