"""A project's story on one page: the horizontal timeline, what can be done now and by whom, what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sunshine.domain.parties.queries import buyer_people
from sunshine.domain.sourcing.queries import buyer_desk, buyer_history
from sunshine.foundation.lifecycle import Lifecycle
from sunshine.foundation.pages.parts import Link, TimelineStep
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.texts import ACTS

# where the page of each act is, below the project's own address
PAGES = {
    "approve-method": "method/",
    "draft": "draft/",
    "submit-review": "draft/check/",
    "review": "review/",
    "return-draft": "review/",
    "announce": "announce/",
    "answer": "questions/",
    "clarify": "clarify/",
    "open-bids": "opening/",
    "confirm-opening": "opening/",
    "terminate": "terminate/",
}
ORDER = ("initiated", "method_approved", "draft", "in_review", "reviewed", "announced", "opening", "opened")
# stages of a lot in which a step of the timeline has been taken
AFTER_CANDIDATES = ("candidates_published", "awarded", "notified", "contract_signed")
AFTER_AWARD = ("awarded", "notified", "contract_signed")


# the page where a lot's next act is done (the running desk)
LOT_PAGES = {
    "opening": "panel/",
    "evaluating": "evaluation/",
    "opening_prices": "prices/",
    "report_drafted": "evaluation/",
    "report_signed": "candidates/",
    "candidates_published": "candidates/",
    "awarded": "award/",
    "notified": "contract/",
    "contract_signed": "contract/",
    "failed": "retender/",
}


def lot_page(lot: Any, project: Any) -> str:
    """Where a lot goes on; "" while nothing of it has its own page."""
    if lot.stage == "announced" or (lot.stage == "opening" and project.stage != "opened"):
        return f"/buyer/projects/{project.public_id}/opening/"
    page = LOT_PAGES.get(lot.stage)
    return f"/buyer/lots/{lot.public_id}/{page}" if page else ""


@dataclass(frozen=True)
class Act:
    """One button: the verb of the law, where its page is, why not now."""

    verb: str
    label: Any
    url: str
    refusal: Refused | None = None
    primary: bool = False
    grave: bool = False


def acts(project: Any, by: Any, at: datetime) -> tuple[list[Act], list[tuple[Any, str]]]:
    """(buttons of this actor, [(what others do here, which roles do it)])."""
    own, others = buyer_desk.project_steps(project, by, at)
    home = f"/buyer/projects/{project.public_id}/"
    main = next((step.verb for step, no in own if no is None and step.verb != "terminate"), "")
    if "submit-review" in (ready := {step.verb for step, no in own if no is None}):
        main = "submit-review"
    elif "open-bids" in ready:
        main = "open-bids"
    buttons = [
        Act(step.verb, step.label, home + PAGES[step.verb], no, step.verb == main, step.verb == "terminate")
        for step, no in own
        if step.verb in PAGES
    ]
    buttons.sort(key=lambda act: (not act.primary, act.refusal is not None, act.grave))
    kind = "agency" if by.kind == "agency" else "buyer"
    told = []
    for step in others:
        names = buyer_people.roles_with(step.permission, kind) or buyer_people.roles_with(step.permission, "buyer")
        told.append((step.label, "、".join(str(name) for name in names)))
    return buttons, told


def timeline(project: Any, at: datetime, notices: Iterable[Any]) -> list[TimelineStep]:
    """The procedure: done, now and to come, each with its date, article and document."""
    times = buyer_history.milestones(project)
    place = ORDER.index(project.stage) if project.stage in ORDER else -1
    ended = project.stage == "terminated"
    papers: dict[str, Link] = {}
    for notice in notices:
        papers.setdefault(notice.kind, Link(notice.title, f"/notices/{notice.public_id}/"))
    live = [lot.stage for lot in project.lots.all() if lot.stage not in ("failed", "retendered", "terminated")]

    def step(
        name: str, after: str, when: datetime | None, article: str = "", paper: str = "", note: str = ""
    ) -> TimelineStep:
        need = ORDER.index(after)
        if ended:
            state = "done" if when is not None and when <= at else "refused"
        else:
            state = "done" if place >= need else "now" if place == need - 1 else "todo"
        return TimelineStep(name, state, when, article, papers.get(paper), note)

    def lots_step(name: str, tag: str, done: tuple[str, ...], article: str, paper: str = "") -> TimelineStep:
        passed = sum(stage in done for stage in live)
        state = "todo"
        if place == len(ORDER) - 1 and live:
            state = "done" if passed == len(live) else "now"
        note = _("%(n)s / %(all)s 个标段") % {"n": passed, "all": len(live)} if len(live) > 1 and passed else ""
        return TimelineStep(name, state, times.get(tag), article, papers.get(paper), note)

    hold = project.hold and not ended
    deadline = step(_("投标截止"), "opening", project.bids_due_at, "招标投标法 第二十四条")
    if hold:
        deadline = TimelineStep(
            _("投标截止"), "hold", project.bids_due_at, "招标投标法实施条例 第二十二条", note=project.hold
        )
    steps = [
        step(_("立项"), "initiated", project.created_at),
        step(_("批准采购方式"), "method_approved", times.get("project:approve-method")),
        step(_("编制文件"), "in_review", times.get("project:submit-review")),
        step(_("合规审查"), "reviewed", project.reviewed_at),
        step(_("发布公告"), "announced", project.announced_at, "", "tender-notice"),
        deadline,
        step(_("开标"), "opened", project.opened_at, "招标投标法 第三十四条", "opening-record"),
        lots_step(_("评标"), "lot:draw-panel", ("report_signed", *AFTER_CANDIDATES), "招标投标法 第三十七条"),
        lots_step(
            _("候选人公示"),
            "lot:publish-candidates",
            AFTER_CANDIDATES,
            "招标投标法实施条例 第五十四条",
            "candidate-notice",
        ),
        lots_step(_("定标"), "lot:award", AFTER_AWARD, "招标投标法实施条例 第五十五条", "award-notice"),
        lots_step(
            _("签订合同"), "lot:close-contract", ("contract_signed",), "招标投标法 第四十六条", "contract-notice"
        ),
    ]
    if ended:
        paper = papers.get("termination-notice")
        return _ended(steps, times.get("project:terminate"), paper)
    return steps


def _ended(steps: list[TimelineStep], when: datetime | None, paper: Link | None) -> list[TimelineStep]:
    """A terminated procedure: what was done, and its end."""
    done = [one for one in steps if one.state == "done"]
    return [*done, TimelineStep(_("终止"), "refused", when, "招标投标法实施条例 第三十一条", paper)]


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    at: datetime
    who: str
    what: Any
    about: str = ""
    note: str = ""


def happened(events: Iterable[Any], project: Any) -> list[Happened]:
    """Events as people read them."""
    rows = list(events)
    names = buyer_people.names_of(event.by for event in rows)
    lots = buyer_desk.titles(project.lots.all())
    return [
        Happened(
            event.at,
            names.get(event.by, _("平台")),
            _label(event.tag),
            lots.get(event.subject, ""),
            str(event.facts.get("reason") or event.facts.get("opinion") or ""),
        )
        for event in rows
    ]


def _label(tag: str) -> Any:
    name, _colon, verb = tag.partition(":")
    life = Lifecycle.registry.get(name)
    if life is not None and verb in life.steps:
        return life.steps[verb].label
    return ACTS.get(tag, tag)
