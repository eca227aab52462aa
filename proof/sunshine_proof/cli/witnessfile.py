"""The one file of a witness: its key and, for every log, the newest checkpoint it cosigned.

JSON, mode 0600: {"v": "sunshine-witness/1", "name", "vkey", "key": hex, "heads": {origin: cosigned checkpoint},
"sum": hex(H(JCS without sum))}.
A witness whose file is lost, or was brought back from a copy, has forgotten what it saw: it must go on under a new
key.
"""

import fcntl
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof import shape
from sunshine_proof.canonical import h, jcs, parse, unhex
from sunshine_proof.checkpoint import COSIGNATURE, encode_vkey, parse_checkpoint, split_note
from sunshine_proof.cosignature import verify_cosignature
from sunshine_proof.errors import ProofError
from sunshine_proof.witness import Head

_LIMIT = 64 << 20


class StateError(ProofError):
    """The file of a witness cannot be used."""


@dataclass(frozen=True)
class State:
    """A witness's name and key, and for every origin the newest checkpoint it cosigned (a signed note)."""

    name: str
    key: Ed25519PrivateKey
    heads: Mapping[str, str]

    @property
    def vkey(self) -> str:
        return encode_vkey(self.name, self.key.public_key().public_bytes_raw(), COSIGNATURE)


class StateFile:
    """A witness's file, held by one process at a time, changed as a whole or not at all."""

    def __init__(self, path: str | Path):
        # two ways to the same file meet at the same lock
        self.path = Path(os.path.realpath(path))
        self._lock: int | None = None

    def hold(self) -> None:
        """Keep others out until release() or the end of this process; StateError("state-busy")."""
        lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            if isinstance(error, BlockingIOError):
                raise StateError("state-busy", f"another process is using {self.path}") from error
            raise
        self._lock = lock

    def release(self) -> None:
        """Let others in; nothing is written after this."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def read(self, name: str) -> State:
        """The witness `name` as it was last written; StateError, and never a fresh start, when it is not there."""
        try:
            with self.path.open("rb") as file:
                mode, data = os.fstat(file.fileno()).st_mode, file.read(_LIMIT + 1)
        except FileNotFoundError as error:
            hint = f"there is no file {self.path}: make a new witness with `sunshine-witness key`"
            raise StateError("state-missing", hint) from error
        if stat.S_IMODE(mode) & 0o077:
            raise StateError("state-open", f"{self.path} holds a secret and others may read it: chmod 600")
        try:
            state = _read(data)
        except ProofError as error:
            # what is wrong inside is not said: it could be a piece of the key
            hint = f"{self.path} is damaged, or no witness's file; what this witness has seen cannot be known"
            raise StateError("state-damaged", hint) from error
        if state.name != name:
            raise StateError("state-name", f"{self.path} belongs to the witness {state.name}")
        return state

    def write(self, state: State) -> None:
        """Replace the file, safely on disk when this returns; otherwise OSError or StateError("state-busy")."""
        if self._lock is None:
            raise StateError("state-busy", f"{self.path} is not held by this process")
        data = _bytes(state)
        fresh = self.path.with_name(f".{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        try:
            # exclusively made: nobody else can have it open
            with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.path)
        except OSError:
            with suppress(OSError):
                fresh.unlink()
            raise
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _bytes(state: State) -> bytes:
    fields = {"name": state.name, "vkey": state.vkey, "key": state.key.private_bytes_raw().hex()}
    found = {"v": "sunshine-witness/1", **fields, "heads": state.heads}
    return jcs({**found, "sum": h(jcs(found)).hex()}) + b"\n"


def _read(data: bytes) -> State:
    """The state in a file's bytes: the key is that of the vkey, and every checkpoint is cosigned with it."""
    found = shape.record(parse(data, limit=_LIMIT), ("v", "name", "vkey", "key", "heads", "sum"), "state")
    total = found.pop("sum")
    if found["v"] != "sunshine-witness/1" or not isinstance(found["heads"], dict) or h(jcs(found)).hex() != total:
        raise StateError("state-damaged", "not sunshine-witness/1, or not as it was written")
    key = Ed25519PrivateKey.from_private_bytes(unhex(found["key"], 32, "key"))
    state = State(shape.text(found["name"], "name"), key, found["heads"])
    if state.vkey != found["vkey"]:
        raise StateError("state-damaged", "the key is not that of the vkey")
    for origin, note in state.heads.items():
        if not isinstance(note, str) or read_head(note, state.vkey)[0] != origin:
            raise StateError("state-damaged", "a checkpoint of another log")
    return state


def read_head(note: str, vkey: str) -> tuple[str, Head, int]:
    """(origin, head, when) of a checkpoint that the witness of `vkey` cosigned; or ProofError."""
    at, found = verify_cosignature(note, vkey), parse_checkpoint(split_note(note)[0])
    if at is None:
        raise StateError("state-damaged", "a checkpoint that was not cosigned")
    return found.origin, Head(found.size, found.root, note), at


def make_key(path: str | Path, name: str) -> str:
    """The vkey of the witness `name` in this file, which is made when there is none."""
    shape.text(name, "name")
    file = StateFile(path)
    if not file.path.exists():
        file.hold()
        try:
            # another process may have been faster
            if not file.path.exists():
                file.write(State(name, Ed25519PrivateKey.generate(), {}))
        finally:
            file.release()
    return file.read(name).vkey
