"""age v1 files for one X25519 recipient: identities, deterministic share files, streamed bodies.

We write files ourselves and read them with pyrage. Every file pyrage *writes* carries a random extra "grease"
stanza, and a sealed body must have exactly one X25519 stanza: nobody but the key in the lid opens it, and no
second recipient or covert note rides along. Format: https://age-encryption.org/v1 (C2SP).
"""

import base64
import hashlib
import hmac
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sunshine_proof.bech32 import bech32_decode, bech32_encode
from sunshine_proof.errors import ProofError, speaking

__all__ = [
    "AgeError",
    "BodyShape",
    "Written",
    "bech32_decode",
    "bech32_encode",
    "body_size",
    "decrypt_bytes",
    "decrypt_file",
    "deterministic_file",
    "encrypt_file",
    "encrypt_stream",
    "header_and_payload",
    "identity_of",
    "inspect_body",
    "new_secret",
    "public_of",
    "recipient_of",
    "secret_of",
    "write_payload_chunks",
]

CHUNK = 64 * 1024
TAG = 16
NONCE = 16
_VERSION = b"age-encryption.org/v1\n"
# version, "-> X25519 " + 43 characters, 43 characters, "--- " + 43 characters, each with its line feed
HEADER_SIZE = len(_VERSION) + 10 + 43 + 1 + 43 + 1 + 4 + 43 + 1


class AgeError(ProofError):
    """Not an age file, key or recipient of the one shape we take, or not decryptable with this key."""


@dataclass(frozen=True)
class BodyShape:
    """Sizes in bytes that a body's first bytes and length give away without any key."""

    size: int
    plaintext_size: int


@dataclass(frozen=True)
class Written:
    """What was written: size in bytes and SHA-256 (lower-case hex)."""

    size: int
    sha256: str


def new_secret() -> bytes:
    """32 fresh random bytes: a bid part's S, an age X25519 secret."""
    return os.urandom(32)


def identity_of(secret: bytes) -> str:
    """`AGE-SECRET-KEY-1…` of 32 secret bytes."""
    if len(secret) != 32:
        raise AgeError("age-key", "a secret is 32 bytes")
    return bech32_encode("age-secret-key-", secret).upper()


def recipient_of(secret: bytes) -> str:
    """`age1…` of the X25519 public key of 32 secret bytes."""
    if len(secret) != 32:
        raise AgeError("age-key", "a secret is 32 bytes")
    return bech32_encode("age", X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw())


def secret_of(identity: str) -> bytes:
    """The 32 secret bytes of an upper-case `AGE-SECRET-KEY-1…`; AgeError otherwise."""
    return _key(identity, "age-secret-key-", identity.upper())


def public_of(recipient: str) -> bytes:
    """The 32 public bytes of a lower-case `age1…`; AgeError also for low-order points, which encrypt to everybody."""
    public = _key(recipient, "age", recipient.lower())
    try:
        X25519PrivateKey.from_private_bytes(bytes(31) + b"\x40").exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as error:
        raise AgeError("age-key", "the recipient is a low-order point") from error
    return public


@speaking(AgeError)
def _key(text: str, prefix: str, spelling: str) -> bytes:
    found, data = bech32_decode(text)
    if found != prefix or len(data) != 32 or text != spelling:
        raise AgeError("age-key", f"expected 32 bytes with prefix {prefix}")
    return data


def _hkdf(secret: bytes, salt: bytes | None, info: bytes, size: int) -> bytes:
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)


def _b64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")


def _header(recipient: str, file_key: bytes, ephemeral: bytes) -> bytes:
    public, secret = public_of(recipient), X25519PrivateKey.from_private_bytes(ephemeral)
    share = secret.public_key().public_bytes_raw()
    shared = secret.exchange(X25519PublicKey.from_public_bytes(public))
    wrap = _hkdf(shared, share + public, b"age-encryption.org/v1/X25519", 32)
    wrapped = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    return finish_header(_VERSION + b"-> X25519 " + _b64(share) + b"\n" + _b64(wrapped) + b"\n---", file_key)


def finish_header(head: bytes, file_key: bytes) -> bytes:
    """`head` (up to and with `---`) followed by its MAC line."""
    mac = hmac.digest(_hkdf(file_key, None, b"header", 32), head, hashlib.sha256)
    return head + b" " + _b64(mac) + b"\n"


def write_payload_chunks(reader: BinaryIO, file_key: bytes, nonce: bytes) -> Iterator[bytes]:
    """nonce, then the STREAM chunks of `reader`: 64 KiB each, the last one flagged, empty only if all is empty."""
    cipher = ChaCha20Poly1305(_hkdf(file_key, nonce, b"payload", 32))
    yield nonce
    number, chunk = 0, _full(reader)
    while True:
        # reading one ahead: only then is it known whether this chunk is the last
        following = _full(reader) if len(chunk) == CHUNK else b""
        last = not following
        yield cipher.encrypt(number.to_bytes(11, "big") + (b"\1" if last else b"\0"), chunk, None)
        if last:
            return
        number, chunk = number + 1, following


def _full(reader: BinaryIO) -> bytes:
    """Up to one chunk; short reads of pipes are joined."""
    found = bytearray()
    while len(found) < CHUNK:
        piece = reader.read(CHUNK - len(found))
        if not piece:
            break
        found += piece
    return bytes(found)


def deterministic_file(recipient: str, plaintext: bytes, seed: bytes, label: str) -> bytes:
    """The one age file that `seed` and `label` give for this recipient and plaintext (at most 64 KiB).

    g(w, n) = HKDF-SHA256(seed, no salt, "seal/1 det w label", n bytes); file key g("filekey", 16), ephemeral secret
    g("eph", 32), payload nonce g("nonce", 16). An ordinary age file; whoever knows the seed recomputes every byte.
    """
    if len(plaintext) > CHUNK:
        raise AgeError("age-too-large", "a deterministic file has one chunk")

    def g(what: str, size: int) -> bytes:
        return _hkdf(seed, None, f"seal/1 det {what} {label}".encode(), size)

    file_key = g("filekey", 16)
    chunks = write_payload_chunks(io.BytesIO(plaintext), file_key, g("nonce", NONCE))
    return _header(recipient, file_key, g("eph", 32)) + b"".join(chunks)


def encrypt_stream(reader: BinaryIO, writer: BinaryIO, recipient: str) -> Written:
    """Encrypt `reader` to one recipient with fresh randomness; memory use does not grow with the input."""
    digest, size, file_key = hashlib.sha256(), 0, os.urandom(16)

    def put(data: bytes) -> None:
        nonlocal size
        writer.write(data)
        digest.update(data)
        size += len(data)

    put(_header(recipient, file_key, os.urandom(32)))
    for chunk in write_payload_chunks(reader, file_key, os.urandom(NONCE)):
        put(chunk)
    return Written(size, digest.hexdigest())


def encrypt_file(source: str | Path, target: str | Path, recipient: str) -> Written:
    """Encrypt the file `source` into `target`, which appears only when it is complete."""
    with open(source, "rb") as reader, _appearing(Path(target)) as writer:
        return encrypt_stream(reader, writer, recipient)


@contextmanager
def _appearing(target: Path) -> Iterator[BinaryIO]:
    """A writer whose file takes its name at the end; after an error nothing remains."""
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with open(draft, "xb") as writer:
            yield writer
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


class _Honest:
    """A reader or writer that remembers its own failure.

    pyrage reports a full disk and a forged chunk with the same exception; whose fault it is must not be guessed.
    """

    def __init__(self, stream: BinaryIO):
        self._stream, self.failure = stream, None

    failure: OSError | None

    def _try(self, act: Any, *arguments: Any) -> Any:
        try:
            return act(*arguments)
        except OSError as error:
            self.failure = error
            raise

    def read(self, size: int = -1) -> Any:
        return self._try(self._stream.read, size)

    def write(self, data: bytes) -> Any:
        return self._try(self._stream.write, data)

    def flush(self) -> None:
        self._try(self._stream.flush)


def decrypt_file(identity: str, source: str | Path, target: str | Path) -> None:
    """Decrypt a body into `target`, which appears only when every chunk was genuine.

    AgeError("age-undecryptable") when the file is not for this identity, changed or cut; OSError when this
    machine's disk failed (which is nobody's fault but this machine's).
    """
    key = pyrage.x25519.Identity.from_str(identity_of(secret_of(identity)))
    with open(source, "rb") as body, _appearing(Path(target)) as plain:
        reader, writer = _Honest(body), _Honest(plain)
        try:
            pyrage.decrypt_io(reader, writer, [key])
        except Exception as error:
            failure = reader.failure or writer.failure
            if failure is not None:
                raise failure from error
            # pyrage names a forged chunk OSError, too; the true ones were remembered above
            if isinstance(error, pyrage.DecryptError | OSError):
                raise AgeError("age-undecryptable", str(error)) from error
            raise


def decrypt_bytes(identity: str, data: bytes) -> bytes:
    """Decrypt a small file, such as a share; AgeError("age-undecryptable") otherwise. Never for bodies."""
    try:
        plain: bytes = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(identity_of(secret_of(identity)))])
    except pyrage.DecryptError as error:
        raise AgeError("age-undecryptable", str(error)) from error
    return plain


def body_size(plaintext_size: int) -> int:
    """Size in bytes of the age file of so many plaintext bytes."""
    return HEADER_SIZE + NONCE + plaintext_size + TAG * max(1, -(-plaintext_size // CHUNK))


def inspect_body(source: str | Path | bytes | BinaryIO) -> BodyShape:
    """Check without any key that this is an age file with exactly one X25519 stanza and a size chunks can have.

    `source` is a path, bytes, or a seekable binary file (left at its end). AgeError("age-header") and
    AgeError("age-size") say what is wrong.
    """
    if isinstance(source, str | Path):
        with open(source, "rb") as opened:
            return inspect_body(opened)
    stream: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else source
    stream.seek(0)
    header_and_payload(stream.read(HEADER_SIZE))
    size = stream.seek(0, io.SEEK_END)
    chunks, rest = divmod(size - HEADER_SIZE - NONCE, CHUNK + TAG)
    # the last chunk holds at least its tag and, unless it is the only one, at least one byte
    if chunks < 0 or 0 < rest < TAG or (rest == TAG and chunks > 0) or (rest == 0 and chunks == 0):
        raise AgeError("age-size", f"{size} bytes are no whole number of chunks")
    return BodyShape(size, size - HEADER_SIZE - NONCE - TAG * (chunks + (1 if rest else 0)))


def header_and_payload(data: bytes) -> tuple[bytes, bytes]:
    """Split a file that begins with our one header shape; AgeError("age-header") for any other header."""
    head = data[:HEADER_SIZE]
    lines = head.split(b"\n")
    if len(head) != HEADER_SIZE or len(lines) != 5 or lines[0] + b"\n" != _VERSION:
        raise AgeError("age-header", "not an age v1 file with one X25519 stanza")
    share, wrapped, mac = lines[1].removeprefix(b"-> X25519 "), lines[2], lines[3].removeprefix(b"--- ")
    if len(lines[1]) - len(share) != 10 or len(lines[3]) - len(mac) != 4 or lines[4]:
        raise AgeError("age-header", "the header must be exactly one X25519 stanza")
    for part in (share, wrapped, mac):
        try:
            raw = base64.b64decode(part + b"=", validate=True)
        except ValueError as error:
            raise AgeError("age-header", "the header is not base64") from error
        if len(raw) != 32 or _b64(raw) != part:
            raise AgeError("age-header", "the header is not canonical base64 of 32 bytes")
    return head, data[HEADER_SIZE:]
