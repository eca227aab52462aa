"""Secrets that are made once and live in a file only the server's own account can read."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def made_once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The bytes of `path`; made with mode 0600 if it is not there. Two processes at first start get the same bytes."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as draft:  # mode 0600
        try:
            draft.write(make())
            draft.flush()
            os.fsync(draft.fileno())
            os.link(draft.name, path)  # atomic, and refuses to replace what another process has just made
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return path.read_bytes()
