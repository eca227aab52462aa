"""Small things that the database shall carry for a while and not read.

Sealed with a key derived from the server's own secret (Fernet over HKDF-SHA256), which no database and no backup of one
holds. Whoever holds both reads them.
"""

import base64
import json
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(purpose: str, content: dict[str, Any]) -> str:
    """`content` (JSON) as a token that only the same purpose opens."""
    return _fernet(purpose).encrypt(json.dumps(content).encode()).decode("ascii")


def unseal(purpose: str, token: str) -> dict[str, Any]:
    """What was sealed; cryptography.fernet.InvalidToken for anything else."""
    found: dict[str, Any] = json.loads(_fernet(purpose).decrypt(token.encode()))
    return found


def pseudonym(purpose: str, value: str) -> str:
    """A name for `value` that can be counted and, without the server's secret, not traced: 32 hex digits."""
    mac = HMAC(_key(f"pseudonym {purpose}"), hashes.SHA256())
    mac.update(value.encode())
    return mac.finalize().hex()[:32]


def _fernet(purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(f"envelope {purpose}")))


def _key(info: str) -> bytes:
    found = HKDF(hashes.SHA256(), 32, salt=None, info=f"sunshine/1 {info}".encode())
    return found.derive(settings.SECRET_KEY.encode())
