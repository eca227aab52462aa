"""投标凭证 at the box: what is shown must be the lot's own signature over this policy and this box key (trust.md §1.3)."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealPolicy
from sunshine.foundation.refusal import Refused
from sunshine_proof import blindtoken
from sunshine_proof.errors import ProofError

# A modulus of nobody: an unknown policy costs the same arithmetic, so that answers differ in nothing.
_NOBODY = blindtoken.public_key_text(rsa.RSAPublicNumbers(blindtoken.EXPONENT, (1 << 2048) - 1).public_key())
_HEX = re.compile(r"[0-9a-f]{64}")


def admitted(pid: Any, box_key: Any, token: Any) -> SealPolicy:
    """The policy for whose lot this token admits this box key.

    One refusal for everything that does not hold, an unknown policy too: Refused("token-refused").
    """
    # only our own form reaches the database: it chokes on a NUL
    known = isinstance(pid, str) and _HEX.fullmatch(pid)
    row = SealPolicy.objects.select_related("lot__project").filter(pid=pid).first() if known else None
    try:
        key = _public_key(row.token_key if row is not None else _NOBODY)
        given: Mapping[str, Any] = token if isinstance(token, dict) else {}
        blindtoken.check_token(given, key, _raw(pid), _raw(box_key))
    except ProofError:
        row = None
    if row is None:
        raise Refused("token-refused", _("投标凭证无效，或不属于这个标段和这只投标箱；没有接收任何内容。"))
    return row


@lru_cache(maxsize=256)
def _public_key(text: str) -> rsa.RSAPublicKey:
    return blindtoken.read_public_key(text)


def _raw(value: Any) -> bytes:
    return bytes.fromhex(value) if isinstance(value, str) and _HEX.fullmatch(value) else bytes(32)
