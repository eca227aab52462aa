"""Content, calendar, health of keys and deliveries, the rehearsal clock, settings."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.publishing.queries import operator as desk
from sunshine.flows.advance_clock import advance_clock
from sunshine.flows.declare_day import declare_day
from sunshine.flows.retry_parcels import retry_parcels
from sunshine.flows.write_page import write_page
from sunshine.foundation import clock
from sunshine.foundation.pages import moments
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Confirm, Empty, Fact, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.operator import door
from sunshine.interfaces.web.operator.forms import (
    DAY_KINDS,
    KIND_WORDS,
    LANGUAGES,
    ClockForm,
    DayForm,
    PageForm,
    refuse,
)

PER_PAGE = 50
DAY_STATES = {
    "holiday": (_("放假"), "neutral"),
    "makeup": (_("上班"), "now"),
    "weekend": (_("休息"), "neutral"),
    "workday": (_("工作日"), "neutral"),
}
TOPICS = {"event": _("事件"), "mail": _("邮件"), "index-notice": _("搜索索引")}


@require_GET
@door.keeper(door.CONTENT)
def pages(request: HttpRequest) -> HttpResponseBase:
    """Every page in its newest version."""
    columns = [
        Column("title", _("标题"), "title", second="slug"),
        Column("kind", _("类别")),
        Column("language", _("语言")),
        Column("version", _("版本"), "num"),
        Column("written_at", _("发布时间"), "moment"),
    ]
    kinds = [(key, KIND_WORDS.get(key, word)) for key, word in desk.KINDS]
    filters = [
        Filter("q", _("标题、网址或正文"), find=True),
        Filter("kind", _("类别"), kinds),
        Filter("language", _("语言"), LANGUAGES),
    ]
    asked = ask(request.GET, columns, filters)
    values = asked.values
    rows = desk.pages(kind=values.get("kind", ""), language=values.get("language", ""), find=values.get("q", ""))
    start = (asked.page - 1) * PER_PAGE
    shown = [
        {
            "title": row.title,
            "slug": row.slug,
            "kind": dict(kinds)[row.kind],
            "language": dict(LANGUAGES).get(row.language, row.language),
            "version": row.version,
            "written_at": row.written_at,
            "url": reverse("operator:page", args=[row.slug, row.language]),
        }
        for row in rows[start : start + PER_PAGE]
    ]
    new = Link(_("写一个页面"), reverse("operator:page-new"))
    empty = Empty(_("还没有页面"), _("新闻、政策、帮助和关于页面发布后列在这里。"), new)
    table = Grid(_("页面"), columns, shown, rows.count(), asked, filters, PER_PAGE, empty=empty)
    context = {"table": table, "lead": _("每次修改都发布为新版本，旧版本永久保留。"), "action": new}
    return door.page(request, "operator/list.html", context, current="pages", title=_("网站内容"))


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.CONTENT)
def page_new(request: HttpRequest) -> HttpResponseBase:
    """Write a page's first version."""
    form = PageForm(request.POST or None)
    context = {"form": form, "versions": [], "label": _("发布")}
    return _write(request, form, context, _("写一个页面"))


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.CONTENT)
def page(request: HttpRequest, slug: str, language: str) -> HttpResponseBase:
    """One page: its newest version to be edited, and all versions there have been."""
    found = desk.versions(slug, language)
    if not found:
        raise Http404
    newest = found[0][0]
    names = ("kind", "slug", "language", "title", "summary", "body", "source", "author")
    initial: dict[str, Any] = {name: getattr(newest, name) for name in names}
    form = PageForm(request.POST or None, initial=initial | {"base": newest.version}, fixed=True)
    versions = [
        {
            "page": row,
            "writer": writer,
            "url": reverse("operator:page-version", args=[slug, language, row.version]),
        }
        for row, writer in found
    ]
    return _write(request, form, {"form": form, "versions": versions, "label": _("发布新版本")}, newest.title)


def _write(request: HttpRequest, form: PageForm, context: dict[str, Any], title: Any) -> HttpResponseBase:
    if request.method == "POST" and form.is_valid():
        try:
            made = write_page(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            messages.success(request, _("已发布第 %(n)s 版。") % {"n": made.version})
            return redirect("operator:page", slug=made.slug, language=made.language)
        except Refused as refused:
            refuse(form, refused)
    status = 409 if request.method == "POST" else 200
    above = Link(_("网站内容"), reverse("operator:pages"))
    return door.page(request, "operator/page.html", context, current="pages", title=title, above=above, status=status)


@require_GET
@door.keeper(door.CONTENT)
def page_version(request: HttpRequest, slug: str, language: str, version: int) -> HttpResponseBase:
    """One version as it was published."""
    found = next((pair for pair in desk.versions(slug, language) if pair[0].version == version), None)
    if found is None:
        raise Http404
    above = Link(found[0].title, reverse("operator:page", args=[slug, language]))
    title = _now("第 %(n)s 版") % {"n": version}
    context = {"row": found[0], "writer": found[1]}
    return door.page(request, "operator/version.html", context, current="pages", title=title, above=above)


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.SETTINGS)
def calendar(request: HttpRequest) -> HttpResponseBase:
    """The days that differ from a plain week, and a form to declare one."""
    today = clock.glance().astimezone(clock.BEIJING).date()
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isascii() and asked.isdigit() and 2000 <= int(asked[:5]) <= 2100 else today.year
    form = DayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = declare_day(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            messages.success(request, _("已登记 %(day)s。一分钟内各页面按新日历计算期限。") % {"day": row.day})
            return redirect(f"{reverse('operator:calendar')}?year={row.day.year}")
        except Refused as refused:
            refuse(form, refused)
    shown = desk.calendar_year(year, today)
    words = dict(DAY_KINDS)
    rows = [
        {
            "day": moments.stamp(flags.day),
            "kind": _kind_of(flags),
            "declared": words.get(override.kind, override.kind) if override else "",
            "note": override.note if override else "",
        }
        for flags, override in shown.special
    ]
    columns = [
        Column("day", _("日期")),
        Column("kind", _("现行性质"), "chip", states=DAY_STATES),
        Column("declared", _("人工登记")),
        Column("note", _("依据")),
    ]
    empty = Empty(_("这一年的安排尚未公布"), _("国务院公布后，请在右侧逐日登记，或等待日历库更新。"))
    table = Grid(_("节假日与调休"), columns, rows, len(rows), per_page=400, empty=empty)
    years = [Link(str(one), f"?year={one}") for one in shown.years]
    context = {"table": table, "form": form, "year": shown, "years": years}
    status = 409 if request.method == "POST" else 200
    return door.page(request, "operator/calendar.html", context, current="calendar", title=_("日历"), status=status)


def _kind_of(flags: Any) -> str:
    if flags.is_makeup:
        return "makeup"
    if flags.is_holiday:
        return "holiday"
    return "weekend" if flags.is_weekend else "workday"


@require_GET
@door.keeper(door.LOG)
def health(request: HttpRequest) -> HttpResponseBase:
    """The log's key, the published seal policies, and what could not be delivered."""
    at = clock.glance()
    columns = [
        Column("project", _("项目"), "title", second="lot"),
        Column("pid", _("密封规则指纹"), "template", template="operator/_fingerprint.html"),
        Column("threshold", _("开启所需")),
        Column("announced_at", _("公告时间"), "moment"),
    ]
    asked = ask(request.GET, columns)
    policies = desk.policies()
    start = (asked.page - 1) * PER_PAGE
    rows = [
        {
            "project": row.lot.project.title,
            "lot": f"{row.lot.number} {row.lot.title}",
            "url": f"/projects/{row.lot.project.public_id}/",
            "pid": row.pid,
            "threshold": f"{row.content['k']} / {len(row.content['trustees'])}"
            if row.content["trustees"]
            else _("投标人自己"),
            "announced_at": row.lot.project.announced_at,
        }
        for row in policies[start : start + PER_PAGE]
    ]
    empty = Empty(_("还没有发布密封规则"), _("项目发布公告时，每个标段的密封规则随之公开。"))
    context = {
        "vkey": log_vkey(),
        "origin": settings.ORIGIN,
        "troubles": [(TOPICS.get(topic.topic, topic.topic), topic) for topic in desk.outbox(at)],
        "may_retry": door.may(request.actor, [door.SETTINGS]),  # type: ignore[attr-defined]
        "unmade": desk.seats_without_key(),
        "table": Grid(_("已发布的密封规则"), columns, rows, policies.count(), asked, per_page=PER_PAGE, empty=empty),
    }
    return door.page(request, "operator/health.html", context, current="health", title=_("密钥与运行"))


@require_POST
@door.keeper(door.SETTINGS)
def retry(request: HttpRequest) -> HttpResponseBase:
    """Try everything undelivered of one topic again."""
    retry_parcels(by=request.actor, topic=request.POST.get("topic", ""))  # type: ignore[attr-defined]
    messages.success(request, _("已安排重新投递。"))
    return redirect("operator:health")


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.SETTINGS)
def rehearsal_clock(request: HttpRequest) -> HttpResponseBase:
    """Where the rehearsal clock stands; a POST shows what moving it means, a second one moves it."""
    if not settings.REHEARSAL:
        raise Http404
    here = reverse("operator:clock")
    form = ClockForm(request.POST or None, initial={"to": _next_morning(clock.glance())})
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            if request.POST.get("sure") == "1":
                advance_clock(by=request.actor, to=to)  # type: ignore[attr-defined]
                messages.success(request, _("演练时钟已前进到 %(to)s。") % {"to": moments.stamp(to)})
                return redirect(here)
            return _ask_to_advance(request, to, here)
        except Refused as refused:
            if refused.field in form.fields:
                refuse(form, refused)
            else:
                refusal_message(request, refused)
                return redirect(here)
    context = {"form": form, "at": clock.now()}
    status = 409 if request.method == "POST" else 200
    return door.page(request, "operator/clock.html", context, current="clock", title=_("演练时钟"), status=status)


def _ask_to_advance(request: HttpRequest, to: datetime, here: str) -> HttpResponseBase:
    at = clock.now()
    refusal = Refused("clock-backwards", _("演练时钟只能向前。"), field="to") if to <= at else None
    confirm = Confirm(
        title=_("让演练时钟前进"),
        label=_("前进"),
        url=here,
        cancel_url=here,
        happens=[
            _now("演练时间从 %(from)s 前进到 %(to)s，不能后退。")
            % {"from": moments.stamp(at), "to": moments.stamp(to)},
            _("到期的时限（投标截止、公示、答复）随之届满，演练环境里的所有人都会看到新的时间。"),
        ],
        refusal=refusal,
        hidden=[("to", f"{to:%Y-%m-%dT%H:%M:%S}"), ("sure", "1")],
    )
    return door.page(request, "confirm.html", {"confirm": confirm}, current="clock", title=_("让演练时钟前进"))


def _next_morning(at: datetime) -> datetime:
    here = at.astimezone(clock.BEIJING)
    return here.replace(hour=9, minute=30, second=0, microsecond=0) + timedelta(days=1 if here.hour >= 9 else 0)


@require_GET
@door.keeper(door.SETTINGS)
def platform(request: HttpRequest) -> HttpResponseBase:
    """What this installation was started with. Changed where it is deployed, never here; secrets are not shown."""
    megabytes = 1024 * 1024
    facts = [
        Fact(_("平台名称"), settings.SITE["name"]),
        Fact(_("版本"), settings.SITE["version"]),
        Fact(_("运营机构"), settings.SITE["operator"] or _("未填写")),
        Fact(_("服务热线"), settings.SITE["hotline"]),
        Fact(_("环境"), _("演练环境") if settings.REHEARSAL else _("正式环境")),
        Fact(_("对外地址"), settings.PUBLIC_URL),
        Fact(_("日志名称"), settings.ORIGIN),
        Fact(_("测试证书机构"), _("启用（仅供演练）") if settings.USE_TEST_CA else _("未启用")),
        Fact(_("单个文件上限"), f"{settings.UPLOAD_LIMIT // megabytes:,} MiB"),
        Fact(_("单个密封分册上限"), f"{settings.BID_LIMIT // megabytes:,} MiB"),
        Fact(_("会话时长"), _now("%(n)s 小时") % {"n": settings.SESSION_COOKIE_AGE // 3600}),
        Fact(_("文件存储"), settings.STORAGES["blobs"]["BACKEND"].rpartition(".")[2]),
        Fact(_("邮件"), settings.EMAIL_BACKEND.rpartition(".")[0].rpartition(".")[2]),
        Fact(_("项目编号前缀（OCID）"), settings.OCID_PREFIX),
    ]
    return door.page(request, "operator/settings.html", {"facts": facts}, current="settings", title=_("平台设置"))
