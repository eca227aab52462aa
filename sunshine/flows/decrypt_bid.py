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
from sunshine.domain.bidding.envelopes import waiting, window_end
from sunshine.domain.bidding.lifecycle import BID, WAITING
from sunshine.domain.bidding.models import OpenedBid, OpenedDocument, SealedBid
from sunshine.domain.parties.models import Organisation
from sunshine.flows._parts import open_parts
from sunshine.flows._run import act, flow, note
from sunshine.flows._unsealed import PRICE_EARLY, Unsealed, read_parts
from sunshine.foundation import clock
from sunshine.foundation.authz import CLOCK, Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.bidform import Price
from sunshine_proof.opening import Outcome

log = logging.getLogger(__name__)


def decrypt_ready(lot_id: str) -> dict[str, int]:
    """Decrypt every effective bid of a lot for which enough shares are there; {"opened": n, "failed": n, "waiting": n}."""
    tally = {"opened": 0, "failed": 0, "waiting": 0}
    shut = SealedBid.objects.filter(waiting(), lot__public_id=lot_id)
    for public_id in list(shut.order_by("lid_id").values_list("public_id", flat=True)):
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
    bid = SealedBid.objects.select_related("lot__project", "lot__seal_policy", "opened").get(public_id=public_id)
    with tempfile.TemporaryDirectory(prefix="opening-") as folder:
        found = open_parts(bid, Path(folder))
        outcome = found.outcome
        if outcome.opened:
            unsealed = read_parts(bid, Path(folder))
            outcome = unsealed.outcome
            if outcome.opened:
                given = {"unsealed": unsealed, "identities": found.identities, "finding": found.finding()}
                _settle(decrypt_price if bid.stage == "price_opening" else decrypt_bid, public_id, **given)
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
    shut = SealedBid.objects.filter(waiting(), lot__project__public_id=project_id)
    settled = 0
    for bid in shut.select_related("lot__project", "lot__price_opening"):
        end = window_end(bid.lot)
        if end is None or clock.now() < end:
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
    if bid.stage not in WAITING or bid.outcome == finding:
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
    _keep_identities(bid, identities, at)
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
        remarks=_doubled(bid, unsealed) + unsealed.remarks,
        opened_at=at,
    )
    if price is not None:
        opened.remarks = _price_remarks(bid, price, summary.total_fen) + opened.remarks
        opened.save(update_fields=["remarks"])
    _keep_documents(opened, unsealed)
    if PRICE_EARLY in unsealed.remarks:  # its summary is read aloud by name only, and not shown to the public
        named = {"lid": bid.lid_id, "uscc": unsealed.uscc, "name": unsealed.name}
        note("bid", "withhold-summary", bid.public_id, by=by, at=at, facts=named)
    return _facts(bid, finding) | {"bid": opened.public_id, "statements": unsealed.statements}


@flow(BID, "decrypt-price")
def decrypt_price(
    bid: SealedBid,
    *,
    by: Actor,
    at: datetime,
    unsealed: Unsealed,
    identities: dict[str, str],
    finding: dict[str, Any],
) -> dict[str, Any]:
    """Keep what the second envelope held: from here on the bid has its price, which is that of its price.json."""
    _keep_identities(bid, identities, at)
    opened, price = bid.opened, unsealed.price
    opened.total_fen, opened.price = price.total_fen, unsealed.price_form
    found = _price_remarks(bid, price, price.total_fen) + unsealed.remarks
    opened.remarks += [remark for remark in found if remark not in opened.remarks]
    opened.save(update_fields=["total_fen", "price", "remarks"])
    _keep_documents(opened, unsealed)
    # this event becomes public: of the price list not even a hash, from which few unit prices could be guessed
    return _facts(bid, finding) | {"bid": opened.public_id, "total_fen": str(price.total_fen)}


def _keep_identities(bid: SealedBid, identities: dict[str, str], at: datetime) -> None:
    for part, identity in identities.items():
        bid.parts.filter(part=part, opened_at=None).update(identity=identity, opened_at=at)


def _keep_documents(opened: OpenedBid, unsealed: Unsealed) -> None:
    OpenedDocument.objects.bulk_create(
        OpenedDocument(opened=opened, part=part, name=name, blob=blob) for part, name, blob in unsealed.documents
    )


def _bidder(unsealed: Unsealed) -> Organisation | None:
    """The registered organisation behind the name, only where its own certificate has signed."""
    if "signed-by-another-organisation" in unsealed.remarks or "certificate-unknown" in unsealed.remarks:
        return None
    return Organisation.objects.filter(uscc=unsealed.uscc).first()


def _doubled(bid: SealedBid, unsealed: Unsealed) -> list[str]:
    """What checking found and the panel must judge: codes, worded where they are shown."""
    # R51-4: two different bids
    return ["duplicate-bidder"] if OpenedBid.objects.filter(lot=bid.lot, bidder_uscc=unsealed.uscc).exists() else []


def _price_remarks(bid: SealedBid, price: Price, offered: int | None) -> list[str]:
    found = [] if price.total_matches and price.total_fen == offered else ["sum-differs"]
    if bid.lot.price_cap_fen is not None and (offered or 0) > bid.lot.price_cap_fen:
        found.append("above-cap")  # R51-5
    return found


@flow(BID, "revoke-undecrypted")
def revoke_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, finding: dict[str, Any]) -> dict[str, Any]:
    """视为撤销: the bidder's own cause (电子招标投标办法 第三十一条)."""
    return _facts(bid, finding)


@flow(BID, "withdraw-undecrypted")
def withdraw_undecrypted(bid: SealedBid, *, by: Actor, at: datetime, finding: dict[str, Any]) -> dict[str, Any]:
    """视为撤回: another cause; the bidder may claim its direct loss (电子招标投标办法 第三十一条)."""
    return _facts(bid, finding)
