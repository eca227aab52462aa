"""提交承诺, 固定检查点, 作废: what happens to an announced draw before any number is known."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.draws import Draw
from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.publishing.tell import tell
from sunshine.flows._run import flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.models import Checkpoint
from sunshine_proof.agefile import AgeError, body_size, inspect_body
from sunshine_proof.canonical import unhex
from sunshine_proof.draw import checkpoint_hash
from sunshine_proof.errors import ProofError
from sunshine_proof.lid import check_lid


@flow(DRAW, "commit-draw")
def commit_draw(
    draw: Draw, *, by: Actor, at: datetime, commit: str, lid: Mapping[str, Any], body: str
) -> dict[str, Any]:
    """Take a party's commitment and its number, sealed to the lot's trustees; both before anybody reveals.

    commit  H("draw/1 commit\\n" ‖ …) as hex; lid seal/1 under the draw's policy; body the age file, base64
    Raises Refused: commit-malformed, already-committed, wrong-stage (after the checkpoint it is too late).
    """
    party = draw.parties.get(person_id=by.person_pk)
    try:
        unhex(commit, 32, "commit")
        check_lid(lid, draw.policy)
        _check_body(lid["parts"][0], base64.b64decode(body, validate=True))
    except (ProofError, binascii.Error, ValueError) as error:
        raise Refused("commit-malformed", _("承诺或密封的随机数格式不正确，没有接收任何内容。")) from error
    if draw.parties.filter(commit=commit).exists():
        raise Refused("commit-copied", _("这个承诺值与另一方的相同，请重新生成。"))
    party.commit, party.lid, party.body, party.committed_at = commit, dict(lid), body, at
    party.save(update_fields=["commit", "lid", "body", "committed_at"])
    return {"p": party.number, "commit": commit, "lid": lid["id"]}


def _check_body(part: Mapping[str, Any], body: bytes) -> None:
    """An age file of 32 bytes, the one the lid describes."""
    inspect_body(body)
    if len(body) != body_size(32) or part["size"] != len(body) or part["sha256"] != hashlib.sha256(body).hexdigest():
        raise AgeError("age-malformed", "not the body of this lid")


@flow(DRAW, "pin-draw")
def pin_draw(draw: Draw, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Fix C: the first signed head of the log that holds every commitment. Nobody chooses it, and it stays."""
    head = draw.next_checkpoint()
    assert head is not None, "the step's rule has seen it"
    Checkpoint.objects.filter(pk=head.pk).update(pinned=True)
    draw.checkpoint, draw.checkpoint_size, draw.pinned_at = head.note, head.size, at
    draw.save(update_fields=["checkpoint", "checkpoint_size", "pinned_at"])
    people = list(draw.parties.values_list("person_id", flat=True))
    told = {"title": draw.lot.project.title, "n": draw.reveal_minutes}
    tell(people, "draw-committed", told, url=f"/draws/{draw.public_id}/party/", at=at)
    return {"size": head.size, "checkpoint": checkpoint_hash(head.note).hex()}


@flow(DRAW, "abandon-draw")
def abandon_draw(draw: Draw, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Give up a draw in which somebody does not commit: no number is known yet, so nobody gains. The reason is logged."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明作废的原因。"), field="reason")
    draw.abandoned_at, draw.abandoned_by, draw.reason = at, str(by), reason.strip()
    draw.save(update_fields=["abandoned_at", "abandoned_by", "reason"])
    return {"reason": draw.reason}
