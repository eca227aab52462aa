"""Keyrings all alike, saved by whoever saw the last version; and the log's own key."""

import base64
import hashlib
import os
import stat
import threading
from datetime import date

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, connections, transaction

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import keyrings, logkey
from sunshine.foundation.vault.models import KEYRING_BYTES, Keyring
from sunshine_proof.canonical import h, jcs

TODAY = date(2026, 3, 2)
LI, ZHAO = "U-li00000001", "U-zhao000001"


@pytest.fixture(autouse=True)
def _own_secrets(settings, tmp_path):
    settings.SECRETS = tmp_path / "secrets"


def keyring() -> bytes:
    head = keyrings.HEADER + base64.b64encode(os.urandom(16)).rstrip(b"=") + b" 16\n"
    return head + os.urandom(KEYRING_BYTES - len(head))


def code_of(action, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.code


def test_the_size_is_that_of_a_real_age_file():
    assert len(pyrage.passphrase.encrypt(bytes(262_144), "一个很长的口令")) == KEYRING_BYTES


@pytest.mark.django_db
def test_a_keyring_is_kept_and_every_save_is_a_new_version():
    assert keyrings.load(LI) == (0, b"")
    first, second = keyring(), keyring()
    assert keyrings.save(LI, version=0, blob=first, on=TODAY) == 1
    assert keyrings.save(LI, version=1, blob=second, on=TODAY) == 2
    assert keyrings.load(LI) == (2, second)


@pytest.mark.django_db
def test_a_browser_that_missed_a_version_is_told_and_overwrites_nothing():
    kept = keyring()
    keyrings.save(LI, version=0, blob=kept, on=TODAY)
    for stale in (0, 2, 7):
        assert code_of(keyrings.save, LI, version=stale, blob=keyring(), on=TODAY) == "keyring-stale"
    assert keyrings.load(LI) == (1, kept)


@pytest.mark.django_db(transaction=True)
def test_of_two_browsers_saving_at_once_one_wins():
    answers: list[object] = []

    def save() -> None:
        try:
            answers.append(keyrings.save(LI, version=0, blob=keyring(), on=TODAY))
        except Refused as refused:
            answers.append(refused.code)
        finally:
            connections.close_all()

    browsers = [threading.Thread(target=save) for _ in range(4)]
    for browser in browsers:
        browser.start()
    for browser in browsers:
        browser.join()
    assert sorted(map(str, answers)) == ["1", *["keyring-stale"] * 3]


@pytest.mark.django_db
def test_a_prefilled_keyring_looks_like_a_used_one_and_is_empty_to_its_owner():
    keyrings.prefill(ZHAO, on=TODAY)
    keyrings.prefill(ZHAO, on=TODAY)
    assert keyrings.load(ZHAO) == (0, b"")
    keyrings.save(LI, version=0, blob=keyring(), on=TODAY)
    keyrings.prefill(LI, on=TODAY)
    stored = {row.owner_ref: bytes(row.blob) for row in Keyring.objects.all()}
    assert {len(blob) for blob in stored.values()} == {KEYRING_BYTES}
    assert stored[ZHAO].startswith(keyrings.HEADER)
    with pytest.raises(pyrage.DecryptError):
        pyrage.passphrase.decrypt(stored[ZHAO], "x")  # well-formed, and opened by nothing
    assert keyrings.save(ZHAO, version=0, blob=keyring(), on=TODAY) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("blob", [b"", b"x" * KEYRING_BYTES, keyrings.HEADER, keyring() + b"x"])
def test_a_keyring_of_another_size_or_kind_is_refused(blob):
    assert code_of(keyrings.save, LI, version=0, blob=blob, on=TODAY) == "keyring-size"


@pytest.mark.django_db
def test_the_database_refuses_a_keyring_of_another_size():
    keyrings.prefill(LI, on=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update vault_keyring set blob = 'short'")


def verifier() -> Ed25519PublicKey:
    _origin, _key_id, encoded = logkey.log_vkey().split("+", 2)
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded)[1:])


def test_the_log_key_is_made_once_and_for_the_server_only(settings):
    vkey = logkey.log_vkey()
    logkey._load.cache_clear()
    assert logkey.log_vkey() == vkey
    assert stat.S_IMODE((settings.SECRETS / "log_ed25519").stat().st_mode) == 0o600


def test_the_verifier_key_carries_origin_and_key_id_as_c2sp_says(settings):
    origin, key_id, encoded = logkey.log_vkey().split("+", 2)
    assert origin == settings.ORIGIN
    body = base64.b64decode(encoded)
    assert body[0] == 1 and len(body) == 33
    assert hashlib.sha256(origin.encode() + b"\n" + body).hexdigest()[:8] == key_id


def test_a_note_carries_the_logs_line(settings):
    text = f"{settings.ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    body, line = logkey.sign_note(text).split("\n\n")
    dash, name, encoded = line.rstrip("\n").split(" ")
    assert (body + "\n", dash, name) == (text, "\u2014", settings.ORIGIN)
    verifier().verify(base64.b64decode(encoded)[4:], text.encode())
    with pytest.raises(ValueError, match="newline"):
        logkey.sign_note("no newline")


def test_a_receipt_is_signed_over_its_canonical_bytes(settings):
    receipt = logkey.sign_receipt({"lid": "ab" * 32, "received_at": "2026-03-02T09:00:00+08:00"})
    sig = base64.b64decode(str(receipt.pop("sig")))
    assert receipt["v"] == "receipt/1" and receipt["log_origin"] == settings.ORIGIN
    verifier().verify(sig, h("sunshine/1 receipt\n", jcs(receipt)))
