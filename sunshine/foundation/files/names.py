"""File names as people give them, made safe to store, show and put into a header."""

import re
import unicodedata
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused

MAX_BYTES = 200  # UTF-8; below every file system's 255, with room for a suffix
# Separators, wildcards and quotes of any system; control characters; marks that reorder text ("exe.pdf" in disguise).
UNSAFE = re.compile(r'[<>:"|?*\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]')
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def clean_name(name: str) -> str:
    """The last path part of `name`, NFC, without unsafe characters, at most 200 bytes with its extension kept.

    Raises Refused("file-name") when nothing but an extension or dots would be left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    plain = re.sub(r"\s+", " ", UNSAFE.sub("", last)).strip(" .")
    stem, suffix = PurePosixPath(plain).stem, extension(plain)
    if not stem or RESERVED.fullmatch(plain):
        raise Refused("file-name", _("文件名不可用，请改名后重试。"), field="file")
    ending = plain[len(plain) - len(suffix) :]
    room = MAX_BYTES - len(ending.encode())
    body = plain[: len(plain) - len(ending)].encode()[:room].decode("utf-8", "ignore")
    return body.rstrip(" .") + ending


def extension(name: str) -> str:
    """The lower-case extension with its dot, or ""; longer than ten characters is no extension."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if len(suffix) <= 10 else ""
