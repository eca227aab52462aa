"""An event with its place in the log as one file: a tlog-proof whose extra data are the event's payload and salt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import jcs, parse, unhex
from sunshine_proof.entry import SIZE, entry_of, read_payload
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.logproof import LogProof, read_proof, verify_proof, write_proof

_KEYS = ("v", "payload", "salt")


class EventProofError(ProofError):
    """Not an event with its proof, or one that does not hold."""


@dataclass(frozen=True)
class EventProof:
    """What is proved: the event (event/1), its index, and the proof with its checkpoint."""

    event: Mapping[str, Any]
    proof: LogProof


def write_event_proof(payload: bytes, salt: bytes, index: int, path: Sequence[bytes], note: str) -> str:
    """The text of a `.tlog-proof` that carries what its entry was made of: whoever has it can check it alone."""
    extra = jcs({"v": "event-proof/1", "payload": payload.decode(), "salt": salt.hex()})
    return write_proof(index, path, note, extra)


@speaking(EventProofError)
def read_event_proof(text: str, log_vkey: str) -> EventProof:
    """The event of a `.tlog-proof`, when the log of `log_vkey` has its entry; EventProofError otherwise.

    Codes: proof-…, note-…, tree-proof, entry-…, and event-proof where the extra data are not an event's.
    """
    extra = read_proof(text).extra
    try:
        found = shape.record(parse(extra), _KEYS, "extra data")
        payload, salt = str(found["payload"]).encode(), unhex(found["salt"], SIZE, "salt")
        if found["v"] != "event-proof/1" or not isinstance(found["payload"], str) or jcs(found) != extra:
            raise EventProofError("event-proof", "the extra data are not an event-proof/1")
    except (ProofError, UnicodeEncodeError) as error:
        raise EventProofError("event-proof", "the extra data are not an event-proof/1") from error
    return EventProof(read_payload(payload), verify_proof(text, entry_of(payload, salt), log_vkey))
