"""`seal-remedy/1`: what a bidder gives at the opening, signed with its box key. It names nobody and holds no secret.

release-share   S_B of every part, where the policy requires the bidder's share (mode D)
rescue          S of every part, when fewer than k good shares came (rules b, c)
copy-body       asks for a copy of one part's ciphertext, to keep against the day it is lost
restore-body    the bytes of the logged hash again, when the platform lost them (rule e)
The secrets and bytes travel beside the statement; the lid already commits to each of them. A bidder who keeps its book
on its own machine brings statement and secrets in one file, `remedy-file/1`.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.agefile import recipient_of
from sunshine_proof.canonical import h, jcs, parse, unhex
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.shares import bshare_commit_of

FILED = ("release-share", "rescue")
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


@speaking(RemedyError)
def build_remedy(bid: Mapping[str, Any], lid: str, act: str, time: str, parts: Collection[str]) -> dict[str, Any]:
    """`remedy-file/1` by an entry of a bid book: {"v", "statement", "sig", "given": {part: {"S_B"} | {"S", "S_B"?}}}.

    act    "release-share" gives S_B, "rescue" S (in mode D with S_B); RemedyError where the book lacks them
    parts  those of the envelope that is being opened: no key of another leaves the book
    """
    kept = [one for one in bid["rescue"] if one["lid"] == lid and one["part"] in parts]
    fields = ("S_B",) if act == "release-share" else ("S", "S_B")
    given = {str(one["part"]): {name: one[name] for name in fields if one[name]} for one in kept}
    if act not in FILED or not given or not all(given.values()):
        raise RemedyError("remedy-secrets", "the book has no such secret of this bid")
    if not bid["box_secret"]:
        raise RemedyError("remedy-secrets", "this bid's box key is in another book")
    about = {"policy": bid["policy"], "id": lid}
    statement, sig = sign_remedy(about, act, list(given), time, unhex(bid["box_secret"], 32, "box_secret"))
    return {"v": "remedy-file/1", "statement": statement, "sig": sig, "given": given}


@speaking(RemedyError)
def read_remedy(data: bytes) -> dict[str, Any]:
    """The fields of a remedy file, its act one of FILED; whether it fits a lid, check_remedy and the others say."""
    found = shape.record(parse(data, limit=1 << 16), ("v", "statement", "sig", "given"), "remedy file")
    if found["v"] != "remedy-file/1":
        raise RemedyError("remedy-version", "only remedy-file/1 is known")
    statement, given = found["statement"], found["given"]
    if not isinstance(statement, Mapping) or statement.get("act") not in FILED:
        raise RemedyError("remedy-act", f"a file gives {' or '.join(FILED)}")
    parts = shape.items(statement.get("parts"), 1, 16, "parts")
    if not isinstance(given, Mapping) or not all(isinstance(part, str) for part in parts) or set(given) != set(parts):
        raise RemedyError("remedy-parts", "secrets of exactly the parts in the statement")
    needed, allowed = (("S_B",), ()) if statement["act"] == "release-share" else (("S",), ("S_B",))
    for secrets in given.values():
        for value in shape.record(secrets, needed, "secrets", allowed).values():
            unhex(value, 32, "secret")
    unhex(found["sig"], 64, "sig")
    return dict(found)


def check_bidder_share(pid: bytes, part: Mapping[str, Any], bshare: bytes) -> None:
    """S_B (32 bytes) is the one the lid commits to; raises RemedyError."""
    if len(bshare) != 32 or bshare_commit_of(pid, part["recipient"], bshare) != part.get("bshare_commit"):
        raise RemedyError("remedy-share", "S_B is not the committed one")


def check_rescue(part: Mapping[str, Any], secret: bytes) -> None:
    """S (32 bytes) is the key of this part: R(S) = recipient; raises RemedyError."""
    if len(secret) != 32 or recipient_of(secret) != part["recipient"]:
        raise RemedyError("remedy-key", "S is not the key of this part")
