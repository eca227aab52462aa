"""Bech32 (BIP 173) as age uses it: no length limit, checksum always verified."""

from collections.abc import Iterable

from sunshine_proof.errors import ProofError

_ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


class Bech32Error(ProofError):
    """Not a Bech32 text."""


def _polymod(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                check ^= generator
    return check


def _expand(prefix: str) -> list[int]:
    return [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]


def bech32_encode(prefix: str, data: bytes) -> str:
    """Lower-case Bech32 of `data` with the lower-case `prefix`."""
    values: list[int] = []
    accumulator = bits = 0
    for byte in data:
        accumulator, bits = accumulator << 8 | byte, bits + 8
        while bits >= 5:
            bits -= 5
            values.append(accumulator >> bits & 31)
    if bits:
        values.append(accumulator << (5 - bits) & 31)
    check = _polymod([*_expand(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [check >> 5 * (5 - i) & 31 for i in range(6)]
    return prefix + "1" + "".join(_ALPHABET[v] for v in values)


def bech32_decode(text: str) -> tuple[str, bytes]:
    """(prefix in lower case, data); mixed case, a wrong checksum or padding that is not zero raise Bech32Error."""
    if text not in (text.lower(), text.upper()) or not text.isascii():
        raise Bech32Error("bech32-text", "mixed case or not ASCII")
    lower = text.lower()
    prefix, separator, tail = lower.rpartition("1")
    if not separator or not prefix or len(tail) < 6 or any(c not in _ALPHABET for c in tail):
        raise Bech32Error("bech32-text", "not prefix, 1, and Bech32 characters")
    if any(not 33 <= ord(c) <= 126 for c in prefix):
        raise Bech32Error("bech32-text", "prefix has characters that are not printable")
    values = [_ALPHABET.index(c) for c in tail]
    if _polymod(_expand(prefix) + values) != 1:
        raise Bech32Error("bech32-checksum", "the checksum is wrong: a character was changed")
    accumulator = bits = 0
    data = bytearray()
    for value in values[:-6]:
        accumulator, bits = accumulator << 5 | value, bits + 5
        if bits >= 8:
            bits -= 8
            data.append(accumulator >> bits & 255)
    if bits >= 5 or accumulator & ((1 << bits) - 1):
        raise Bech32Error("bech32-padding", "the padding bits are not zero")
    return prefix, bytes(data)
