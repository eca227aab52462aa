"""C2SP tlog-tiles: a Merkle tree kept as tiles of 256 hashes, its entry bundles, and the proofs read from them.

A tile (L, n) holds the hashes of 256 neighbouring subtrees of 256^L leaves each; the rightmost tile of a level may be
partial. Entries lie beside them in bundles of 256, here as level ENTRIES.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sunshine_proof.errors import ProofError
from sunshine_proof.tree import EMPTY_ROOT, TreeError, node_hash

WIDTH = 256
HEIGHT = 8  # levels of the tree within one tile
HASH = 32
ENTRIES = -1
LONGEST = 65_535  # bytes of one entry
_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?\Z")

Read = Callable[[int, int, int], bytes]  # (level, index, width) → the first `width` hashes of that tile


class TileError(ProofError):
    """Not a tile's address, or a tile whose bytes cannot be what its address says."""


@dataclass(frozen=True)
class Tile:
    """The address of a tile: level (ENTRIES for a bundle), index within the level, width 1..256."""

    level: int
    index: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`, below the log's prefix."""
        name, rest = f"{self.index % 1000:03d}", self.index // 1000
        while rest:
            name, rest = f"x{rest % 1000:03d}/{name}", rest // 1000
        level = "entries" if self.level == ENTRIES else str(self.level)
        return f"tile/{level}/{name}" + (f".p/{self.width}" if self.width < WIDTH else "")


def read_path(path: str) -> Tile:
    """The tile a path names; only the one spelling of each address is taken (TileError "tile-path")."""
    found = _PATH.match(path)
    if not found or len(path) > 100:
        raise TileError("tile-path", "not the path of a tile")
    level, index, width = found[1], int(found[2].replace("x", "").replace("/", "")), found[3]
    tile = Tile(ENTRIES if level == "entries" else int(level), index, int(width or WIDTH))
    if tile.level > 63 or tile.path != path:
        raise TileError("tile-path", "not the path of a tile")
    return tile


def tiles_of(size: int, old: int = 0) -> Iterable[Tile]:
    """Every tile and bundle of a tree of `size` leaves that a tree of `old` leaves did not have in this width."""
    yield from _row(ENTRIES, size, old)
    level = 0
    while size:
        yield from _row(level, size, old)
        level, size, old = level + 1, size // WIDTH, old // WIDTH


def _row(level: int, size: int, old: int) -> Iterable[Tile]:
    if size == old:
        return
    for index in range(old // WIDTH, size // WIDTH):
        yield Tile(level, index)
    if size % WIDTH:
        yield Tile(level, size // WIDTH, size % WIDTH)


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries, each behind its length as a big-endian uint16."""
    if any(len(entry) > LONGEST for entry in entries):
        raise TileError("tile-entry", f"an entry has at most {LONGEST} bytes")
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes, width: int) -> list[bytes]:
    """The `width` entries of a bundle; anything missing or left over raises TileError("tile-entry")."""
    entries, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        entries.append(data[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(data) or len(entries) != width:
        raise TileError("tile-entry", f"a bundle of {width} entries has other contents")
    return entries


def _top(hashes: bytes) -> bytes:
    """The root over a power of two of concatenated hashes."""
    level = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def grow(size: int, leaves: Sequence[bytes], read: Read) -> dict[tuple[int, int], bytes]:
    """Append leaf hashes to a tree of `size`: every changed tile, {(level, index): its whole content}.

    Reads only the partial tiles at the right edge.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, start, new = 0, size, list(leaves)
    while new:
        index, filled = divmod(start, WIDTH)
        content = bytearray(_exactly(read, level, index, filled)) if filled else bytearray()
        above: list[bytes] = []
        first = index
        for leaf in new:
            content += leaf
            if len(content) == WIDTH * HASH:
                changed[level, index] = bytes(content)
                above.append(_top(changed[level, index]))
                index, content = index + 1, bytearray()
        if content:
            changed[level, index] = bytes(content)
        level, start, new = level + 1, first, above
    return changed


def _exactly(read: Read, level: int, index: int, width: int) -> bytes:
    data = read(level, index, width)
    if len(data) != width * HASH:
        raise TileError("tile-width", f"tile {level}/{index} has {len(data)} bytes instead of {width * HASH}")
    return data


class Tree:
    """A tree of `size` leaves read from its tiles; each tile is asked for once."""

    def __init__(self, size: int, read: Read):
        self.size = size
        self._read = read
        self._kept: dict[tuple[int, int], bytes] = {}

    def tile(self, level: int, index: int) -> bytes:
        """The hashes of a tile as far as this tree goes."""
        if (level, index) not in self._kept:
            width = min(WIDTH, (self.size >> (HEIGHT * level)) - index * WIDTH)
            self._kept[level, index] = _exactly(self._read, level, index, width)
        return self._kept[level, index]

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`; TreeError beyond the end."""
        self._within(index)
        at = index % WIDTH * HASH
        return self.tile(0, index // WIDTH)[at : at + HASH]

    def root(self) -> bytes:
        """The tree's root (RFC 9162 §2.1.1)."""
        return self._over(0, self.size) if self.size else EMPTY_ROOT

    def inclusion(self, index: int) -> list[bytes]:
        """The audit path of a leaf, lowest node first (RFC 9162 §2.1.3.1)."""
        self._within(index)
        path, low, high = [], 0, self.size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low = middle
        return path[::-1]

    def consistency(self, first: int) -> list[bytes]:
        """The proof that this tree extends the one of its first `first` leaves (RFC 9162 §2.1.4.1)."""
        if not 0 < first <= self.size:
            raise TreeError("tree-size", f"no tree of {first} leaves within {self.size}")
        path, low, high, whole = [], 0, self.size, True
        while first != high:
            middle = low + _split(high - low)
            if first <= middle:
                path.append(self._over(middle, high))
                high = middle
            else:
                path.append(self._over(low, middle))
                low, whole = middle, False
        if not whole:
            path.append(self._over(low, high))
        return path[::-1]

    def _within(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise TreeError("tree-index", f"no leaf {index} among {self.size}")

    def _over(self, low: int, high: int) -> bytes:
        """The hash over leaves low..high-1, cut where RFC 6962 cuts: `low` is a multiple of the power above."""
        count = high - low
        if count & (count - 1) == 0:
            return self._perfect(count.bit_length() - 1, low)
        middle = low + _split(count)
        return node_hash(self._over(low, middle), self._over(middle, high))

    def _perfect(self, height: int, low: int) -> bytes:
        level, within = divmod(height, HEIGHT)
        first = low >> (HEIGHT * level)
        at = first % WIDTH * HASH
        return _top(self.tile(level, first // WIDTH)[at : at + (HASH << within)])


def _split(count: int) -> int:
    """The largest power of two below `count` (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)
