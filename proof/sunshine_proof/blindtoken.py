"""`box-token/1`: the right to hand in one sealed bid without saying who one is (blind RSA signatures, RFC 9474).

A supplier who may bid in a lot has H("seal/1 box-token\\n" ‖ pid ‖ box_key) signed while logged in. The signer sees
the message multiplied by a random r^e, which fits every message equally well; the supplier divides r out again and
later shows the signature at the bid box, without login. Whoever holds both ends cannot tell which signature came of
which login, however much is computed: anonymity does not rest on the size of the key, only the right to submit does.

Variant: RSABSSA-SHA384-PSS-Deterministic (RFC 9474 §5).
- No random prefix (§7.3): it protects messages that a signer could guess when making a malformed key. Ours holds a
  fresh Ed25519 key, 32 bytes nobody can guess; a prefix would only make every token longer.
- A salt of 48 bytes and not PSSZERO: nobody needs equal signatures of equal messages (the box tells tokens apart by
  box_key), and with a salt a second attempt after a failed one blinds another number, so that even a signer with a
  malformed key learns nothing from the two together.
- The result is plain RSA-PSS to every verifier: `cryptography` here, WebCrypto in the browser.

Keys are for this one purpose (§6.2), 3072 bits when new, and there is **one for each lot**: the signer cannot see the
pid it signs, so with one key for two lots a supplier admitted to both could hand in two bids in one of them. And
everybody must be shown the same key, where everybody looks (the log): a key shown to one supplier only is a name.
"""

import hashlib
import math
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from sunshine_proof import shape
from sunshine_proof.canonical import b64, h, unbase64, unhex
from sunshine_proof.errors import ProofError, speaking

EXPONENT = 65537
KEY_BITS = 3072
_LEAST_BITS, _MOST_BITS = 2048, 4096
_SALT = _HASH = 48
_KEYS = ("v", "policy", "box_key", "key", "sig")
_TEXT_LIMIT = 1000


class TokenError(ProofError):
    """Not a token, not a key for tokens, or a number that no honest partner sends."""


def token_message(pid: bytes, box_key: bytes) -> bytes:
    """H("seal/1 box-token\\n" ‖ pid ‖ box_key) of 32 and 32 raw bytes: what a token signs."""
    if len(pid) != 32 or len(box_key) != 32:
        raise TokenError("token-message", "policy id and box key are 32 bytes each")
    return h("seal/1 box-token\n", pid, box_key)


# -- keys ----------------------------------------------------------------------------------------------------------


def new_token_key(bits: int = KEY_BITS) -> rsa.RSAPrivateKey:
    """A fresh signing key for the tokens of one lot, of 3072 bits unless said otherwise (2048 to 4096)."""
    key = rsa.generate_private_key(EXPONENT, bits)
    _modulus(key.public_key())
    return key


def _modulus(key: rsa.RSAPublicKey) -> tuple[int, int]:
    """(n, its size in bytes) of a key within our bounds."""
    numbers = key.public_numbers()
    bits = numbers.n.bit_length()
    # whole bytes: so the size of a signature says the size of the key, and the PSS encoding has one form
    if numbers.e != EXPONENT or not _LEAST_BITS <= bits <= _MOST_BITS or bits % 8 or not numbers.n & 1:
        raise TokenError("token-key", "a token key is RSA with e = 65537 and 2048 to 4096 bits in whole bytes")
    return numbers.n, bits // 8


def _der(key: rsa.RSAPublicKey) -> bytes:
    _modulus(key)
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def public_key_text(key: rsa.RSAPublicKey) -> str:
    """The key as base64 of its SPKI DER (algorithm rsaEncryption, the one WebCrypto reads); no line breaks."""
    return b64(_der(key))


@speaking(TokenError)
def read_public_key(text: str) -> rsa.RSAPublicKey:
    """The key of such a text; TokenError when it is out of bounds or any byte differs from the canonical text."""
    der = unbase64(shape.text(text, "key", _TEXT_LIMIT), "key")
    try:
        key = load_der_public_key(der)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise TokenError("token-key", "the key cannot be read") from error
    if not isinstance(key, rsa.RSAPublicKey) or _der(key) != der:
        raise TokenError("token-key", "the key is not the canonical SPKI of an RSA key")
    return key


def key_id(key: rsa.RSAPublicKey) -> str:
    """hex H("seal/1 token-key\\n" ‖ SPKI DER)."""
    return h("seal/1 token-key\n", _der(key)).hex()


# -- supplier ------------------------------------------------------------------------------------------------------


def _mask(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-384 (RFC 8017 §B.2.1)."""
    blocks = range(-(-length // _HASH))
    return b"".join(hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in blocks)[:length]


def _encode(message: bytes, salt: bytes, size: int) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 for a modulus of 8·size bits (RFC 8017 §9.1.1), `size` bytes."""
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = b"\1" + salt
    block = block.rjust(size - _HASH - 1, b"\0")
    masked = bytearray(a ^ b for a, b in zip(block, _mask(digest, len(block)), strict=True))
    masked[0] &= 0x7F  # one bit shorter than the modulus, so that the number is below it
    return bytes(masked) + digest + b"\xbc"


def _unit(n: int) -> tuple[int, int]:
    """(r, 1/r mod n) for a uniformly random r with an inverse."""
    while True:
        r = 1 + secrets.randbelow(n - 1)
        # an r without inverse would be a factor of n: never seen with an honest key, and no way to blind either
        if math.gcd(r, n) == 1:
            return r, pow(r, -1, n)


def blind(public_key: rsa.RSAPublicKey, message: bytes) -> tuple[bytes, bytes]:
    """(blinded, secret), both as long as the modulus: the first for the signer, the second for `finalize` only.

    Keep the secret beside the box key until the token is there: the signer signs once for each supplier, and answers
    the same `blinded` again when its answer was lost. RFC 9474 §4.2; neither salt nor r can be given (§7.4).
    """
    n, size = _modulus(public_key)
    number = int.from_bytes(_encode(message, secrets.token_bytes(_SALT), size), "big")
    if math.gcd(number, n) != 1:
        raise TokenError("token-key", "the modulus has a factor that anybody can find")
    r, inverse = _unit(n)
    return (number * pow(r, EXPONENT, n) % n).to_bytes(size, "big"), inverse.to_bytes(size, "big")


def finalize(public_key: rsa.RSAPublicKey, message: bytes, blind_signature: bytes, secret: bytes) -> bytes:
    """The signature over `message`, checked, from the signer's answer and the secret of `blind` (RFC 9474 §4.4)."""
    n, size = _modulus(public_key)
    answer, inverse = int.from_bytes(blind_signature, "big"), int.from_bytes(secret, "big")
    if len(blind_signature) != size or len(secret) != size or not 0 < answer < n or not 0 < inverse < n:
        raise TokenError("token-range", "answer and secret are numbers below the modulus, and as long")
    signature = (answer * inverse % n).to_bytes(size, "big")
    verify_token(public_key, message, signature)
    return signature


# -- signer --------------------------------------------------------------------------------------------------------


def blind_sign(private_key: rsa.RSAPrivateKey, blinded: bytes) -> bytes:
    """The private operation on a supplier's blinded message (RFC 9474 §4.3), as long as the modulus.

    Numbers outside 0 < m < n and other lengths are refused as `token-range` (0 is below n, but no message blinds to
    it). `token-signing` is a fault of this machine: nothing of the result may leave it.
    """
    n, size = _modulus(private_key.public_key())
    number = int.from_bytes(blinded, "big")
    if len(blinded) != size or not 0 < number < n:
        raise TokenError("token-range", "a blinded message is a number below the modulus, and as long")
    root = _root(private_key.private_numbers(), number)
    # one wrong bit in either half would give away the factors of n (Boneh, DeMillo, Lipton 1997)
    if pow(root, EXPONENT, n) != number:
        raise TokenError("token-signing", "the private operation went wrong")
    return root.to_bytes(size, "big")


def _root(key: rsa.RSAPrivateNumbers, number: int) -> int:
    """number^d mod n by the Chinese remainder theorem, on a covered number and with covered exponents.

    `cryptography` gives no raw RSA, and Python's `pow` takes a time that depends on its operands. What is measurable
    from outside says nothing: each call works on number·r^e with a fresh r, so a caller does not choose the operands,
    and adds a fresh multiple of p-1 and q-1 to the exponents, so that calls do not add up to one picture. What remains
    is somebody on the same machine who reads the cache during a single call. The damage is bounded too: the key serves
    one lot until its deadline, signs once for each admitted supplier, and opens no bid and names no bidder.
    """
    n, p, q = key.public_numbers.n, key.p, key.q
    cover, uncover = _unit(n)
    covered = number * pow(cover, EXPONENT, n) % n
    at_p = pow(covered, key.dmp1 + secrets.randbits(64) * (p - 1), p)
    at_q = pow(covered, key.dmq1 + secrets.randbits(64) * (q - 1), q)
    return (at_q + q * ((at_p - at_q) * key.iqmp % p)) * uncover % n


# -- bid box -------------------------------------------------------------------------------------------------------


def verify_token(public_key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> None:
    """`signature` is RSA-PSS (SHA-384, MGF1-SHA-384, salt of 48 bytes) over `message`, or `token-signature`."""
    _modulus(public_key)
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=_SALT)
    try:
        public_key.verify(signature, message, scheme, hashes.SHA384())
    except InvalidSignature as error:
        raise TokenError("token-signature", "not signed by this key over this message") from error


def build_token(public_key: rsa.RSAPublicKey, pid: bytes, box_key: bytes, signature: bytes) -> dict[str, Any]:
    """The token as JSON, checked: `{"v", "policy", "box_key", "key", "sig"}`."""
    token = {
        "v": "box-token/1",
        "policy": pid.hex(),
        "box_key": box_key.hex(),
        "key": key_id(public_key),
        "sig": b64(signature),
    }
    return check_token(token, public_key, pid, box_key)


@speaking(TokenError)
def check_token(token: Mapping[str, Any], public_key: rsa.RSAPublicKey, pid: bytes, box_key: bytes) -> dict[str, Any]:
    """The token's fields, when it gives the right to hand in lids under `box_key` in the lot of policy `pid`.

    `pid` and `box_key` (32 raw bytes each) come from the lid the token is shown with, `public_key` from the lot, never
    from the token. Raises TokenError: token-version, token-policy, token-box-key, token-key, token-signature.
    """
    found = shape.record(token, _KEYS, "token")
    if found["v"] != "box-token/1":
        raise TokenError("token-version", "only box-token/1 is known")
    if unhex(found["policy"], 32, "policy") != pid:
        raise TokenError("token-policy", "this token is for another lot")
    if unhex(found["box_key"], 32, "box_key") != box_key:
        raise TokenError("token-box-key", "this token is for another box key")
    if found["key"] != key_id(public_key):
        raise TokenError("token-key", "this token names another token key than that of the lot")
    signature = unbase64(shape.text(found["sig"], "sig", _TEXT_LIMIT), "sig")
    verify_token(public_key, token_message(pid, box_key), signature)
    return found
