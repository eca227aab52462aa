"""解密: one bid per transaction, so that one bad bid never stops the others.

The mathematics runs before any lock is taken; the result is written under it. Who is at fault is computed by
sunshine_proof.opening (rules a–e of trust.md §1.3), never argued.
"""

import logging
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.bidding.models import OpenedBid, OpenedDocument, SealedBid, SealedPart
from sunshine.domain.parties.models import Organisation
from sunshine.flows._run import flow
from sunshine.flows._unsealed import Unsealed, read_parts
from sunshine.foundation import clock
from sunshine.foundation.authz import CLOCK, Actor
from sunshine.foundation.files import store
from sunshine.foundation.refusal import Refused
from sunshine_proof.opening import Outcome, open_body, open_part

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
        tally["opened" if outcome.opened else "failed" if outcome.legal == "撤销" else "waiting"] += 1
    return tally


def decrypt(public_id: str) -> Outcome:
    """Try to open one sealed bid. Opened, or settled against its bidder, it is written down at once; whatever is
    not the bidder's fault waits for the end of the decrypt window (办法 31)."""
    bid = SealedBid.objects.select_related("lot__project", "lot__seal_policy").get(public_id=public_id)
    with tempfile.TemporaryDirectory(prefix="opening-") as folder:
        outcome, identities = _open_parts(bid, Path(folder))
        if outcome.opened:
            unsealed = read_parts(bid, Path(folder))
            outcome = unsealed.outcome
            if outcome.opened:
                _settle(decrypt_bid, public_id, unsealed=unsealed, identities=identities)
    if outcome.legal == "撤销":
        _settle(revoke_undecrypted, public_id, outcome=outcome)
    return outcome


def _settle(act: Callable[..., Any], public_id: str, **found: Any) -> None:
    """Write a result down. A worker that comes second has found the same, and nothing is left to write."""
    try:
        act(public_id, by=CLOCK, **found)
    except Refused as refused:
        if refused.code != "wrong-stage":
            raise


def settle_window(project_id: str) -> int:
    """After the decrypt window: bids that nobody could open through no fault of their bidder count as 撤回."""
    waiting = SealedBid.objects.filter(lot__project__public_id=project_id, is_effective=True, stage="sealed")
    settled = 0
    for bid in waiting.select_related("lot__project"):
        opened_at = bid.lot.project.opened_at
        if opened_at is None or clock.now() < opened_at + bid.lot.project.decrypt_window:
            continue
        outcome = decrypt(bid.public_id)
        if not outcome.opened and outcome.legal != "撤销":
            # the computed cause stays; only the legal effect is fixed by the end of the window
            _settle(withdraw_undecrypted, bid.public_id, outcome=replace(outcome, legal="撤回"))
            settled += 1
    return settled


def _open_parts(bid: SealedBid, folder: Path) -> tuple[Outcome, dict[str, str]]:
    """Reconstruct each part's key and decrypt its body into ``folder/<part>.zip``; the first failure decides."""
    policy = bid.lot.seal_policy
    identities: dict[str, str] = {}
    bodies = {row.part: row.body for row in SealedPart.objects.filter(bid=bid).select_related("body")}
    for part in bid.lid["parts"]:
        name = part["part"]
        given = list(bid.releases.filter(part=name).select_related("seat"))
        released = {row.seat.i: bytes.fromhex(row.share) for row in given if row.share}
        complaints = [row.seat.i for row in given if row.fault]
        outcome = open_part(policy.content, policy.pid, part, released, complaints=complaints)
        if outcome.identity is None:
            return outcome, {}
        body = folder / f"{name}.age"
        # a body that is not there any more is open_body's finding (rule e), and must not stop the other bids
        with (
            suppress(FileNotFoundError),
            store.open_stream(bodies[name]) as source,
            open(body, "wb") as target,
        ):
            shutil.copyfileobj(source, target, 1 << 20)
        done = open_body(outcome.identity, body, folder / f"{name}.zip", part)
        body.unlink(missing_ok=True)
        if not done.opened:
            return done, {}
        identities[name] = outcome.identity
    return Outcome("opened"), identities


def _facts(bid: SealedBid, outcome: Outcome) -> dict[str, Any]:
    known = {"code": outcome.code, "fault": outcome.fault or "", "legal": outcome.legal or "", "detail": outcome.detail}
    bid.outcome = known | {"bad_trustees": list(outcome.bad_trustees)}
    bid.save(update_fields=["outcome"])
    return {"lid": bid.lid_id, **bid.outcome}


@flow(BID, "decrypt-bid")
def decrypt_bid(
    bid: SealedBid, *, by: Actor, at: datetime, unsealed: Unsealed, identities: dict[str, str]
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
    return _facts(bid, Outcome("opened")) | {"bid": opened.public_id, "statements": unsealed.statements}


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
def revoke_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, outcome: Outcome) -> dict[str, Any]:
    """视为撤销: the bidder's own cause (电子招标投标办法 第三十一条)."""
    return _facts(bid, outcome)


@flow(BID, "withdraw-undecrypted")
def withdraw_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, outcome: Outcome) -> dict[str, Any]:
    """视为撤回: another cause; the bidder may claim its direct loss (电子招标投标办法 第三十一条)."""
    return _facts(bid, outcome)
