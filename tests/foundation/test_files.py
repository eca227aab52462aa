"""Blobs: kept by content, told by content, refused with a reason, and nothing left behind."""

import hashlib
import io
import threading
import zipfile

import openpyxl
import pytest
from django.core.files.storage import storages
from django.db import DatabaseError, connection, connections, transaction
from django.http import HttpResponse
from django.test import RequestFactory

from sunshine.foundation.files import sniff
from sunshine.foundation.files.middleware import RequestSizeMiddleware
from sunshine.foundation.files.models import Blob
from sunshine.foundation.files.names import clean_name
from sunshine.foundation.files.store import download_response, open_stream, store, store_bytes, sweep_orphans
from sunshine.foundation.refusal import Refused

MB = 1024 * 1024
PDF = b"%PDF-1.7\n" + "阳光采购".encode() * 100
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture(autouse=True)
def _own_folders(settings, tmp_path):
    settings.SPOOL = tmp_path / "spool"
    blobs = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = settings.STORAGES | {"blobs": blobs}


def keep(content: bytes, name: str = "文件.pdf", limit: int = MB, **kwargs) -> Blob:
    return store(io.BytesIO(content), name=name, limit=limit, **kwargs)


def code_of(action, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.code


def leftovers(tmp_path) -> list[str]:
    return [str(path) for path in tmp_path.rglob("*") if path.is_file()]


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def archive(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in entries.items():
            made.writestr(name.replace("__", "/").replace("DOT", "."), content)
    return out.getvalue()


@pytest.mark.django_db
def test_a_file_comes_back_byte_for_byte_under_its_hash():
    blob = keep(PDF)
    assert (blob.sha256, blob.size, blob.media_type) == (hashlib.sha256(PDF).hexdigest(), len(PDF), sniff.PDF)
    with open_stream(blob) as stream:
        assert stream.read() == PDF


@pytest.mark.django_db
def test_the_same_bytes_are_one_blob(tmp_path):
    assert keep(PDF, "甲.pdf") == keep(PDF, "乙.pdf")
    assert Blob.objects.count() == 1 and len(leftovers(tmp_path)) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "空.pdf", "file-empty"),
        (PDF + bytes(MB), "大.pdf", "file-too-large"),
        (b"<html><script>alert(1)</script>", "页.pdf", "file-type"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "图.png", "file-type"),
        (b"MZ" + bytes(100), "程序.exe", "file-type"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧.doc", "file-type"),
        (PNG, "图.pdf", "file-extension"),
        (PDF, "无扩展名", "file-extension"),
        (b"PK\x03\x04" + bytes(200), "坏.zip", "file-damaged"),
        (PDF, "../..", "file-name"),
    ],
)
def test_a_bad_file_is_refused_and_leaves_nothing(tmp_path, content, name, code):
    assert code_of(keep, content, name) == code
    assert not leftovers(tmp_path) and not Blob.objects.exists()


@pytest.mark.django_db
def test_an_office_file_is_told_from_a_plain_archive():
    assert keep(workbook(), "清单.xlsx").media_type == sniff.XLSX
    assert keep(archive(aDOTtxt=b"a"), "包.zip").media_type == sniff.ZIP
    assert keep(archive(OFDDOTxml=b"<OFD/>"), "版式.ofd").media_type == sniff.OFD
    assert code_of(keep, workbook(), "清单.zip") == "file-extension"
    assert code_of(keep, workbook(), "清单.xlsx", allowed=sniff.IMAGES) == "file-type"


@pytest.mark.django_db
def test_macros_are_refused_even_under_an_innocent_extension():
    types = b'<Types><Override ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>'
    assert code_of(keep, archive(**{"[Content_Types]DOTxml": types}), "清单.xlsx") == "file-macros"
    innocent = b"<Types>spreadsheetml.sheet.main+xml</Types>"
    hidden = archive(**{"[Content_Types]DOTxml": innocent, "xl__vbaProjectDOTbin": b"x"})
    assert code_of(keep, hidden, "清单.xlsx") == "file-macros"


def test_a_directory_too_large_to_list_is_refused_before_it_is_listed():
    made = bytearray(archive(aDOTtxt=b"a"))
    made[-22 + 12 : -22 + 16] = (1 << 30).to_bytes(4, "little")
    assert code_of(sniff.media_type, io.BytesIO(bytes(made))) == "file-damaged"


@pytest.mark.django_db
def test_reading_stops_at_the_limit_and_not_at_the_end():
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size
            return bytes(size)

    endless = Endless()
    assert code_of(store, endless, name="大.pdf", limit=3 * MB) == "file-too-large"
    assert endless.given <= 4 * MB


@pytest.mark.django_db
def test_a_failing_storage_takes_the_row_back(settings, tmp_path):
    (tmp_path / "blobs").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        keep(PDF)
    assert not Blob.objects.exists() and leftovers(tmp_path) == [str(tmp_path / "blobs")]


@pytest.mark.django_db
def test_any_storage_will_do_that_keeps_names(settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {"blobs": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    blob = keep(PDF)
    assert keep(PDF) == blob
    with open_stream(blob) as stream:
        assert stream.read() == PDF
    path = blob.path
    blob.delete()
    assert sweep_orphans() == 1 and not storages["blobs"].exists(path)
    assert not leftovers(tmp_path)


@pytest.mark.django_db
def test_a_torso_left_by_a_crash_is_replaced_by_the_whole():
    blob = keep(PDF)
    with open(storages["blobs"].path(blob.path), "wb") as torso:
        torso.write(PDF[:10])
    with open_stream(keep(PDF)) as stream:
        assert stream.read() == PDF


@pytest.mark.django_db
def test_bytes_of_a_rolled_back_act_are_swept_and_others_stay(tmp_path):
    kept = keep(PDF)
    with pytest.raises(RuntimeError), transaction.atomic():
        keep(PNG, "图.png")
        raise RuntimeError
    assert len(leftovers(tmp_path)) == 2
    assert sweep_orphans() == 1
    assert leftovers(tmp_path) == [storages["blobs"].path(kept.path)]
    assert sweep_orphans() == 0 and Blob.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_file_from_eight_people_at_once_is_stored_once(tmp_path):
    results: list[str] = []

    def one() -> None:
        try:
            results.append(keep(PDF).sha256)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8 and len(set(results)) == 1
    assert Blob.objects.count() == 1 and len(leftovers(tmp_path)) == 1


@pytest.mark.django_db
def test_the_database_refuses_to_change_a_blob():
    blob = keep(PDF)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update files_blob set size = 1 where sha256 = %s", [blob.sha256])


@pytest.mark.django_db
def test_a_download_says_what_it_is_and_runs_nothing():
    response = download_response(keep(PDF), "招标文件 第1册.pdf")
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%8B%9B")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Length"] == str(len(PDF))
    assert b"".join(response.streaming_content) == PDF
    response.close()


@pytest.mark.django_db
def test_only_harmless_types_are_ever_shown_inline():
    shown = download_response(keep(PDF), "a.pdf", inline=True)
    page = download_response(store_bytes(b"<html>", media_type="text/html"), "a.html", inline=True)
    assert shown["Content-Disposition"].startswith("inline")
    assert page["Content-Disposition"].startswith("attachment") and "sandbox" in page["Content-Security-Policy"]
    shown.close()
    page.close()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\王\\投标 文件.PDF", "投标 文件.PDF"),
        ("/etc/passwd", "passwd"),
        ("\u202efdp.exe", "fdp.exe"),
        ('a<b>"c".pdf', "abc.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("长" * 300 + ".xlsx", "长" * 65 + ".xlsx"),
        ("'; drop table files_blob; --.pdf", "'; drop table files_blob; --.pdf"),
    ],
)
def test_names_are_made_safe_and_keep_their_extension(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize("name", ["", ".", "..", "con.pdf", "\u200b", "///"])
def test_a_name_of_nothing_is_refused(name):
    assert code_of(clean_name, name) == "file-name"


def test_a_five_gigabyte_request_is_refused_from_its_header(settings):
    door = RequestSizeMiddleware(lambda request: HttpResponse("ok"))
    request = RequestFactory().post("/", HTTP_ACCEPT="application/json")
    assert door(request).status_code == 200
    request.META["CONTENT_LENGTH"] = str(5 * 1024**3)
    answer = door(request)
    assert answer.status_code == 413 and b"request-too-large" in answer.content
    page = RequestFactory().post("/", HTTP_ACCEPT="text/html")
    page.META["CONTENT_LENGTH"] = "-1"
    assert door(page)["Content-Type"] == "text/plain; charset=utf-8"
