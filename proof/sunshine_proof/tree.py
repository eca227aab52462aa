"""RFC 6962 / 9162 Merkle trees: hashes, roots, inclusion and consistency."""

from collections.abc import Sequence

from sunshine_proof.canonical import h
from sunshine_proof.errors import ProofError

EMPTY_ROOT = h()


class TreeError(ProofError):
    """A proof that does not lead to the root, or numbers that fit no tree."""


def leaf_hash(entry: bytes) -> bytes:
    """H(0x00 ‖ entry)."""
    return h(b"\0", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """H(0x01 ‖ left ‖ right)."""
    return h(b"\1", left, right)


def _split(size: int) -> int:
    """The largest power of two below `size` (size > 1)."""
    return 1 << ((size - 1).bit_length() - 1)


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes (RFC 9162 §2.1.1)."""
    if not hashes:
        return EMPTY_ROOT
    level = list(hashes)
    # pairing neighbours and carrying an odd one up gives the same tree as splitting at powers of two
    while len(level) > 1:
        level = [node_hash(*level[i : i + 2]) if i + 1 < len(level) else level[i] for i in range(0, len(level), 2)]
    return level[0]


def inclusion_path(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` in the tree over `hashes`, lowest node first (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < len(hashes):
        raise TreeError("tree-index", f"no leaf {index} among {len(hashes)}")
    if len(hashes) == 1:
        return []
    k = _split(len(hashes))
    if index < k:
        return [*inclusion_path(hashes[:k], index), root_of(hashes[k:])]
    return [*inclusion_path(hashes[k:], index - k), root_of(hashes[:k])]


def consistency_path(hashes: Sequence[bytes], first: int) -> list[bytes]:
    """The proof that the tree over `hashes` extends its first `first` leaves (RFC 9162 §2.1.4.1)."""
    if not 0 < first <= len(hashes):
        raise TreeError("tree-size", f"no tree of {first} leaves within {len(hashes)}")
    return _subproof(hashes, first, True)


def _subproof(hashes: Sequence[bytes], first: int, whole: bool) -> list[bytes]:
    if first == len(hashes):
        return [] if whole else [root_of(hashes)]
    k = _split(len(hashes))
    if first <= k:
        return [*_subproof(hashes[:k], first, whole), root_of(hashes[k:])]
    return [*_subproof(hashes[k:], first - k, False), root_of(hashes[:k])]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """The leaf hash `leaf` stands at `index` in the tree of `size` leaves with this root, or TreeError.

    RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size or any(len(node) != 32 for node in path):
        raise TreeError("tree-proof", "index, size or path fit no tree")
    fn, sn, found = index, size - 1, leaf
    for node in path:
        if sn == 0:
            raise TreeError("tree-proof", "the path is too long")
        if fn & 1 or fn == sn:
            found = node_hash(node, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, node)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or found != root:
        raise TreeError("tree-proof", "the path does not lead to the root")


def verify_consistency(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> None:
    """The tree of `second` leaves extends that of `first` leaves (0 < first ≤ second), or TreeError.

    RFC 9162 §2.1.4.2.
    """
    if not 0 < first <= second or any(len(node) != 32 for node in path):
        raise TreeError("tree-proof", "sizes or path fit no tree")
    if first == second:
        if path or first_root != second_root:
            raise TreeError("tree-proof", "equal sizes have equal roots and no path")
        return
    nodes = list(path)
    if first & (first - 1) == 0:
        nodes.insert(0, first_root)
    if not nodes:
        raise TreeError("tree-proof", "the path is too short")
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if sn == 0:
            raise TreeError("tree-proof", "the path is too long")
        if fn & 1 or fn == sn:
            old, new = node_hash(node, old), node_hash(node, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = node_hash(new, node)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0 or old != first_root or new != second_root:
        raise TreeError("tree-proof", "the path does not connect the two roots")
