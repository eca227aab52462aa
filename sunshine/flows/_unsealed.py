"""What lies inside an opened bid: statements, forms and documents, checked against the lid that sealed them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from sunshine.domain.bidding.envelopes import asked_of
from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.parties.models import Organisation
from sunshine.foundation.files import store
from sunshine.foundation.files.models import Blob
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine_proof import envelopes
from sunshine_proof.bidform import Price, Summary, check_price, check_summary
from sunshine_proof.cms import verify_detached
from sunshine_proof.errors import ProofError
from sunshine_proof.opening import Outcome
from sunshine_proof.payload import Payload, read_payload
from sunshine_proof.statement import check_statement

PRICE_EARLY = "price-in-first-envelope"
LARGEST = 2 * 1024**3  # bytes of one document inside a bid


@dataclass
class Unsealed:
    """The checked content of the parts of one envelope; ``outcome`` says why not, when it is not as required."""

    outcome: Outcome
    uscc: str = ""
    name: str = ""
    summary: Summary = None  # type: ignore[assignment]  # set whenever outcome.opened and the part was asked for
    price: Price = None  # type: ignore[assignment]
    summary_form: dict[str, Any] = field(default_factory=dict)
    price_form: dict[str, Any] = field(default_factory=dict)
    documents: list[tuple[str, str, Blob]] = field(default_factory=list)
    statements: dict[str, Any] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def read_parts(bid: SealedBid, folder: Path) -> Unsealed:
    """Read ``folder/<part>.zip`` of every part that is asked for now. A payload that is not as required is its bidder's
    own fault (rule a)."""
    found, asked = Unsealed(Outcome("opened")), asked_of(bid)
    if bid.stage == "price_opening":
        found.uscc = bid.opened.bidder_uscc  # the price is that of the one who handed in the first envelope
    try:
        for part in (part for part in bid.lid["parts"] if part["part"] in asked):
            with read_payload(folder / f"{part['part']}.zip") as payload:
                _check(found, bid, part["part"], payload)
                _take(found, bid, part["part"], payload)
    except ProofError as error:
        return Unsealed(Outcome(error.code, "bidder", "撤销", error.detail))
    if ("summary" in asked and found.summary is None) or ("price" in asked and found.price is None):
        return Unsealed(Outcome("form-missing", "bidder", "撤销", "summary.json or price.json is missing"))
    return found


def _check(found: Unsealed, bid: SealedBid, part: str, payload: Payload) -> None:
    """The statement is this lid's, signed by the bidder it names; all parts name one bidder."""
    policy = bid.lot.seal_policy.pid
    statement = check_statement(payload.statement, policy=policy, box_key=bid.box_key, seq=bid.seq, part=part)
    bidder: Mapping[str, str] = statement["bidder"]
    if found.uscc and found.uscc != bidder["uscc"]:
        found.remarks.append("parts-name-different-bidders")
    found.uscc, found.name = bidder["uscc"], bidder["name"]
    found.statements[part] = statement
    roots = certificates.trusted().roots
    signer = verify_detached(payload.signature, payload.statement_bytes, roots, at=bid.arrived_at)
    try:
        known = certificates.find_by_der(signer.public_bytes(Encoding.DER))
    except Refused:
        known = None
    if known is None:
        found.remarks.append("certificate-unknown")
    elif known.revoked_at is not None and known.revoked_at <= bid.arrived_at:
        found.remarks.append("certificate-revoked")
    elif not Organisation.objects.filter(public_id=known.organisation_ref, uscc=bidder["uscc"]).exists():
        found.remarks.append("signed-by-another-organisation")


def _summary(found: Unsealed, bid: SealedBid) -> Summary:
    """Of two envelopes the first tells no price. One that does is for the panel to judge, and is shown to nobody."""
    lot = bid.lot.public_id
    if not envelopes.second(bid.lot.seal_policy.content):
        return check_summary(found.summary_form, lot)
    summary = check_summary(found.summary_form, lot, offer=None)
    if summary.total_fen is not None or summary.rate is not None:
        found.remarks.append(PRICE_EARLY)
        found.summary_form |= {"total_fen": None, "rate": None}
    return replace(summary, total_fen=None, rate=None)


def _take(found: Unsealed, bid: SealedBid, part: str, payload: Payload) -> None:
    lot = bid.lot.public_id
    for name in payload.names:
        if name == "summary.json" and part == "summary":
            found.summary_form = payload.form(name)
            found.summary = _summary(found, bid)
        elif name == "price.json" and part == "price":
            found.price_form = payload.form(name)
            found.price = check_price(found.price_form, lot)
        else:
            with payload.open(name) as stream:
                shown = name.removeprefix("files/")
                try:
                    blob = store.store(stream, name=shown, limit=LARGEST)
                except Refused as refused:
                    found.remarks.append(f"document-refused:{refused.code}")
                    continue
            found.documents.append((part, shown, blob))
