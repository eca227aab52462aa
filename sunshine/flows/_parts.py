"""Opening the parts of one sealed bid: shares, the bidder's own keys, bodies; and the evidence for whatever is found."""

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sunshine.domain.bidding import findings
from sunshine.domain.bidding.envelopes import asked_of
from sunshine.domain.bidding.models import BidderKey, SealedBid, SealedPart
from sunshine.foundation.files import store
from sunshine_proof.opening import Outcome, open_body, open_part


@dataclass
class Opened:
    """What came of all parts: the outcome of the whole, and of which part it is ("" when every part opened)."""

    outcome: Outcome
    part: str = ""
    identities: dict[str, str] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)

    def finding(self, outcome: Outcome | None = None) -> dict[str, Any]:
        """For the record; ``outcome`` is what became of the content, or of the window, where that went on from here."""
        return findings.finding(outcome or self.outcome, self.part, self.evidence)


def open_parts(bid: SealedBid, folder: Path) -> Opened:
    """Reconstruct the key of each part that is asked for now and decrypt its body into ``folder/<part>.zip``; the
    first failure decides."""
    asked = asked_of(bid)
    # what was found at the first of two openings stays on the record of the second
    earlier = bid.outcome if bid.stage == "price_opening" else {}
    kept = [one for one in earlier.get("evidence", []) if one["part"] not in asked]
    found = Opened(Outcome("opened"), evidence=kept)
    bodies = {row.part: row for row in SealedPart.objects.filter(bid=bid).select_related("body")}
    keys = {row.part: row for row in bid.bidder_keys.all()}
    bad = set[int](earlier.get("bad_trustees", []))
    for part in (part for part in bid.lid["parts"] if part["part"] in asked):
        outcome, evidence = _key(bid, part, keys.get(part["part"]))
        found.evidence.append(evidence)
        bad |= set(outcome.bad_trustees)
        if outcome.identity is not None:
            found.identities[part["part"]] = outcome.identity
            outcome = _body(outcome.identity, part, bodies[part["part"]], folder, evidence)
        if not outcome.opened:
            found.outcome, found.part = replace(outcome, bad_trustees=tuple(sorted(bad))), part["part"]
            return found
    found.outcome = Outcome("opened", bad_trustees=tuple(sorted(bad)))
    return found


def _key(bid: SealedBid, part: Mapping[str, Any], own: BidderKey | None) -> tuple[Outcome, dict[str, Any]]:
    policy, rows = bid.lot.seal_policy, list(bid.releases.filter(part=part["part"]).select_related("seat"))
    seats = [trustee["i"] for trustee in policy.content["trustees"]]
    outcome = open_part(
        policy.content,
        policy.pid,
        part,
        {row.seat.i: bytes.fromhex(row.share) for row in rows if row.share},
        bytes.fromhex(own.bshare) if own and own.bshare else None,
        bytes.fromhex(own.secret) if own and own.secret else None,
        complaints=[row.seat.i for row in rows if row.fault in findings.REPORTED],
    )
    return outcome, findings.shares_of(part, seats, rows, own)


def _body(identity: str, part: Mapping[str, Any], row: SealedPart, folder: Path, evidence: dict[str, Any]) -> Outcome:
    """Decrypt one body. One that is not there any more is open_body's finding (rule e), and stops no other bid."""
    body = folder / f"{part['part']}.age"
    with suppress(FileNotFoundError), store.open_stream(row.body) as source, open(body, "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    outcome = open_body(identity, body, folder / f"{part['part']}.zip", part)
    if outcome.code == "body-lost":
        evidence["body"] = {"expected": part["sha256"], "got": _digest(body)}
    body.unlink(missing_ok=True)
    return outcome


def _digest(path: Path) -> str:
    """SHA-256 (hex) of what the platform has instead; "" when there is nothing."""
    with suppress(FileNotFoundError), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
    return ""
