"""The offline tool as it lies among our static files: one HTML file, known by its hash."""

import hashlib
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

NAME = "sunshine-bid.html"
_VERSION = re.compile(rb'<meta name="version" content="([0-9A-Za-z.+-]{1,40})">')


@dataclass(frozen=True)
class Tool:
    """A build: its file, version, SHA-256 (hex) and size in bytes."""

    path: Path
    version: str
    sha256: str
    size: int


def offline_tool() -> Tool | None:
    """The build that is served; None where it was never built."""
    found = finders.find(f"dist/tools/{NAME}")
    if not isinstance(found, str):
        return None
    stat = os.stat(found)
    return _read(found, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _read(path: str, _changed: int, _size: int) -> Tool:
    data = Path(path).read_bytes()
    version = _VERSION.search(data[:4096])
    return Tool(Path(path), version[1].decode() if version else "0", hashlib.sha256(data).hexdigest(), len(data))
