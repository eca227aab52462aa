"""The timetable of a draft beside the law: for every date its rule, article, earliest or last lawful day."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing import rules
from sunshine.domain.sourcing.models import Project
from sunshine.foundation import calendar
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING

DATES = ("documents_from", "documents_to", "questions_due_at", "bids_due_at")


@dataclass(frozen=True)
class LawLine:
    """One rule about one date.

    earliest, latest  the bounds the law gives, where it gives any
    fault             why the date as given is refused, or ""
    severity          block (the announcement is refused), warn, or info (a consequence, nothing to obey)
    """

    field: str
    rule: Any
    article: str = ""
    earliest: date | None = None
    latest: date | None = None
    fault: Any = ""
    severity: str = "info"


def law_lines(project: Project, given: Mapping[str, datetime | None], at: datetime) -> list[LawLine]:
    """Judge the given dates (keys of DATES) as if they were saved and announced at ``at``."""
    trial = copy.copy(project)
    for name, value in given.items():
        setattr(trial, name, value)
    trial.documents_from = trial.documents_from or at  # no beginning means: from the announcement on
    pack = rules.pack_of(trial, at)
    days = current_calendar()
    first = max(trial.documents_from or at, at).astimezone(BEIJING).date()
    lines = []
    if rule := pack.rule("T02"):
        fault = rules.documents_available(trial, rule, at=at)
        earliest = calendar.add_days(days, first, rule.number("days"))
        words = _("招标文件的获取期不少于%(n)s日") % {"n": rule.number("days")}
        lines.append(LawLine("documents_to", words, rule.article, earliest, None, fault or "", "block"))
    if rule := pack.rule("T01"):
        earliest = calendar.earliest_deadline(days, first, rule.number("days"))
        if trial.is_mandatory():
            words = _("依法必须招标：自文件开始发出至投标截止不少于%(n)s日") % {"n": rule.number("days")}
            fault = rules.time_to_bid(trial, rule, at=at)
            lines.append(LawLine("bids_due_at", words, rule.article, earliest, None, fault or "", "block"))
        else:
            words = _("没有依法必须招标的标段，不强制%(n)s日；仍应给投标人合理时间") % {"n": rule.number("days")}
            lines.append(LawLine("bids_due_at", words, rule.article, earliest))
    order = rules.timetable_is_in_order(trial, by=None, at=at)  # type: ignore[arg-type]  # it does not ask who
    if order is not None:
        lines.append(LawLine(order.field, _("各时间先后有序"), order.article, None, None, order.text, "block"))
    return lines + _consequences(trial, pack, days)


def _consequences(trial: Project, pack: Any, days: calendar.Calendar) -> list[LawLine]:
    """What follows from the deadline: the last days for objections and for changes, years without a known calendar."""
    due = trial.bids_due_at
    lines = []
    if due is not None:
        if rule := pack.rule("T05"):
            last = calendar.last_bidder_day(due, rule.number("days"))
            lines.append(LawLine("bids_due_at", _("对招标文件的异议可提出至这一天 24 时"), rule.article, None, last))
        if rule := pack.rule("T04"):
            last = due.astimezone(BEIJING).date() - rule.number("days") * calendar.DAY
            change = _("影响编制投标文件的澄清修改，晚于这一天会自动顺延截止时间")
            lines.append(LawLine("bids_due_at", change, rule.article, None, last))
    known = [value.astimezone(BEIJING).date() for name in DATES if (value := getattr(trial, name)) is not None]
    for year in days.unknown_years(known):
        words = _("%(year)s 年的节假日安排尚未公布，只按周末计算，公布后请复核") % {"year": year}
        lines.append(LawLine("bids_due_at", words, "民法典 第二百零三条", fault=words, severity="warn"))
    return lines


@dataclass(frozen=True)
class Effect:
    """What the law will do to the deadline if a change is issued now."""

    due: datetime
    extended: bool
    days: int
    article: str


def effect_of_change(project: Project, new_due: datetime | None, affects: bool, at: datetime) -> Effect:
    """The deadline after a clarification: T04 extends it when too few days are left (法 23, 条例 21)."""
    rule = rules.pack_of(project, at).rule("T04")
    due = new_due or project.bids_due_at
    assert due is not None  # only announced projects are clarified, and those have a deadline
    days, article = (rule.number("days"), rule.article) if rule else (0, "")
    if not affects or not days or calendar.buyer_notice_ok(at, due, days):
        return Effect(due, False, days, article)
    earliest = calendar.deadline_after_notice(current_calendar(), at, days)
    same_hour = due.astimezone(BEIJING)
    moved = earliest.replace(hour=same_hour.hour, minute=same_hour.minute, second=0, microsecond=0)
    return Effect(max(due, moved, earliest), True, days, article)
