"""Entries hide and cover; a proof of inclusion has one spelling and convinces only where it should."""

import json
import secrets
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import (
    Checkpoint,
    checkpoint_text,
    decode_vkey,
    encode_vkey,
    parse_checkpoint,
    sign_note,
    split_note,
)
from sunshine_proof.entry import EntryError, cover, entry_of, read_payload
from sunshine_proof.errors import ProofError
from sunshine_proof.logproof import LogProofError, read_proof, verify_proof, write_proof
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of

ORIGIN = "log.sunshine.example"
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
VKEY = encode_vkey(ORIGIN, KEY.public_key().public_bytes_raw())
ENTRIES = [entry_of(jcs({"n": n}), bytes([n]) * 32) for n in range(21)]


def note(size=21, origin=ORIGIN, key=KEY):
    return sign_note(checkpoint_text(Checkpoint(origin, size, root_of([*map(leaf_hash, ENTRIES[:size])]))), ORIGIN, key)


def proof(index=9, size=21, **given):
    return write_proof(index, inclusion_path([*map(leaf_hash, ENTRIES[:size])], index), note(size), **given)


def test_an_entry_is_the_digest_the_specification_names():
    assert entry_of(b"{}", b"\1" * 32) == sha256(b"sunshine/1 entry\n" + b"\1" * 32 + b"{}").digest()
    with pytest.raises(EntryError, match="entry-salt"):
        entry_of(b"{}", bytes(31))


def test_a_payload_is_read_only_in_its_canonical_form():
    assert read_payload(b'{"a":1,"b":"\xe4\xb8\x80"}') == {"a": 1, "b": "一"}
    for wrong in (b'{"b":1,"a":1}', b'{"a": 1}', b"[]", b"1", b"", b"\xff", b'{"a":1.5}', b'{"a":1,"a":1}'):
        with pytest.raises(EntryError, match="entry-payload"):
            read_payload(wrong)


@given(st.integers(0, 100), st.sampled_from([0, 16, 32]))
def test_a_batch_is_a_multiple_of_sixteen_and_all_its_entries_look_alike(real, least):
    covers = cover(real, at_least=least)
    assert (real + len(covers)) % 16 == 0 and real + len(covers) >= least and len(covers) < max(16, least + 1)
    assert all(len(one) == 32 for one in covers) and len(set(covers)) == len(covers)


def test_nothing_to_log_and_nothing_to_hide_needs_no_cover():
    assert cover(0) == [] and len(cover(0, at_least=16)) == 16


@pytest.mark.parametrize("extra", [b"", b"\0\1", b"x" * 500])
def test_a_proof_convinces_for_its_own_entry_only(extra):
    text = proof(extra=extra)
    found = verify_proof(text, ENTRIES[9], VKEY)
    assert (found.index, found.extra, found.checkpoint.size) == (9, extra, 21)
    for other in (ENTRIES[8], secrets.token_bytes(32), b""):
        with pytest.raises(ProofError, match="tree-proof"):
            verify_proof(text, other, VKEY)


def test_a_proof_of_another_log_or_key_convinces_nobody():
    stranger = Ed25519PrivateKey.generate()
    vkey = encode_vkey(ORIGIN, stranger.public_key().public_bytes_raw())
    with pytest.raises(LogProofError, match="note-signature"):
        verify_proof(proof(), ENTRIES[9], vkey)
    path = inclusion_path([*map(leaf_hash, ENTRIES)], 9)
    foreign = write_proof(9, path, note(origin="other.example"))
    with pytest.raises(LogProofError, match="proof-origin"):
        verify_proof(foreign, ENTRIES[9], VKEY)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("c2sp.org/tlog-proof@v1", "c2sp.org/tlog-proof@v2"), ("index 9", "index 09"), ("index 9", "index -1"),
        ("index 9", "index ٩"), ("index 9", "idx 9"), ("index 9\n", ""), ("\n\n", "\n"),
        ("index 9", "extra !\nindex 9"), ("index 9", "extra \nindex 9"), ("=\n", "\n"),
        ("index 9\n", "index 9\nAAAA\n"),
    ],
)  # fmt: skip
def test_another_spelling_of_a_proof_is_refused(old, new):
    text = proof()
    assert old in text
    with pytest.raises(LogProofError):
        read_proof(text.replace(old, new, 1))


def test_what_has_no_bytes_or_foreign_digits_is_refused_by_name():
    for text in ("log\ud800\n1\nAA==\n\n— a Ym9ndXM=\n", note().replace("\n21\n", "\n٢١\n")):
        with pytest.raises(ProofError, match=r"note-text|checkpoint"):
            parse_checkpoint(split_note(text)[0])
    for vkey in (f"\ud800{VKEY}", VKEY.replace("+", "\ud800+", 1)):
        with pytest.raises(ProofError, match="note-key"):
            decode_vkey(vkey)


def test_a_proof_is_bounded():
    with pytest.raises(LogProofError, match="proof-format"):
        read_proof(proof(extra=b"x" * 64_000))


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_any_changed_character_of_a_proof_is_noticed(data):
    text = proof()
    at = data.draw(st.integers(0, len(text) - 1))
    put = data.draw(st.characters().filter(lambda c: c != text[at]))
    with pytest.raises(LogProofError):
        verify_proof(text[:at] + put + text[at + 1 :], ENTRIES[9], VKEY)


def test_a_proof_survives_the_mail():
    assert read_proof(json.loads(json.dumps(proof()))).index == 9
