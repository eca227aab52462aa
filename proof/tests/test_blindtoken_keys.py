"""The keys of blind tokens: one text each, strict bounds, and nothing else is ever taken for one."""

import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st
from test_blindtoken import BOX_KEY, PID, as_bytes, refused, spki

from sunshine_proof.blindtoken import (
    TokenError,
    blind,
    blind_sign,
    finalize,
    key_id,
    public_key_text,
    read_public_key,
    token_message,
    verify_token,
)
from sunshine_proof.canonical import b64, h, unbase64


@pytest.fixture(scope="module")
def key(rsa_keys):
    return rsa_keys[0]


@pytest.fixture(scope="module")
def other(rsa_keys):
    return rsa_keys[1].public_key()


def test_a_key_has_one_text_and_one_id(key, other):
    public = key.public_key()
    text = public_key_text(public)
    assert read_public_key(text).public_numbers() == public.public_numbers()
    assert key_id(public) == h(b"seal/1 token-key\n" + unbase64(text)).hex()
    assert key_id(public) != key_id(other) and text != public_key_text(other)


def test_a_key_out_of_bounds_is_neither_read_nor_written_nor_used(key):
    false = {bits: (1 << bits - 1) + (secrets.randbits(bits - 2) << 1) + 1 for bits in (1024, 2047, 2049, 2052, 4104)}
    false[2048] = key.public_key().public_numbers().n - 1  # of the right length, but even
    n = key.public_key().public_numbers().n
    texts = [spki(value) for value in false.values()] + [spki(n, 3), spki(n, 17), spki(n, 65539)]
    assert {refused(read_public_key, text) for text in texts} == {"token-key"}
    for numbers in (*(rsa.RSAPublicNumbers(65537, value) for value in false.values()), rsa.RSAPublicNumbers(3, n)):
        weak = numbers.public_key()
        acts = [(public_key_text, ()), (key_id, ()), (blind, (b"m",)), (finalize, (b"m", b"", b""))]
        for act, arguments in [*acts, (verify_token, (b"m", b""))]:
            assert refused(act, weak, *arguments) == "token-key"
    cubic = rsa.generate_private_key(3, 2048)
    assert refused(blind_sign, cubic, as_bytes(5)) == "token-key"


def test_what_is_no_rsa_key_or_no_canonical_text_is_refused(key):
    text = public_key_text(key.public_key())
    der = unbase64(text)
    foreign = [ec.generate_private_key(ec.SECP256R1()).public_key(), ed25519.Ed25519PrivateKey.generate().public_key()]
    texts = [b64(k.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) for k in foreign]
    texts += [b64(raw) for raw in (b"\0", der + b"\0", der[:-1], der[24:], b"0" * 300)]
    head, null, rest = der[:17], der[17:19], der[19:]
    assert head[:6] == bytes.fromhex("30820122300d") and null == b"\x05\0"
    # the same key in other words: without NULL, as RSASSA-PSS, with a length longer than it need be
    texts += [b64(bytes.fromhex("30820120300b") + head[6:] + rest)]
    texts += [b64(head[:-1] + b"\x0a" + null + rest), b64(bytes.fromhex("3083000122") + der[4:])]
    assert {refused(read_public_key, each) for each in texts} == {"token-key"}
    for each in (text + "\n", text[:-4] + "====", text.replace("A", "-", 1), text.rstrip("=") + "é", text[1:]):
        assert refused(read_public_key, each) in ("not-base64", "wrong-shape")
    for each in ("", None, 5, [text], "A" * 2000):
        assert refused(read_public_key, each) == "wrong-shape"


def test_a_flipped_bit_in_a_key_makes_another_key_or_none(key):
    der, message = unbase64(public_key_text(key.public_key())), token_message(PID, BOX_KEY)
    blinded, secret = blind(key.public_key(), message)
    signature = finalize(key.public_key(), message, blind_sign(key, blinded), secret)
    read = 0
    for bit in range(8 * len(der)):
        changed = bytearray(der)
        changed[bit // 8] ^= 1 << bit % 8
        text = b64(bytes(changed))
        try:
            found = read_public_key(text)
        except TokenError as refusal:
            assert refusal.code == "token-key"
            continue
        read += 1
        assert public_key_text(found) == text
        assert refused(verify_token, found, message, signature) == "token-signature"
    assert read == 2046  # the bits of the modulus, but its first and its last


@settings(max_examples=200, deadline=None)
@given(noise=st.one_of(st.text(max_size=1100), st.binary(max_size=700).map(b64)))
def test_noise_is_never_read_as_a_key(noise):
    refused(read_public_key, noise)
