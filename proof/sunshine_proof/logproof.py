"""C2SP tlog-proof@v1: one text that shows, offline, that an entry stands in a log and who has seen it there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.checkpoint import Checkpoint, parse_checkpoint, split_note, verify_note
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.tree import leaf_hash, verify_inclusion

HEAD = "c2sp.org/tlog-proof@v1"
LIMIT = 64_000  # characters; 63 hashes and some dozen signatures stay far below
_INDEX = re.compile(r"index (0|[1-9]\d{0,18})\Z")


class LogProofError(ProofError):
    """Not a proof of inclusion, or one that does not hold."""


@dataclass(frozen=True)
class LogProof:
    """A leaf's index, its audit path lowest node first, and the signed checkpoint (with cosignatures) it leads to."""

    index: int
    path: tuple[bytes, ...]
    note: str
    extra: bytes = b""

    @property
    def checkpoint(self) -> Checkpoint:
        """Origin, size and root of the note, whose signatures nobody has looked at yet."""
        return parse_checkpoint(split_note(self.note)[0])


def write_proof(index: int, path: Sequence[bytes], note: str, extra: bytes = b"") -> str:
    """The text of a proof; `extra` is carried along and vouched for by nobody."""
    lines = [HEAD, *([f"extra {b64(extra)}"] if extra else []), f"index {index}", *map(b64, path)]
    return "\n".join(lines) + f"\n\n{note}"


@speaking(LogProofError)
def read_proof(text: str) -> LogProof:
    """Read a proof; LogProofError("proof-format") where a line is not what the format asks for."""
    if len(text) > LIMIT:
        raise LogProofError("proof-format", f"a proof has at most {LIMIT} characters")
    above, _, note = text.partition("\n\n")
    lines = above.split("\n")
    if lines[0] != HEAD or not note:
        raise LogProofError("proof-format", f"a proof begins with {HEAD} and ends with a checkpoint")
    rest = lines[1:]
    extra = unbase64(rest.pop(0)[6:], "extra") if rest and rest[0].startswith("extra ") else b""
    found = _INDEX.match(rest[0]) if rest else None
    path = tuple(unbase64(line, "hash") for line in rest[1:])
    if not found or len(path) > 63 or any(len(node) != 32 for node in path):
        raise LogProofError("proof-format", "an index and at most 63 hashes of 32 bytes")
    proof = LogProof(int(found[1]), path, note, extra)
    if write_proof(proof.index, proof.path, note, extra) != text:
        raise LogProofError("proof-format", "not the one spelling of this proof")
    parse_checkpoint(split_note(note)[0])
    return proof


@speaking(LogProofError)
def verify_proof(text: str, entry: bytes, log_vkey: str) -> LogProof:
    """The proof, when the log of `log_vkey` signed its checkpoint and `entry` stands there; LogProofError otherwise.

    Codes: proof-format, note-…, proof-origin, tree-proof. Cosignatures of witnesses are looked at elsewhere.
    """
    proof = read_proof(text)
    head = parse_checkpoint(verify_note(proof.note, log_vkey))
    if head.origin != log_vkey.partition("+")[0]:
        raise LogProofError("proof-origin", "the checkpoint is of another log")
    verify_inclusion(leaf_hash(entry), proof.index, head.size, proof.path, head.root)
    return proof
