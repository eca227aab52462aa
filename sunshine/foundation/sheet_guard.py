"""What an XLSX file may be made of, checked on its raw parts before any spreadsheet library touches it."""

import zipfile
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.files import sniff
from sunshine.foundation.refusal import Refused

MAX_PARTS = 500
MAX_UNPACKED = 200 * 1024**2  # bytes; 20,000 honest rows need about 20 MB
PIECE = 1024**2
OVERLAP = 32  # a mark may lie across two pieces


def inspect(stream: BinaryIO) -> None:
    """Refuse what is no plain worksheet.

    Raises Refused: sheet-damaged (no XLSX), sheet-macros, sheet-too-large (unpacked), sheet-merged.
    """
    if _kind(stream) != sniff.XLSX:
        raise _damaged()
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as book:
            parts = book.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise _too_large()
            budget = MAX_UNPACKED
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    budget = _inspect_xml(book, part, budget)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        raise _damaged() from error
    except Exception as error:
        if type(error).__module__ != "zlib":  # zlib.error has no better base than Exception
            raise
        raise _damaged() from error


def _kind(stream: BinaryIO) -> str:
    try:
        return sniff.media_type(stream)
    except Refused as refused:
        if refused.code == "file-macros":
            raise Refused("sheet-macros", _("表格含有宏，请另存为不含宏的 .xlsx。")) from refused
        raise _damaged() from refused


def _inspect_xml(book: zipfile.ZipFile, part: zipfile.ZipInfo, budget: int) -> int:
    """Read one part to its real end (stated sizes may lie); returns what is left of `budget`."""
    is_sheet = part.filename.startswith("xl/worksheets/")
    with book.open(part) as entry:
        tail = b""
        while piece := entry.read(PIECE):
            budget -= len(piece)
            if budget < 0:
                raise _too_large()
            window = tail + piece
            # No spreadsheet program writes a document type or UTF-16; both would reach the XML parser's old traps.
            if b"<!DOCTYPE" in window or b"<!ENTITY" in window or b"\x00" in window:
                raise _damaged()
            if is_sheet and b"<mergeCell " in window:
                raise Refused("sheet-merged", _("表格含有合并单元格，请取消合并后重试。"))
            tail = window[-OVERLAP:]
    return budget


def _too_large() -> Refused:
    return Refused("sheet-too-large", _("表格解压后过大，未读取。"))


def _damaged() -> Refused:
    return Refused("sheet-damaged", _("无法读取此表格，请用 Excel 或 WPS 另存为 .xlsx 后重试。"))
