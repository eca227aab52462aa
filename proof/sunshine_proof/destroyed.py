"""`key-destroyed/1`: a trustee's signed word that its key of one tender is gone. It cannot prove more."""

from collections.abc import Mapping
from typing import Any

from sunshine_proof import shape
from sunshine_proof.agefile import public_of
from sunshine_proof.canonical import h, jcs
from sunshine_proof.errors import ProofError, speaking


class DestroyedError(ProofError):
    """Not a statement about this key."""


def build_destroyed(tender: str, role: str, recipient: str, time: str) -> dict[str, Any]:
    """The statement of the holder of `recipient` in one tender; `time` as `2027-03-01T01:00:00Z`."""
    return {"v": "key-destroyed/1", "tender": tender, "role": role, "recipient": recipient, "time": time}


def destroyed_digest(statement: Mapping[str, Any]) -> bytes:
    """H("seal/1 key-destroyed\\n" ‖ JCS(statement)): the 32 bytes the trustee's certificate signs."""
    return h("seal/1 key-destroyed\n", jcs(statement))


@speaking(DestroyedError)
def check_destroyed(statement: Mapping[str, Any], tender: str, role: str, recipient: str) -> None:
    """A well-formed statement about exactly this key; raises DestroyedError."""
    found = shape.record(statement, ("v", "tender", "role", "recipient", "time"), "statement")
    if found["v"] != "key-destroyed/1":
        raise DestroyedError("destroyed-version", "only key-destroyed/1 is known")
    if (found["tender"], found["role"]) != (tender, role):
        raise DestroyedError("destroyed-tender", "a statement about another tender or seat")
    public_of(shape.text(found["recipient"], "recipient"))
    if found["recipient"] != recipient:
        raise DestroyedError("destroyed-key", "a statement about another key")
    shape.instant(found["time"], "time")
