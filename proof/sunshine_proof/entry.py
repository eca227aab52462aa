"""What stands in the log: 32 bytes that hide an event until its payload and salt are given out (trust.md §2.6)."""

import secrets
from collections.abc import Mapping
from typing import Any

from sunshine_proof.canonical import h, jcs, parse
from sunshine_proof.errors import ProofError

SIZE = 32  # bytes of every entry and of every salt
BATCH = 16  # entries of one tick come in multiples of this


class EntryError(ProofError):
    """A payload or salt that no entry can be made of."""


def entry_of(payload: bytes, salt: bytes) -> bytes:
    """H("sunshine/1 entry\\n" ‖ salt ‖ payload) over the canonical bytes of an event; the salt has 32 bytes."""
    if len(salt) != SIZE:
        raise EntryError("entry-salt", f"a salt has {SIZE} bytes")
    return h("sunshine/1 entry\n", salt, payload)


def read_payload(payload: bytes) -> Mapping[str, Any]:
    """The event inside canonical bytes; EntryError where the bytes are not the canonical form of an object."""
    try:
        found = parse(payload)
        if isinstance(found, dict) and jcs(found) == payload:
            return found
    except ProofError as error:
        raise EntryError("entry-payload", error.detail) from error
    raise EntryError("entry-payload", "not the canonical form of an object")


def cover(real: int, *, at_least: int = 0) -> list[bytes]:
    """Random entries that bring `real` ones to a multiple of 16, and to no fewer than `at_least`.

    They look like all others, so that neither entries nor batches tell how many bids a lot has (招标投标法 第二十二条).
    """
    wanted = max(real, at_least)
    return [secrets.token_bytes(SIZE) for _ in range(-(-wanted // BATCH) * BATCH - real)]
