"""澄清修改: a change of the published documents, for all; too near the deadline it moves the deadline (T04)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealExtension
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.domain.sourcing.models import Amendment, Document, DocumentReceipt, Project
from sunshine.domain.sourcing.rules import pack_of
from sunshine.flows._run import flow
from sunshine.flows.announce import instant
from sunshine.foundation import calendar
from sunshine.foundation.authz import Actor
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import logkey
from sunshine_proof.canonical import h
from sunshine_proof.policy import extension_id

CHANGEABLE = frozenset({"opening_place", "contact_name", "contact_phone", "questions_due_at", "bids_due_at"})


@flow(PROJECT, "clarify")
def clarify(
    project: Project,
    *,
    by: Actor,
    at: datetime,
    text: str,
    affects_preparation: bool,
    changes: Mapping[str, Any] | None = None,
    documents: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Issue a clarification or change. If it affects the preparation of bids and less than the law's days are
    left, the deadline is extended by this very act (招标投标法 第二十三条；条例 第二十一条)."""
    if not text.strip():
        raise Refused("text-missing", _("请写明澄清或修改的内容。"), field="text")
    if project.bids_due_at is None or at >= project.bids_due_at:
        raise Refused("after-deadline", _("投标截止后不能再修改招标文件。"), "招标投标法 第二十三条")
    if odd := set(changes or {}) - CHANGEABLE:
        raise Refused("field-unknown", _("不能修改：%(name)s") % {"name": "、".join(sorted(odd))})
    # A form sends all its fields. A deadline sent again unchanged is no extension: bidders' programs refuse such a one.
    wanted = {name: value for name, value in (changes or {}).items() if value != getattr(project, name)}
    extended = _extended(project, wanted, affects_preparation, at)
    made = {name: [_text(getattr(project, name)), _text(value)] for name, value in wanted.items()}
    for name, value in wanted.items():
        setattr(project, name, value)
    project.save()
    extensions = _extend_policies(project) if "bids_due_at" in wanted else {}
    for row in documents:
        Document.objects.create(project=project, added_at=at, added_by=str(by), kind="amendment", **row)
    seq = project.amendments.count() + 1
    Amendment.objects.create(
        project=project,
        seq=seq,
        text=text,
        affects_preparation=affects_preparation,
        changes=made,
        issued_at=at,
        issued_by=str(by),
    )
    informed = DocumentReceipt.objects.filter(project=project).values_list("person_id", flat=True)
    tell(informed, "documents-changed", {"title": project.title}, url=f"/projects/{project.public_id}/", at=at)
    said = {"seq": seq, "changes": made, "extended": extended, "affects_preparation": affects_preparation}
    return {**said, "extensions": extensions}


def _text(value: Any) -> str:
    return instant(value) if isinstance(value, datetime) else str(value or "")


def _extended(project: Project, wanted: dict[str, Any], affects: bool, at: datetime) -> bool:
    """Whether the law moved the deadline; ``wanted`` is amended in place."""
    standing = project.bids_due_at
    assert standing is not None  # checked by the caller
    due: datetime | None = wanted.get("bids_due_at", standing)
    if due is None or due < standing:
        raise Refused("deadline-only-later", _("投标截止时间只能推迟。"), field="bids_due_at")
    days = pack_of(project, at).number("T04", "days", 0)
    if not affects or not days or calendar.buyer_notice_ok(at, due, days):
        return False
    rest = current_calendar()
    day = calendar.deadline_after_notice(rest, at, days).date()
    # Only the day moves: bidders know the hour.
    moved = datetime.combine(day, due.astimezone(BEIJING).time(), BEIJING)
    if not calendar.buyer_notice_ok(at, moved, days):
        moved = datetime.combine(rest.roll(day + calendar.DAY), moved.time(), BEIJING)
    wanted["bids_due_at"] = max(due, moved)
    return True


def _extend_policies(project: Project) -> dict[str, str]:
    """Extend every lot's seal policy, signed by the log key; what was sealed stays effective (trust.md §1.4).

    Returns {lot: id of its extension}, which the event carries into the log.
    """
    made: dict[str, str] = {}
    due = instant(project.bids_due_at)  # type: ignore[arg-type]
    for lot in project.lots.select_related("seal_policy"):
        policy = lot.seal_policy
        seq = policy.extensions.count() + 1
        body = {"v": "seal-extension/1", "policy": policy.pid, "seq": seq, "deadline": due, "open_not_before": due}
        identifier = extension_id(body)
        content = {**body, "id": identifier.hex(), "sig": logkey.sign(h("seal/1 extension-sig\n", identifier)).hex()}
        SealExtension.objects.create(policy=policy, seq=seq, content=content)
        made[lot.public_id] = identifier.hex()
    return made
