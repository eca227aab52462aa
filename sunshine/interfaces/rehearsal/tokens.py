"""投标凭证 as a supplier's browser gets it: blinded here, signed there, and shown at the box without a name."""

from collections.abc import Callable, Mapping
from typing import Any

from sunshine.domain.bidding.queries.rehearsal import token_key_of
from sunshine.flows.issue_token import issue_token
from sunshine.foundation.vault import tokenkeys
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof import blindtoken
from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.lid import box_key_of
from sunshine_proof.policy import policy_id


def token_of(supplier: Player, lot: str, policy: Mapping[str, Any], secret: bytes) -> dict[str, Any]:
    """The supplier's token for the box of `secret` in the lot; asked for once, kept with the player."""
    known = supplier.boxes.get(lot)
    if known is not None and known[0] == secret:
        return known[1]
    token = blindly(
        lot, policy, box_key_of(secret), lambda blinded: issue_token(by=supplier.actor(), lot=lot, blinded=blinded)
    )
    supplier.boxes[lot] = (secret, token)
    return token


def unasked_token(lot: str, policy: Mapping[str, Any], secret: bytes) -> dict[str, Any]:
    """A token as one more supplier would hold it, signed without asking who: for crowds, and for tests of the box."""
    return unasked_for(lot, policy, box_key_of(secret))


def unasked_for(lot: str, policy: Mapping[str, Any], box_key: str) -> dict[str, Any]:
    """The same for a box whose secret is elsewhere."""
    return blindly(lot, policy, box_key, lambda blinded: b64(tokenkeys.blind_sign(lot, unbase64(blinded, "blinded"))))


def blindly(lot: str, policy: Mapping[str, Any], box: str, signed: Callable[[str], str]) -> dict[str, Any]:
    """The box-token/1 that `signed` (base64 to base64) gives over a number it cannot read."""
    key = blindtoken.read_public_key(token_key_of(lot))
    pid, box_key = policy_id(policy), bytes.fromhex(box)
    message = blindtoken.token_message(pid, box_key)
    blinded, cover = blindtoken.blind(key, message)
    answer = unbase64(signed(b64(blinded)), "answer")
    return blindtoken.build_token(key, pid, box_key, blindtoken.finalize(key, message, answer, cover))
