"""`keyring/1`: a person's box secrets and trustee keys under a passphrase, of equal size for everybody.

An age file with a scrypt recipient of work factor 2¹⁶. pyrage reads it but picks its own, machine-dependent work
factor when it writes, so the one stanza is written here.
"""

import base64
import io
import json
import os
from collections.abc import Mapping
from typing import Any

import pyrage
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from sunshine_proof.agefile import NONCE, TAG, finish_header, write_payload_chunks
from sunshine_proof.canonical import parse
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.shape import record

PLAIN_SIZE = 262_144
WORK_FACTOR = 16
_HEAD = b"age-encryption.org/v1\n-> scrypt "
# header, 16-byte nonce, four full chunks with a tag each
BLOB_SIZE = len(_HEAD) + 22 + 4 + 43 + 1 + 4 + 43 + 1 + NONCE + PLAIN_SIZE + 4 * TAG


class KeyringError(ProofError):
    """Not a keyring, too full, or another passphrase."""


def empty_keyring() -> dict[str, Any]:
    """What somebody without bids and duties holds; sealed, it looks like any other."""
    return {"v": "keyring/1", "bids": [], "trustee": []}


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def encode_keyring(keyring: Mapping[str, Any], passphrase: str) -> bytes:
    """BLOB_SIZE bytes of age file; KeyringError("keyring-full") when the JSON exceeds 262,144 bytes."""
    record(keyring, ("v", "bids", "trustee"), "keyring")
    plain = json.dumps(keyring, ensure_ascii=False, separators=(",", ":")).encode()
    if len(plain) > PLAIN_SIZE:
        raise KeyringError("keyring-full", f"{len(plain)} bytes, at most {PLAIN_SIZE}")
    if not passphrase:
        raise KeyringError("keyring-passphrase", "the passphrase is empty")
    return lock(plain.ljust(PLAIN_SIZE), passphrase)


def lock(plain: bytes, passphrase: str) -> bytes:
    """An age file under a passphrase with the one work factor; plain age opens it."""
    file_key, salt = os.urandom(16), os.urandom(16)
    wrap = Scrypt(b"age-encryption.org/v1/scrypt" + salt, 32, 1 << WORK_FACTOR, 8, 1).derive(passphrase.encode())
    wrapped = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    head = _HEAD + _b64(salt) + f" {WORK_FACTOR}\n".encode() + _b64(wrapped) + b"\n---"
    chunks = write_payload_chunks(io.BytesIO(plain), file_key, os.urandom(NONCE))
    return finish_header(head, file_key) + b"".join(chunks)


def check_blob(blob: bytes) -> None:
    """What a server can see without the passphrase: the one size, one scrypt stanza, the one work factor.

    A keyring of another size would tell who bids; another work factor would stall or expose its owner.
    """
    if len(blob) != BLOB_SIZE:
        raise KeyringError("keyring-size", f"{len(blob)} bytes; every keyring has {BLOB_SIZE}")
    lines = blob[:256].split(b"\n")
    stanza = lines[1].split(b" ") if len(lines) > 4 else []
    if not blob.startswith(_HEAD) or len(stanza) != 4 or len(stanza[2]) != 22:
        raise KeyringError("keyring-header", "not an age file with one scrypt stanza")
    if stanza[3] != str(WORK_FACTOR).encode() or len(lines[2]) != 43 or not lines[3].startswith(b"--- "):
        raise KeyringError("keyring-header", f"one scrypt stanza of work factor {WORK_FACTOR} is asked for")


@speaking(KeyringError)
def decode_keyring(blob: bytes, passphrase: str) -> dict[str, Any]:
    """The keyring inside; KeyringError("keyring-passphrase") for another passphrase or a changed byte."""
    check_blob(blob)
    try:
        plain = pyrage.passphrase.decrypt(blob, passphrase)
    except pyrage.DecryptError as error:
        raise KeyringError("keyring-passphrase", "the passphrase is another one, or the file was changed") from error
    if len(plain) != PLAIN_SIZE:
        raise KeyringError("keyring-size", "the keyring inside has another size")
    keyring = record(parse(plain), ("v", "bids", "trustee"), "keyring")
    if keyring["v"] != "keyring/1":
        raise KeyringError("keyring-version", "only keyring/1 is known")
    return keyring
