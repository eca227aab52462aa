"""Keyrings: kept for their owners, equal in size, opaque to us."""

import base64
import os
from datetime import date

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.models import Keyring
from sunshine_proof.keyring import BLOB_SIZE, WORK_FACTOR, KeyringError, check_blob

HEADER = b"age-encryption.org/v1\n-> scrypt "


def prefill(owner_ref: str, *, on: date) -> None:
    """Give a person their row at registration, so that having one says nothing; an existing row is left alone."""
    if not Keyring.objects.filter(owner_ref=owner_ref).exists():
        Keyring.objects.get_or_create(owner_ref=owner_ref, defaults={"blob": decoy(), "updated_on": on})


def load(owner_ref: str) -> tuple[int, bytes]:
    """(version, age file) of a keyring; (0, b"") before its owner's first use."""
    row = Keyring.objects.filter(owner_ref=owner_ref).first()
    if row is None or row.version == 0:
        return 0, b""
    return row.version, bytes(row.blob)


def save(owner_ref: str, *, version: int, blob: bytes, on: date) -> int:
    """Replace version `version` by `blob`; returns the new version.

    Raises Refused: keyring-size, keyring-header (see `sunshine_proof.keyring.check_blob`), keyring-stale (another
    browser has saved since).
    """
    try:
        check_blob(blob)
    except KeyringError as error:
        raise Refused(error.code, _("密钥环格式不正确，未保存。"), field="blob") from error
    if version == 0:
        prefill(owner_ref, on=on)
    row = Keyring.objects.filter(owner_ref=owner_ref, version=version)
    if row.update(version=version + 1, blob=blob, updated_on=on) != 1:
        raise Refused("keyring-stale", _("密钥环已在另一个浏览器中更新，请重新载入后再试。"))
    return version + 1


def decoy() -> bytes:
    """Random bytes in the shape of a keyring: what nobody can open, nobody can tell from what is opened."""

    def noise(size: int) -> bytes:
        return base64.b64encode(os.urandom(size)).rstrip(b"=")

    head = HEADER + noise(16) + b" %d\n" % WORK_FACTOR + noise(32) + b"\n--- " + noise(32) + b"\n"
    return head + os.urandom(BLOB_SIZE - len(head))
