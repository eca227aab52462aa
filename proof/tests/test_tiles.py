"""Tiles against the plain tree, for every small size and for large ones; addresses have one spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof.tiles import (
    ENTRIES,
    HASH,
    WIDTH,
    Tile,
    TileError,
    Tree,
    bundle,
    grow,
    read_path,
    tiles_of,
    unbundle,
)
from sunshine_proof.tree import (
    TreeError,
    consistency_path,
    inclusion_path,
    leaf_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [leaf_hash(n.to_bytes(4, "big")) for n in range(1000)]


class Shelf:
    """Tiles in memory, and how often they were read."""

    def __init__(self, size=0):
        self.tiles, self.size, self.asked = {}, 0, 0
        if size:
            self.add(LEAVES[:size])

    def read(self, level, index, width):
        self.asked += 1
        return self.tiles[level, index][: width * HASH]

    def add(self, leaves):
        self.tiles |= grow(self.size, leaves, self.read)
        self.size += len(leaves)

    def tree(self, size=None):
        return Tree(self.size if size is None else size, self.read)


@pytest.mark.parametrize("size", [*range(0, 70), 255, 256, 257, 511, 512, 513, 769, 1000])
def test_tiles_give_the_root_and_proofs_of_the_plain_tree(size):
    tree, plain = Shelf(size).tree(), LEAVES[:size]
    assert tree.root() == root_of(plain)
    for index in {*range(min(size, 20)), *range(max(0, size - 3), size)}:
        assert tree.leaf(index) == plain[index] and tree.inclusion(index) == inclusion_path(plain, index)
    for first in {*range(1, min(size, 20) + 1), *([size] if size else [])}:
        assert tree.consistency(first) == consistency_path(plain, first)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_a_tree_grown_in_any_batches_is_the_same_tree(batches):
    shelf, whole = Shelf(), Shelf()
    leaves = (LEAVES * 3)[: sum(batches)]
    at = 0
    for count in batches:
        shelf.add(leaves[at : at + count])
        at += count
    whole.add(leaves)
    assert shelf.tiles == whole.tiles
    assert shelf.tree().root() == root_of(leaves)


def test_an_older_tree_is_read_from_the_tiles_of_a_newer_one():
    shelf = Shelf(1000)
    for first, second in ((1, 2), (255, 256), (256, 700), (513, 999), (999, 1000)):
        old, new = shelf.tree(first), shelf.tree(second)
        verify_consistency(first, second, old.root(), new.root(), new.consistency(first))
        verify_inclusion(LEAVES[first - 1], first - 1, second, new.inclusion(first - 1), new.root())


def test_a_tree_over_65536_leaves_has_three_levels_and_short_reads():
    shelf = Shelf()
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(70_000)]
    shelf.add(leaves)
    assert {level for level, _ in shelf.tiles} == {0, 1, 2}
    tree = shelf.tree()
    assert tree.root() == root_of(leaves)
    before = shelf.asked
    verify_inclusion(leaves[66_666], 66_666, 70_000, tree.inclusion(66_666), tree.root())
    assert shelf.asked - before <= 3


def test_what_a_tree_does_not_have_is_refused():
    tree = Shelf(5).tree()
    for ask in (lambda: tree.leaf(5), lambda: tree.inclusion(5), lambda: tree.inclusion(-1), lambda: tree.leaf(-1)):
        with pytest.raises(TreeError):
            ask()
    for first in (0, 6, -1):
        with pytest.raises(TreeError):
            tree.consistency(first)
    with pytest.raises(TileError, match="tile-width"):
        Tree(5, lambda *_: b"short").root()
    with pytest.raises(TileError, match="tile-width"):
        grow(5, LEAVES[:1], lambda *_: b"")


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(2, 1_234_067), "tile/2/x001/x234/067"),
        (Tile(ENTRIES, 1000, 1), "tile/entries/x001/000.p/1"),
        (Tile(63, 999), "tile/63/999"),
    ],
)
def test_addresses_are_spelled_as_the_specification_spells_them(tile, path):
    assert tile.path == path and read_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/0/x000/000", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/-1/000", "tile/0/000/", "tile/0/001/000", "tile/0/000\n",
        "tile/0/00٣", "/tile/0/000", "tile/0/" + "x001/" * 40 + "000",
    ],
)  # fmt: skip
def test_no_other_spelling_is_an_address(path):
    with pytest.raises(TileError, match="tile-path"):
        read_path(path)


@given(st.integers(0, 600), st.integers(0, 600))
def test_the_new_tiles_of_a_grown_tree_are_exactly_those_whose_content_is_new(first, more):
    def of(size):
        return set(tiles_of(size))

    fresh = set(tiles_of(first + more, first))
    assert fresh == of(first + more) - of(first)
    assert all(1 <= tile.width <= WIDTH for tile in fresh)


@given(st.lists(st.binary(max_size=70), max_size=20), st.data())
def test_a_bundle_gives_its_entries_back_and_nothing_else(entries, data):
    packed = bundle(entries)
    assert unbundle(packed, len(entries)) == entries
    for wrong, width in ((packed + b"\0", len(entries)), (packed, len(entries) + 1)):
        with pytest.raises(TileError, match="tile-entry"):
            unbundle(wrong, width)
    if packed:
        with pytest.raises(TileError, match="tile-entry"):
            unbundle(packed[: data.draw(st.integers(0, len(packed) - 1))], len(entries))


def test_an_entry_has_at_most_65535_bytes():
    assert unbundle(bundle([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(TileError, match="tile-entry"):
        bundle([b"x" * 65_536])
