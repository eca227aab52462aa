"""The payload of a sealed part: a ZIP of stored entries with `bid-statement/1`, its CMS signature, and padding."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, BinaryIO

from sunshine_proof.canonical import jcs, parse
from sunshine_proof.errors import speaking
from sunshine_proof.statement import (
    MAX_ENTRIES,
    PayloadError,
    build_statement,
    check_names,
    check_statement,
    file_entry,
)
from sunshine_proof.zipcheck import check_archive

__all__ = [
    "Payload",
    "PayloadError",
    "build_statement",
    "check_statement",
    "padme",
    "read_payload",
    "write_payload",
]

Source = str | Path | bytes
STATEMENT, SIGNATURE, PAD = "statement.json", "statement.p7s", ".pad"
MAX_JSON = 8 << 20
MAX_SIGNATURE = 256 << 10
_BLOCK = 1 << 20
# one fixed date: the times at which a bidder worked are nobody's business
_DATE = (1980, 1, 1, 0, 0, 0)
_ZIP64 = 0x7FFFFFFF
# itself a bucket: every summary and every price list weighs the same
SMALLEST = 65_536


def padme(size: int) -> int:
    """The Padmé bucket of `size` bytes: at most 12 % more, and only O(log log size) bits of it show."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (size + mask) & ~mask


def write_payload(
    out: str | Path | BinaryIO,
    statement: Mapping[str, Any],
    files: Mapping[str, Source],
    signer: Callable[[bytes], bytes],
) -> int:
    """Write the payload ZIP and return its size, a Padmé bucket.

    statement  from build_statement over the same `files`; stored as canonical JSON
    files      {entry name: path or bytes}: `summary.json`, `price.json`, `files/…`
    signer     statement bytes → detached CMS (for instance with cms.sign_detached)
    A path appears only when complete. PayloadError when a file is not the one in the statement any more.
    """
    if not isinstance(out, str | Path):
        return _write(out, statement, files, signer)
    target = Path(out)
    draft = target.with_name(f".{target.name}.{os.urandom(6).hex()}")
    try:
        with open(draft, "xb") as stream:
            size = _write(stream, statement, files, signer)
        os.replace(draft, target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return size


def _write(
    stream: BinaryIO, statement: Mapping[str, Any], files: Mapping[str, Source], signer: Callable[[bytes], bytes]
) -> int:
    check_names(files)
    listed = {entry["name"]: entry for entry in statement["files"]}
    if set(listed) != set(files):
        raise PayloadError("statement-files", "the statement lists other files")
    text, start = jcs(statement), stream.tell()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, STATEMENT, text)
        _add(archive, SIGNATURE, signer(text))
        for name, source in files.items():
            if _add(archive, name, source) != listed[name]:
                raise PayloadError("statement-files", f"{name} changed while the payload was written")
        _add_padding(archive, stream.tell() - start)
    size = stream.tell() - start
    if padme(size) != size:
        raise PayloadError("payload-padding", "the archive missed its bucket")
    return size


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_STORED, 3, 0o100644 << 16
    return info


def _add(archive: zipfile.ZipFile, name: str, source: Source) -> dict[str, Any]:
    size = len(source) if isinstance(source, bytes) else os.path.getsize(source)
    digest, written = hashlib.sha256(), 0
    with _open(source) as reader, archive.open(_info(name), "w", force_zip64=size > _ZIP64) as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            written += len(block)
            writer.write(block)
    return {"name": name, "size": written, "sha256": digest.hexdigest()}


def _open(source: Source) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else open(source, "rb")


def _add_padding(archive: zipfile.ZipFile, offset: int) -> None:
    """Append `.pad` so long that the finished archive has a bucket's size."""
    entries = [(len(i.filename.encode()), i.file_size, i.header_offset) for i in archive.infolist()]

    def total(pad: int) -> int:
        body_end = offset + 30 + len(PAD) + (20 if pad > _ZIP64 else 0) + pad
        directory = sum(_central_size(*entry) for entry in (*entries, (len(PAD), pad, offset)))
        # zip64 end records appear when the directory lies beyond what 32 bits tell
        return body_end + directory + 22 + (76 if body_end > _ZIP64 or directory > _ZIP64 else 0)

    pad = max(0, SMALLEST - total(0))
    while (missing := padme(total(pad)) - total(pad)) > 0:
        pad += missing
    with archive.open(_info(PAD), "w", force_zip64=pad > _ZIP64) as writer:
        for position in range(0, pad, _BLOCK):
            writer.write(os.urandom(min(_BLOCK, pad - position)))


def _central_size(name: int, size: int, offset: int) -> int:
    extra = (16 if size > _ZIP64 else 0) + (8 if offset > _ZIP64 else 0)
    return 46 + name + (4 + extra if extra else 0)


class Payload:
    """A payload whose structure and every hash were checked; use as a context manager.

    statement        the statement as a dict (whose bid it claims to be: check_statement)
    statement_bytes  the very bytes that statement.p7s signs
    signature        the detached CMS (whose it is: cms.verify_detached)
    names            the listed entries in order
    """

    def __init__(self, archive: zipfile.ZipFile, statement_bytes: bytes, signature: bytes):
        self._archive = archive
        self.statement_bytes, self.signature = statement_bytes, signature
        self.statement = check_statement(parse(statement_bytes))
        self.names: list[str] = [entry["name"] for entry in self.statement["files"]]

    def __enter__(self) -> "Payload":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.close()

    def open(self, name: str) -> IO[bytes]:
        """A binary reader of a listed entry; PayloadError for any other name."""
        if name not in self.names:
            raise PayloadError("payload-entry", f"no entry {name[:80]}")
        return self._archive.open(name)

    @speaking(PayloadError)
    def form(self, name: str) -> Any:
        """The JSON of `summary.json` or `price.json`, at most 8 MiB; PayloadError when absent or not JSON."""
        with self.open(name) as stream:
            return parse(stream.read(MAX_JSON + 1), limit=MAX_JSON)

    def extract(self, folder: str | Path) -> list[Path]:
        """Write every listed entry below `folder` (existing, empty, trusted); the paths in order.

        Segments beyond 240 bytes are cut before their ending, as file systems ask; FileExistsError for a clash.
        """
        written = []
        for name in self.names:
            target = Path(folder).joinpath(*(_short(segment) for segment in name.split("/")))
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.open(name) as reader, open(target, "xb") as writer:
                while block := reader.read(_BLOCK):
                    writer.write(block)
            written.append(target)
        return written


def _short(segment: str) -> str:
    ending = Path(segment).suffix if len(Path(segment).suffix) < 20 else ""
    stem = segment.removesuffix(ending).encode()[: 240 - len(ending.encode())]
    return stem.decode(errors="ignore") + ending


@speaking(PayloadError)
def read_payload(path: str | Path) -> Payload:
    """Open a payload from a stranger: bounded, stored entries only, clean names, every file as the statement says.

    Reads the whole file once, in blocks. PayloadError(code, detail) otherwise; after an opening that is the
    bidder's own fault (rule a), for the body was genuine.
    """
    check_archive(path)
    with _zip_errors():
        archive = zipfile.ZipFile(path)
    try:
        with _zip_errors():
            return _read(archive)
    except BaseException:
        archive.close()
        raise


@contextmanager
def _zip_errors() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, UnicodeDecodeError) as error:
        raise PayloadError("payload-zip", str(error)[:200]) from error


def _read(archive: zipfile.ZipFile) -> Payload:
    entries = _entries(archive)
    for name, limit in ((STATEMENT, MAX_JSON), (SIGNATURE, MAX_SIGNATURE)):
        if name not in entries or entries[name].file_size > limit:
            raise PayloadError("payload-entry", f"{name} is missing or too large")
    payload = Payload(archive, archive.read(STATEMENT), archive.read(SIGNATURE))
    listed = payload.statement["files"]
    if {entry["name"] for entry in listed} != set(entries) - {STATEMENT, SIGNATURE, PAD}:
        raise PayloadError("statement-files", "the statement lists other files than the payload holds")
    for entry in listed:
        with archive.open(entry["name"]) as stream:
            if file_entry(entry["name"], stream) != entry:
                raise PayloadError("statement-files", f"{entry['name']} is not the file of the statement")
    return payload


def _entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise PayloadError("payload-bounds", f"more than {MAX_ENTRIES} entries")
    for info in infos:
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size or info.flag_bits & ~0x808:
            raise PayloadError("payload-bounds", "entries are stored, neither compressed nor encrypted")
    documents = [info.orig_filename for info in infos if info.filename not in (STATEMENT, SIGNATURE, PAD)]
    check_names(documents)
    if len({info.filename for info in infos}) != len(infos):
        raise PayloadError("payload-names", "an entry appears twice")
    return {info.filename: info for info in infos}
