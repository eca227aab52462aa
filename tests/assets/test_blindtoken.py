"""Blind tokens: the supplier in JavaScript, the platform and the bid box in Python, and the other way round."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sunshine_proof import blindtoken
from sunshine_proof.canonical import b64, h, unbase64
from tests.assets.conftest import ROOT

Run = Callable[..., Any]
VECTORS: dict[str, Any] = json.loads((ROOT / "proof/vectors/rfc9474.json").read_text())
SALTED: list[dict[str, str]] = [case for case in VECTORS["cases"] if case["salt"]]
PID, BOX_KEY = h("a lot"), h("a box key")
TOLD = {"pid": PID.hex(), "box_key": BOX_KEY.hex()}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def text(key: rsa.RSAPrivateKey) -> str:
    return blindtoken.public_key_text(key.public_key())


@pytest.fixture(scope="module")
def token(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """One that Python made alone."""
    public, message = key.public_key(), blindtoken.token_message(PID, BOX_KEY)
    blinded, secret = blindtoken.blind(public, message)
    signature = blindtoken.finalize(public, message, blindtoken.blind_sign(key, blinded), secret)
    return blindtoken.build_token(public, PID, BOX_KEY, signature)


def spki(key: Any) -> str:
    return b64(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


PREPARE = """
    const { fromHex } = L.bytes;
    const { blinded, secret } = await L.blindtoken.prepare(fromHex(given.pid), given.box_key, given.key);
    return { blinded, secret, message: L.bytes.toHex(L.blindtoken.tokenMessage(fromHex(given.pid), given.box_key)) };
"""
UNBLIND = """
    try {
      return await L.blindtoken.unblind(L.bytes.fromHex(given.pid), given.box_key, given.key, given.secret, given.answer);
    } catch (failure) { return failure.code; }
"""
# the codes of many tokens at once: starting an engine takes longer than checking them
VERIFY = """
    const codes = [];
    for (const [token, pid, box_key, key] of given.cases) {
      try {
        await L.blindtoken.verifyToken(token, L.bytes.fromHex(pid), box_key, key);
        codes.push("good");
      } catch (failure) { codes.push(failure.code ?? String(failure)); }
    }
    return codes;
"""


def test_what_the_browser_prepares_python_signs_and_the_bid_box_accepts(
    engine: Run, key: rsa.RSAPrivateKey, text: str
) -> None:
    prepared = engine(PREPARE, **TOLD, key=text)
    assert prepared["message"] == blindtoken.token_message(PID, BOX_KEY).hex()
    answer = b64(blindtoken.blind_sign(key, unbase64(prepared["blinded"])))
    made = engine(UNBLIND, **TOLD, key=text, secret=prepared["secret"], answer=answer)
    assert blindtoken.check_token(made, key.public_key(), PID, BOX_KEY) == made
    assert engine(VERIFY, cases=[[made, PID.hex(), BOX_KEY.hex(), text]]) == ["good"]


def test_the_secret_of_either_side_opens_the_answer_in_the_other(node: Run, key: rsa.RSAPrivateKey, text: str) -> None:
    message = blindtoken.token_message(PID, BOX_KEY)
    prepared = node(PREPARE, **TOLD, key=text)
    answer = blindtoken.blind_sign(key, unbase64(prepared["blinded"]))
    signature = blindtoken.finalize(key.public_key(), message, answer, unbase64(prepared["secret"]))
    blindtoken.verify_token(key.public_key(), message, signature)
    blinded, secret = blindtoken.blind(key.public_key(), message)
    told = {**TOLD, "key": text, "secret": b64(secret), "answer": b64(blindtoken.blind_sign(key, blinded))}
    blindtoken.check_token(node(UNBLIND, **told), key.public_key(), PID, BOX_KEY)


def test_the_unblinding_that_prepare_hands_out_is_the_one_that_can_be_taken_up_later(
    node: Run, key: rsa.RSAPrivateKey, text: str
) -> None:
    numbers = key.private_numbers()
    found = node(
        """const pid = L.bytes.fromHex(given.pid);
           const prepared = await L.blindtoken.prepare(pid, given.box_key, given.key);
           const [n, d] = [BigInt(given.n), BigInt(given.d)];
           let power = 1n, base = BigInt("0x" + L.bytes.toHex(L.bytes.fromBase64(prepared.blinded)));
           for (let left = d; left; left >>= 1n) { if (left & 1n) power = (power * base) % n; base = (base * base) % n; }
           const answer = L.bytes.toBase64(L.bytes.fromHex(power.toString(16).padStart(512, "0")));
           return [await prepared.unblind(answer),
                   await L.blindtoken.unblind(pid, given.box_key, given.key, prepared.secret, answer)];""",
        **TOLD,
        key=text,
        n=str(numbers.public_numbers.n),
        d=str(numbers.d),
    )
    assert found[0] == found[1] == blindtoken.check_token(found[0], key.public_key(), PID, BOX_KEY)


@pytest.mark.parametrize("case", SALTED, ids=lambda case: case["name"])
def test_with_the_randomness_of_rfc_9474_the_browser_makes_its_bytes(engine: Run, case: dict[str, str]) -> None:
    n, e = (int(VECTORS["key"][name], 16) for name in "ne")
    found = engine(
        """const { fromHex, toHex, fromBase64, toBase64 } = L.bytes;
           // what is not below the modulus, and nought, is drawn again
           const draws = [given.salt, "ff".repeat(512), "00".repeat(512), given.r].map(fromHex);
           const genuine = crypto.getRandomValues;
           crypto.getRandomValues = (array) => { array.set(draws.shift()); return array; };
           let blinding;
           try { blinding = await L.blindtoken.blind(given.key, fromHex(given.message)); }
           finally { crypto.getRandomValues = genuine; }
           const answer = toBase64(fromHex(given.blind_sig));
           const sig = await L.blindtoken.finalize(given.key, fromHex(given.message), answer, blinding.secret);
           return [blinding.blinded, blinding.secret, sig].map((text) => toHex(fromBase64(text)));""",
        key=spki(rsa.RSAPublicNumbers(e, n).public_key()),
        message=case["msg_prefix"] + case["msg"],
        salt=case["salt"],
        r=f"{pow(int(case['inv'], 16), -1, n):01024x}",
        blind_sig=case["blind_sig"],
    )
    assert found == [case["blinded_msg"], case["inv"], case["sig"]]


def test_a_message_that_shares_a_factor_with_the_modulus_is_not_blinded(node: Run) -> None:
    n = 3 * ((1 << 2047) // 3 + 1)
    assert n & 1 and n.bit_length() == 2048
    salts = (h(str(i)) + bytes(16) for i in range(1000))
    salt = next(each for each in salts if int.from_bytes(blindtoken._encode(b"", each, 256), "big") % 3 == 0)
    found = node(
        """const draws = [given.salt, "01".repeat(256)].map(L.bytes.fromHex);
           crypto.getRandomValues = (array) => { array.set(draws.shift()); return array; };
           try { await L.blindtoken.blind(given.key, new Uint8Array(0)); return "taken"; }
           catch (failure) { return failure.code ?? String(failure); }""",
        key=spki(rsa.RSAPublicNumbers(65537, n).public_key()),
        salt=salt.hex(),
    )
    assert found == "token-key"


def test_two_blindings_of_one_message_have_nothing_in_common(engine: Run, text: str) -> None:
    found = engine(
        """const all = [];
           for (let i = 0; i < 6; i++) all.push(await L.blindtoken.prepare(L.bytes.fromHex(given.pid), given.box_key, given.key));
           return all;""",
        **TOLD,
        key=text,
    )
    message = blindtoken.token_message(PID, BOX_KEY)
    for name in ("blinded", "secret"):
        raw = [unbase64(each[name]) for each in found]
        assert len(set(raw)) == 6 and {len(each) for each in raw} == {256}
        assert all(message[:8] not in each and BOX_KEY[:8] not in each and PID[:8] not in each for each in raw)


def test_a_false_answer_is_refused_before_it_becomes_a_token(node: Run, key: rsa.RSAPrivateKey, text: str) -> None:
    prepared = node(PREPARE, **TOLD, key=text)
    n = key.public_key().public_numbers().n
    genuine = blindtoken.blind_sign(key, unbase64(prepared["blinded"]))
    flipped = genuine[:-1] + bytes([genuine[-1] ^ 1])
    cases = {
        "token-signature": [flipped, unbase64(prepared["blinded"]), (1).to_bytes(256, "big")],
        "token-range": [bytes(256), n.to_bytes(256, "big"), b"\xff" * 256, b"", genuine[1:], b"\0" + genuine],
    }
    codes = node(
        """const codes = [];
           for (const answer of given.answers) {
             try {
               await L.blindtoken.unblind(L.bytes.fromHex(given.pid), given.box_key, given.key, given.secret, answer);
               codes.push("taken");
             } catch (failure) { codes.push(failure.code ?? String(failure)); }
           }
           return codes;""",
        **TOLD,
        key=text,
        secret=prepared["secret"],
        answers=[*(b64(each) for each in [*cases["token-signature"], *cases["token-range"]]), "?", "AAAAA"],
    )
    assert codes == ["token-signature"] * 3 + ["token-range"] * 6 + ["not-base64"] * 2
    other = h("another box key").hex()
    told = {"pid": PID.hex(), "box_key": other, "key": text, "secret": prepared["secret"], "answer": b64(genuine)}
    assert node(UNBLIND, **told) == "token-signature"


def test_a_token_of_python_verifies_in_the_browser_for_its_lot_box_key_and_key_only(
    engine: Run, text: str, token: dict[str, Any]
) -> None:
    other = rsa.generate_private_key(65537, 2048).public_key()
    other_text, other_id = blindtoken.public_key_text(other), blindtoken.key_id(other)
    lot, box_key = h("another lot").hex(), h("another box key").hex()
    mine = [PID.hex(), BOX_KEY.hex(), text]
    expected = [
        ([token, *mine], "good"),
        ([token, lot, BOX_KEY.hex(), text], "token-policy"),
        ([token, PID.hex(), box_key, text], "token-box-key"),
        ([token, PID.hex(), BOX_KEY.hex(), other_text], "token-key"),
        ([{**token, "key": other_id}, *mine], "token-key"),
        ([{**token, "key": other_id}, PID.hex(), BOX_KEY.hex(), other_text], "token-signature"),
        ([{**token, "policy": lot}, lot, BOX_KEY.hex(), text], "token-signature"),
        ([{**token, "box_key": box_key}, PID.hex(), box_key, text], "token-signature"),
        ([{**token, "v": "box-token/2"}, *mine], "token-version"),
        ([{**token, "bidder": "李"}, *mine], "token-version"),
        ([{**token, "sig": "?"}, *mine], "not-base64"),
        ([{**token, "sig": token["sig"].rstrip("=")}, *mine], "not-base64"),
        ([{**token, "sig": ""}, *mine], "token-signature"),
        ([{**token, "sig": b64(bytes(256))}, *mine], "token-signature"),
        ([{**token, "sig": b64(b"\xff" * 256)}, *mine], "token-signature"),
        ([{**token, "sig": b64(unbase64(token["sig"]) + b"\0")}, *mine], "token-signature"),
    ]
    assert engine(VERIFY, cases=[case for case, _ in expected]) == [code for _, code in expected]


def test_a_flipped_bit_anywhere_in_a_token_is_refused_by_both(
    node: Run, key: rsa.RSAPrivateKey, text: str, token: dict[str, Any]
) -> None:
    mine, changed = [PID.hex(), BOX_KEY.hex(), text], []
    for field, value in token.items():
        for at in range(0, len(value), 3):
            changed.append({**token, field: value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]})
    codes = node(VERIFY, cases=[[each, *mine] for each in changed])
    assert "good" not in codes and {code.split("-")[0] for code in codes} <= {"token", "not"}
    for each in changed:
        with pytest.raises(blindtoken.TokenError):
            blindtoken.check_token(each, key.public_key(), PID, BOX_KEY)


def rough(bits: int) -> int:
    """An odd number of so many bits without small factors: a modulus that only its form can give away."""
    small = math.prod(range(3, 2000, 2))
    return next(n for n in range((1 << bits - 1) + 1, 1 << bits, 2) if math.gcd(n, small) == 1)


def test_a_key_out_of_bounds_or_in_other_words_is_refused_by_both(engine: Run, text: str) -> None:
    der, sizes = unbase64(text), [1024, 2040, 2047, 2049, 2052, 4104]
    numbers = [
        *((65537, rough(bits)) for bits in sizes),
        (65537, rough(2048) + 1),
        (3, rough(2048)),
        (65539, rough(2048)),
    ]
    false = [spki(rsa.RSAPublicNumbers(*each).public_key()) for each in numbers]
    false += [spki(ec.generate_private_key(ec.SECP256R1()).public_key()), "AAAA", "?", text[:-4], text + "\n"]
    # the same key without the NULL of its algorithm, and with a byte behind it
    false += [b64(bytes.fromhex("30820120300b") + der[6:17] + der[19:]), b64(der + b"\0")]
    codes = engine(
        """const code = async (act) => { try { await act(); return "taken"; } catch (failure) { return failure.code ?? String(failure); } };
           const codes = [];
           for (const key of given.keys) {
             codes.push([await code(() => L.blindtoken.blind(key, new Uint8Array(32))),
                         await code(() => L.blindtoken.finalize(key, new Uint8Array(32), given.one, given.one))]);
           }
           return codes;""",
        keys=[*false, text],
        one=b64((1).to_bytes(256, "big")),
    )
    assert codes == [["token-key"] * 2] * len(false) + [["taken", "token-signature"]]
    for each in false:
        with pytest.raises(blindtoken.TokenError):
            blindtoken.read_public_key(each)


def test_a_message_is_of_32_and_32_bytes(node: Run) -> None:
    codes = node(
        """return given.pairs.map(([pid, box_key]) => {
             try { L.blindtoken.tokenMessage(L.bytes.fromHex(pid), box_key); return "taken"; }
             catch (failure) { return failure.code; } });""",
        pairs=[["00" * 31, "00" * 32], ["00" * 32, "00" * 33], ["00" * 32, "0G" * 32], ["00" * 32, "AA" * 32]],
    )
    assert codes == ["token-message", "token-message", "not-hex", "not-hex"]
