"""What a witness of a transparency log decides: C2SP tlog-witness v1, `add-checkpoint`, without any I/O.

A request is text: "old N", at most 63 lines of base64 hashes, an empty line, and the checkpoint as a signed note.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sunshine_proof.canonical import b64, h, unbase64
from sunshine_proof.checkpoint import (
    ED25519,
    Checkpoint,
    NoteError,
    checkpoint_text,
    decode_vkey,
    parse_checkpoint,
    split_note,
    verify_note,
)
from sunshine_proof.cosignature import signature_line
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.tree import EMPTY_ROOT, TreeError, verify_consistency

MAX_PATH = 63
MAX_BODY = 65_536
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"
# ASCII digits only: \d would take others, too
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})\Z")


class WitnessError(ProofError):
    """Not an add-checkpoint request."""


@dataclass(frozen=True)
class Request:
    """The size the log believes this witness has seen, the proof from there, the note, and what the note says."""

    old: int
    path: tuple[bytes, ...]
    note: str
    checkpoint: Checkpoint


@dataclass(frozen=True)
class Head:
    """The newest tree of a log that a witness has accepted: entries, 32-byte root, the signed note that says so."""

    size: int
    root: bytes
    note: str


@dataclass(frozen=True)
class Answer:
    """An HTTP status, the body and its type; `head` only with 200: keep it first, then answer the cosignature.

    The body of a 200 is empty here: whoever holds the key writes the signature line into it.
    """

    status: int
    body: str
    content_type: str = TEXT_TYPE
    head: Head | None = None


def checkpoint_path(origin: str) -> str:
    """Where a witness shows the newest checkpoint it cosigned: "/" hex(H(origin)) "/checkpoint"."""
    return f"/{h(origin).hex()}/checkpoint"


@speaking(WitnessError)
def request(old: int, path: Sequence[bytes], note: str) -> str:
    """The text to send: the proof leads from `old` to the size in the note, and is empty for old = 0."""
    lines = [f"old {old}", *(b64(node) for node in path)]
    text = "\n".join(lines) + "\n\n" + note
    try:
        parse_request(text.encode())
    except UnicodeEncodeError as error:
        raise WitnessError("witness-request", "not UTF-8") from error
    return text


@speaking(WitnessError)
def parse_request(body: bytes) -> Request:
    """Read a request; WitnessError for anything else than the format, whatever its signatures are worth."""
    if len(body) > MAX_BODY:
        raise WitnessError("witness-request", f"{len(body)} bytes, at most {MAX_BODY}")
    try:
        head, separator, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise WitnessError("witness-request", "not UTF-8") from error
    first, *lines = head.split("\n")
    old = _OLD.match(first)
    if not separator or old is None or len(lines) > MAX_PATH:
        raise WitnessError("witness-request", f"old size, at most {MAX_PATH} hashes, an empty line, a checkpoint")
    path = tuple(unbase64(line, "hash") for line in lines)
    if any(len(node) != 32 for node in path):
        raise WitnessError("witness-request", "a hash is 32 bytes")
    text = split_note(note)[0]
    checkpoint = parse_checkpoint(text)
    # one spelling only, and no empty line: what is signed must be what was read
    if not text.startswith(checkpoint_text(checkpoint)) or "\n\n" in text:
        raise WitnessError("checkpoint", "origin, size and root, then lines that are not empty")
    return Request(int(old[1]), path, note, checkpoint)


def decide(state: Head | None, asked: Request, log_vkeys: Sequence[str]) -> Answer:
    """The answer to a request, given the newest head accepted of that log (None when there is none yet).

    `log_vkeys` are the keys of all logs watched; those named like the checkpoint's origin are trusted for it.
    400 old size beyond the checkpoint's · 403 not signed by the log · 404 a log not watched · 409 another old size
    than `state` has, with that size · 422 not an extension of `state` · 200 accepted.
    """
    found = asked.checkpoint
    keys = [vkey for vkey in log_vkeys if decode_vkey(vkey).name == found.origin]
    if not keys:
        return Answer(404, "this witness does not watch that log\n")
    try:
        note = _signed_by_log(asked.note, keys)
    except NoteError as refusal:
        return Answer(403, f"{refusal.detail}\n")
    if asked.old > found.size:
        return Answer(400, "the old size is beyond the checkpoint's\n")
    known = state.size if state else 0
    if asked.old != known:
        return Answer(409, f"{known}\n", SIZE_TYPE)
    try:
        _check_growth(state, asked)
    except TreeError as refusal:
        return Answer(422, f"{refusal.detail}\n")
    return Answer(200, "", head=Head(found.size, found.root, note))


def _check_growth(state: Head | None, asked: Request) -> None:
    """The checkpoint extends `state`, whose size is asked.old; or TreeError."""
    size, root = asked.checkpoint.size, asked.checkpoint.root
    if size == 0 and root != EMPTY_ROOT:
        raise TreeError("tree-proof", "a tree without entries has the root of none")
    if state is not None and state.size > 0:
        verify_consistency(state.size, size, state.root, root, asked.path)
    elif asked.path:
        raise TreeError("tree-proof", "there is nothing to prove from the empty tree")


def _signed_by_log(note: str, vkeys: Sequence[str]) -> str:
    """The note with the genuine signatures of these keys alone; NoteError when there is none, or a false one."""
    text, signatures = split_note(note)
    ours = []
    for vkey in vkeys:
        key = decode_vkey(vkey)
        lines = [(name, raw) for name, raw in signatures if name == key.name and raw[:4] == key.id]
        if key.type == ED25519 and lines:
            verify_note(note, vkey)
            ours += lines
    if not ours:
        raise NoteError("note-signature", "not signed by the log")
    return text + "\n" + "".join(dict.fromkeys(signature_line(name, raw) for name, raw in ours))
