"""What a trustee with a key of its own exchanges with the platform: a key card, an opening file, a release file.

`trustee-key/1`    out, before the announcement: {"v", "tender", "role", "recipient", "signature", "certificate"}
`opening-file/1`   in, when opened: {"v", "tender", "lot", "policy", "extensions", "i", "lids", "released", "closing"};
                   at the second opening of two envelopes also "first_closing", the proof of the first list
`release-file/1`   out: {"v", "lot", "statement", "releases", "signature", "certificate"}
`key-destroyed/1`  out, after the award: {"statement", "signature", "certificate"}; the statement: see destroyed
Certificates are PEM, signatures base64 of DER ECDSA over the 32 bytes of each formula.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sunshine_proof import shape
from sunshine_proof.agefile import public_of, recipient_of, secret_of
from sunshine_proof.canonical import parse, unhex
from sunshine_proof.cosignature import cosignature_times
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST, first, parts_of_list
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.lid import check_lid
from sunshine_proof.logproof import LogProof
from sunshine_proof.opening import OpeningError, open_share
from sunshine_proof.policy import check_policy, effective_times, policy_id, trustee_digest
from sunshine_proof.release import build_release, release_digest
from sunshine_proof.shares import commit_of
from sunshine_proof.signer import Signer

MAX_SIZE = 512 << 20
_CARD = ("v", "tender", "role", "recipient", "signature", "certificate")
_OPENING = ("v", "tender", "lot", "policy", "extensions", "i", "lids", "released", "closing")
_DESTROYED = ("statement", "signature", "certificate")
_RELEASE = ("v", "lot", "statement", "releases", "signature", "certificate")


class TrusteeError(ProofError):
    """A file that is not what it should be, or a request that a trustee must refuse."""


def key_card(tender: str, role: str, identity: str, signer: Signer) -> dict[str, Any]:
    """The recipient of a trustee's key, signed by its certificate: what the trustee's page takes."""
    recipient = recipient_of(secret_of(identity))
    said = {"v": "trustee-key/1", "tender": tender, "role": role, "recipient": recipient}
    return {
        **said,
        "signature": signer.sign(trustee_digest(tender, role, recipient)),
        "certificate": signer.certificate_pem,
    }


@speaking(TrusteeError)
def read_card(data: bytes) -> dict[str, str]:
    """The fields of a key card; whether its signature holds is for whoever knows the certificates."""
    found = shape.record(parse(data, limit=1 << 16), _CARD, "key card")
    if found["v"] != "trustee-key/1":
        raise TrusteeError("card-version", "only trustee-key/1 is known")
    for field, limit in (("tender", 200), ("role", 200), ("recipient", 200), ("signature", 400)):
        shape.text(found[field], field, limit)
    public_of(found["recipient"])
    return {field: _pem(found[field]) if field == "certificate" else found[field] for field in _CARD}


@speaking(TrusteeError)
def read_destroyed(data: bytes) -> dict[str, Any]:
    """The fields of the file that `sunshine-trustee destroy` writes; which key it is about, check_destroyed says."""
    found = shape.record(parse(data, limit=1 << 16), _DESTROYED, "destroyed file")
    if not isinstance(found["statement"], Mapping):
        raise TrusteeError("destroyed-shape", "statement is an object")
    shape.text(found["signature"], "signature", 400)
    _pem(found["certificate"])
    return dict(found)


def _pem(value: object) -> str:
    if not isinstance(value, str) or not value.startswith("-----BEGIN CERTIFICATE-----") or len(value) > 16_384:
        raise TrusteeError("certificate-missing", "the certificate stands in the file as PEM")
    return value


@dataclass(frozen=True)
class Opening:
    """An opening file whose policy, list at the closing and lids were checked.

    lids        those that the log's own event names; one for each box
    parts       of the envelope that this opening is about: of two envelopes never both (see envelopes)
    forged      [(lid id, code)]: lids in the file that nothing may be released of
    closed_at   when the event says the list was fixed; index: its place in the log
    not_before  when the policy, extensions included, lets bids be opened
    witnessed   (how many of the policy's witnesses cosigned that checkpoint, how many there are)
    """

    lot: str
    tender: str
    policy: dict[str, Any]
    i: int
    lids: tuple[dict[str, Any], ...]
    parts: tuple[str, ...]
    released: frozenset[tuple[str, str]]
    forged: tuple[tuple[str, str], ...]
    closed_at: str
    index: int
    not_before: datetime
    witnessed: tuple[int, int]


@speaking(TrusteeError)
def read_opening(data: bytes) -> Opening:
    """Read an opening file and check everything that needs no key. TrusteeError when nothing may be released at all.

    The list of effective lids is taken from the log's own event, whose proof is in the file, and from nowhere else: a
    superseded or withdrawn bid, or one that came later, stays shut whatever the file says.
    """
    found = shape.record(parse(data, limit=MAX_SIZE), _OPENING, "opening file", ("first_closing",))
    if found["v"] != "opening-file/1":
        raise TrusteeError("opening-version", "only opening-file/1 is known")
    policy = found["policy"]
    check_policy(policy)
    if found["lot"] != policy["lot"] or found["tender"] != policy["tender"]:
        raise TrusteeError("opening-policy", "the policy is that of another lot")
    i = shape.whole(found["i"], 1, len(policy["trustees"]), "i")
    not_before = effective_times(policy, shape.items(found["extensions"], 0, 100, "extensions"))[1]
    effective, parts, closed_at, proof = _closing(found["closing"], policy, not_before)
    if parts != first(policy):
        listed, before, _, _ = _closing(found.get("first_closing"), policy, not_before)
        if before != first(policy) or not effective <= listed:
            raise TrusteeError("opening-closing", "the second list names bids that the first did not")
    good, forged = _lids(shape.items(found["lids"], 0, 100_000, "lids"), policy, effective)
    pairs = [
        tuple(shape.items(pair, 2, 2, "released")) for pair in shape.items(found["released"], 0, 1_000_000, "released")
    ]
    released = frozenset((str(lid), str(part)) for lid, part in pairs)
    about = (closed_at, proof.index, not_before, _witnessed(proof.note, policy["witness_vkeys"]))
    asked = (tuple(good), tuple(parts), released, tuple(forged))
    return Opening(found["lot"], found["tender"], policy, i, *asked, *about)


def _witnessed(note: str, vkeys: Sequence[str]) -> tuple[int, int]:
    return sum(bool(cosignature_times(note, vkey)) for vkey in vkeys), len(vkeys)


def _closing(
    proof: object, policy: Mapping[str, Any], not_before: datetime
) -> tuple[set[str], list[str], str, LogProof]:
    """(ids of the effective lids, the parts to open, when both were fixed, the proof), from the event that fixed it."""
    if not isinstance(proof, str):
        raise TrusteeError("opening-closing", "the proof of the closing is missing")
    logged = read_event_proof(proof, policy["log_vkey"])
    event = logged.event
    tag, facts = str(event.get("tag")), event.get("facts")
    if tag not in (FIRST_LIST, SECOND_LIST) or event.get("subject") != f"lot/{policy['lot']}":
        raise TrusteeError("opening-closing", "the proof is not that of this lot's opening")
    if not isinstance(facts, Mapping):
        raise TrusteeError("opening-closing", "the logged opening names no bids")
    if tag == SECOND_LIST:  # no price before the panel's technical result is fixed
        unhex(facts.get("technical"), 32, "technical")
    parts, listed = parts_of_list(policy, tag, facts), facts.get("effective_lids")
    lids = {unhex(lid, 32, "lid").hex() for lid in shape.items(listed, 0, 100_000, "effective_lids")}
    at = str(event.get("at"))
    try:
        early = datetime.fromisoformat(at) < not_before
    except (ValueError, TypeError) as error:  # no time, or one without its zone
        raise TrusteeError("opening-closing", "the logged opening has no time") from error
    if early:
        raise TrusteeError("opening-early", "the opening was logged before the time of the policy")
    return lids, parts, at, logged.proof


def _lids(
    given: Sequence[Any], policy: Mapping[str, Any], effective: set[str]
) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    good, forged, boxes = list[dict[str, Any]](), list[tuple[str, str]](), set[str]()
    for lid in given:
        name = str(lid.get("id", "?"))[:64] if isinstance(lid, Mapping) else "?"
        try:
            check_lid(lid, policy)
        except ProofError:
            forged.append((name, "lid-forged"))
            continue
        if name not in effective:
            forged.append((name, "lid-not-effective"))
        elif lid["box_key"] in boxes:
            forged.append((name, "lid-superseded"))
        else:
            boxes.add(lid["box_key"])
            good.append(lid)
    return good, forged


@dataclass(frozen=True)
class Release:
    """What a trustee is about to hand over. `faults` are [(lid id, part, code)] it reports instead of a share."""

    content: dict[str, Any]
    shares: int
    faults: tuple[tuple[str, str, str], ...]


@speaking(TrusteeError)
def make_release(opening: Opening, identity: str, signer: Signer, time: str) -> Release:
    """The signed release file for all that is still to be released; TrusteeError("key-other") for another tender's key.

    A share that cannot be taken out, or is not the committed one, is reported by its code and never given.
    """
    seat = opening.policy["trustees"][opening.i - 1]
    if recipient_of(secret_of(identity)) != seat["recipient"]:
        raise TrusteeError("key-other", f"this is not the key of seat {opening.i} in this tender")
    pid = policy_id(opening.policy)
    releases, stated, faults = list[dict[str, str]](), list[dict[str, str]](), list[tuple[str, str, str]]()
    for lid in opening.lids:
        for part in (part for part in lid["parts"] if part["part"] in opening.parts):
            about = {"lid": str(lid["id"]), "part": str(part["part"])}
            if (about["lid"], about["part"]) in opening.released:
                continue
            try:
                y = open_share(pid, part, opening.i, identity)
            except OpeningError as error:
                faults.append((about["lid"], about["part"], error.code))
                releases.append({**about, "fault": error.code})
                stated.append({**about, "fault": error.code})
            else:
                releases.append({**about, "y": y.hex()})
                stated.append({**about, "commit": commit_of(pid, part["recipient"], opening.i, y)})
    if not releases:
        raise TrusteeError("nothing-left", "there is no share left to release")
    statement = build_release(pid.hex(), opening.i, stated, time)
    content = {
        "v": "release-file/1",
        "lot": opening.lot,
        "statement": statement,
        "releases": releases,
        "signature": signer.sign(release_digest(statement)),
        "certificate": signer.certificate_pem,
    }
    return Release(content, len(releases) - len(faults), tuple(faults))


@speaking(TrusteeError)
def read_release(data: bytes) -> dict[str, Any]:
    """The fields of a release file: lot, statement, releases, signature, certificate (PEM)."""
    found = shape.record(parse(data, limit=64 << 20), _RELEASE, "release file")
    if found["v"] != "release-file/1":
        raise TrusteeError("release-version", "only release-file/1 is known")
    for field, limit in (("lot", 200), ("signature", 400)):
        shape.text(found[field], field, limit)
    _pem(found["certificate"])
    if not isinstance(found["statement"], Mapping):
        raise TrusteeError("release-shape", "statement is an object")
    for one in shape.items(found["releases"], 1, 100_000, "releases"):
        entry = shape.record(one, ("lid", "part"), "release", ("y", "fault"))
        if len(entry) != 3 or not all(isinstance(text, str) for text in entry.values()):
            raise TrusteeError("release-shape", "a release is a lid, a part, and a share or a fault, all text")
    return found
