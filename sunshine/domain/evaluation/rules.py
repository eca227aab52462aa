"""Reasons to refuse a step of a draw; each docstring is the rule in plain words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

RUNNING = ("opening", "evaluating")  # a factor may still be drawn while the panel sits


def lot_waits_for_it(draw: Any, *, by: Actor, at: datetime) -> Refused | None:
    """A draw goes on while its lot does: not in one that failed or was ended, nor while an objection holds it."""
    if draw.lot.stage not in RUNNING:
        return Refused("lot-is-over", _("该标段已流标或终止，抽取不再进行。"))
    if draw.lot.hold:
        text = _("已暂停：%(reason)s。答复或解除后才能继续。") % {"reason": draw.lot.hold}
        return Refused("on-hold", text, "招标投标法实施条例 第二十二条、第五十四条")
    return None


def has_not_committed(draw: Any, *, by: Actor, at: datetime) -> Refused | None:
    """A commitment is given once: whoever could change it could wait for the others."""
    if draw.parties.filter(person_id=by.person_pk).exclude(committed_at=None).exists():
        return Refused("already-committed", _("您已经提交过承诺，承诺不能更改。"))
    return None


def commitments_are_logged(draw: Any, *, by: Actor, at: datetime) -> Refused | None:
    """The checkpoint comes after the last commitment has its place in the log."""
    if draw.next_checkpoint() is None:
        return Refused("not-yet-logged", _("承诺还没有全部写入日志。"))
    return None


def has_not_revealed(draw: Any, *, by: Actor, at: datetime) -> Refused | None:
    """A number is revealed once."""
    if draw.parties.filter(person_id=by.person_pk).exclude(r="").exists():
        return Refused("already-revealed", _("您的随机数已经公开，无须再做什么。"))
    return None
