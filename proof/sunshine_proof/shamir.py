"""Deterministic Shamir sharing of 32 bytes over GF(2⁸)/0x11b (`seal/1`, bytes as in the shared vectors).

Table look-ups are not constant-time. Dealing happens on the bidder's own machine and combining after the
opening, so there is nobody beside it to time them.
"""

from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sunshine_proof.errors import ProofError

SECRET_SIZE = 32


class ShamirError(ProofError):
    """Shares or parameters that no dealer of this format can have made."""


def _tables() -> tuple[list[int], list[int]]:
    """Powers and logarithms of the generator 3; powers twice over, so that sums of logarithms need no modulo."""
    powers, logs, value = [0] * 510, [0] * 256, 1
    for exponent in range(255):
        powers[exponent] = powers[exponent + 255] = value
        logs[value] = exponent
        value ^= (value << 1) ^ (0x11B if value & 0x80 else 0)
    return powers, logs


_POWER, _LOG = _tables()


def _multiply(a: int, b: int) -> int:
    return _POWER[_LOG[a] + _LOG[b]] if a and b else 0


def _divide(a: int, b: int) -> int:
    return _POWER[_LOG[a] - _LOG[b] + 255] if a else 0


def deal(secret: bytes, policy_id: bytes, k: int, n: int) -> dict[int, bytes]:
    """Split `secret` (32 bytes) into n shares {i: y_i}, i = 1..n, any k of which give it back.

    Coefficient j = HKDF-SHA256(secret, no salt, "seal/1 coeff j " ‖ policy_id): the dealing can be recomputed by
    whoever knows the secret, so a wrong dealing is provable. Raises ShamirError on wrong sizes or 1 ≤ k ≤ n ≤ 255.
    """
    if len(secret) != SECRET_SIZE or len(policy_id) != 32:
        raise ShamirError("share-size", "secret and policy id are 32 bytes each")
    if not 1 <= k <= n <= 255:
        raise ShamirError("share-threshold", f"needs 1 ≤ k ≤ n ≤ 255, not k={k}, n={n}")
    coefficients = [secret]
    for j in range(1, k):
        info = f"seal/1 coeff {j} ".encode() + policy_id
        coefficients.append(HKDF(hashes.SHA256(), SECRET_SIZE, None, info).derive(secret))
    return {x: bytes(_value(column, x) for column in zip(*coefficients, strict=True)) for x in range(1, n + 1)}


def _value(coefficients: tuple[int, ...], x: int) -> int:
    result = 0
    for coefficient in reversed(coefficients):
        result = _multiply(result, x) ^ coefficient
    return result


def combine(shares: Mapping[int, bytes] | Iterable[tuple[int, bytes]]) -> bytes:
    """The 32-byte secret through all given shares {i: y}; give exactly k of them.

    Too few shares give another, unrelated secret: the caller must check it against the recipient.
    Raises ShamirError on no shares, an index outside 1..255, an index twice, or y that is not 32 bytes.
    """
    pairs = list(shares.items() if isinstance(shares, Mapping) else shares)
    indices = [i for i, _ in pairs]
    if not pairs:
        raise ShamirError("share-missing", "no share given")
    if any(isinstance(i, bool) or not isinstance(i, int) or not 1 <= i <= 255 for i in indices):
        raise ShamirError("share-index", "share numbers run from 1 to 255")
    if len(set(indices)) != len(indices):
        raise ShamirError("share-index", "the same share number twice")
    if any(len(y) != SECRET_SIZE for _, y in pairs):
        raise ShamirError("share-size", "every share is 32 bytes")
    secret = bytearray(SECRET_SIZE)
    for i, y in pairs:
        weight = 1
        for j in indices:
            if j != i:
                weight = _multiply(weight, _divide(j, i ^ j))
        for position in range(SECRET_SIZE):
            secret[position] ^= _multiply(weight, y[position])
    return bytes(secret)
