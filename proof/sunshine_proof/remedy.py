"""`seal-remedy/1`: what a bidder gives at the opening, signed with its box key. It names nobody and holds no secret.

release-share   S_B of every part, where the policy requires the bidder's share (mode D)
rescue          S of every part, when fewer than k good shares came (rules b, c)
copy-body       asks for a copy of one part's ciphertext, to keep against the day it is lost
restore-body    the bytes of the logged hash again, when the platform lost them (rule e)
The secrets and bytes travel beside the statement; the lid already commits to each of them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.agefile import recipient_of
from sunshine_proof.canonical import h, jcs, unhex
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.shares import bshare_commit_of

ACTS = ("release-share", "rescue", "copy-body", "restore-body")


class RemedyError(ProofError):
    """Not a remedy of this bid by its own box key."""


def remedy_digest(statement: Mapping[str, Any]) -> bytes:
    """H("seal/1 remedy\\n" ‖ JCS(statement)): the 32 bytes the box key signs."""
    return h("seal/1 remedy\n", jcs(statement))


@speaking(RemedyError)
def sign_remedy(
    lid: Mapping[str, Any], act: str, parts: Iterable[str], time: str, box_secret: bytes
) -> tuple[dict[str, Any], str]:
    """(statement, signature hex) by the bidder's software; `time` as `2027-03-01T01:00:00Z`."""
    statement = {
        "v": "seal-remedy/1",
        "policy": lid["policy"],
        "lid": lid["id"],
        "act": act,
        "parts": list(parts),
        "time": time,
    }
    return statement, Ed25519PrivateKey.from_private_bytes(box_secret).sign(remedy_digest(statement)).hex()


@speaking(RemedyError)
def check_remedy(statement: Mapping[str, Any], sig: str, lid: Mapping[str, Any], act: str) -> list[str]:
    """The parts named by a remedy of this lid that its box key signed for this act; raises RemedyError."""
    found = shape.record(statement, ("v", "policy", "lid", "act", "parts", "time"), "statement")
    if found["v"] != "seal-remedy/1" or found["act"] != act or act not in ACTS:
        raise RemedyError("remedy-act", f"not a seal-remedy/1 that says {act}")
    if found["lid"] != lid["id"] or found["policy"] != lid["policy"]:
        raise RemedyError("remedy-lid", "a remedy of another bid")
    shape.instant(found["time"], "time")
    parts = [shape.text(part, "part", 32) for part in shape.items(found["parts"], 1, 16, "parts")]
    known = [part["part"] for part in lid["parts"]]
    if len(set(parts)) != len(parts) or not set(parts) <= set(known):
        raise RemedyError("remedy-parts", f"the bid has the parts {known}")
    key = Ed25519PublicKey.from_public_bytes(unhex(lid["box_key"], 32, "box_key"))
    try:
        key.verify(unhex(sig, 64, "sig"), remedy_digest(found))
    except InvalidSignature as error:
        raise RemedyError("remedy-signature", "not signed by the box key of this bid") from error
    return parts


def check_bidder_share(pid: bytes, part: Mapping[str, Any], bshare: bytes) -> None:
    """S_B (32 bytes) is the one the lid commits to; raises RemedyError."""
    if len(bshare) != 32 or bshare_commit_of(pid, part["recipient"], bshare) != part.get("bshare_commit"):
        raise RemedyError("remedy-share", "S_B is not the committed one")


def check_rescue(part: Mapping[str, Any], secret: bytes) -> None:
    """S (32 bytes) is the key of this part: R(S) = recipient; raises RemedyError."""
    if len(secret) != 32 or recipient_of(secret) != part["recipient"]:
        raise RemedyError("remedy-key", "S is not the key of this part")
