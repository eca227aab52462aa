"""Keyrings all alike, saved by whoever saw the last version; and the log's own key."""

import stat
import threading
from datetime import date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import DatabaseError, connection, connections, transaction

from sunshine.foundation.calendar import SHANGHAI
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import keyrings, logkey
from sunshine.foundation.vault.models import Keyring
from sunshine_proof.checkpoint import NoteError, decode_vkey, verify_note
from sunshine_proof.keyring import BLOB_SIZE, KeyringError, decode_keyring, empty_keyring, encode_keyring
from sunshine_proof.receipt import ReceiptError, verify_receipt

TODAY = date(2026, 3, 2)
LI, ZHAO = "U-li00000001", "U-zhao000001"


@pytest.fixture(autouse=True)
def _own_secrets(settings, tmp_path):
    settings.SECRETS = tmp_path / "secrets"


def keyring() -> bytes:
    """A saved keyring as a browser makes it, but under a passphrase nobody keeps (the real one costs a scrypt)."""
    return keyrings.decoy()


def code_of(action, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        action(*args, **kwargs)
    return refused.value.code


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
    keyrings.save(LI, version=0, blob=encode_keyring(empty_keyring(), "一个很长的口令"), on=TODAY)
    keyrings.prefill(LI, on=TODAY)
    assert decode_keyring(keyrings.load(LI)[1], "一个很长的口令") == empty_keyring()
    stored = {row.owner_ref: bytes(row.blob) for row in Keyring.objects.all()}
    assert {len(blob) for blob in stored.values()} == {BLOB_SIZE}
    with pytest.raises(KeyringError) as opened:
        decode_keyring(stored[ZHAO], "一个很长的口令")
    assert opened.value.code == "keyring-passphrase"  # well-formed, and opened by nothing
    assert keyrings.save(ZHAO, version=0, blob=keyring(), on=TODAY) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("blob", [b"", b"x" * BLOB_SIZE, keyrings.HEADER, keyring() + b"x"])
def test_a_keyring_of_another_size_or_kind_is_refused(blob):
    assert code_of(keyrings.save, LI, version=0, blob=blob, on=TODAY) in ("keyring-size", "keyring-header")


@pytest.mark.django_db
def test_the_database_refuses_a_keyring_of_another_size():
    keyrings.prefill(LI, on=TODAY)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update vault_keyring set blob = 'short'")


def test_the_log_key_is_made_once_and_for_the_server_only(settings):
    vkey = logkey.log_vkey()
    logkey._load.cache_clear()
    assert logkey.log_vkey() == vkey
    assert stat.S_IMODE((settings.SECRETS / "log_ed25519").stat().st_mode) == 0o600


def test_a_note_of_the_log_is_read_with_its_published_key(settings):
    assert decode_vkey(logkey.log_vkey()).name == settings.ORIGIN
    text = f"{settings.ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert verify_note(logkey.sign_note(text), logkey.log_vkey()) == text
    with pytest.raises(NoteError):
        logkey.sign_note("no newline")


def test_a_receipt_of_the_log_is_read_with_its_published_key(settings):
    arrived = datetime(2026, 3, 2, 9, 0, 0, 999_999, tzinfo=SHANGHAI)
    receipt = logkey.sign_receipt({"lid": "ab" * 32, "received_at": arrived})
    assert receipt["received_at"] == "2026-03-02T01:00:00Z"
    assert logkey.sign_receipt({"lid": "ab" * 32, "received_at": arrived.isoformat()}) == receipt
    assert verify_receipt(receipt, logkey.log_vkey())["log_origin"] == settings.ORIGIN
    with pytest.raises(ReceiptError):
        verify_receipt(receipt | {"lid": "cd" * 32}, logkey.log_vkey())


def test_the_log_signs_plain_messages_too():
    key = Ed25519PublicKey.from_public_bytes(decode_vkey(logkey.log_vkey()).public)
    key.verify(logkey.sign(b"an extension"), b"an extension")
