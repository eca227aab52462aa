"""发布公告: the documents, the rules and the seal policies become public and fixed in one act."""

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from sunshine.domain.bidding.models import SealPolicy
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.domain.sourcing.rules import pack_of
from sunshine.domain.sourcing.sealing import BIDDER_SHARE, SECOND_ENVELOPE, THRESHOLD
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.tlog.queries import watching
from sunshine.foundation.vault import tokenkeys
from sunshine.foundation.vault.logkey import log_vkey
from sunshine_proof.policy import box_policy, policy_id
from sunshine_proof.ranking import scheme_id


def instant(at: datetime) -> str:
    """The form of times in policies: UTC to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@flow(PROJECT, "announce")
def announce(project: Project, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Publish the tender, pin it to the rule pack in force, and fix each lot's seal policy (法 16, 24; 办法 17)."""
    pack = pack_of(project, at)
    project.announced_at, project.announced_by, project.pack_sha256 = at, str(by), pack.sha256
    project.documents_from = max(project.documents_from or at, at)
    project.save()
    assert project.bids_due_at is not None  # the announce rules refuse a project without a deadline
    due = instant(project.bids_due_at)
    policies, token_keys = {}, {}
    for lot in project.lots.order_by("number"):
        # fixed and logged for everybody at once: a key shown to one supplier only would be a name (RFC 9474 §6.2)
        key = tokenkeys.public_text(lot.public_id)
        sealed = SealPolicy.objects.create(lot=lot, token_key=key, **_policy(project, lot, due, pack.method.parts))
        policies[lot.public_id], token_keys[lot.public_id] = sealed.pid, key
        along(LOT, "announce", lot, by=by, at=at, facts={"policy": sealed.pid, "ocid": lot.ocid, "token_key": key})
    fixed: dict[str, Any] = {"envelopes": project.envelopes} if project.two_envelope else {}
    fixed |= {"rule_pack": pack.sha256, "scheme": scheme_id(project.scheme), "token_keys": token_keys}
    return {**fixed, "bids_due_at": due, "policies": policies}


def _policy(project: Project, lot: Lot, due: str, parts: tuple[str, ...]) -> dict[str, Any]:
    # where the bidder alone opens the policy lists nobody, even if seats are filled already for the draws
    trustees = [] if project.opens_alone else seated(project)
    content = box_policy(
        tender=project.public_id,
        lot=lot.public_id,
        deadline=due,
        open_not_before=due,
        k=THRESHOLD if trustees else 0,
        bidder_share=BIDDER_SHARE[project.sealing],
        parts=parts,
        second_envelope=SECOND_ENVELOPE if project.two_envelope else (),
        trustees=trustees,
        log_origin=settings.ORIGIN,
        log_vkey=log_vkey(),
        witness_vkeys=[witness.vkey for witness in watching()],
    )
    return {"content": content, "pid": policy_id(content).hex()}


def seated(project: Project) -> list[dict[str, Any]]:
    """The project's trustees as a seal policy lists them, in the order of their seats."""
    return [
        {
            "i": seat.i,
            "role": seat.role,
            "recipient": seat.recipient,
            "cert_sha256": seat.certificate.sha256 if seat.certificate else "",
            "sig": seat.signature,
        }
        for seat in project.seats.select_related("certificate")
    ]
