"""The log's own key: made once per installation, published in every seal policy, signs receipts and checkpoints."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from sunshine.foundation.vault.keyfiles import made_once
from sunshine_proof.canonical import b64, h, jcs

ED25519 = b"\x01"  # C2SP signed-note: the algorithm byte of Ed25519


def sign(message: bytes) -> bytes:
    """The 64-byte Ed25519 signature of the log over `message`."""
    return _key().sign(message)


def log_vkey() -> str:
    """The verifier key ``origin+keyid+base64`` (C2SP signed-note v1) of this installation's log."""
    return f"{settings.ORIGIN}+{_key_id().hex()}+{b64(ED25519 + _public())}"


def sign_note(text: str) -> str:
    """`text` (ending in a newline) with the log's signature line: a C2SP signed note."""
    if not text.endswith("\n"):
        raise ValueError("a note ends in a newline")
    line = base64.b64encode(_key_id() + sign(text.encode())).decode()
    return f"{text}\n\u2014 {settings.ORIGIN} {line}\n"


def sign_receipt(payload: Mapping[str, object]) -> dict[str, object]:
    """`payload` as receipt/1 with version, log origin and ``sig`` over H("sunshine/1 receipt\\n" ‖ JCS without sig)."""
    body = {**payload, "v": "receipt/1", "log_origin": settings.ORIGIN}
    return {**body, "sig": b64(sign(h("sunshine/1 receipt\n", jcs(body))))}


def _key_id() -> bytes:
    return hashlib.sha256(settings.ORIGIN.encode() + b"\n" + ED25519 + _public()).digest()[:4]


def _public() -> bytes:
    return _key().public_key().public_bytes_raw()


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
