"""What only the inspectors shall read: sealed to their key at the door, kept as ciphertext of one size.

The public half comes from outside (SUNSHINE_INSPECTION_RECIPIENT, an age recipient whose identity an inspecting body
keeps on its own machine), or from an inspector who made the pair in the browser and keeps the identity in a keyring. A
rehearsal without either makes a pair of its own and says so by its nature: it is a rehearsal.
"""

import io
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.keyfiles import made_once
from sunshine.foundation.vault.models import InspectionKey
from sunshine_proof import agefile

SIZE = 2048  # bytes of every plaintext, padded with spaces: the length of a browser's name would be a mark
LONGEST = 400  # characters of one value, as JSON writes them


def recipient() -> str:
    """The age recipient of the installation's inspectors; "" in a production that has none yet."""
    given: str = settings.INSPECTION_RECIPIENT
    held = None if given else published()
    given = held.recipient if held else given
    if given or not settings.REHEARSAL:
        return given
    return agefile.recipient_of(agefile.secret_of(rehearsal_identity()))


def kept_outside() -> bool:
    """Whether the installation names the recipient itself: its identity is kept in an office, as a file."""
    return bool(settings.INSPECTION_RECIPIENT)


def published() -> InspectionKey | None:
    """The newest key that an inspector published."""
    return InspectionKey.objects.first()


def publish(to: str, *, person: str, organisation: str, at: datetime) -> InspectionKey:
    """From now on visits are sealed to this age recipient; what was sealed before stays with the key of its time.

    person, organisation  public ids. Publishing one's own newest key again changes nothing.
    Raises Refused: inspection-key-outside, inspection-key-malformed, inspection-key-old.
    """
    if kept_outside():
        raise Refused("inspection-key-outside", _("本平台的监督密钥由监督机构以文件保管，不能在浏览器里更换。"))
    try:
        agefile.public_of(to)
    except agefile.AgeError as error:
        raise Refused("inspection-key-malformed", _("这不是有效的监督密钥公钥。"), field="recipient") from error
    known = InspectionKey.objects.filter(recipient=to).first()
    if known is None:
        made = {"person_ref": person, "organisation_ref": organisation, "created_at": at}
        return InspectionKey.objects.create(recipient=to, **made)
    if known.person_ref != person or known != published():
        raise Refused("inspection-key-old", _("这把监督密钥已被更新的密钥代替，请生成新的密钥。"))
    return known


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
