"""Resumable uploads: resumed where they broke, never interleaved, a blob only when the hash is proved."""

import hashlib
import io
import os
import threading
import time
from datetime import timedelta

import pyrage
import pytest
from django.db import connections, transaction

from sunshine.foundation.files import spool, store
from sunshine.foundation.files.models import Blob
from sunshine.foundation.refusal import Refused

MB = 1024 * 1024
BODY = pyrage.encrypt(os.urandom(3 * MB), [pyrage.x25519.Identity.generate().to_public()])
HASH = hashlib.sha256(BODY).hexdigest()


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    settings.SPOOL = tmp_path / "spool"
    blobs = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = settings.STORAGES | {"blobs": blobs}


def add(upload: str, offset: int, content: bytes, limit: int = 100 * MB) -> int:
    return spool.append(upload, offset, io.BytesIO(content), limit)


def refusal(action, *args) -> Refused:
    with pytest.raises(Refused) as refused:
        action(*args)
    return refused.value


@pytest.mark.django_db(transaction=True)
def test_a_body_sent_in_pieces_becomes_one_opaque_blob(tmp_path):
    upload = spool.create()
    for offset in range(0, len(BODY), MB):
        add(upload, offset, BODY[offset : offset + MB])
    blob = spool.finish(upload, HASH, len(BODY))
    assert (blob.sha256, blob.media_type) == (HASH, "application/age")
    with store.open_stream(blob) as stream:
        assert stream.read() == BODY
    assert not list((tmp_path / "spool").iterdir())
    assert refusal(spool.size, upload).code == "upload-unknown"


def test_a_wrong_offset_is_told_where_to_resume():
    upload = spool.create()
    add(upload, 0, b"abc")
    for offset in (0, 2, 4):
        wrong = refusal(add, upload, offset, b"x")
        assert wrong.code == "offset-mismatch" and wrong.as_dict()["received"] == 3
    assert spool.size(upload) == 3


def test_what_arrived_before_the_connection_broke_is_kept():
    class Broken:
        pieces = [b"first", b"second"]

        def read(self, size: int = -1) -> bytes:
            if not self.pieces:
                raise ConnectionResetError
            return self.pieces.pop(0)

    upload = spool.create()
    with pytest.raises(ConnectionResetError):
        spool.append(upload, 0, Broken(), MB)
    assert spool.size(upload) == 11
    assert add(upload, 11, b"third") == 16


def test_a_piece_over_the_limit_is_refused_and_not_kept():
    upload = spool.create()
    add(upload, 0, b"12345", 8)
    assert refusal(add, upload, 5, b"6789", 8).code == "upload-too-large"
    assert spool.size(upload) == 5


def test_two_tabs_never_interleave():
    upload = spool.create()
    answers: list[str] = []

    class Slow:
        def __init__(self, letter: bytes):
            self.left = [letter] * 20

        def read(self, size: int = -1) -> bytes:
            time.sleep(0.005)
            return self.left.pop() * 100 if self.left else b""

    def tab(letter: bytes) -> None:
        try:
            spool.append(upload, 0, Slow(letter), MB)
            answers.append("stored")
        except Refused as refused:
            answers.append(refused.code)

    tabs = [threading.Thread(target=tab, args=(letter,)) for letter in (b"a", b"b")]
    for thread in tabs:
        thread.start()
    for thread in tabs:
        thread.join()
    assert sorted(answers) == ["offset-mismatch", "stored"]
    content = (spool._folder() / upload).read_bytes()
    assert content in (b"a" * 2000, b"b" * 2000)


def test_a_tab_that_waits_too_long_is_told_so(monkeypatch):
    monkeypatch.setattr(spool, "WAIT_SECONDS", 0.1)
    upload = spool.create()
    with spool._locked(spool._path(upload)):
        assert refusal(add, upload, 0, b"x").code == "upload-busy"


@pytest.mark.parametrize("upload", ["", "0" * 31, "../../etc/passwd", "G" * 32, "0" * 32, "0" * 32 + "\n"])
def test_an_id_that_was_never_given_is_unknown(upload):
    assert refusal(spool.size, upload).code == "upload-unknown"
    assert refusal(add, upload, 0, b"x").code == "upload-unknown"


@pytest.mark.django_db
def test_a_body_that_is_not_what_was_promised_is_refused_and_can_be_mended():
    upload = spool.create()
    add(upload, 0, BODY[:-1])
    assert refusal(spool.finish, upload, HASH, len(BODY)).code == "upload-incomplete"
    add(upload, len(BODY) - 1, bytes([BODY[-1] ^ 1]))
    assert refusal(spool.finish, upload, HASH, len(BODY)).code == "upload-hash"
    assert not Blob.objects.exists()


@pytest.mark.django_db
def test_an_unencrypted_body_is_refused_with_its_article():
    upload = spool.create()
    plain = b"%PDF-1.7 plain"
    add(upload, 0, plain)
    refused = refusal(spool.finish, upload, hashlib.sha256(plain).hexdigest(), len(plain))
    assert refused.code == "upload-not-age" and "第二十六条" in refused.article


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_finds_its_upload_again_and_nobody_may_change_it():
    upload = spool.create()
    add(upload, 0, BODY)
    with pytest.raises(RuntimeError), transaction.atomic():
        spool.finish(upload, HASH, len(BODY))
        raise RuntimeError
    assert not Blob.objects.exists() and spool.size(upload) == len(BODY)
    assert refusal(add, upload, len(BODY), b"more").code == "upload-unknown"
    assert spool.finish(upload, HASH, len(BODY)).sha256 == HASH


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_finish_gives_one_blob():
    upload = spool.create()
    add(upload, 0, BODY)
    answers: list[str] = []

    def click() -> None:
        try:
            answers.append(spool.finish(upload, HASH, len(BODY)).sha256)
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert set(answers) <= {HASH, "upload-unknown"} and HASH in answers
    assert Blob.objects.count() == 1


def test_abandoned_uploads_are_swept_and_fresh_or_busy_ones_are_not():
    old, fresh, busy = spool.create(), spool.create(), spool.create()
    for upload in (old, busy):
        os.utime(spool._path(upload), (1, 1))
    with spool._locked(spool._path(busy)):
        assert spool.sweep(timedelta(days=2)) == 1
    assert spool.size(fresh) == 0 and spool.size(busy) == 0
    assert refusal(spool.size, old).code == "upload-unknown"


def test_a_discarded_upload_is_gone_and_discarding_twice_is_no_error():
    upload = spool.create()
    spool.discard(upload)
    spool.discard(upload)
    assert refusal(spool.size, upload).code == "upload-unknown"
