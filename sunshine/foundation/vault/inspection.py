"""What only the inspectors shall read: sealed to their key at the door, kept as ciphertext of one size.

The public half comes from outside (SUNSHINE_INSPECTION_RECIPIENT, an age recipient whose identity an inspecting body
keeps on its own machine). A rehearsal without one makes a pair of its own and says so by its nature: it is a rehearsal.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path

from django.conf import settings

from sunshine.foundation.vault.keyfiles import made_once
from sunshine_proof import agefile

SIZE = 2048  # bytes of every plaintext, padded with spaces: the length of a browser's name would be a mark
LONGEST = 400  # characters of one value, as JSON writes them


def recipient() -> str:
    """The age recipient of the installation's inspectors; "" in a production that has not named one."""
    given: str = settings.INSPECTION_RECIPIENT
    if given or not settings.REHEARSAL:
        return given
    return agefile.recipient_of(agefile.secret_of(rehearsal_identity()))


def rehearsal_identity() -> str:
    """The age identity that a rehearsal makes for itself; an installation in production holds none."""
    if not settings.REHEARSAL:
        raise RuntimeError("the inspectors' identity is not on this machine")
    path = Path(settings.SECRETS) / "inspection_age"
    return made_once(path, lambda: agefile.identity_of(agefile.new_secret()).encode()).decode()


def seal(record: Mapping[str, str]) -> bytes:
    """An age file of the record as JSON, long values cut, padded to SIZE; b"" where nobody could read it."""
    to = recipient()
    if not to:
        return b""
    text = json.dumps({key: _cut(value) for key, value in record.items()}).encode("ascii")
    out = io.BytesIO()
    agefile.encrypt_stream(io.BytesIO(text.ljust(SIZE)), out, to)
    return out.getvalue()


def _cut(value: str) -> str:
    while len(json.dumps(value)) > LONGEST:
        value = value[: len(value) * 3 // 4]
    return value
