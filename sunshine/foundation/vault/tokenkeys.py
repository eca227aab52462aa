"""The signing keys of box tokens: one for each lot, in files beside the log's key, never in the database.

A key is made the first time a lot's is asked for, which is its announcement; what is published then stands for good.
"""

import re
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from sunshine.foundation.vault.keyfiles import made_once
from sunshine_proof import blindtoken

BITS = 2048  # it protects the right to submit in one lot until its deadline, and no bid


def public_text(lot: str) -> str:
    """The public key of the lot (a public id) as base64 of its SPKI."""
    return blindtoken.public_key_text(_key(lot).public_key())


def blind_sign(lot: str, blinded: bytes) -> bytes:
    """The lot's blind signature. Raises blindtoken.TokenError for a number that no honest browser sends."""
    return blindtoken.blind_sign(_key(lot), blinded)


def _key(lot: str) -> rsa.RSAPrivateKey:
    if not re.fullmatch(r"[A-Z]+-[0-9A-Za-z]+", lot):
        raise ValueError(f"not the public id of a lot: {lot!r}")
    return _load(Path(settings.SECRETS) / "box_tokens" / f"{lot}.pem")


@lru_cache(maxsize=256)
def _load(path: Path) -> rsa.RSAPrivateKey:
    def make() -> bytes:
        key = blindtoken.new_token_key(BITS)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    key = load_pem_private_key(made_once(path, make), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{path} holds no RSA key")
    return key
