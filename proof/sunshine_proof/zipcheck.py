"""What must hold of a ZIP before a ZIP library may look at it: no bombs, no overlaps, nothing hidden between."""

import os
import struct
from pathlib import Path
from typing import BinaryIO

from sunshine_proof.statement import MAX_ENTRIES, PayloadError

_MAX_DIRECTORY = 4 << 20
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<4s3L")
_DESCRIPTOR64 = struct.Struct("<4sL2Q")


def check_archive(path: str | Path) -> None:
    """Bound the directory and lay the entries side by side without gap or overlap; PayloadError otherwise.

    A library that trusts the directory can be made to read one stored megabyte a thousand times, or to show other
    files than the next library. Here every byte belongs to exactly one entry.
    """
    with open(path, "rb") as stream:
        count, size, offset = _directory(stream)
        stream.seek(offset)
        directory = stream.read(size)
        position, expected = 0, 0
        for _ in range(count):
            span, position = _entry(directory, position)
            start, stored, name = span
            if start != expected:
                raise PayloadError("payload-zip", "entries overlap or leave a gap")
            expected = _local_end(stream, start, stored, name)
        if position != size or expected != offset:
            raise PayloadError("payload-zip", "bytes outside the entries")


def _directory(stream: BinaryIO) -> tuple[int, int, int]:
    """(number of entries, size and offset of the central directory) from the end records; comments are refused."""
    end = stream.seek(0, os.SEEK_END)
    if end < _END.size:
        raise PayloadError("payload-zip", "too short for a ZIP")
    stream.seek(end - _END.size)
    magic, disk, first, here, count, size, offset, comment = _END.unpack(stream.read(_END.size))
    if magic != b"PK\5\6" or comment or disk or first or here != count:
        raise PayloadError("payload-zip", "not a ZIP of one disk without comment")
    tail = _END.size
    if count == 0xFFFF or size == 0xFFFFFFFF or offset == 0xFFFFFFFF:
        tail += _LOCATOR.size + _END64.size
        if end < tail:
            raise PayloadError("payload-zip", "zip64 records are missing")
        stream.seek(end - tail)
        record = _END64.unpack(stream.read(_END64.size))
        locator = _LOCATOR.unpack(stream.read(_LOCATOR.size))
        if record[0] != b"PK\6\6" or locator != (b"PK\6\7", 0, end - tail, 1) or record[1] != _END64.size - 12:
            raise PayloadError("payload-zip", "zip64 records are malformed")
        if record[4] or record[5] or record[6] != record[7]:
            raise PayloadError("payload-zip", "not a ZIP of one disk")
        count, size, offset = record[7:]
    if count > MAX_ENTRIES or size > _MAX_DIRECTORY:
        raise PayloadError("payload-bounds", f"more than {MAX_ENTRIES} entries or a directory over 4 MiB")
    if offset + size + tail != end:
        raise PayloadError("payload-zip", "bytes outside the entries")
    return count, size, offset


def _entry(directory: bytes, position: int) -> tuple[tuple[int, int, bytes], int]:
    """((offset of the local header, stored size, name), position of the next record)."""
    if position + _CENTRAL.size > len(directory):
        raise PayloadError("payload-zip", "the directory is cut")
    fields = _CENTRAL.unpack_from(directory, position)
    stored, plain, name_size, extra_size, comment, offset = fields[8], fields[9], *fields[10:13], fields[16]
    name_at = position + _CENTRAL.size
    after = name_at + name_size + extra_size + comment
    if fields[0] != b"PK\1\2" or comment or after > len(directory):
        raise PayloadError("payload-zip", "the directory is malformed")
    extra = directory[name_at + name_size : after]
    wide = _zip64(extra)
    if plain == 0xFFFFFFFF:
        plain = _next(wide)
    if stored == 0xFFFFFFFF:
        stored = _next(wide)
    if offset == 0xFFFFFFFF:
        offset = _next(wide)
    elif wide == [offset]:
        # some writers repeat the offset beside 64-bit sizes
        wide = []
    if wide or stored != plain:
        raise PayloadError("payload-zip", "sizes of an entry disagree")
    return (offset, stored, directory[name_at : name_at + name_size]), after


def _zip64(extra: bytes) -> list[int]:
    """The 64-bit numbers of the zip64 extra field; any other extra field is refused."""
    if not extra:
        return []
    if len(extra) < 4 or struct.unpack_from("<2H", extra) != (1, len(extra) - 4) or (len(extra) - 4) % 8:
        raise PayloadError("payload-zip", "unknown extra fields")
    return list(struct.unpack(f"<{(len(extra) - 4) // 8}Q", extra[4:]))


def _next(wide: list[int]) -> int:
    if not wide:
        raise PayloadError("payload-zip", "a zip64 number is missing")
    return wide.pop(0)


def _local_end(stream: BinaryIO, start: int, stored: int, name: bytes) -> int:
    """Where an entry ends, descriptor included, after comparing its local header with the directory."""
    stream.seek(start)
    header = stream.read(_LOCAL.size)
    if len(header) != _LOCAL.size:
        raise PayloadError("payload-zip", "an entry lies outside the file")
    magic, _, flags, method, _, _, _, _, plain, name_size, extra_size = _LOCAL.unpack(header)
    # bit 3: sizes follow the data, as streaming writers do; bit 11: the name is UTF-8
    if magic != b"PK\3\4" or method or flags & ~0x0808 or stream.read(name_size) != name:
        raise PayloadError("payload-zip", "an entry and the directory disagree, or it is not plainly stored")
    end: int = start + _LOCAL.size + name_size + extra_size + stored
    if not flags & 0x0008:
        if plain not in (stored, 0xFFFFFFFF):
            raise PayloadError("payload-zip", "sizes of an entry disagree")
        return end
    stream.seek(end)
    descriptor = stream.read(24)
    for form in (_DESCRIPTOR, _DESCRIPTOR64):
        if len(descriptor) >= form.size:
            magic, _, packed, plain = form.unpack_from(descriptor)
            if magic == b"PK\x07\x08" and packed == plain == stored:
                return end + form.size
    raise PayloadError("payload-zip", "the sizes behind an entry disagree")
