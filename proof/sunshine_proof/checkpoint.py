"""C2SP signed notes, their verifier keys, and checkpoints (signed-note v1.0.0, tlog-checkpoint v1.0.0)."""

import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof.canonical import b64, h, unbase64
from sunshine_proof.errors import ProofError, speaking

ED25519 = 1
COSIGNATURE = 4
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


class NoteError(ProofError):
    """Not a signed note, not a key, or not signed by that key."""


@dataclass(frozen=True)
class NoteKey:
    """A verifier key: its name, 4-byte id, signature type (1 Ed25519, 4 cosignature/v1) and 32 public bytes."""

    name: str
    id: bytes
    type: int
    public: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A log's head: origin, number of entries, 32-byte root."""

    origin: str
    size: int
    root: bytes


def _has_bytes(text: str) -> bool:
    """Whether the text has UTF-8 bytes: a lone surrogate has none."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def key_id(name: str, public: bytes, kind: int = ED25519) -> bytes:
    """SHA-256(name ‖ "\\n" ‖ type ‖ public)[:4]."""
    return h(name, "\n", bytes([kind]), public)[:4]


def encode_vkey(name: str, public: bytes, kind: int = ED25519) -> str:
    """`name+id+key` of 32 public bytes; the name has neither spaces nor `+`."""
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name) or len(public) != 32:
        raise NoteError("note-key", "a key has a name without spaces or +, and 32 bytes")
    return f"{name}+{key_id(name, public, kind).hex()}+{b64(bytes([kind]) + public)}"


@speaking(NoteError)
def decode_vkey(vkey: str) -> NoteKey:
    """Read `name+id+key`; NoteError when the id is not that of name and key, or the type is not known."""
    pieces = vkey.split("+", 2)
    if len(pieces) != 3 or not _has_bytes(vkey):
        raise NoteError("note-key", "a verifier key is name+id+key")
    raw = unbase64(pieces[2], "key")
    if len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
        raise NoteError("note-key", "the key is neither Ed25519 nor cosignature/v1")
    key = NoteKey(pieces[0], key_id(pieces[0], raw[1:], raw[0]), raw[0], raw[1:])
    if encode_vkey(key.name, key.public, key.type) != vkey:
        raise NoteError("note-key", "the key id is not that of this name and key")
    return key


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> str:
    """`text` (ends with a line feed) followed by its Ed25519 signature line."""
    if not text.endswith("\n") or "\n\n" in text or text.startswith("\n"):
        raise NoteError("note-text", "a note's text ends with a line feed and has no empty line")
    public = key.public_key().public_bytes_raw()
    encode_vkey(name, public)
    return f"{text}\n— {name} {b64(key_id(name, public) + key.sign(text.encode()))}\n"


def split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    """(text, [(key name, key id ‖ signature), …]) of a note of at most 1 MB; NoteError when it is malformed."""
    text, separator, tail = note.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or len(note) > 1_000_000:
        raise NoteError("note-text", "a note is text, an empty line, and signature lines")
    if any(ord(c) < 32 and c != "\n" for c in note) or not _has_bytes(note):
        raise NoteError("note-text", "control characters in a note")
    signatures = []
    for line in tail[:-1].split("\n"):
        pieces = line.split(" ")
        if len(pieces) != 3 or pieces[0] != "—" or not pieces[1]:
            raise NoteError("note-text", "a signature line is — name base64")
        with speaking(NoteError):
            raw = unbase64(pieces[2], "signature")
        if len(raw) < 5:
            raise NoteError("note-text", "a signature is longer than its key id")
        signatures.append((pieces[1], raw))
    return text + "\n", signatures


def verify_note(note: str, vkey: str) -> str:
    """The text of a note that carries a genuine Ed25519 signature of `vkey`; NoteError("note-signature") otherwise.

    Signatures of other keys are ignored, as the format asks; a false one in this key's name condemns the note.
    """
    key = decode_vkey(vkey)
    if key.type != ED25519:
        raise NoteError("note-key", "a note is verified with an Ed25519 key")
    text, signatures = split_note(note)
    ours = [raw[4:] for name, raw in signatures if name == key.name and raw[:4] == key.id]
    if not ours:
        raise NoteError("note-signature", f"no signature by {key.name}")
    for signature in ours:
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
        except InvalidSignature as error:
            raise NoteError("note-signature", f"the signature by {key.name} is false") from error
    return text


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Origin, size and base64 root, a line each: what a log signs."""
    if not checkpoint.origin or "\n" in checkpoint.origin or checkpoint.size < 0 or len(checkpoint.root) != 32:
        raise NoteError("checkpoint", "a checkpoint has an origin, a size and a 32-byte root")
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64(checkpoint.root)}\n"


@speaking(NoteError)
def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint note (verify the note first); further lines are extensions and ignored."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.match(lines[1]):
        raise NoteError("checkpoint", "a checkpoint is origin, size and root")
    root = unbase64(lines[2], "root")
    if len(root) != 32:
        raise NoteError("checkpoint", "a root is 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)
