"""Reasons to refuse a step of a draw; each docstring is the rule in plain words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


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
