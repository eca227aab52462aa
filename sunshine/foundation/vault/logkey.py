"""The log's own key: made once per installation, published in every seal policy, signs receipts and checkpoints."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from sunshine.foundation.vault.keyfiles import made_once
from sunshine_proof import checkpoint, receipt, shape


def sign(message: bytes) -> bytes:
    """The 64-byte Ed25519 signature of the log over `message`."""
    return _key().sign(message)


def log_vkey() -> str:
    """The verifier key ``origin+keyid+base64`` (C2SP signed-note v1) of this installation's log."""
    return checkpoint.encode_vkey(settings.ORIGIN, _key().public_key().public_bytes_raw())


def sign_note(text: str) -> str:
    """`text` (ending in a newline) with the log's signature line: a C2SP signed note. Raises NoteError."""
    return checkpoint.sign_note(text, settings.ORIGIN, _key())


def sign_receipt(payload: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt/1 for ``{"lid": id hex, "received_at": aware datetime or its ISO text}``; whole seconds, UTC.

    Raises sunshine_proof.receipt.ReceiptError for another shape.
    """
    at = payload["received_at"]
    moment = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    return receipt.sign_receipt(payload["lid"], shape.instant_text(moment), settings.ORIGIN, _key())


def _key() -> Ed25519PrivateKey:
    return _load(Path(settings.SECRETS) / "log_ed25519")


@lru_cache(maxsize=8)
def _load(path: Path) -> Ed25519PrivateKey:
    def make() -> bytes:
        return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    key = load_pem_private_key(made_once(path, make), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError(f"{path} holds no Ed25519 key")
    return key
