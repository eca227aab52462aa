"""Bid forms, canonical bytes, keyrings, notes."""

import io
import json
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import proof_cast as cast
import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from sunshine_proof.agefile import encrypt_stream, new_secret, recipient_of
from sunshine_proof.bidform import FormError, check_price, check_summary
from sunshine_proof.canonical import CanonicalError, h, is_hexlower, jcs, parse, unbase64, unhex
from sunshine_proof.checkpoint import (
    Checkpoint,
    NoteError,
    checkpoint_text,
    decode_vkey,
    encode_vkey,
    parse_checkpoint,
    sign_note,
    verify_note,
)
from sunshine_proof.keyring import (
    BLOB_SIZE,
    PLAIN_SIZE,
    KeyringError,
    check_blob,
    decode_keyring,
    empty_keyring,
    encode_keyring,
)
from sunshine_proof.tree import EMPTY_ROOT

SUMMARY = {
    "v": "bid-summary/1", "lot": "L-1", "total_fen": "12345600", "rate": None, "delivery_days": 30,
    "quality": "合格", "project_leader": "李某", "validity_days": 90,
}  # fmt: skip
LINE = {"item": "1", "unit_price": "12.345678", "quantity": "10", "attributes": {"品牌": "某牌"}}
PRICE = {"v": "bid-price/1", "lot": "L-1", "total_fen": "12346", "tax_rate": "0.13", "lines": [LINE]}


def refused(act, *arguments):
    with pytest.raises(FormError) as caught:
        act(*arguments)
    return caught.value.code


def test_a_summary_gives_its_total_in_fen():
    assert check_summary(SUMMARY, "L-1").total_fen == 12_345_600
    by_rate = check_summary(SUMMARY | {"total_fen": None, "rate": "0.9250"})
    assert (by_rate.total_fen, by_rate.rate) == (None, Decimal("0.9250"))


def test_a_price_list_gives_exact_lines_and_reports_whether_they_add_up():
    price = check_price(PRICE, "L-1")
    assert (price.lines_yuan, price.lines_fen, price.total_matches) == (Decimal("123.456780"), 12_346, True)
    assert price.lines[0].amount == Decimal("123.45678")
    other = check_price(PRICE | {"total_fen": "12345"})
    assert (other.total_fen, other.lines_fen, other.total_matches) == (12_345, 12_346, False)
    huge = LINE | {"unit_price": "99999999999999.999999", "quantity": "999999.999999"}
    many = check_price(PRICE | {"lines": [huge | {"item": str(n)} for n in range(1000)]})
    assert many.lines_yuan == Fraction(99999999999999999999 * 999999999999 * 1000, 10**12)


def test_half_a_fen_is_rounded_up_once_and_on_the_sum_only():
    lines = [LINE | {"item": str(n), "unit_price": "0.0025", "quantity": "1"} for n in range(2)]
    assert check_price(PRICE | {"lines": lines}).lines_fen == 1
    assert check_price(PRICE | {"lines": lines[:1]}).lines_fen == 0


def test_money_with_too_many_decimals_signs_or_floats_is_refused():
    for bad in ("1.5", "-1", "", "01", "1e5", 12, 1.0, None, "1" * 18):
        assert refused(check_price, PRICE | {"total_fen": bad}) == "form-money"
    for bad in ("1.2345678", "-1", "01.5", "1,5", "", 12, 1.0, None, "NaN", "１"):
        assert refused(check_price, PRICE | {"lines": [LINE | {"unit_price": bad}]}) == "form-decimal"
    assert refused(check_price, PRICE | {"tax_rate": "1"}) == "form-decimal"
    assert refused(check_price, PRICE | {"lines": [LINE, LINE]}) == "form-lines"
    assert refused(check_price, PRICE | {"lines": [LINE | {"attributes": []}]}) == "form-lines"
    assert refused(check_price, PRICE, "L-2") == "form-lot"
    assert refused(check_price, SUMMARY) == "wrong-shape"
    assert refused(check_summary, SUMMARY | {"total_fen": None}) == "form-offer"
    assert refused(check_summary, SUMMARY | {"delivery_days": True}) == "wrong-shape"
    assert refused(check_summary, SUMMARY | {"quality": "a\nb"}) == "wrong-shape"
    assert refused(check_summary, []) == "wrong-shape"


def test_canonical_json_is_sorted_by_utf16_and_refuses_what_languages_disagree_on():
    assert jcs({"b": 1, "a": [True, None, "é\n"]}) == '{"a":[true,null,"é\\n"],"b":1}'.encode()
    assert jcs({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()
    deep = []
    for _ in range(50):
        deep = [deep]
    for bad in (1.0, float("nan"), 2**53, {1: "x"}, {"x": {1.5}}, b"bytes", "\ud800", deep, {"a": object()}):
        with pytest.raises(CanonicalError):
            jcs(bad)


def test_json_of_strangers_is_read_strictly():
    assert parse(b'{"a":[1,"x",null]}') == {"a": [1, "x", None]}
    for bad in (b'{"a":1,"a":2}', b"1.5", b"1e3", b"NaN", b"\xff", b"\xef\xbb\xbf{}", b"{}x", b"", b"[" * 100_000):
        with pytest.raises(CanonicalError):
            parse(bad)
    with pytest.raises(CanonicalError):
        parse(b'"' + b"x" * 100 + b'"', limit=50)


TEXTS = st.text(st.characters(codec="utf-8"))
PLAIN = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_canonical_json_reads_back_as_the_same_value(value):
    assert parse(jcs(value)) == value and jcs(parse(jcs(value))) == jcs(value)


def test_hex_and_base64_have_one_spelling():
    assert unhex("ab" * 32, 32) == b"\xab" * 32 and is_hexlower("00", 1) and not is_hexlower("00\n", 1)
    for bad in ("AB" * 32, "ab" * 31, "ab" * 32 + "\n", " " + "ab" * 32, None, 5, "gg" * 32):
        with pytest.raises(CanonicalError):
            unhex(bad, 32)
    for bad in ("QQ", "QQ==\n", "QR==", "Q Q==", "QQ=", None, "-_8="):
        with pytest.raises(CanonicalError):
            unbase64(bad)
    assert unbase64("QQ==") == b"A"
    assert h("a", b"b") == h(b"ab")


KEYRING = {**empty_keyring(), "bids": [{"lot": "L-1", "policy": "ab" * 32, "box_key": "cd" * 32}]}


def test_every_keyring_has_the_same_size_and_only_its_passphrase_opens_it():
    full, empty = encode_keyring(KEYRING, "a long passphrase"), encode_keyring(empty_keyring(), "另一个口令")
    assert len(full) == len(empty) == BLOB_SIZE == 262_374
    check_blob(full)
    assert decode_keyring(full, "a long passphrase") == KEYRING
    for blob, phrase in ((full, "another passphrase"), (full[:-1] + bytes([full[-1] ^ 1]), "a long passphrase")):
        with pytest.raises(KeyringError, match="keyring-passphrase"):
            decode_keyring(blob, phrase)
    assert b"cd" * 32 not in full


def test_a_keyring_of_another_size_kind_or_work_factor_is_refused():
    blob = encode_keyring(KEYRING, "a long passphrase")
    end = blob.index(b" 16\n")
    body = io.BytesIO()
    encrypt_stream(io.BytesIO(bytes(PLAIN_SIZE)), body, recipient_of(new_secret()))
    sealed = body.getvalue().ljust(BLOB_SIZE, b"\0")
    for bad in (b"", blob[:-1], blob + b"\0", blob[:end] + b" 23\n" + blob[end + 4 :], sealed, bytes(BLOB_SIZE)):
        with pytest.raises(KeyringError):
            check_blob(bad)
    with pytest.raises(KeyringError, match="keyring-full"):
        encode_keyring({**empty_keyring(), "bids": ["x" * PLAIN_SIZE]}, "a long passphrase")
    with pytest.raises(KeyringError, match="keyring-passphrase"):
        encode_keyring(empty_keyring(), "")


def test_the_keyring_inside_is_json_padded_with_spaces():
    plain = pyrage.passphrase.decrypt(encode_keyring(KEYRING, "a long passphrase"), "a long passphrase")
    assert len(plain) == PLAIN_SIZE and json.loads(plain) == KEYRING and plain.endswith(b"  ")


def test_a_note_is_verified_by_its_key_and_by_no_other():
    text = checkpoint_text(Checkpoint(cast.ORIGIN, 0, EMPTY_ROOT))
    note = sign_note(text, cast.ORIGIN, cast.LOG_KEY)
    assert verify_note(note, cast.LOG_VKEY) == text
    assert parse_checkpoint(text) == Checkpoint(cast.ORIGIN, 0, EMPTY_ROOT)
    stranger = Ed25519PrivateKey.generate()
    other = encode_vkey(cast.ORIGIN, stranger.public_key().public_bytes_raw())
    both = note + sign_note(text, cast.ORIGIN, stranger).rpartition("\n\n")[2]
    assert verify_note(both, cast.LOG_VKEY) == verify_note(both, other) == text
    forged = both.replace(cast.ORIGIN + "\n0", cast.ORIGIN + "\n1", 1)
    bad = [note.replace("\n0\n", "\n1\n"), note[:-1], note.replace("— ", "- "), text, "", note + "\n", forged]
    bad += [note.replace("\n\n", "\n\n\n"), note.replace(" ", "  "), sign_note(text, cast.ORIGIN, stranger)]
    for wrong in bad:
        with pytest.raises(NoteError):
            verify_note(wrong, cast.LOG_VKEY)


def test_keys_and_checkpoints_of_another_shape_are_refused():
    key = decode_vkey(cast.LOG_VKEY)
    assert encode_vkey(key.name, key.public, key.type) == cast.LOG_VKEY
    name, number, data = cast.LOG_VKEY.split("+", 2)
    for bad in ("", name, f"{name}+{number}", f"x{cast.LOG_VKEY}", f"{name}+00000000+{data}", f"{name}+{number}+AQ=="):
        with pytest.raises(NoteError):
            decode_vkey(bad)
    for bad in ("", "o\n1\n", "o\n01\nAA==\n", "o\n-1\nAA==\n", "o\n1\nAA==\n", "\n1\nAA==\n"):
        with pytest.raises(NoteError):
            parse_checkpoint(bad)
    for text in ("no line feed", "a\n\nb\n", "\n"):
        with pytest.raises(NoteError):
            sign_note(text, cast.ORIGIN, cast.LOG_KEY)


def test_the_known_answer_of_the_go_checksum_database_verifies():
    # the example of golang.org/x/mod/sumdb/note, made by another implementation
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    note = f"{text}\n— PeterNeumann {signature}\n"
    assert verify_note(note, vkey) == text


def test_nothing_of_the_platform_is_needed_here():
    package = Path(__file__).parent.parent / "sunshine_proof"
    code = "import sys, sunshine_proof.seal, sunshine_proof.opening, sunshine_proof.ranking, sunshine_proof.payload;"
    code += "assert not {'django', 'sunshine'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=package.parent)
