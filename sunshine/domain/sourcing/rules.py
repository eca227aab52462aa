"""Reasons the law gives to refuse a step on a project. One function, one rule; the numbers come from the pack."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.method import LawRule, Pack, pack
from sunshine.foundation import calendar
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import Actor
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.lifecycle import Rule
from sunshine.foundation.money import Money
from sunshine.foundation.refusal import Refused

Predicate = Callable[..., Any]


def pack_of(project: Any, at: datetime) -> Pack:
    """The rules that bind this project: those of its announcement day, before that those of today."""
    return pack(project.method, (project.announced_at or at).astimezone(BEIJING).date())


def law(hook: str, predicates: Mapping[str, Predicate]) -> Rule:
    """All blocking rules of the pack that ask at ``hook`` and whose predicate is known here, as one rule."""

    def rule(subject: Any, *, by: Actor, at: datetime) -> Refused | None:
        for row in pack_of(getattr(subject, "project", subject), at).at(hook):
            if row.predicate not in predicates or row.severity != "block":
                continue
            if row.scope == "M" and not subject.is_mandatory():
                continue
            if text := predicates[row.predicate](subject, row, at=at):
                return Refused(row.code, text, row.article)
        return None

    return rule


def time_to_bid(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """Suppliers get at least the rule's days between the first issue of the documents and the deadline."""
    if project.bids_due_at is None:
        return _("请填写投标截止时间。")
    days = rule.number("days")
    first = max(project.documents_from or at, at).astimezone(BEIJING).date()
    earliest = calendar.earliest_deadline(current_calendar(), first, days)
    if project.bids_due_at.astimezone(BEIJING).date() < earliest:
        return _("自招标文件开始发出之日起至投标截止不得少于%(days)s日，最早可定在 %(day)s。") % {
            "days": days,
            "day": earliest.isoformat(),
        }
    return None


def documents_available(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """The documents can be obtained for at least the rule's days, and before the deadline."""
    if project.documents_from is None or project.documents_to is None:
        return _("请填写招标文件获取的起止时间。")
    first = max(project.documents_from, at).astimezone(BEIJING).date()
    last = calendar.add_days(current_calendar(), first, rule.number("days"))
    if project.documents_to.astimezone(BEIJING).date() < last:
        return _("招标文件的获取期不得少于%(days)s日，最早可于 %(day)s 结束。") % {
            "days": rule.number("days"),
            "day": last.isoformat(),
        }
    if project.bids_due_at and project.documents_to > project.bids_due_at:
        return _("招标文件获取的结束时间不能晚于投标截止时间。")
    return None


def bid_bond(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """The bid bond of each lot stays within the rule's percentage of the estimate."""
    for lot in project.lots.all():
        limit = Money.fen(lot.estimate_fen).percent(rule.number("percent"))
        if lot.bid_bond_fen and lot.bid_bond_fen > limit.amount:
            return _("标段%(lot)s的投标保证金不得超过估算价的%(percent)s%%（%(limit)s 元）。") % {
                "lot": lot.number,
                "percent": rule.number("percent"),
                "limit": limit,
            }
    return None


def performance_bond(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """The performance bond stays within the rule's percentage of the contract price."""
    if project.performance_bond_percent > rule.number("percent"):
        return _("履约保证金不得超过中标合同金额的%(percent)s%%。") % {"percent": rule.number("percent")}
    return None


def price_cap(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """A maximum price is disclosed with its basis; a minimum price is forbidden (there is no field for one)."""
    for lot in project.lots.all():
        if lot.price_cap_fen is not None and not lot.price_cap_basis:
            return _("标段%(lot)s设有最高投标限价，请写明其金额依据或计算方法。") % {"lot": lot.number}
    return None


def no_precondition(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """No registration or fee stands before the documents: any account may download them."""
    return None if project.documents_fee_fen == 0 else _("下载招标文件不得设置前置条件或收费。")


def deadline_has_passed(project: Any, rule: LawRule, *, at: datetime) -> Any:
    """Bids stay sealed until the deadline."""
    if project.bids_due_at is None or at < project.bids_due_at:
        return _("投标截止时间未到，任何人不得开启投标文件。")
    return None


ANNOUNCE: dict[str, Predicate] = {
    f.__name__: f for f in (time_to_bid, documents_available, bid_bond, performance_bond, price_cap, no_precondition)
}


def is_complete(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Nothing is announced with holes: purpose, lots with items, scheme, documents, timetable, trustees."""
    holes = list(project.holes())
    if not holes:
        return None
    text = _("还不能提交：%(holes)s。") % {"holes": "；".join(str(hole) for hole in holes)}
    return Refused("project-incomplete", text)


def publisher_did_not_review(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Who reviewed the documents does not publish them."""
    if by.person and project.reviewed_by.startswith(f"{by.person}@"):
        return Refused("duties-must-be-apart", _("审查人不能同时是发布人。"))
    return None


def reviewer_did_not_draft(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Who drafted the documents, or any part of them at any time, does not review them."""
    # the record of acts, not drafted_by: that names only whoever saved last
    drafts = Event.objects.filter(subject=f"project/{project.public_id}", tag="project:draft")
    if by.person and drafts.filter(by__startswith=f"{by.person}@").exists():
        return Refused("duties-must-be-apart", _("编制人不能审查自己编制的文件。"))
    return None


def timetable_is_in_order(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Dates follow one another and the deadline lies ahead."""
    if project.bids_due_at is None:
        return Refused("timetable-incomplete", _("请填写投标截止时间。"), field="bids_due_at")
    if project.bids_due_at <= at:
        return Refused("deadline-in-the-past", _("投标截止时间已过，请重新确定。"), field="bids_due_at")
    if project.questions_due_at and project.questions_due_at > project.bids_due_at:
        return Refused("timetable-disorder", _("提问截止不能晚于投标截止。"), field="questions_due_at")
    return None


def every_bid_is_settled(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """The opening record is confirmed when every effective bid has been decrypted or its failure settled."""
    waiting = sum(lot.sealed_bids.filter(is_effective=True, stage="sealed").count() for lot in project.lots.all())
    if waiting:
        return Refused("opening-not-finished", _("还有 %(n)s 份投标文件没有解密。") % {"n": waiting})
    return None


def no_objection_is_open(project: Any, *, by: Actor, at: datetime) -> Refused | None:
    """An objection on the spot is answered on the spot, before the opening ends (it holds its lot)."""
    if any(lot.hold for lot in project.lots.all()):
        return Refused("on-hold", _("开标现场的异议还没有答复。"), "招标投标法实施条例 第四十四条")
    return None


def opening_is_confirmed(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """The panel is formed after the opening record has been confirmed."""
    if lot.project.stage != "opened":
        return Refused("opening-not-confirmed", _("请先确认开标记录。"))
    return None


def panel_is_not_being_drawn(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """One draw of the panel: it goes on, and never starts again."""
    return _being_drawn(lot, "experts")


def factor_is_not_being_drawn(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """One draw of a factor, likewise."""
    return _being_drawn(lot, "factor")


def _being_drawn(lot: Any, purpose: str) -> Refused | None:
    if lot.draws.filter(purpose=purpose).exclude(stage="abandoned").exists():
        return Refused("draw-exists", _("本标段的抽取已经公布，只能继续，不能重来。"), "招标投标法 第三十七条")
    return None


def has_two_envelopes(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Only a tender announced with two envelopes has a second opening."""
    if not lot.project.two_envelope:
        return Refused("one-envelope", _("本项目不是双信封，没有第二次开标。"))
    return None


def prices_are_shut(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """The second envelopes are opened once."""
    if hasattr(lot, "price_opening"):
        return Refused("prices-opened", _("商务标已经开启过。"))
    return None


def panel_has_locked(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """No price is known before every member has locked the technical scores and verdicts."""
    members = lot.panel.members.exclude(stage="recused")
    if not members.exists() or members.exclude(stage="locked").exists():
        return Refused("scores-not-locked", _("还有评委没有锁定技术评审，商务标不能开启。"))
    return None


def every_price_is_settled(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """The second record is confirmed when every price on its list has been opened or its failure settled."""
    if waiting := lot.sealed_bids.filter(stage="price_opening").count():
        return Refused("opening-not-finished", _("还有 %(n)s 份投标文件没有解密。") % {"n": waiting})
    return None


def report_is_closed(lot: Any, *, by: Actor, at: datetime) -> Refused | None:
    """Nothing is published before every member has signed or left a written dissent."""
    if not lot.reports.filter(closed_at__isnull=False).exists():
        return Refused("report-not-signed", _("评标报告还没有全部签署。"), "招标投标法实施条例 第五十三条")
    return None


def publicity(lot: Any, rule: LawRule, *, at: datetime) -> Any:
    """An award waits for the end of the candidates' publicity: from 24:00 of its last day, rolled off rest days."""
    first = lot.candidates.first()
    if first is None:
        return _("尚未公示候选人。")
    day0 = first.published_at.astimezone(BEIJING).date()
    end = calendar.window_end(current_calendar(), day0, rule.number("days"))
    if at < end:
        return _("候选人公示期不得少于%(days)s日，%(end)s 之后才能定标。") % {
            "days": rule.number("days"),
            "end": end.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M"),
        }
    return None
