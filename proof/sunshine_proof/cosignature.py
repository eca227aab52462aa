"""`cosignature/v1` of Ed25519: a witness's word that, at a time, a tree was the largest it had seen of a log.

C2SP tlog-cosignature v1. The signed message does not name the witness, so one key under two names is one witness.
"""

from collections.abc import Iterable, Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sunshine_proof import shape
from sunshine_proof.canonical import b64
from sunshine_proof.checkpoint import (
    COSIGNATURE,
    NoteError,
    NoteKey,
    decode_vkey,
    encode_vkey,
    key_id,
    parse_checkpoint,
    split_note,
)
from sunshine_proof.errors import speaking

LATEST = 2**63 - 1
_TIME = 8


def _message(text: str, at: int) -> bytes:
    """ "cosignature/v1\\n" ‖ "time " at "\\n" ‖ text."""
    return f"cosignature/v1\ntime {at}\n{_utf8(text)}".encode()


def _utf8(text: str) -> str:
    """`text`, or NoteError when it holds lone surrogates and so has no bytes."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("note-text", "a note is valid UTF-8") from error
    return text


def signature_line(name: str, raw: bytes) -> str:
    """ "— name base64(raw)" with its line feed; `raw` is key id ‖ signature."""
    return f"— {name} {b64(raw)}\n"


@speaking(NoteError)
def cosign(text: str, name: str, key: Ed25519PrivateKey, at: int) -> str:
    """The signature line of witness `name` under a checkpoint's `text`, with its line feed.

    — name base64(key id ‖ uint64 at ‖ Ed25519(message)); `at` in seconds since 1970, 1..2⁶³-1. NoteError for a text
    that is no checkpoint: a witness signs nothing else.
    """
    shape.whole(at, 1, LATEST, "time of a cosignature")
    parse_checkpoint(text)
    if not text.endswith("\n") or "\n\n" in text:
        raise NoteError("note-text", "a checkpoint ends with a line feed and has no empty line")
    public = key.public_key().public_bytes_raw()
    encode_vkey(name, public, COSIGNATURE)
    signature = at.to_bytes(_TIME, "big") + key.sign(_message(text, at))
    return signature_line(name, key_id(name, public, COSIGNATURE) + signature)


def witness_key(vkey: str) -> NoteKey:
    """The key of a witness; NoteError("note-key") when `vkey` is none, or one of another type."""
    # a name without bytes would stop the hash inside decode_vkey
    key = decode_vkey(_utf8(vkey))
    if key.type != COSIGNATURE:
        raise NoteError("note-key", "a cosignature is verified with a cosignature/v1 key")
    return key


def cosignature_times(note: str, vkey: str) -> list[int]:
    """When the witness of `vkey` cosigned this note: seconds since 1970, oldest first; empty when it never did.

    Signatures of other keys are ignored; a false one in this key's name condemns the note
    (NoteError "note-signature").
    """
    key = witness_key(vkey)
    text, signatures = split_note(note)
    ours = {raw[4:] for name, raw in signatures if name == key.name and raw[:4] == key.id}
    return sorted(_time(text, key, raw) for raw in ours)


def _time(text: str, key: NoteKey, raw: bytes) -> int:
    at = int.from_bytes(raw[:_TIME], "big")
    if len(raw) != _TIME + 64 or not 1 <= at <= LATEST:
        raise NoteError("note-signature", f"the cosignature by {key.name} has no time and signature")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(raw[_TIME:], _message(text, at))
    except InvalidSignature as error:
        raise NoteError("note-signature", f"the cosignature by {key.name} is false") from error
    return at


def verify_cosignature(note: str, vkey: str) -> int | None:
    """When the witness of `vkey` last cosigned this note (seconds since 1970), or None; else as cosignature_times."""
    return max(cosignature_times(note, vkey), default=None)


def quorum(note: str, vkeys: Sequence[str], k: int) -> list[tuple[str, int]]:
    """[(name, time), …] of those among `vkeys` that cosigned this note, in their order; NoteError when fewer than k.

    Equal keys count once, whatever their names: anybody can write a signature anew under another name.
    """
    found: dict[bytes, tuple[str, int]] = {}
    for vkey in vkeys:
        key, at = witness_key(vkey), verify_cosignature(note, vkey)
        if at is not None:
            found.setdefault(key.public, (key.name, at))
    if len(found) < k:
        raise NoteError("quorum", f"{len(found)} of the {k} witnesses asked for have cosigned")
    return list(found.values())


def merge(note: str, lines: Iterable[str]) -> str:
    """The note with these signature lines, each once: those named like the log first, then by name, key and time.

    The same lines give the same bytes in whatever order they come. Nothing is verified here. A line has its line
    feed; one string may hold several.
    """
    text, signatures = split_note(note)
    found = set(signatures)
    for line in lines:
        around, given = split_note(f"{text}\n{line}")
        # an empty line inside would move the end of the text
        if around != text:
            raise NoteError("note-text", "a signature line is one line")
        found.update(given)
    origin = text.partition("\n")[0]
    ordered = sorted(found, key=lambda signature: (signature[0] != origin, *signature))
    return text + "\n" + "".join(signature_line(name, raw) for name, raw in ordered)
