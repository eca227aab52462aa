"""Notices: the list with its search, one notice with its proof, results, and the feed."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import rfc8785
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.domain.publishing.queries import notices, words
from sunshine.domain.sourcing.queries.words import METHOD_NAMES, method_name
from sunshine.foundation import sheets
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.grid import Asked, Column, Filter, Grid
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.insight import search
from sunshine.interfaces.web.portal.shell import asked_of, for_everyone, page, version_of

PER_PAGE = 20
KINDS = words.NOTICES
COLUMNS = (
    Column("title", gettext_lazy("公告"), "title", second="second"),
    Column("kind", gettext_lazy("类型"), "chip", states=KINDS),
    Column("buyer", gettext_lazy("采购人")),
    Column("budget", gettext_lazy("项目预算"), "money", unit="万元"),
    Column("due", gettext_lazy("投标截止"), "moment"),
    Column("published", gettext_lazy("发布时间"), "moment"),
)
RESULT_COLUMNS = (
    Column("title", gettext_lazy("结果公告"), "title", second="second"),
    Column("buyer", gettext_lazy("采购人")),
    Column("winner", gettext_lazy("中标人")),
    Column("price", gettext_lazy("中标价"), "money", unit="元"),
    Column("published", gettext_lazy("发布时间"), "moment"),
)
SHEET = (
    ("id", "公告编号"), ("kind", "类型"), ("title", "标题"), ("buyer", "采购人"), ("region", "地区"), ("category", "品类"),
    ("method", "采购方式"), ("budget", "预算（元）"), ("due", "投标截止"), ("published", "发布时间"), ("url", "地址"),
)  # fmt: skip


def _filters(request: HttpRequest) -> list[Filter]:
    known = notices.facets(version_of(request))
    return [
        Filter("q", gettext_lazy("全文检索"), find=True),
        Filter("kind", gettext_lazy("类型"), [(key, state[0]) for key, state in KINDS.items()]),
        Filter("region", gettext_lazy("地区"), [(one, one) for one in known["region"]]),
        Filter("category", gettext_lazy("品类"), [(one, one) for one in known["category"]]),
        Filter("method", gettext_lazy("采购方式"), list(METHOD_NAMES.items())),
        Filter("buyer", gettext_lazy("采购人")),
        Filter("from", gettext_lazy("发布日期起"), kind="date"),
        Filter("to", gettext_lazy("发布日期止"), kind="date"),
    ]


@require_GET
@for_everyone
def listing(request: HttpRequest) -> HttpResponse:
    """Every notice, filtered by the address; ``?export=csv`` gives what is shown, all pages of it."""
    filters = _filters(request)
    asked = asked_of(request, COLUMNS, filters)
    if request.GET.get("export") == "csv":
        return _csv(request, asked)
    rows, total = _found(asked, asked.page, PER_PAGE, version_of(request))
    table = Grid(
        _("公告"),
        COLUMNS,
        [_row(row) for row in rows],
        total,
        asked,
        filters=filters,
        per_page=PER_PAGE,
        exports=[Link("CSV", asked.query(export="csv", page=None))],
        empty=Empty(_("还没有公告"), _("采购人发布招标公告后，会在这里按时间排列。")),
        id="notices",
    )
    context = {
        "table": table,
        "title": _("公告"),
        "lead": _("每一份公告发布后不可更改；更正以新版本发布，并显示前后差别。"),
    }
    return page(request, "portal/list.html", context, crumbs=[Link(_("公告"))])


def _found(asked: Asked, number: int, per_page: int, version: str) -> tuple[list[Any], int]:
    """The rows of a page and how many match: by the search index when there are words, else by the table."""
    values = {name: value for name, value in asked.values.items() if name != "q"}
    text = asked.values.get("q", "")
    if not text:
        return notices.page(values, number, per_page, version)
    if not search.exists(settings.SEARCH_INDEX):
        return notices.by_title(values, text, number, per_page)
    exact = {name: value for name, value in values.items() if name in search.FACETS}
    if not exact.get("buyer", "O-").startswith("O-"):
        text = f"{text} {exact.pop('buyer')}"  # a name, not an id: one more thing the text must say
    since, until = notices.day_start(values.get("from", "")), notices.day_start(values.get("to", ""))
    found = search.search(
        settings.SEARCH_INDEX,
        text,
        exact,
        number,
        per_page=per_page,
        since=int(since.timestamp()) if since else None,
        until=int((until + timedelta(days=1)).timestamp()) if until else None,
    )
    return notices.in_order(found.ids), found.total


def _row(row: Any) -> dict[str, Any]:
    second = [row.public_id, _("第 %(n)s 版") % {"n": row.revision} if row.revision > 1 else "", row.region]
    return {
        "id": row.public_id,
        "title": row.title,
        "url": reverse("portal:notice", args=[row.public_id]),
        "second": " · ".join(part for part in second if part),
        "kind": row.kind,
        "buyer": row.buyer_name,
        "budget": row.budget_fen if row.kind in ("tender-notice", "amendment-notice") else None,
        "due": row.bids_due_at if row.kind in ("tender-notice", "amendment-notice") else None,
        "published": row.published_at,
    }


def _csv(request: HttpRequest, asked: Asked) -> HttpResponse:
    """All matching rows, at most EXPORT_LIMIT; headings in Chinese, as the export of an authority is expected."""
    rows, _total = _found(asked, 1, notices.EXPORT_LIMIT, version_of(request))
    content = sheets.write_csv([sheets.Column(key, word) for key, word in SHEET], _lines(request, rows))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="notices.csv"'
    return response


def _lines(request: HttpRequest, rows: Iterable[Any]) -> Iterable[Mapping[str, Any]]:
    for row in rows:
        yield {
            "id": row.public_id,
            "kind": str(notices.state(row.kind)[0]),
            "title": row.title,
            "buyer": row.buyer_name,
            "region": row.region,
            "category": row.category,
            "method": str(method_name(row.method)),
            "budget": f"{row.budget_fen / 100:.2f}" if row.budget_fen is not None else "",
            "due": row.bids_due_at.astimezone(BEIJING).isoformat(timespec="minutes") if row.bids_due_at else "",
            "published": row.published_at.astimezone(BEIJING).isoformat(timespec="seconds"),
            "url": request.build_absolute_uri(reverse("portal:notice", args=[row.public_id])),
        }


@require_GET
@for_everyone
def results(request: HttpRequest) -> HttpResponse:
    """Who won what at which price, newest first."""
    known = notices.facets(version_of(request))
    filters = [
        Filter("region", gettext_lazy("地区"), [(one, one) for one in known["region"]]),
        Filter("category", gettext_lazy("品类"), [(one, one) for one in known["category"]]),
        Filter("buyer", gettext_lazy("采购人")),
        Filter("from", gettext_lazy("发布日期起"), kind="date"),
        Filter("to", gettext_lazy("发布日期止"), kind="date"),
    ]
    asked = asked_of(request, RESULT_COLUMNS, filters)
    rows, total = notices.results(asked.values, asked.page, PER_PAGE, version_of(request))
    lines = [
        _row(row) | {"winner": row.winner, "price": int(row.price_text) if row.price_text else None} for row in rows
    ]
    empty = Empty(_("还没有中标结果"), _("采购人发出中标通知书的同时，结果会在这里公开。"))
    table = Grid(
        _("中标结果"),
        RESULT_COLUMNS,
        lines,
        total,
        asked,
        filters=filters,
        per_page=PER_PAGE,
        exports=[Link("CSV", reverse("portal:notices") + asked.query(kind="award-notice", export="csv", page=None))],
        empty=empty,
        id="results",
    )
    context = {"table": table, "title": _("中标结果"), "lead": _("谁中标、多少钱、为什么，随中标通知书同时公布。")}
    return page(request, "portal/list.html", context, crumbs=[Link(_("结果"))])


@require_GET
@for_everyone
def notice(request: HttpRequest, notice: str) -> HttpResponse:
    """One notice to read, with its revisions, what changed, and how to check it oneself."""
    story = notices.one(notice)
    if story is None:
        raise Http404
    address = request.build_absolute_uri(reverse("portal:notice-content", args=[notice]))
    context = {
        "story": story,
        "notice": story.notice,
        "state": notices.state(story.notice.kind),
        "chain": [(row, notices.state(row.kind)[0]) for row in story.chain],
        "command": f"curl -s {address} | sha256sum",
    }
    crumbs = [Link(_("公告"), reverse("portal:notices")), Link(story.notice.title)]
    return page(request, "portal/notice.html", context, crumbs=crumbs)


@require_GET
def content(request: HttpRequest, notice: str) -> HttpResponse:
    """The exact canonical bytes (RFC 8785) that the notice's digest is the SHA-256 of; they never change."""
    row = notices.public().filter(public_id=notice).only("content", "digest").first()
    if row is None:
        raise Http404
    response = HttpResponse(rfc8785.dumps(row.content), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{notice}.json"'
    response["ETag"] = f'"{row.digest}"'
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_GET
@for_everyone
def feed(request: HttpRequest) -> HttpResponse:
    """The fifty newest notices as an Atom feed (RFC 4287)."""
    made = Atom1Feed(
        title=_("阳光采购服务平台：公告"),
        link=request.build_absolute_uri(reverse("portal:notices")),
        description=_("最新公告"),
        language=get_language(),
        feed_url=request.build_absolute_uri(),
    )
    for row in notices.newest(50):
        made.add_item(
            title=row.title,
            link=request.build_absolute_uri(reverse("portal:notice", args=[row.public_id])),
            description=" · ".join(
                str(part) for part in (notices.state(row.kind)[0], row.buyer_name, row.region) if part
            ),
            unique_id=f"tag:{settings.ORIGIN},2026:{row.public_id}",
            pubdate=row.published_at,
            updateddate=row.published_at,
            author_name=row.buyer_name,
            categories=(row.kind,),
        )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
