"""Today: what waits for this person, by deadline; what was said to them; the few numbers that matter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from sunshine.domain.contracts.queries.buyer_today import waiting_objections
from sunshine.domain.publishing.queries.buyer_desk import newest_notifications
from sunshine.domain.sourcing.queries import buyer_desk
from sunshine.foundation import clock
from sunshine.foundation.pages import figures
from sunshine.foundation.pages.parts import Tile
from sunshine.interfaces.web.buyer.drafting.desk import actor, desk, show
from sunshine.interfaces.web.buyer.drafting.story import lot_page

_PAGES = {
    "initiated": "method/",
    "method_approved": "draft/",
    "draft": "draft/check/",
    "in_review": "review/",
    "reviewed": "announce/",
    "opening": "opening/",
}


@dataclass(frozen=True)
class Waiting:
    """One thing to do. due is when the law or the timetable wants it done, or None."""

    what: Any
    title: str
    url: str
    due: datetime | None = None
    since: datetime | None = None
    group: str = "work"  # work | approval


def words() -> dict[str, str]:
    """The verb of each stage's next act."""
    return {
        "initiated": _("批准采购方式"),
        "method_approved": _("编制采购文件"),
        "draft": _("完成编制并提交审查"),
        "in_review": _("合规审查"),
        "reviewed": _("发布公告"),
        "announced": _("开标"),
        "opening": _("完成开标"),
    }


def _plans(by: Any, at: datetime) -> Iterator[Waiting]:
    for plan in buyer_desk.waiting_plans(by, at):
        url = f"/buyer/plans/{plan.public_id}/"
        if plan.stage == "plan_draft":
            yield Waiting(_("批准采购计划"), plan.title, url, since=plan.created_at, group="approval")
        else:
            yield Waiting(_("修改被退回的计划"), plan.title, f"{url}edit/", since=plan.created_at)


def _projects(by: Any, at: datetime) -> Iterator[Waiting]:
    said = words()
    for project in buyer_desk.waiting_projects(by, at):
        home = f"/buyer/projects/{project.public_id}/"
        if project.stage == "announced":
            if project.open_questions and "buyer:enquiry:answer" in by.permissions:
                text = _("答复 %(n)s 个提问") % {"n": project.open_questions}
                yield Waiting(text, project.title, f"{home}questions/", project.bids_due_at, project.first_question)
            if project.bids_due_at and project.bids_due_at <= at and "buyer:bids:open" in by.permissions:
                yield Waiting(said["announced"], project.title, f"{home}opening/", project.bids_due_at)
            continue
        group = "approval" if project.stage in ("initiated", "in_review", "reviewed") else "work"
        due = project.bids_due_at if project.stage == "opening" else None
        url = home + _PAGES[project.stage]
        yield Waiting(said[project.stage], project.title, url, due, project.created_at, group)


def _lots(by: Any) -> Iterator[Waiting]:
    said = {
        "opening": _("抽取专家"),
        "evaluating": _("开启商务标"),
        "opening_prices": _("完成商务标开启"),
        "report_signed": _("公示候选人"),
        "candidates_published": _("候选人公示期满后定标"),
        "awarded": _("发出中标通知书"),
        "notified": _("起草并签订合同"),
        "failed": _("流标，考虑重新招标"),
    }
    for lot in buyer_desk.waiting_lots(by):
        first = next(iter(lot.candidates.all()), None)
        title = f"{lot.project.title} {lot}"
        url = f"/buyer/lots/{lot.public_id}/prices/" if lot.stage == "evaluating" else lot_page(lot, lot.project)
        yield Waiting(said[lot.stage], title, url, since=first.published_at if first else None)


def waiting(by: Any, at: datetime) -> list[Waiting]:
    """Everything that waits for this actor: what has a deadline first, then the oldest."""
    objections = (
        Waiting(
            _("答复异议"),
            str(row.lot or row.project),
            f"/buyer/objections/{row.public_id}/",
            row.answer_due_at,
            row.raised_at,
        )
        for row in waiting_objections(by)
    )
    found = [*objections, *_plans(by, at), *_projects(by, at), *_lots(by)]
    far = datetime.max.replace(tzinfo=at.tzinfo)
    return sorted(found, key=lambda one: (one.due or far, one.since or far))


def _tiles(by: Any, at: datetime, waits: int) -> list[Tile]:
    numbers = buyer_desk.figures(by, at)
    return [
        Tile(_("等您办理"), str(waits), _("件"), definition=_("下面列表的行数。")),
        Tile(_("进行中的项目"), str(numbers.running), _("个"), definition=_("本单位及下属单位未终止的采购项目。")),
        Tile(_("公告中"), str(numbers.announced), _("个"), definition=_("已发布公告、尚未开标的项目。")),
        Tile(_("待答复提问"), str(numbers.questions), _("个"), definition=_("公告中的项目里尚未答复的匿名提问。")),
        Tile(
            _("项目预算"),
            figures.grouped(numbers.budget_fen, "万元"),
            _("万元"),
            definition=_("未终止项目的预算之和，不是成交金额。"),
        ),
    ]


@desk
def today(request: HttpRequest) -> HttpResponse:
    """`/buyer/`."""
    by, at = actor(request), clock.glance()
    waits = waiting(by, at)
    context = {
        "waits": waits,
        "tiles": _tiles(by, at, len(waits)),
        "lines": newest_notifications(by.person_pk),
        "may_plan": "buyer:plan:write" in by.permissions,
    }
    return show(request, "today.html", "today", [], context)


@desk
def approvals(request: HttpRequest) -> HttpResponse:
    """`/buyer/approvals/`: only what asks for somebody's approval."""
    waits = [one for one in waiting(actor(request), clock.glance()) if one.group == "approval"]
    return show(request, "approvals.html", "approvals", [], {"waits": waits})
