"""The log's side of tlog-witness: one checkpoint, one witness, one bounded conversation over HTTP."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sunshine_proof.bounded import Heard, NoAnswer, Post, TooLong, post
from sunshine_proof.checkpoint import Checkpoint, NoteError, parse_checkpoint, split_note
from sunshine_proof.cosignature import signature_line, verify_cosignature, witness_key
from sunshine_proof.errors import ProofError
from sunshine_proof.witness import SIZE_TYPE, TEXT_TYPE, WitnessError, request

# (old size, new size) → the RFC 6962 consistency path, 32 bytes each
Prove = Callable[[int, int], list[bytes]]
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n\Z")
_REFUSALS = {
    400: "witness-bad-request",
    403: "witness-forbidden",
    404: "witness-unknown-log",
    409: "witness-conflict",
    422: "witness-inconsistent",
}


@dataclass(frozen=True)
class Outcome:
    """How one conversation ended.

    state   cosigned     `line` is the witness's signature line, verified, given at `time` (seconds since 1970)
            behind       it stands at `size` and could not be brought further this time; try again
            refused      it will not cosign: see `code`; witness-ahead and witness-inconsistent are alarms, for then
                         the witness has seen another tree than ours
            unreachable  no whole answer in time, or nothing could be sent
            lying        its answer is no answer of tlog-witness, or not signed by its key
    code    stable kebab-case word; detail: what exactly, in English
    size    the newest size the witness is known to have seen, when it is known
    """

    state: Literal["cosigned", "behind", "refused", "unreachable", "lying"]
    code: str
    detail: str = ""
    size: int | None = None
    line: str = ""
    time: int | None = None


def add_checkpoint(
    url: str,
    witness_vkey: str,
    log_origin: str,
    old_size: int,
    prove: Prove,
    checkpoint_note: str,
    *,
    timeout: float,
    limit: int = 65_536,
    by: Post = post,
) -> Outcome:
    """Ask the witness at `url` (its submission prefix) to cosign our checkpoint; never raises.

    `old_size` is what we believe it has seen last. When it names another size, that one is tried, once.
    `prove(old, new)` is asked for 0 < old < new. `timeout` bounds the conversation in seconds (the system's search
    for the host's address aside), `limit` the body of an answer in bytes. `by` carries it there, otherwise than by HTTP
    where the witness is in this process.
    """
    try:
        witness_key(witness_vkey)
        ours = parse_checkpoint(split_note(checkpoint_note)[0])
    except ProofError as error:
        return Outcome("unreachable", error.code, f"nothing was sent: {error.detail}")
    if ours.origin != log_origin:
        return Outcome("unreachable", "checkpoint", "nothing was sent: the checkpoint is of another log")
    conversation = _Conversation(url, witness_vkey, prove, checkpoint_note, ours, time.monotonic() + timeout, limit, by)
    # a belief beyond our own size cannot be asked about; asking from nothing brings the true one
    found = conversation.ask(old_size if 0 <= old_size <= ours.size else 0)
    if found.code == "witness-behind" and found.size is not None:
        return conversation.ask(found.size)
    return found


@dataclass(frozen=True)
class _Conversation:
    """What stays the same while we ask once or twice; `deadline` on the monotonic clock."""

    url: str
    vkey: str
    prove: Prove
    note: str
    ours: Checkpoint
    deadline: float
    limit: int
    by: Post

    def ask(self, old: int) -> Outcome:
        """Ask with this old size; "witness-behind" when it names a smaller one than ours."""
        try:
            path = self.prove(old, self.ours.size) if 0 < old < self.ours.size else []
        # a storage of tiles may fail in its own ways; a witness is asked again later
        except Exception as error:
            return Outcome("behind", "no-proof", f"{old} to {self.ours.size}: {type(error).__name__}", old)
        try:
            body, address = request(old, path, self.note).encode(), f"{self.url.rstrip('/')}/add-checkpoint"
            heard = self.by(address, body, TEXT_TYPE, self.deadline, self.limit)
        except WitnessError as error:
            return Outcome("unreachable", error.code, f"nothing was sent: {error.detail}")
        except NoAnswer as error:
            return Outcome("unreachable", "witness-unreachable", str(error))
        except TooLong as error:
            return Outcome("lying", "witness-answer", str(error))
        if heard.open_end and not heard.body.endswith(b"\n"):
            # without a length the end of the line is the end of the answer, and could be an accident
            return Outcome("unreachable", "witness-unreachable", "the answer ended early")
        if heard.status == 200:
            return _cosigned(heard.body, self.vkey, self.note, self.ours.size)
        return _declined(heard, old, self.ours.size)


def _cosigned(body: bytes, vkey: str, note: str, size: int) -> Outcome:
    """The newest line of the witness's own key in a 200, once it verifies over our text; others' lines are ignored."""
    text, key = split_note(note)[0], witness_key(vkey)
    answered = f"{text}\n{body.decode(errors='replace')}"
    try:
        around, lines = split_note(answered)
        # an empty line in the answer would make it speak of another text than ours
        at = verify_cosignature(answered, vkey) if around == text else None
    except NoteError as error:
        return Outcome("lying", "witness-signature", f"{error.detail}: {_glimpse(body)}")
    if at is None:
        return Outcome("lying", "witness-signature", f"nothing signed with the key we know: {_glimpse(body)}")
    # after the key id stands the time, big-endian: the greatest bytes are the newest
    newest = max(raw for name, raw in lines if name == key.name and raw[:4] == key.id)
    return Outcome("cosigned", "cosigned", "", size, signature_line(key.name, newest), at)


def _declined(heard: Heard, old: int, ours: int) -> Outcome:
    """What an answer other than 200 means, to our request with this old size and our tree of `ours` entries."""
    glimpse = _glimpse(heard.body)
    if heard.status == 409:
        said = _SIZE.match(heard.body.decode(errors="replace")) if heard.kind == SIZE_TYPE else None
        size = int(said[1]) if said else old
        if size > ours:
            return Outcome("refused", "witness-ahead", f"it has seen {size} entries, we have {ours}", size)
        if size != old:
            return Outcome("behind", "witness-behind", f"it has seen {size} entries, not {old}", size)
        # v1.0.0 answers so, and later versions 422, to another root of the size it has seen
        if old == ours:
            return Outcome("refused", "witness-inconsistent", f"409 {glimpse}", ours)
        if heard.kind == SIZE_TYPE:
            return Outcome("lying", "witness-answer", f"it names no other size: {glimpse}")
    if heard.status in (429, *range(500, 600)):
        return Outcome("unreachable", "witness-failed", f"{heard.status} {glimpse}")
    return Outcome("refused", _REFUSALS.get(heard.status, "witness-status"), f"{heard.status} {glimpse}")


def _glimpse(body: bytes) -> str:
    """The beginning of a stranger's words, harmless to print."""
    return ascii(body[:120].decode(errors="replace"))
