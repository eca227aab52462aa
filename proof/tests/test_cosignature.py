"""Cosignatures: made, verified, counted, gathered; and what is no cosignature."""

import hashlib

import proof_cast as cast
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from sunshine_proof.canonical import b64, unbase64
from sunshine_proof.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    NoteError,
    checkpoint_text,
    encode_vkey,
    sign_note,
    verify_note,
)
from sunshine_proof.cosignature import cosign, cosignature_times, merge, quorum, verify_cosignature
from sunshine_proof.tree import EMPTY_ROOT

TEXT = checkpoint_text(Checkpoint(cast.ORIGIN, 7, EMPTY_ROOT))
NOTE = sign_note(TEXT, cast.ORIGIN, cast.LOG_KEY)
AT = 1_804_000_000
NAMES = ("a.example.test", "witness.example.test/b", "见证.example.test")
KEYS = [Ed25519PrivateKey.generate() for _ in NAMES]


def vkey_of(name: str, key: Ed25519PrivateKey, kind: int = COSIGNATURE) -> str:
    return encode_vkey(name, key.public_key().public_bytes_raw(), kind)


VKEYS = [vkey_of(name, key) for name, key in zip(NAMES, KEYS, strict=True)]
LINES = [cosign(TEXT, name, key, AT + i) for i, (name, key) in enumerate(zip(NAMES, KEYS, strict=True))]


def refused(act, *arguments) -> str:
    with pytest.raises(NoteError) as caught:
        act(*arguments)
    return caught.value.code


def raw_of(line: str) -> bytes:
    return unbase64(line.rstrip("\n").split(" ")[2])


def with_raw(line: str, raw: bytes) -> str:
    return f"— {line.split(' ')[1]} {b64(raw)}\n"


def test_a_cosignature_has_the_bytes_of_the_specification():
    name, key = NAMES[0], KEYS[0]
    public = key.public_key().public_bytes_raw()
    raw = raw_of(LINES[0])
    assert raw[:4] == hashlib.sha256(name.encode() + b"\n\x04" + public).digest()[:4]
    assert raw[4:12] == AT.to_bytes(8, "big") and len(raw) == 76
    message = b"cosignature/v1\ntime 1804000000\n" + TEXT.encode()
    Ed25519PublicKey.from_public_bytes(public).verify(raw[12:], message)
    assert LINES[0].startswith(f"— {name} ") and LINES[0].endswith("\n")


def test_the_cosignature_of_a_public_witness_verifies():
    # shown by a public witness for a log of the public network, beside signatures of other kinds
    vkey = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
    note = (
        "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\n"
        "YXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n\n"
        "— coachandhorses2026h1.staging.certificate.transparency.goog "
        "MpXgsHy8ZwxXnO+WjtVrPxAzL49Rs1gWTkNVNeEa//5peAzaocRCB3qt3EaibjzY5GILLtGgBP7dBhgcSHy+JQh0OAc=\n"
        "— witness.navigli.sunlight.geomys.org "
        "o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n"
    )
    assert verify_cosignature(note, vkey) == 0x6A6FB0F3
    assert refused(verify_cosignature, note.replace("185550722", "185550723"), vkey) == "note-signature"


def test_a_cosignature_is_of_its_witness_and_of_no_other():
    note = NOTE + LINES[0]
    assert verify_cosignature(note, VKEYS[0]) == AT
    assert verify_cosignature(note, VKEYS[1]) is None
    assert verify_cosignature(note, vkey_of(NAMES[0], KEYS[1])) is None
    assert verify_cosignature(NOTE, VKEYS[0]) is None
    # the id alone is not the key: four bytes can be met on purpose
    assert verify_cosignature(NOTE + LINES[0].replace(NAMES[0], NAMES[1]), VKEYS[0]) is None
    # the log's own signature is neither disturbed nor taken for a cosignature
    assert verify_note(note, cast.LOG_VKEY) == TEXT
    assert verify_cosignature(note, vkey_of(cast.ORIGIN, cast.LOG_KEY)) is None


def test_every_flipped_bit_of_a_cosignature_is_found():
    raw = raw_of(LINES[0])
    for position in range(4, len(raw)):
        changed = bytes([*raw[:position], raw[position] ^ 1, *raw[position + 1 :]])
        assert refused(verify_cosignature, NOTE + with_raw(LINES[0], changed), VKEYS[0]) == "note-signature"
    # with another key id it is a stranger's
    assert verify_cosignature(NOTE + with_raw(LINES[0], bytes([raw[0] ^ 1]) + raw[1:]), VKEYS[0]) is None


def test_one_false_cosignature_condemns_the_note_beside_a_genuine_one():
    raw = raw_of(LINES[0])
    forged = with_raw(LINES[0], raw[:4] + (AT + 99).to_bytes(8, "big") + raw[12:])
    for note in (NOTE + LINES[0] + forged, NOTE + forged + LINES[0]):
        assert refused(verify_cosignature, note, VKEYS[0]) == "note-signature"
        assert refused(quorum, note, VKEYS, 1) == "note-signature"


def test_a_cosignature_without_time_or_of_another_length_is_none():
    raw = raw_of(LINES[0])
    public, key = raw[:4], KEYS[0]
    timeless = public + bytes(8) + key.sign(f"cosignature/v1\ntime 0\n{TEXT}".encode())
    endless = public + (2**63).to_bytes(8, "big") + key.sign(f"cosignature/v1\ntime {2**63}\n{TEXT}".encode())
    plain = public + key.sign(TEXT.encode())
    for wrong in (timeless, endless, plain, raw[:-1], raw + b"\0", raw[:12], raw[:5]):
        assert refused(verify_cosignature, NOTE + with_raw(LINES[0], wrong), VKEYS[0]) == "note-signature"


def test_the_newest_of_several_times_counts_and_all_can_be_asked_for():
    later, earlier = (cosign(TEXT, NAMES[0], KEYS[0], at) for at in (AT + 50, AT - 50))
    note = NOTE + later + LINES[0] + earlier + later
    assert cosignature_times(note, VKEYS[0]) == [AT - 50, AT, AT + 50]
    assert verify_cosignature(note, VKEYS[0]) == AT + 50


def test_a_witness_signs_checkpoints_at_a_time_and_nothing_else():
    name, key = NAMES[0], KEYS[0]
    texts = ["", "hello\n", TEXT[:-1], f"{TEXT}\n", f"{TEXT}\nx\n", TEXT.replace("\n7\n", "\n07\n"), "o\n1\nAA==\n"]
    for text in texts:
        refused(cosign, text, name, key, AT)
    for at in (0, -1, 2**63, True, 1.5, None):
        assert refused(cosign, TEXT, name, key, at) == "wrong-shape"
    for bad in ("", "a b", "a+b", "a\nb", "a\ud800"):
        assert refused(cosign, TEXT, bad, key, AT) == "note-key"
    assert refused(cosign, TEXT.replace("log.", "\ud800"), name, key, AT) == "note-text"
    # extension lines belong to the text and are signed with it
    extended = TEXT + "extension\n"
    assert verify_cosignature(f"{extended}\n" + cosign(extended, name, key, 2**63 - 1), VKEYS[0]) == 2**63 - 1


def test_keys_of_another_kind_and_texts_without_bytes_are_refused():
    note = NOTE + LINES[0]
    assert refused(verify_cosignature, note, cast.LOG_VKEY) == "note-key"
    assert refused(verify_cosignature, note, "no key") == "note-key"
    assert refused(verify_cosignature, note, "\ud800" + VKEYS[0]) == "note-text"
    assert refused(verify_cosignature, note.replace("log.", "\ud800"), VKEYS[0]) == "note-text"
    for wrong in ("", TEXT, note[:-1], note + "\n", note.replace("— ", "- ")):
        assert refused(verify_cosignature, wrong, VKEYS[0]) == "note-text"
    assert refused(merge, TEXT, LINES) == "note-text"


def test_a_quorum_needs_k_different_witnesses():
    note = merge(NOTE, LINES)
    assert quorum(note, VKEYS, 3) == [(name, AT + i) for i, name in enumerate(NAMES)]
    assert quorum(note, VKEYS[::-1], 2) == [(name, AT + i) for i, name in enumerate(NAMES)][::-1]
    assert quorum(note, VKEYS[:1] * 5, 1) == [(NAMES[0], AT)]
    assert quorum(NOTE, VKEYS, 0) == []
    for vkeys, k in ((VKEYS, 4), (VKEYS[:1] * 5, 2), ([], 1), ([VKEYS[2]], 2)):
        assert refused(quorum, note, vkeys, k) == "quorum"
    assert refused(quorum, merge(NOTE, LINES[:2]), VKEYS, 3) == "quorum"


def test_one_key_under_two_names_is_one_witness():
    # anybody can do this to a line: the signed message does not name the witness
    alias = "witness.elsewhere.test"
    again = vkey_of(alias, KEYS[0])
    public = hashlib.sha256(alias.encode() + b"\n\x04" + KEYS[0].public_key().public_bytes_raw()).digest()[:4]
    relabelled = f"— {alias} {b64(public + raw_of(LINES[0])[4:])}\n"
    note = merge(NOTE, [LINES[0], relabelled])
    assert verify_cosignature(note, again) == verify_cosignature(note, VKEYS[0]) == AT
    assert quorum(note, [VKEYS[0], again], 1) == [(NAMES[0], AT)]
    assert refused(quorum, note, [VKEYS[0], again], 2) == "quorum"


@given(st.lists(st.sampled_from(LINES), max_size=8), st.lists(st.sampled_from(LINES), max_size=8))
def test_lines_gathered_in_any_order_give_the_same_note(first, second):
    both = merge(NOTE, [*first, *second])
    assert merge(merge(NOTE, first), second) == merge(merge(NOTE, second[::-1]), first) == both
    assert merge(both, [*first, *second]) == both
    assert both.count("\n— ") == 1 + len({*first, *second})
    # the log's own signature stays first
    assert both.startswith(NOTE)
    assert merge(NOTE, ["".join(dict.fromkeys([*first, *second]))] if first or second else []) == both


def test_what_is_no_line_cannot_be_gathered():
    other = checkpoint_text(Checkpoint(cast.ORIGIN, 8, EMPTY_ROOT))
    bad = ["", "\n", LINES[0][:-1], f"\n{LINES[0]}", f"{LINES[0]}\n", "— a b c\n", "— name !\n", f"x{LINES[0]}"]
    bad += [f"{LINES[0]}\n{other}\n{LINES[1]}", f"x\n\n{LINES[0]}", sign_note(other, cast.ORIGIN, cast.LOG_KEY)]
    for line in bad:
        assert refused(merge, NOTE, [line]) in ("note-text", "not-base64")


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_text_makes_the_verifier_stumble(noise, line):
    for note in (noise, NOTE + line, f"{noise}\n\n{line}\n", NOTE.replace(cast.ORIGIN, noise or "x") + LINES[0]):
        for act, arguments in (
            (verify_cosignature, (note, VKEYS[0])),
            (merge, (note, [line])),
            (quorum, (note, VKEYS, 1)),
        ):
            try:
                act(*arguments)
            except NoteError as error:
                assert error.code
