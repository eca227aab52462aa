"""Resumable uploads: bytes arrive in pieces at stated offsets, and become a blob once their hash is proved.

An upload is one file in the spool folder. Its file lock, not a row, orders the writers: two tabs cannot interleave.
"""

import fcntl
import hashlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.files import sniff
from sunshine.foundation.files.models import Blob
from sunshine.foundation.files.store import CHUNK, Source, full_disk_is_a_sentence, human, place
from sunshine.foundation.refusal import Refused

WAIT_SECONDS = 5.0  # a broken connection's writer is usually gone by then


class OffsetRefused(Refused):
    """A refusal that tells how far the upload has come, so that the sender resumes there."""

    def __init__(self, code: str, text: object, received: int):
        super().__init__(code, text)
        self.received = received

    def as_dict(self) -> dict[str, object]:
        return super().as_dict() | {"received": self.received}


def create(owner: str = "", at_most: int = 0) -> str:
    """Begin an upload; returns its id (128 random bits, hex), which is all one needs to continue it.

    owner, at_most: the unfinished uploads of one owner are counted by a mark before their ids; the oldest gives way to
    a new one, so that whoever starts over again and again is never locked out, and never fills the disk either.
    """
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    if not owner:
        return _begun("")
    mark = hashlib.sha256(owner.encode()).hexdigest()[:32]
    with _alone():
        mine = sorted(_folder().glob(f"{mark}{'?' * 32}"), key=lambda path: path.stat().st_mtime_ns)
        for path in mine[: max(0, len(mine) - at_most + 1)]:
            path.unlink(missing_ok=True)
        return _begun(mark)


def _begun(mark: str) -> str:
    upload = mark + secrets.token_hex(16)
    os.close(os.open(_folder() / upload, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return upload


@contextmanager
def _alone() -> Iterator[None]:
    """One process at a time counts and begins."""
    handle = os.open(_folder(), os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def size(upload: str) -> int:
    """Bytes received so far. Raises Refused("upload-unknown")."""
    for path in (_path(upload), _done(upload)):
        try:
            return path.stat().st_size
        except FileNotFoundError:
            continue
    raise _unknown()


def append(upload: str, offset: int, stream: Source, limit: int) -> int:
    """Add the bytes of `stream` at `offset`; returns the bytes received in all. `limit` bounds the whole upload.

    What arrived before a connection broke is kept: the next call continues after it.
    Raises Refused: upload-unknown, upload-too-large, storage-full; OffsetRefused: offset-mismatch, upload-busy.
    """
    with _locked(_path(upload)) as file:
        received = file.seek(0, os.SEEK_END)
        if offset != received:
            raise OffsetRefused("offset-mismatch", _("上传位置不一致，请从已收到的位置继续。"), received)
        while piece := stream.read(CHUNK):
            if received + len(piece) > limit:
                file.truncate(offset)
                text = _("上传内容超过上限 %(limit)s。") % {"limit": human(limit)}
                raise Refused("upload-too-large", text)
            with full_disk_is_a_sentence():
                file.write(piece)
                file.flush()
            received += len(piece)
        return received


def finish(upload: str, sha256: str, size: int) -> Blob:
    """Make the upload an opaque blob (``application/age``) after proving size and hash; keep it until commit.

    Raises Refused: upload-unknown, upload-incomplete, upload-hash, upload-not-age; OffsetRefused: upload-busy.
    """
    path = _done(upload) if _done(upload).exists() else _path(upload)
    with _locked(path) as file:
        received = file.seek(0, os.SEEK_END)
        if received != size:
            text = _("上传尚未完成：已收到 %(received)s / %(size)s 字节。") % {"received": received, "size": size}
            raise OffsetRefused("upload-incomplete", text, received)
        if _hash(file) != sha256:
            raise Refused("upload-hash", _("收到的内容与封签不符（校验值不同），请重新上传。"))
        if sniff.media_type(file) != sniff.AGE:
            raise Refused("upload-not-age", _("收到的内容没有加密，平台不予接收。"), "电子招标投标办法 第二十六条")
        # From here on nobody may append; and a rolled-back transaction must find the bytes again, so they get a
        # second name for the blob storage to take away.
        path.rename(_done(upload))
        twin = _folder() / f"out-{secrets.token_hex(16)}"
        _twin(_done(upload), twin)
        try:
            blob = place(twin, sha256=sha256, size=size, media_type=sniff.AGE)
        finally:
            twin.unlink(missing_ok=True)
    transaction.on_commit(lambda: discard(upload))
    return blob


def discard(upload: str) -> None:
    """Forget the upload and its bytes; unknown ones are no error."""
    _path(upload).unlink(missing_ok=True)
    _done(upload).unlink(missing_ok=True)


def sweep(older_than: timedelta) -> int:
    """Remove what nobody has touched for `older_than`; returns how many files. For the minute hand.

    Age is the file system's (physical) age: a rehearsal clock must not sweep an upload that is under way.
    """
    removed = 0
    before = time.time() - older_than.total_seconds()
    for path in _folder().glob("*") if _folder().exists() else ():
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
                removed += 1
    return removed


def _folder() -> Path:
    return Path(settings.SPOOL)


def _path(upload: str) -> Path:
    # The id comes from a URL: anything but our own form never reaches the file system.
    if not re.fullmatch(r"(?:[0-9a-f]{32}){1,2}", upload):
        raise _unknown()
    return _folder() / upload


def _done(upload: str) -> Path:
    """Where the bytes wait once they are proved, until the transaction that took them has committed."""
    return _path(upload).with_suffix(".done")


def _twin(path: Path, twin: Path) -> None:
    try:
        os.link(path, twin)
    except OSError:  # a file system without hard links
        with full_disk_is_a_sentence():
            shutil.copyfile(path, twin)


def _unknown() -> Refused:
    return Refused("upload-unknown", _("找不到这次上传，可能已过期，请重新开始。"))


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        raise _unknown() from None
    with file:
        _lock(file)
        # While we waited, another may have finished and discarded it: then this file is nobody's.
        if not path.exists() or path.stat().st_ino != os.fstat(file.fileno()).st_ino:
            raise _unknown()
        yield file


def _lock(file: BinaryIO) -> None:
    until = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                text = _("此上传正在另一个窗口中进行，请稍后再试。")
                raise OffsetRefused("upload-busy", text, os.fstat(file.fileno()).st_size) from None
            time.sleep(0.05)


def _hash(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(CHUNK):
        digest.update(piece)
    return digest.hexdigest()
