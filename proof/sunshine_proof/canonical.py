"""Canonical bytes: RFC 8785 JSON of strings and integers, SHA-256, strict hex and base64."""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import rfc8785

from sunshine_proof.errors import ProofError

_HEX = re.compile(r"[0-9a-f]*\Z")
_MAX_DEPTH = 32


class CanonicalError(ProofError):
    """The value has no canonical form, or the text is not the canonical form of a value."""


def jcs(value: object) -> bytes:
    """RFC 8785 bytes of a JSON value made of objects, lists, strings, integers, booleans and null.

    Floats are refused: their text differs between languages, and money is never a float.
    Integers beyond ±(2⁵³-1), other types and lone surrogates raise CanonicalError.
    """
    try:
        return rfc8785.dumps(_plain(value, 0))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise CanonicalError("not-canonical", str(error)) from error


def _plain(value: object, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise CanonicalError("not-canonical", "nested too deeply")
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise CanonicalError("not-canonical", "keys must be strings")
        return {key: _plain(item, depth + 1) for key, item in value.items()}
    raise CanonicalError("not-canonical", f"{type(value).__name__} has no place in canonical JSON")


def parse(data: bytes, *, limit: int = 8 << 20) -> Any:
    """Read JSON of at most `limit` bytes; duplicate keys, floats, NaN, a byte-order mark and bad UTF-8 raise."""
    if len(data) > limit:
        raise CanonicalError("json-too-large", f"{len(data)} bytes, at most {limit}")
    try:
        return json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float
        )
    except CanonicalError:
        raise
    except (ValueError, RecursionError) as error:
        raise CanonicalError("not-json", str(error)[:200]) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CanonicalError("not-json", "a key appears twice")
    return found


def _no_float(text: str) -> Any:
    raise CanonicalError("not-json", f"number {text[:40]} is not an integer; exact decimals are strings")


def h(*parts: bytes | str) -> bytes:
    """SHA-256 of the concatenated parts (strings as UTF-8), 32 raw bytes; the H of every formula here."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode() if isinstance(part, str) else part)
    return digest.digest()


def is_hexlower(value: object, length: int) -> bool:
    """True when `value` is lower-case hex of exactly `length` bytes."""
    return isinstance(value, str) and len(value) == 2 * length and _HEX.match(value) is not None


def unhex(value: object, length: int, what: str = "value") -> bytes:
    """The `length` raw bytes of lower-case hex; upper case, spaces and other lengths raise CanonicalError."""
    if not isinstance(value, str) or not is_hexlower(value, length):
        raise CanonicalError("not-hex", f"{what} must be {2 * length} lower-case hex digits")
    return bytes.fromhex(value)


def b64(data: bytes) -> str:
    """Standard base64 with padding."""
    return base64.b64encode(data).decode()


def unbase64(value: object, what: str = "value") -> bytes:
    """Decode standard base64; only the one canonical text of the bytes is taken."""
    if not isinstance(value, str):
        raise CanonicalError("not-base64", f"{what} must be base64 text")
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise CanonicalError("not-base64", f"{what}: {error}") from error
    if b64(data) != value:
        raise CanonicalError("not-base64", f"{what} is not the canonical base64 of its bytes")
    return data
