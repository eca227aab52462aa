"""What a file is, told by its bytes and never by what its name or browser claims."""

import struct
import zipfile
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.files.names import extension
from sunshine.foundation.refusal import Refused

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFD = "application/ofd"  # GB/T 33190
ZIP = "application/zip"
PNG = "image/png"
JPEG = "image/jpeg"
DWG = "image/vnd.dwg"
AGE = "application/age"

IMAGES = frozenset({PNG, JPEG})
DOCUMENTS = frozenset({PDF, OFD, DOCX, XLSX, PPTX, ZIP, DWG}) | IMAGES
EXTENSIONS: dict[str, tuple[str, ...]] = {
    PDF: (".pdf",),
    DOCX: (".docx",),
    XLSX: (".xlsx",),
    PPTX: (".pptx",),
    OFD: (".ofd",),
    ZIP: (".zip",),
    PNG: (".png",),
    JPEG: (".jpg", ".jpeg"),
    DWG: (".dwg",),
    AGE: (".age",),
}
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"AC10", DWG),  # AutoCAD release 13 and later: AC1012 … AC1032
    (b"age-encryption.org/v1\n", AGE),
    (b"PK\x03\x04", ZIP),
)
OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"wordprocessingml.document.main+xml", DOCX),
    (b"spreadsheetml.sheet.main+xml", XLSX),
    (b"presentationml.presentation.main+xml", PPTX),
)
UNKNOWN = "application/octet-stream"
MAX_DIRECTORY = 16 * 1024**2  # bytes of a ZIP's directory: more is an attack on whoever lists it
MAX_CONTENT_TYPES = 1024**2


def media_type(stream: BinaryIO) -> str:
    """The media type of a seekable file, from its bytes; ``application/octet-stream`` when we do not know it.

    Raises Refused: file-macros (Office file with macros), file-damaged (an archive that cannot be listed).
    """
    stream.seek(0)
    head = stream.read(32)
    found = next((kind for magic, kind in MAGIC if head.startswith(magic)), UNKNOWN)
    return _inside_zip(stream) if found == ZIP else found


def check(stream: BinaryIO, *, name: str, allowed: frozenset[str]) -> str:
    """The media type, if it is allowed and the extension of `name` says the same.

    Raises Refused: file-type, file-extension, and those of `media_type`.
    """
    found = media_type(stream)
    if found not in allowed:
        endings = "、".join(sorted(e for kind in allowed for e in EXTENSIONS.get(kind, ())))
        raise Refused("file-type", _("不接受此类文件。可以上传：%(endings)s。") % {"endings": endings}, field="file")
    if extension(name) not in EXTENSIONS[found]:
        text = _("文件内容与扩展名不符：内容是 %(found)s，请用正确的扩展名。") % {"found": EXTENSIONS[found][0]}
        raise Refused("file-extension", text, field="file")
    return found


def _inside_zip(stream: BinaryIO) -> str:
    damaged = Refused("file-damaged", _("压缩包或 Office 文件已损坏，无法读取目录。"), field="file")
    if _directory_size(stream) > MAX_DIRECTORY:
        raise damaged
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            if "OFD.xml" in names:
                return OFD
            if "[Content_Types].xml" not in names:
                return ZIP
            with archive.open("[Content_Types].xml") as entry:
                types = entry.read(MAX_CONTENT_TYPES)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError) as error:
        raise damaged from error
    if b"macroEnabled" in types or b"vbaProject" in types or any(n.lower().endswith("vbaproject.bin") for n in names):
        raise Refused("file-macros", _("不接受含宏的 Office 文件，请另存为不含宏的格式。"), field="file")
    return next((kind for mark, kind in OFFICE if mark in types), ZIP)


def _directory_size(stream: BinaryIO) -> int:
    """Bytes of the central directory as the end record states them (APPNOTE 4.3.14–16), before anything lists it."""
    end = stream.seek(0, 2)
    start = max(0, end - 65557)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + 22 > len(tail):
        return MAX_DIRECTORY + 1
    size: int = struct.unpack_from("<L", tail, at + 12)[0]
    if size != 0xFFFFFFFF:
        return size
    if at < 20 or tail[at - 20 : at - 16] != b"PK\x06\x07":
        return MAX_DIRECTORY + 1
    record: int = struct.unpack_from("<Q", tail, at - 12)[0]
    stream.seek(min(record, end))
    wide = stream.read(56)
    return struct.unpack_from("<Q", wide, 40)[0] if len(wide) == 56 else MAX_DIRECTORY + 1
