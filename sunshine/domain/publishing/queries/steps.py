"""The procedure as a timeline: what is done, what is going on, what is to come, each with date, article, document."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from sunshine.domain.publishing.models import Notice
from sunshine.domain.publishing.queries import words
from sunshine.foundation.pages.parts import Link, TimelineStep

# how far a lot must be for a step to be behind it
_BEHIND = {
    "evaluation": words.ORDER.index("candidates_published"),
    "candidates": words.ORDER.index("awarded"),
    "award": words.ORDER.index("notified"),
    "contract": words.ORDER.index("contract_signed"),
}


def timeline(project: Any, lots: Sequence[Any], notices: Sequence[Notice], at: datetime) -> list[TimelineStep]:
    """The steps of an open tender as they stand at ``at``; `notices` oldest first."""
    newest = {notice.kind: notice for notice in notices}
    steps = [_announced(project, newest)]
    if amendments := [one for one in notices if one.kind == "amendment-notice"]:
        note = _("共 %(n)s 次") % {"n": len(amendments)}
        last = amendments[-1]
        steps.append(_step(_("澄清修改"), "done", last.published_at, "招标投标法 第二十三条", last, note))
    if project.stage == "terminated":
        ended = newest.get("termination-notice")
        when = ended.published_at if ended else None
        return [*steps, _step(_("终止采购"), "refused", when, "招标投标法实施条例 第三十一条", ended)]
    steps += [_deadline(project, at), _opening(project, newest, at)]
    living = [lot for lot in lots if lot.stage in words.ORDER]
    if lots and not living and project.opened_at:
        failed = newest.get("failure-notice")
        when = failed.published_at if failed else None
        return [*steps, _step(_("流标"), "refused", when, "招标投标法实施条例 第四十四条", failed)]
    return _with_hold([*steps, *_after(project, living, newest)], project, living)


def _announced(project: Any, newest: dict[str, Notice]) -> TimelineStep:
    if project.announced_at is None:
        return _step(_("发布公告"), "todo", None, "招标投标法实施条例 第十五条")
    notice = newest.get("tender-notice")
    return _step(_("发布公告"), "done", project.announced_at, "招标投标法实施条例 第十五条", notice)


def _deadline(project: Any, at: datetime) -> TimelineStep:
    due = project.bids_due_at
    state = "todo" if project.announced_at is None or due is None else "done" if at >= due else "now"
    return _step(_("投标截止"), state, due, "招标投标法 第二十四条")


def _opening(project: Any, newest: dict[str, Notice], at: datetime) -> TimelineStep:
    article, record = "招标投标法 第三十四条", newest.get("opening-record")
    if record is not None:
        return _step(_("开标"), "done", project.opened_at, article, record)
    if project.stage == "opening" or (project.opened_at is None and project.announced_at and at >= project.bids_due_at):
        note = _("正在解密") if project.stage == "opening" else _("等待开标")
        return _step(_("开标"), "now", project.opened_at or project.bids_due_at, article, None, note)
    return _step(_("开标"), "done" if project.stage == "opened" else "todo", project.bids_due_at, article)


def _after(project: Any, living: Sequence[Any], newest: dict[str, Notice]) -> list[TimelineStep]:
    """From the evaluation on every lot goes its own way: a step is done when all living lots are past it."""
    rows = [
        ("evaluation", _("评标"), "招标投标法 第三十七条", None),
        ("candidates", _("候选人公示"), "招标投标法实施条例 第五十四条", newest.get("candidate-notice")),
        ("award", _("中标通知"), "招标投标法 第四十五条", newest.get("award-notice")),
        ("contract", _("签订合同"), "招标投标法 第四十六条", newest.get("contract-notice")),
    ]
    far = [words.ORDER.index(lot.stage) for lot in living]
    steps, before = [], project.stage == "opened"
    for key, name, article, notice in rows:
        past = [place >= _BEHIND[key] for place in far]
        done = bool(past) and all(past)
        state = "done" if done else "now" if before else "todo"
        note = ""
        if not done and any(past):
            note = _("%(done)s／%(all)s 个标段已完成") % {"done": sum(past), "all": len(past)}
        steps.append(_step(name, state, notice.published_at if notice else None, article, notice, note))
        before = done
    return steps


def _with_hold(steps: list[TimelineStep], project: Any, living: Sequence[Any]) -> list[TimelineStep]:
    """An unanswered objection stops the step that is going on."""
    if not project.hold and not (living and all(lot.hold for lot in living)):
        return steps
    held = next((i for i, step in enumerate(steps) if step.state == "now"), None)
    if held is not None:
        old = steps[held]
        steps[held] = TimelineStep(old.name, "hold", old.at, old.article, old.document, _("异议待答复，暂停"))
    return steps


def _step(
    name: str, state: str, at: datetime | None, article: str, notice: Notice | None = None, note: str = ""
) -> TimelineStep:
    document = None
    if notice is not None:
        document = Link(words.NOTICES[notice.kind][0], f"/notices/{notice.public_id}/")
    return TimelineStep(name, state, at, article, document, note)
