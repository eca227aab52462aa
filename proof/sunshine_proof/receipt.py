"""`receipt/1`: the platform's signed word that a lid or withdrawal arrived, and when."""

from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.canonical import b64, h, jcs, unbase64, unhex
from sunshine_proof.checkpoint import ED25519, decode_vkey
from sunshine_proof.errors import ProofError, speaking

_KEYS = ("v", "lid", "received_at", "log_origin", "sig")


class ReceiptError(ProofError):
    """Not a receipt, or not signed by that log."""


def _message(receipt: Mapping[str, Any]) -> bytes:
    return h("sunshine/1 receipt\n", jcs({key: value for key, value in receipt.items() if key != "sig"}))


@speaking(ReceiptError)
def sign_receipt(lid_id: str, received_at: str, log_origin: str, log_key: Ed25519PrivateKey) -> dict[str, Any]:
    """A receipt for a lid or withdrawal id (hex); `received_at` as `2027-03-01T01:00:00Z`."""
    unhex(lid_id, 32, "lid")
    shape.instant(received_at, "received_at")
    body = {"v": "receipt/1", "lid": lid_id, "received_at": received_at, "log_origin": log_origin}
    return {**body, "sig": b64(log_key.sign(_message(body)))}


@speaking(ReceiptError)
def verify_receipt(receipt: Mapping[str, Any], log_vkey: str) -> dict[str, Any]:
    """The receipt's fields, when the log of `log_vkey` (published in the policy) signed them; or ReceiptError."""
    found = shape.record(receipt, _KEYS, "receipt")
    key = decode_vkey(log_vkey)
    if found["v"] != "receipt/1" or found["log_origin"] != key.name or key.type != ED25519:
        raise ReceiptError("receipt-log", "not a receipt/1 of this log")
    unhex(found["lid"], 32, "lid")
    shape.text(found["received_at"], "received_at", 40)
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(unbase64(found["sig"], "sig"), _message(found))
    except InvalidSignature as error:
        raise ReceiptError("receipt-signature", "not signed by this log") from error
    return found
