"""Lids (`seal/1`) and withdrawals (`seal-withdraw/1`): building, ids, signatures, checks, the chain of one box key."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.agefile import AgeError, body_size, inspect_body, public_of
from sunshine_proof.canonical import h, jcs, unbase64, unhex
from sunshine_proof.errors import speaking
from sunshine_proof.policy import SealError, policy_id
from sunshine_proof.shares import share_size

_COMMON = ("v", "policy", "box_key", "seq", "prev", "id", "sig")
_PART = ("part", "recipient", "size", "sha256", "k", "commit", "share")
MAX_SEQ = 1_000_000
MAX_BODY = 64 << 30


def new_box_secret() -> bytes:
    """32 fresh random bytes: the Ed25519 secret of a bidder's box key in one lot."""
    return os.urandom(32)


def box_key_of(box_secret: bytes) -> str:
    """The public box key (64 lower-case hex digits) of 32 secret bytes."""
    return Ed25519PrivateKey.from_private_bytes(box_secret).public_key().public_bytes_raw().hex()


def lid_id(record: Mapping[str, Any]) -> bytes:
    """H("seal/1 lid\\n" ‖ JCS without id and sig) of a lid or withdrawal, 32 raw bytes."""
    return h("seal/1 lid\n", jcs({key: value for key, value in record.items() if key not in ("id", "sig")}))


def _sign(body: dict[str, Any], box_secret: bytes) -> dict[str, Any]:
    identifier = lid_id(body)
    key = Ed25519PrivateKey.from_private_bytes(box_secret)
    return {**body, "id": identifier.hex(), "sig": key.sign(h("seal/1 lid-sig\n", identifier)).hex()}


@speaking(SealError)
def build_lid(
    policy: Mapping[str, Any], parts: Sequence[Mapping[str, Any]], seq: int, prev: str, box_secret: bytes
) -> dict[str, Any]:
    """The signed lid over sealed parts; `prev` is the id (hex) of the lid or withdrawal before it, "" for the first."""
    body = {
        "v": "seal/1",
        "policy": policy_id(policy).hex(),
        "box_key": box_key_of(box_secret),
        "seq": seq,
        "prev": prev,
        "parts": [dict(part) for part in parts],
    }
    return _sign(body, box_secret)


@speaking(SealError)
def build_withdrawal(policy: Mapping[str, Any], seq: int, prev: str, box_secret: bytes) -> dict[str, Any]:
    """The signed withdrawal of the bid whose latest id is `prev`."""
    body = {
        "v": "seal-withdraw/1",
        "policy": policy_id(policy).hex(),
        "box_key": box_key_of(box_secret),
        "seq": seq,
        "prev": prev,
    }
    return _sign(body, box_secret)


@speaking(SealError)
def check_signature(record: Mapping[str, Any]) -> None:
    """The id of a lid or withdrawal is that of its fields and its box key signed it; raises SealError."""
    identifier = lid_id(record)
    if unhex(record.get("id"), 32, "id") != identifier:
        raise SealError("lid-id", "the id is not that of these fields")
    key = Ed25519PublicKey.from_public_bytes(unhex(record.get("box_key"), 32, "box_key"))
    try:
        key.verify(unhex(record.get("sig"), 64, "sig"), h("seal/1 lid-sig\n", identifier))
    except InvalidSignature as error:
        raise SealError("lid-signature", "not signed by the box key") from error


def _check_common(record: Mapping[str, Any], policy: Mapping[str, Any], version: str) -> None:
    if record["v"] != version:
        raise SealError("lid-version", f"expected {version}")
    if record["policy"] != policy_id(policy).hex():
        raise SealError("lid-policy", "sealed for another policy; seal again for this one")
    unhex(record["box_key"], 32, "box_key")
    seq = shape.whole(record["seq"], 1, MAX_SEQ, "seq")
    if seq == 1 and record["prev"] != "":
        raise SealError("lid-chain", "the first lid has no predecessor")
    if seq > 1:
        unhex(record["prev"], 32, "prev")


@speaking(SealError)
def check_lid(lid: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
    """All that can be checked without a secret: fields, policy, parts, share files' outside, id, signature.

    Raises SealError(code, detail). Not checked: the chain (check_next), the bodies (check_body), the clock, and
    what is inside the shares, which nobody can see before the opening (see opening.open_part).
    """
    found = shape.record(lid, (*_COMMON, "parts"), "lid")
    _check_common(found, policy, "seal/1")
    parts = shape.items(found["parts"], 1, 16, "parts")
    names = [part.get("part") if isinstance(part, Mapping) else None for part in parts]
    if names != list(policy["parts"]):
        raise SealError("lid-parts", f"the policy asks for exactly {policy['parts']} in this order")
    for part in parts:
        _check_part(part, policy)
    # two parts under one key would open together, and the price must stay shut while the tech part is read
    if len({part["recipient"] for part in parts}) != len(parts):
        raise SealError("lid-parts", "every part has its own key")
    check_signature(found)


def _check_part(part: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
    required = policy["bidder_share"] == "required"
    found = shape.record(part, (*_PART, "bshare_commit") if required else _PART, "part")
    recipient, n, pid = shape.text(found["recipient"], "recipient"), len(policy["trustees"]), policy_id(policy)
    public_of(recipient)
    shape.whole(found["size"], body_size(0), MAX_BODY, "size")
    unhex(found["sha256"], 32, "sha256")
    # under a policy of the bidder alone k and n are 0, so that the part must say 0 and list nothing
    if shape.whole(found["k"], min(1, n), n, "k") != policy["k"]:
        raise SealError("lid-threshold", "k is not that of the policy")
    for commit in shape.items(found["commit"], n, n, "commit"):
        unhex(commit, 32, "commit")
    if required:
        unhex(found["bshare_commit"], 32, "bshare_commit")
    for i, share in enumerate(shape.items(found["share"], n, n, "share"), 1):
        raw = unbase64(share, f"share {i}")
        try:
            inspect_body(raw)
        except AgeError as error:
            raise SealError("lid-share", f"share {i}: {error.detail}") from error
        if len(raw) != share_size(pid, recipient, i):
            raise SealError("lid-share", f"share {i} has an impossible size")


@speaking(SealError)
def check_withdrawal(withdrawal: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
    """Fields, policy, id and signature of a withdrawal; raises SealError."""
    found = shape.record(withdrawal, _COMMON, "withdrawal")
    _check_common(found, policy, "seal-withdraw/1")
    if found["seq"] == 1:
        raise SealError("lid-chain", "there is nothing to withdraw yet")
    check_signature(found)


@speaking(SealError)
def check_record(record: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
    """check_lid or check_withdrawal, as the record's version says."""
    check = check_withdrawal if record.get("v") == "seal-withdraw/1" else check_lid
    check(record, policy)


def check_next(record: Mapping[str, Any], previous: Mapping[str, Any] | None) -> None:
    """`record` (already checked by itself) directly follows `previous` of the same box key; None before the first.

    SealError("lid-replayed") for the same record again, ("lid-chain") for any other break.
    """
    if previous is None:
        if record["seq"] != 1 or record["prev"] != "":
            raise SealError("lid-chain", "the first record of a box key has seq 1 and no predecessor")
        return
    if record["id"] == previous["id"]:
        raise SealError("lid-replayed", "this very record has already arrived")
    if record["policy"] != previous["policy"] or record["box_key"] != previous["box_key"]:
        raise SealError("lid-chain", "another policy or box key")
    if record["seq"] != previous["seq"] + 1 or record["prev"] != previous["id"]:
        raise SealError("lid-chain", f"expected seq {previous['seq'] + 1} after {previous['id']}")
    if record["v"] == previous["v"] == "seal-withdraw/1":
        raise SealError("lid-chain", "the bid is already withdrawn")


@speaking(SealError)
def effective_lid(records: Sequence[Mapping[str, Any]], policy: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The one lid to open among the records of one box key that arrived in time; None after a withdrawal.

    `records` in order of seq; every record and the chain are checked (SealError).
    """
    previous: Mapping[str, Any] | None = None
    for record in records:
        check_record(record, policy)
        check_next(record, previous)
        previous = record
    return previous if previous is not None and previous["v"] == "seal/1" else None


def check_body(part: Mapping[str, Any], path: str | Path) -> None:
    """The file is the body that the lid's part names: size, SHA-256, one X25519 stanza, whole chunks; or SealError."""
    with open(path, "rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
        if (size, digest) != (part["size"], part["sha256"]):
            raise SealError("body-mismatch", f"{size} bytes with another hash than the lid says")
        try:
            inspect_body(stream)
        except AgeError as error:
            raise SealError("body-shape", error.detail) from error
