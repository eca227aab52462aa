"""Small demands on JSON from strangers: exact keys, bounded integers, clean text, instants."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sunshine_proof.errors import ProofError

_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")


class ShapeError(ProofError):
    """A field is missing, superfluous, or not of its kind."""


def record(value: object, keys: Collection[str], what: str, optional: Collection[str] = ()) -> dict[str, Any]:
    """`value` as a dict having every key of `keys` and nothing beyond `keys` and `optional`."""
    if not isinstance(value, Mapping):
        raise ShapeError("wrong-shape", f"{what} must be an object")
    missing, superfluous = set(keys) - set(value), set(value) - set(keys) - set(optional)
    if missing or superfluous:
        raise ShapeError("wrong-shape", f"{what}: missing {sorted(missing)}, unknown {sorted(map(str, superfluous))}")
    return dict(value)


def whole(value: object, low: int, high: int, what: str) -> int:
    """`value` as an integer within low..high; booleans are not numbers."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ShapeError("wrong-shape", f"{what} must be a whole number from {low} to {high}")
    return value


def text(value: object, what: str, limit: int = 200) -> str:
    """`value` as non-empty text of at most `limit` characters without control characters.

    A line feed inside a name would let two different records hash the same bytes.
    """
    if not isinstance(value, str) or not 0 < len(value) <= limit:
        raise ShapeError("wrong-shape", f"{what} must be text of 1 to {limit} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in value):
        raise ShapeError("wrong-shape", f"{what} contains control characters")
    return value


def items(value: object, low: int, high: int, what: str) -> list[Any]:
    """`value` as a list of low..high items."""
    if not isinstance(value, list | tuple) or not low <= len(value) <= high:
        raise ShapeError("wrong-shape", f"{what} must be a list of {low} to {high} items")
    return list(value)


def instant(value: object, what: str) -> datetime:
    """An aware UTC datetime from `2027-03-01T01:00:00Z`; no other spelling is taken."""
    if not isinstance(value, str) or not _INSTANT.match(value):
        raise ShapeError("wrong-shape", f"{what} must look like 2027-03-01T01:00:00Z")
    try:
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise ShapeError("wrong-shape", f"{what} is not a date that exists") from error


def instant_text(moment: datetime) -> str:
    """The one spelling of an aware datetime: UTC, whole seconds (the fraction is cut off), `Z`."""
    if moment.tzinfo is None:
        raise ShapeError("wrong-shape", "a time without its zone is no instant")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
