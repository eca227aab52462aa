"""Blind tokens: the vectors of RFC 9474, what the signer cannot learn, and every false token, key and number."""

import json
import secrets
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof import blindtoken
from sunshine_proof.blindtoken import (
    TokenError,
    blind,
    blind_sign,
    build_token,
    check_token,
    finalize,
    key_id,
    new_token_key,
    public_key_text,
    read_public_key,
    token_message,
    verify_token,
)
from sunshine_proof.canonical import b64, h, unbase64

VECTORS = json.loads((Path(__file__).parent.parent / "vectors" / "rfc9474.json").read_text())
CASES = VECTORS["cases"]
# the other two variants have no salt: of them we share the signer, not the encoding
SALTED = [case for case in CASES if case["salt"]]
PID, BOX_KEY = h("a lot"), h("a box key")
SIZE = 256


def refused(act, *arguments):
    with pytest.raises(TokenError) as caught:
        act(*arguments)
    return caught.value.code


def named(case):
    return case["name"]


def number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def as_bytes(value: int) -> bytes:
    return value.to_bytes(SIZE, "big")


def spki(n: int, e: int = 65537) -> str:
    key = rsa.RSAPublicNumbers(e, n).public_key()
    return b64(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


@pytest.fixture(scope="module")
def rfc_key():
    p, q, n, e, d = (int(VECTORS["key"][name], 16) for name in "pqned")
    public = rsa.RSAPublicNumbers(e, n)
    iqmp = rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), iqmp, public).private_key()


@pytest.fixture(scope="module")
def key(rsa_keys):
    return rsa_keys[0]


@pytest.fixture(scope="module")
def other(rsa_keys):
    return rsa_keys[1].public_key()


@pytest.fixture(scope="module")
def token(key):
    public, message = key.public_key(), token_message(PID, BOX_KEY)
    blinded, secret = blind(public, message)
    return build_token(public, PID, BOX_KEY, finalize(public, message, blind_sign(key, blinded), secret))


# -- RFC 9474 ------------------------------------------------------------------------------------------------------


def test_the_vectors_cover_every_variant_and_fit_their_own_key():
    assert [case["name"][len("RSABSSA-SHA384-") :] for case in CASES] == [
        "PSS-Randomized", "PSSZERO-Randomized", "PSS-Deterministic", "PSSZERO-Deterministic",
    ]  # fmt: skip
    p, q, n, e, d = (int(VECTORS["key"][name], 16) for name in "pqned")
    assert p * q == n and all(e * d % (prime - 1) == 1 for prime in (p, q))
    for case in CASES:
        assert pow(int(case["sig"], 16), e, n) == int(case["encoded_msg"], 16)


@pytest.mark.parametrize("case", CASES, ids=named)
def test_the_signer_answers_every_vector(rfc_key, case):
    assert blind_sign(rfc_key, bytes.fromhex(case["blinded_msg"])).hex() == case["blind_sig"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_every_vector_is_encoded_as_the_rfc_says(case):
    message = bytes.fromhex(case["msg_prefix"] + case["msg"])
    assert blindtoken._encode(message, bytes.fromhex(case["salt"]), 512).hex() == case["encoded_msg"]


@pytest.mark.parametrize("case", SALTED, ids=named)
def test_a_supplier_with_the_vectors_randomness_blinds_and_finalizes_to_the_same_bytes(monkeypatch, rfc_key, case):
    public, message = rfc_key.public_key(), bytes.fromhex(case["msg_prefix"] + case["msg"])
    r = pow(int(case["inv"], 16), -1, public.public_numbers().n)
    monkeypatch.setattr(secrets, "token_bytes", lambda size: bytes.fromhex(case["salt"])[:size])
    monkeypatch.setattr(secrets, "randbelow", lambda limit: r - 1)
    blinded, secret = blind(public, message)
    assert (blinded.hex(), secret.hex()) == (case["blinded_msg"], case["inv"])
    assert finalize(public, message, bytes.fromhex(case["blind_sig"]), secret).hex() == case["sig"]


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_signature_verifies_with_a_salt_of_48_bytes_and_no_other(rfc_key, case):
    arguments = (rfc_key.public_key(), bytes.fromhex(case["msg_prefix"] + case["msg"]), bytes.fromhex(case["sig"]))
    if case in SALTED:
        verify_token(*arguments)
    else:
        assert refused(verify_token, *arguments) == "token-signature"


# -- from login to bid box -----------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(message=st.binary(max_size=100))
def test_whatever_is_blinded_comes_back_as_an_ordinary_pss_signature(key, message):
    public = key.public_key()
    blinded, secret = blind(public, message)
    signature = finalize(public, message, blind_sign(key, blinded), secret)
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=48)
    public.verify(signature, message, scheme, hashes.SHA384())
    assert {len(blinded), len(secret), len(signature)} == {SIZE}


def test_a_new_key_has_3072_bits_and_makes_tokens():
    key = new_token_key()
    public, message = key.public_key(), token_message(PID, BOX_KEY)
    assert public.key_size == 3072
    blinded, secret = blind(public, message)
    made = build_token(public, PID, BOX_KEY, finalize(public, message, blind_sign(key, blinded), secret))
    assert check_token(made, read_public_key(public_key_text(public)), PID, BOX_KEY) == made


def test_the_message_is_that_of_the_lot_and_the_box_key():
    assert token_message(PID, BOX_KEY) == h(b"seal/1 box-token\n" + PID + BOX_KEY)
    assert len({token_message(*pair) for pair in ((PID, BOX_KEY), (BOX_KEY, PID), (PID, PID))}) == 3
    for pair in ((PID[:-1], BOX_KEY), (PID, BOX_KEY + b"\0"), (b"", PID + BOX_KEY)):
        assert refused(token_message, *pair) == "token-message"


# -- what the signer sees ------------------------------------------------------------------------------------------


def test_two_blindings_of_one_message_have_nothing_in_common(key):
    public, message = key.public_key(), token_message(PID, BOX_KEY)
    seen = [blind(public, message) for _ in range(8)]
    for column in zip(*seen, strict=True):
        assert len(set(column)) == len(seen)
    signatures = {finalize(public, message, blind_sign(key, blinded), secret) for blinded, secret in seen}
    assert len(signatures) == len(seen)


def test_every_login_could_have_led_to_every_token(key):
    """Blindness, exactly: for each blinded number and each token there is a secret that joins them."""
    public = key.public_key()
    n = public.public_numbers().n
    messages = [token_message(PID, h(f"box key {i}")) for i in range(3)]
    sessions = [blind(public, message) for message in messages]
    answers = [blind_sign(key, blinded) for blinded, _ in sessions]
    tokens = [
        finalize(public, message, answer, secret)
        for message, answer, (_, secret) in zip(messages, answers, sessions, strict=True)
    ]
    for (blinded, _), answer in zip(sessions, answers, strict=True):
        for message, signature in zip(messages, tokens, strict=True):
            secret = number(signature) * pow(number(answer), -1, n) % n
            assert finalize(public, message, answer, as_bytes(secret)) == signature
            # … and it is the secret of an r that blinds this message to just this number
            encoded = pow(number(signature), 65537, n)
            assert as_bytes(encoded * pow(pow(secret, -1, n), 65537, n) % n) == blinded


def test_the_signers_view_contains_neither_the_message_nor_the_token(key):
    public, message = key.public_key(), token_message(PID, BOX_KEY)
    blinded, secret = blind(public, message)
    answer = blind_sign(key, blinded)
    signature = finalize(public, message, answer, secret)
    digest = as_bytes(pow(number(signature), 65537, public.public_numbers().n))[-49:-1]
    for view in (blinded, answer):
        assert all(hidden[at : at + 8] not in view for hidden in (message, signature, digest) for at in range(24))


def test_a_message_that_would_give_away_a_factor_is_not_blinded(monkeypatch, key):
    numbers = key.private_numbers()
    monkeypatch.setattr(blindtoken, "_encode", lambda message, salt, size: as_bytes(3 * numbers.p))
    assert refused(blind, key.public_key(), b"") == "token-key"


def test_an_r_without_inverse_is_drawn_again(monkeypatch, key):
    numbers = key.private_numbers()
    draws = iter([numbers.p - 1, 7 * numbers.q - 1, 41])
    monkeypatch.setattr(secrets, "randbelow", lambda limit: next(draws))
    assert blindtoken._unit(numbers.public_numbers.n)[0] == 42


# -- false numbers -------------------------------------------------------------------------------------------------


def test_the_signer_takes_only_numbers_between_0_and_the_modulus_of_its_length(key):
    n = key.public_key().public_numbers().n
    good = as_bytes(n - 2)
    for false in (as_bytes(0), as_bytes(n), as_bytes(n + 1), b"\xff" * SIZE, b"", b"\1", good[1:], b"\0" + good):
        assert refused(blind_sign, key, false) == "token-range"
    for edge in (1, n - 1):
        assert number(blind_sign(key, as_bytes(edge))) == edge
    for edge in (2, n - 2, key.private_numbers().p):
        assert pow(number(blind_sign(key, as_bytes(edge))), 65537, n) == edge


def test_a_fault_in_one_half_of_the_private_operation_lets_nothing_out(monkeypatch, key):
    genuine, numbers = blindtoken._root, key.private_numbers()
    # right modulo p and wrong modulo q: this very number would factor n
    monkeypatch.setattr(
        blindtoken, "_root", lambda *arguments: (genuine(*arguments) + numbers.p) % (numbers.p * numbers.q)
    )
    assert refused(blind_sign, key, as_bytes(4711)) == "token-signing"


def test_the_private_operation_never_works_on_the_callers_number_or_the_bare_exponents(monkeypatch, key):
    numbers, seen = key.private_numbers(), []

    def watching(base, exponent, modulus):
        seen.append((base, exponent, modulus))
        return pow(base, exponent, modulus)

    monkeypatch.setattr(blindtoken, "pow", watching, raising=False)
    for _ in range(2):
        assert pow(blindtoken._root(numbers, 4711), 65537, numbers.public_numbers.n) == 4711
    private = [(base, exponent) for base, exponent, modulus in seen if modulus in (numbers.p, numbers.q)]
    # one covered number for both halves of a call, four exponents in two calls
    assert (len(private), len({base for base, _ in private}), len({exponent for _, exponent in private})) == (4, 2, 4)
    assert not {4711, numbers.dmp1, numbers.dmq1} & {value for pair in private for value in pair}


def test_answers_and_secrets_that_are_false_are_refused(key, other):
    public, message = key.public_key(), token_message(PID, BOX_KEY)
    n = public.public_numbers().n
    blinded, secret = blind(public, message)
    answer = blind_sign(key, blinded)
    for false in (as_bytes(0), as_bytes(n), b"\xff" * SIZE, b"", answer[1:], answer + b"\0", b"\0" + answer):
        assert refused(finalize, public, message, false, secret) == "token-range"
        assert refused(finalize, public, message, answer, false) == "token-range"
    stranger = blind(public, message)
    for arguments in (
        (public, message, blinded, secret),  # the platform sends back what it got
        (public, message, as_bytes(1), secret),
        (public, message, answer, stranger[1]),
        (public, message, blind_sign(key, stranger[0]), secret),
        (public, token_message(PID, PID), answer, secret),
        (other, message, min(answer, as_bytes(1)), as_bytes(1)),
    ):
        assert refused(finalize, *arguments) == "token-signature"


# -- tokens --------------------------------------------------------------------------------------------------------


def test_a_token_is_good_for_its_lot_its_box_key_and_its_key_only(key, other, token):
    public = key.public_key()
    assert check_token(token, public, PID, BOX_KEY) == token
    assert token["key"] == key_id(public) and set(token) == {"v", "policy", "box_key", "key", "sig"}
    assert refused(check_token, token, public, h("another lot"), BOX_KEY) == "token-policy"
    assert refused(check_token, token, public, PID, h("another box key")) == "token-box-key"
    assert refused(check_token, token, other, PID, BOX_KEY) == "token-key"
    assert refused(check_token, {**token, "key": key_id(other)}, public, PID, BOX_KEY) == "token-key"
    assert refused(check_token, {**token, "key": key_id(other)}, other, PID, BOX_KEY) == "token-signature"


def test_a_token_replayed_for_another_lot_or_box_key_does_not_verify_with_their_names_in_it(key, token):
    public, lot, box_key = key.public_key(), h("another lot"), h("another box key")
    assert refused(check_token, {**token, "policy": lot.hex()}, public, lot, BOX_KEY) == "token-signature"
    assert refused(check_token, {**token, "box_key": box_key.hex()}, public, PID, box_key) == "token-signature"
    swapped = {**token, "policy": token["box_key"], "box_key": token["policy"]}
    assert refused(check_token, swapped, public, BOX_KEY, PID) == "token-signature"


def test_a_flipped_bit_in_any_field_of_a_token_is_refused(key, token):
    public, codes = key.public_key(), {}
    for field, value in token.items():
        for at, bit in ((at, bit) for at in range(len(value)) for bit in range(7)):
            changed = value[:at] + chr(ord(value[at]) ^ 1 << bit) + value[at + 1 :]
            codes.setdefault(field, set()).add(refused(check_token, {**token, field: changed}, public, PID, BOX_KEY))
    assert codes["v"] == {"token-version"} and codes["key"] == {"token-key"}
    assert codes["policy"] == {"token-policy", "not-hex"} and codes["box_key"] == {"token-box-key", "not-hex"}
    assert codes["sig"] == {"token-signature", "not-base64", "wrong-shape"}


def test_a_flipped_bit_of_the_signature_itself_is_refused(key, token):
    signature = number(unbase64(token["sig"]))
    for bit in range(8 * SIZE):
        changed = {**token, "sig": b64(as_bytes(signature ^ 1 << bit))}
        assert refused(check_token, changed, key.public_key(), PID, BOX_KEY) == "token-signature"


def test_a_signature_that_is_zero_too_large_or_of_another_length_is_refused(key, token):
    public, raw = key.public_key(), unbase64(token["sig"])
    n = public.public_numbers().n
    false = [
        b"",
        b"\0",
        as_bytes(0),
        as_bytes(1),
        as_bytes(n - 1),
        as_bytes(n),
        b"\xff" * SIZE,
        raw[1:],
        raw + b"\0",
        b"\0" + raw,
    ]
    same = number(raw) + n
    false += [as_bytes(same)] if same < 1 << 8 * SIZE else [same.to_bytes(SIZE + 1, "big")]
    for signature in false:
        assert refused(build_token, public, PID, BOX_KEY, signature) in ("token-signature", "wrong-shape")
        assert refused(verify_token, public, token_message(PID, BOX_KEY), signature) == "token-signature"


@pytest.mark.parametrize(
    "false", [None, 5, b"AAAA", [], {}, "", "?", "AAA", "AAAA\n", "AAAA" * 300, "ＡＡＡＡ", "AA=="]
)
def test_whatever_stands_in_a_field_instead_is_refused_by_its_code(key, token, false):
    for field in token:
        code = refused(check_token, {**token, field: false}, key.public_key(), PID, BOX_KEY)
        allowed = {"token-version", "token-key", "token-signature", "not-hex", "not-base64", "wrong-shape"}
        assert code in allowed


def test_a_token_with_a_missing_or_superfluous_field_or_no_token_at_all_is_refused(key, token):
    public = key.public_key()
    for field in token:
        less = {name: value for name, value in token.items() if name != field}
        assert refused(check_token, less, public, PID, BOX_KEY) == "wrong-shape"
    for false in ({**token, "bidder": "李"}, {}, None, [], "box-token/1", 7):
        assert refused(check_token, false, public, PID, BOX_KEY) == "wrong-shape"


@settings(max_examples=200, deadline=None)
@given(
    noise=st.dictionaries(
        st.sampled_from(["v", "policy", "box_key", "key", "sig"]),
        st.one_of(st.none(), st.integers(), st.text(), st.binary(), st.lists(st.integers())),
        min_size=1,
    )
)
def test_noise_in_a_token_never_gets_anything_but_a_refusal(key, token, noise):
    refused(check_token, {**token, **noise}, key.public_key(), PID, BOX_KEY)
