"""Shamir, Bech32 and age files: edges, interoperation, forged shapes."""

import io
import itertools
import subprocess
from pathlib import Path

import pyrage
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof.agefile import (
    AgeError,
    bech32_decode,
    bech32_encode,
    body_size,
    decrypt_file,
    deterministic_file,
    encrypt_file,
    encrypt_stream,
    identity_of,
    inspect_body,
    new_secret,
    public_of,
    recipient_of,
    secret_of,
)
from sunshine_proof.bech32 import Bech32Error
from sunshine_proof.shamir import ShamirError, combine, deal

AGE = Path("/usr/bin/age")
CHUNK = 65536
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(1, 7), st.integers(0, 5), st.randoms())
def test_any_k_shares_give_the_secret_and_fewer_do_not(secret, k, extra, random):
    shares = deal(secret, bytes(32), k, k + extra)
    chosen = dict(random.sample(sorted(shares.items()), k))
    assert combine(chosen) == secret
    if k > 1:
        chosen.popitem()
        assert combine(chosen) != secret


def test_shamir_refuses_what_no_dealer_made():
    y = bytes(32)
    for shares in ({}, {0: y}, {256: y}, {-1: y}, {1: y[:-1]}, {1: y + b"\0"}, {True: y}, [(1, y), (1, y)]):
        with pytest.raises(ShamirError):
            combine(shares)
    for k, n in ((0, 1), (2, 1), (1, 256), (-1, 3)):
        with pytest.raises(ShamirError):
            deal(y, y, k, n)
    for secret, pid in ((y[:-1], y), (y, y[:-1]), (b"", y)):
        with pytest.raises(ShamirError):
            deal(secret, pid, 1, 1)


def test_one_of_one_is_the_secret_itself():
    assert deal(b"\7" * 32, bytes(32), 1, 3) == {1: b"\7" * 32, 2: b"\7" * 32, 3: b"\7" * 32}


@given(st.binary(max_size=80))
def test_bech32_reads_what_it_writes(data):
    assert bech32_decode(bech32_encode("age", data)) == ("age", data)
    assert bech32_decode(bech32_encode("age", data).upper()) == ("age", data)


def test_every_changed_character_breaks_the_bech32_checksum():
    text = recipient_of(new_secret())
    for position in range(4, len(text)):
        changed = text[:position] + ("q" if text[position] != "q" else "p") + text[position + 1 :]
        with pytest.raises(Bech32Error):
            bech32_decode(changed)
    for bad in ("", "1", "age1", text[:-1], text + "q", text[:5] + text[5:].upper(), "é" + text, text.replace("1", "")):
        with pytest.raises(Bech32Error):
            bech32_decode(bad)


def test_bech32_with_padding_bits_set_is_refused():
    from sunshine_proof import bech32

    values = [0] * 51 + [1]
    check = bech32._polymod([*bech32._expand("age"), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    with pytest.raises(Bech32Error, match="padding"):
        bech32_decode("age1" + "".join(bech32._ALPHABET[v] for v in values))


def test_keys_are_taken_in_their_one_spelling_only():
    secret = new_secret()
    identity, recipient = identity_of(secret), recipient_of(secret)
    assert str(pyrage.x25519.Identity.from_str(identity).to_public()) == recipient
    assert secret_of(identity) == secret
    wrong = (
        (secret_of, identity.lower()),
        (secret_of, recipient),
        (public_of, recipient.upper()),
        (public_of, identity),
        (public_of, bech32_encode("age", bytes(31))),
        (public_of, bech32_encode("age", bytes(32))),
        (public_of, bech32_encode("age", b"\1" + bytes(31))),
    )
    for read, text in wrong:
        with pytest.raises(AgeError):
            read(text)
    for bad in (b"", bytes(31), bytes(33)):
        with pytest.raises(AgeError):
            identity_of(bad)


@pytest.mark.parametrize("size", SIZES)
def test_bodies_of_every_size_come_back_and_tell_their_size(size, tmp_path):
    secret, plain = new_secret(), tmp_path / "plain"
    plain.write_bytes(bytes(range(256)) * (size // 256) + bytes(size % 256))
    written = encrypt_file(plain, tmp_path / "body", recipient_of(secret))
    shape = inspect_body(tmp_path / "body")
    assert (shape.size, shape.plaintext_size) == (written.size, size) == (body_size(size), size)
    decrypt_file(identity_of(secret), tmp_path / "body", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == plain.read_bytes()


def age(*arguments: str | Path) -> bytes | None:
    if not AGE.exists():
        print("the age command is not installed; interoperation was not checked")
        return None
    return subprocess.run([AGE, *arguments], capture_output=True, check=True).stdout


@pytest.mark.parametrize("size", SIZES)
def test_the_age_command_reads_ours_and_we_read_its(size, tmp_path):
    secret, plain, key = new_secret(), tmp_path / "plain", tmp_path / "key"
    plain.write_bytes(b"z" * size)
    key.write_text(identity_of(secret) + "\n")
    encrypt_file(plain, tmp_path / "ours", recipient_of(secret))
    found = age("-d", "-i", key, tmp_path / "ours")
    if found is None:
        return
    assert found == plain.read_bytes()
    age("-r", recipient_of(secret), "-o", tmp_path / "theirs", plain)
    assert inspect_body(tmp_path / "theirs").plaintext_size == size
    decrypt_file(identity_of(secret), tmp_path / "theirs", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == plain.read_bytes()


def test_a_deterministic_file_is_the_same_twice_and_other_for_another_label():
    recipient, seed = recipient_of(new_secret()), bytes(32)
    first = deterministic_file(recipient, b"{}", seed, "a 1")
    assert (
        first == deterministic_file(recipient, b"{}", seed, "a 1") != deterministic_file(recipient, b"{}", seed, "a 2")
    )
    with pytest.raises(AgeError):
        deterministic_file(recipient, bytes(CHUNK + 1), seed, "a 1")


def test_a_truncated_or_changed_body_is_refused_and_leaves_no_file(tmp_path):
    secret, body, out = new_secret(), tmp_path / "body", tmp_path / "out"
    buffer = io.BytesIO()
    encrypt_stream(io.BytesIO(b"q" * (2 * CHUNK + 100)), buffer, recipient_of(secret))
    whole = buffer.getvalue()
    head = whole[: body_size(0) - 16]
    chunks = [whole[len(head) + i * (CHUNK + 16) :][: CHUNK + 16] for i in range(3)]
    forged = [whole[:-1], whole[:-116], head, head + chunks[1] + chunks[0] + chunks[2], head + chunks[0] + chunks[2]]
    forged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (0, 30, 100, 160, 170, 190, 70_000)]
    for data in forged:
        body.write_bytes(data)
        with pytest.raises(AgeError, match="age-undecryptable"):
            decrypt_file(identity_of(secret), body, out)
    assert [path.name for path in tmp_path.iterdir()] == ["body"]


def test_a_body_with_two_stanzas_or_another_header_is_refused():
    first, second = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    two = pyrage.encrypt(b"secret", [first.to_public(), second.to_public()])
    greased = pyrage.encrypt(b"secret", [first.to_public()])
    password = pyrage.passphrase.encrypt(b"secret", "a passphrase")
    armored = pyrage.encrypt(b"secret", [first.to_public()], armored=True)
    buffer = io.BytesIO()
    encrypt_stream(io.BytesIO(b"secret"), buffer, str(first.to_public()))
    good = buffer.getvalue()
    inspect_body(good)
    bad = [two, greased, password, armored, b"", good[:100], good.replace(b"-> X25519", b"-> x25519", 1)]
    bad += [good.replace(b"/v1", b"/v2", 1), good.replace(b"\n---", b"\n-- ", 1), good.replace(b"\n", b"\r\n", 1)]
    for data in bad:
        with pytest.raises(AgeError, match="age-header"):
            inspect_body(data)


def test_a_size_that_chunks_cannot_have_is_refused():
    buffer = io.BytesIO()
    encrypt_stream(io.BytesIO(b"s" * CHUNK), buffer, recipient_of(new_secret()))
    good = buffer.getvalue()
    sizes = {extra for extra in range(1, 40) if _accepts(good + bytes(extra))}
    assert sizes == set(range(17, 40))
    header = body_size(0) - 16
    assert [n for n in range(40) if _accepts(good[: header + n])] == list(range(16, 40))


def _accepts(data: bytes) -> bool:
    try:
        inspect_body(data)
    except AgeError:
        return False
    return True


def test_encryption_is_fresh_every_time_and_streams_from_short_reads():
    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1000))

    secret, made = new_secret(), []
    for _ in range(2):
        buffer = io.BytesIO()
        encrypt_stream(Dripping(b"r" * 150_000), buffer, recipient_of(secret))
        made.append(buffer.getvalue())
    assert all(a != b for a, b in itertools.pairwise(made))
    assert pyrage.decrypt(made[0], [pyrage.x25519.Identity.from_str(identity_of(secret))]) == b"r" * 150_000
