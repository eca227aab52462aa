"""Blobs in and out of the ``blobs`` storage: a local folder by default, any S3 service by configuration."""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from sunshine.foundation import clock
from sunshine.foundation.files import sniff
from sunshine.foundation.files.models import Blob
from sunshine.foundation.files.names import clean_name
from sunshine.foundation.refusal import Refused

CHUNK = 1024 * 1024
INLINE = frozenset({sniff.PDF, sniff.PNG, sniff.JPEG})  # what a browser shows without running anything of ours


class Source(Protocol):
    """Anything that gives bytes: an upload, a request body, an open file."""

    def read(self, size: int = ..., /) -> bytes: ...


def store(stream: Source, *, name: str, limit: int, allowed: frozenset[str] = sniff.DOCUMENTS) -> Blob:
    """Keep the bytes of `stream` (at most `limit`) and return their blob; the same bytes give the same blob.

    `name` only has to agree with the content (see `sniff.check`); keep `clean_name(name)` beside your reference.
    Raises Refused: file-empty, file-too-large, file-name, file-type, file-extension, file-macros, file-damaged,
    storage-full. Whatever is refused leaves neither row nor bytes.
    """
    name = clean_name(name)
    with _scratch() as scratch:
        digest, size = copy_bounded(stream, scratch, limit)
        if size == 0:
            raise Refused("file-empty", _("文件是空的（0 字节），请检查后重新上传。"), field="file")
        media_type = sniff.check(scratch, name=name, allowed=allowed)
        return place(Path(scratch.name), sha256=digest, size=size, media_type=media_type)


def store_bytes(content: bytes, *, media_type: str) -> Blob:
    """Keep bytes this platform itself made (a receipt, a report), under the media type it states."""
    with _scratch() as scratch:
        scratch.write(content)
        scratch.flush()
        digest = hashlib.sha256(content).hexdigest()
        return place(Path(scratch.name), sha256=digest, size=len(content), media_type=media_type)


def place(path: Path, *, sha256: str, size: int, media_type: str) -> Blob:
    """Make the finished file at `path` a blob. The caller has hashed it; `path` may be gone afterwards.

    The row comes first: its unique key is the lock under which the bytes are written, so two equal uploads never
    write at once, and a failed write takes the row back with it.
    """
    with transaction.atomic():
        values = {"size": size, "media_type": media_type, "created_at": clock.now()}
        blob, _created = Blob.objects.get_or_create(sha256=sha256, defaults=values)
        if not _is_complete(_storage(), blob):
            _write(_storage(), blob, path)
        return blob


def open_stream(blob: Blob) -> BinaryIO:
    """The bytes of `blob`, to be read piece by piece and closed by the caller."""
    return _storage().open(blob.path, "rb")  # type: ignore[return-value]


def is_sound(blob: Blob) -> bool:
    """Whether the bytes of `blob` are there and still hash to its name. Reads all of them."""
    try:
        digest = hashlib.sha256()
        with open_stream(blob) as stream:
            while piece := stream.read(CHUNK):
                digest.update(piece)
        return digest.hexdigest() == blob.sha256
    except FileNotFoundError:
        return False


def drop_damaged(blob: Blob) -> bool:
    """Make room for the genuine bytes where `blob` has lost its own; returns whether it had."""
    damaged = not is_sound(blob)
    if damaged:
        _storage().delete(blob.path)
    return damaged


def download_response(blob: Blob, filename: str, *, inline: bool = False) -> FileResponse:
    """`blob` streamed under `filename` (RFC 6266/5987). Only PDF, PNG and JPEG may ever be shown inline."""
    shown = inline and blob.media_type in INLINE
    response = FileResponse(
        open_stream(blob), as_attachment=not shown, filename=clean_name(filename), content_type=blob.media_type
    )
    response["Content-Length"] = str(blob.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["ETag"] = f'"{blob.sha256}"'
    if not shown:
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def sweep_orphans() -> int:
    """Remove bytes whose row was rolled back with its transaction; returns how many. For the minute hand.

    Each candidate is tried under the row's own key: inserting the row waits for whoever is storing those bytes now.
    """
    storage, removed = _storage(), 0
    for names in _stored_names(storage):
        known = set(Blob.objects.filter(sha256__in=names).values_list("sha256", flat=True))
        for sha256 in sorted(names - known):
            with transaction.atomic():
                values = {"size": 1, "media_type": sniff.UNKNOWN, "created_at": clock.now()}
                blob, created = Blob.objects.get_or_create(sha256=sha256, defaults=values)
                if created:
                    storage.delete(blob.path)
                    removed += 1
                    transaction.set_rollback(True)
    return removed


def copy_bounded(source: Source, target: Any, limit: int) -> tuple[str, int]:
    """Copy `source` to `target`; returns (SHA-256 hex, size). Raises Refused("file-too-large") past `limit` bytes."""
    digest, size = hashlib.sha256(), 0
    while piece := source.read(CHUNK):
        size += len(piece)
        if size > limit:
            raise Refused("file-too-large", _("文件超过上限 %(limit)s。") % {"limit": human(limit)}, field="file")
        digest.update(piece)
        with full_disk_is_a_sentence():
            target.write(piece)
    with full_disk_is_a_sentence():
        target.flush()
    return digest.hexdigest(), size


@contextmanager
def full_disk_is_a_sentence() -> Iterator[None]:
    """Turn "no space left" into a refusal people can act on."""
    try:
        yield
    except OSError as error:
        if error.errno not in (28, 122):  # ENOSPC, EDQUOT
            raise
        raise Refused("storage-full", _("服务器存储空间不足，文件未保存，请联系平台运营机构。")) from error


def human(size: int) -> str:
    """A byte count as people say it: 200 MB."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            break
        size = size // 1024
    return f"{size} {unit}"


class _Movable(File):  # type: ignore[type-arg]
    """A finished local file: file-system storages rename it into place, others read it as a stream."""

    def temporary_file_path(self) -> str:
        return str(self.name)


def _storage() -> Storage:
    return storages["blobs"]


@contextmanager
def _scratch() -> Iterator[Any]:
    folder = Path(settings.SPOOL)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(prefix="in-", dir=folder, delete=False) as scratch:
        try:
            yield scratch
        finally:
            Path(scratch.name).unlink(missing_ok=True)


def _is_complete(storage: Storage, blob: Blob) -> bool:
    return storage.exists(blob.path) and storage.size(blob.path) == blob.size


def _write(storage: Storage, blob: Blob, path: Path) -> None:
    with path.open("rb") as source:
        os.fsync(source.fileno())  # a receipt may be given for these bytes: they must outlive a power cut
        with full_disk_is_a_sentence():
            storage.delete(blob.path)  # the torso of an interrupted write, if any
            name = storage.save(blob.path, _Movable(source, name=str(path)))
    if name != blob.path:
        storage.delete(name)
        raise OSError(f"the blob storage renamed {blob.path}; it must keep the names it is given")
    if isinstance(storage, FileSystemStorage):
        folder = os.open(Path(storage.path(name)).parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _stored_names(storage: Storage) -> Iterator[set[str]]:
    if isinstance(storage, FileSystemStorage) and not storage.exists(""):
        return
    for outer in storage.listdir("")[0]:
        for inner in storage.listdir(outer)[0]:
            yield {name for name in storage.listdir(f"{outer}/{inner}")[1] if re.fullmatch("[0-9a-f]{64}", name)}
