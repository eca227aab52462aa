"""解密: one bid per transaction, so that one bad bid never stops the others.

The mathematics runs before any lock is taken; the result is written under it. Who is at fault is computed by
sunshine_proof.opening (rules a–e of trust.md §1.3), never argued.
"""

import logging
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sunshine.domain.bidding import findings
from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.bidding.models import OpenedBid, OpenedDocument, SealedBid
from sunshine.domain.parties.models import Organisation
from sunshine.flows._parts import open_parts
from sunshine.flows._run import act, flow, note
from sunshine.flows._unsealed import Unsealed, read_parts
from sunshine.foundation import clock
from sunshine.foundation.authz import CLOCK, Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.opening import Outcome

log = logging.getLogger(__name__)


def decrypt_ready(lot_id: str) -> dict[str, int]:
    """Decrypt every effective bid of a lot for which enough shares are there; {"opened": n, "failed": n, "waiting": n}."""
    tally = {"opened": 0, "failed": 0, "waiting": 0}
    waiting = SealedBid.objects.filter(lot__public_id=lot_id, is_effective=True, stage="sealed")
    for public_id in list(waiting.order_by("lid_id").values_list("public_id", flat=True)):
        try:
            outcome = decrypt(public_id)
        except OSError:  # a failing disk is no legal fact: this bid waits, the others go on
            log.exception("bid %s could not be read", public_id)
            tally["waiting"] += 1
            continue
        if not outcome.opened:
            log.warning("bid %s does not open: %s (%s)", public_id, outcome.code, outcome.detail)
        tally["opened" if outcome.opened else "failed" if _decided(outcome) else "waiting"] += 1
    return tally


def _decided(outcome: Outcome) -> bool:
    """Whether the failure is the bidder's own and nothing it may still do in the window could mend it."""
    return outcome.legal == "撤销" and outcome.code not in findings.UNTIL_WINDOW_ENDS


def decrypt(public_id: str, *, window_over: bool = False) -> Outcome:
    """Try to open one sealed bid. Opened, or settled against its bidder, it is written down at once; whatever the
    bidder or others may still mend waits for the end of the decrypt window (办法 31), and its cause is told meanwhile.
    """
    bid = SealedBid.objects.select_related("lot__project", "lot__seal_policy").get(public_id=public_id)
    with tempfile.TemporaryDirectory(prefix="opening-") as folder:
        found = open_parts(bid, Path(folder))
        outcome = found.outcome
        if outcome.opened:
            unsealed = read_parts(bid, Path(folder))
            outcome = unsealed.outcome
            if outcome.opened:
                given = {"unsealed": unsealed, "identities": found.identities, "finding": found.finding()}
                _settle(decrypt_bid, public_id, **given)
    if outcome.opened:
        return outcome
    finding = found.finding(outcome)
    if _decided(outcome) or (window_over and outcome.legal == "撤销"):
        _settle(revoke_undecrypted, public_id, finding=finding)
    elif window_over:
        # the computed cause stays; only the legal effect is fixed by the end of the window
        _settle(withdraw_undecrypted, public_id, finding=finding | {"legal": "撤回"})
    elif outcome.code in findings.WORTH_TELLING:
        tell_why(public_id, by=CLOCK, finding=finding)
    return outcome


def _settle(step: Callable[..., Any], public_id: str, **found: Any) -> None:
    """Write a result down. A worker that comes second has found the same, and nothing is left to write."""
    try:
        step(public_id, by=CLOCK, **found)
    except Refused as refused:
        if refused.code != "wrong-stage":
            raise


def settle_window(project_id: str) -> int:
    """After the decrypt window every bid that still does not open is settled by its computed cause: 视为撤销 through the
    bidder, 视为撤回 otherwise (办法 31). Returns how many were settled unopened."""
    waiting = SealedBid.objects.filter(lot__project__public_id=project_id, is_effective=True, stage="sealed")
    settled = 0
    for bid in waiting.select_related("lot__project"):
        opened_at = bid.lot.project.opened_at
        if opened_at is None or clock.now() < opened_at + bid.lot.project.decrypt_window:
            continue
        try:
            settled += not decrypt(bid.public_id, window_over=True).opened
        except OSError:  # no legal fact: it waits for a disk that can be read
            log.exception("bid %s could not be read", bid.public_id)
    return settled


@act
def tell_why(public_id: str, *, by: Actor, at: datetime, finding: dict[str, Any]) -> bool:
    """Keep why a bid does not open yet, so that whoever can mend it sees it in time; once for each finding."""
    bid = SealedBid.objects.select_for_update().get(public_id=public_id)
    if bid.stage != "sealed" or bid.outcome == finding:
        return False
    bid.outcome = finding
    bid.save(update_fields=["outcome"])
    note("bid", "not-yet-open", bid.public_id, by=by, at=at, facts={"lid": bid.lid_id, **finding})
    return True


def _facts(bid: SealedBid, finding: dict[str, Any]) -> dict[str, Any]:
    bid.outcome = finding
    bid.save(update_fields=["outcome"])
    return {"lid": bid.lid_id, **finding}


@flow(BID, "decrypt-bid")
def decrypt_bid(
    bid: SealedBid,
    *,
    by: Actor,
    at: datetime,
    unsealed: Unsealed,
    identities: dict[str, str],
    finding: dict[str, Any],
) -> dict[str, Any]:
    """Keep what came out: bidder, offer, documents; and the identities that let anyone repeat it with ``age``."""
    for part, identity in identities.items():
        bid.parts.filter(part=part, opened_at=None).update(identity=identity, opened_at=at)
    summary, price = unsealed.summary, unsealed.price
    opened = OpenedBid.objects.create(
        bid=bid,
        lot=bid.lot,
        bidder=_bidder(unsealed),
        bidder_name=unsealed.name,
        bidder_uscc=unsealed.uscc,
        total_fen=summary.total_fen,
        rate=summary.rate,
        delivery_days=summary.delivery_days,
        quality=summary.quality,
        project_leader=summary.project_leader,
        validity_days=summary.validity_days,
        summary=unsealed.summary_form,
        price=unsealed.price_form,
        remarks=_remarks(bid, unsealed, price.total_matches and price.total_fen == summary.total_fen),
        opened_at=at,
    )
    OpenedDocument.objects.bulk_create(
        OpenedDocument(opened=opened, part=part, name=name, blob=blob) for part, name, blob in unsealed.documents
    )
    return _facts(bid, finding) | {"bid": opened.public_id, "statements": unsealed.statements}


def _bidder(unsealed: Unsealed) -> Organisation | None:
    """The registered organisation behind the name, only where its own certificate has signed."""
    if "signed-by-another-organisation" in unsealed.remarks or "certificate-unknown" in unsealed.remarks:
        return None
    return Organisation.objects.filter(uscc=unsealed.uscc).first()


def _remarks(bid: SealedBid, unsealed: Unsealed, sums_agree: bool) -> list[str]:
    """What checking found and the panel must judge: codes, worded where they are shown."""
    found = [] if sums_agree else ["sum-differs"]
    if OpenedBid.objects.filter(lot=bid.lot, bidder_uscc=unsealed.uscc).exists():
        found.append("duplicate-bidder")  # R51-4: two different bids
    if bid.lot.price_cap_fen is not None and (unsealed.summary.total_fen or 0) > bid.lot.price_cap_fen:
        found.append("above-cap")  # R51-5
    return found + unsealed.remarks


@flow(BID, "revoke-undecrypted")
def revoke_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, finding: dict[str, Any]) -> dict[str, Any]:
    """视为撤销: the bidder's own cause (电子招标投标办法 第三十一条)."""
    return _facts(bid, finding)


@flow(BID, "withdraw-undecrypted")
def withdraw_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, finding: dict[str, Any]) -> dict[str, Any]:
    """视为撤回: another cause; the bidder may claim its direct loss (电子招标投标办法 第三十一条)."""
    return _facts(bid, finding)
