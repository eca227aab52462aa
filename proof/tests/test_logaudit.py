"""A log that was touched anywhere is found out, and by the right name."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from sunshine_proof.checkpoint import Checkpoint, NoteError, checkpoint_text, encode_vkey, sign_note
from sunshine_proof.logaudit import Frontier, LogError, audit_log
from sunshine_proof.tiles import ENTRIES, HASH, Tree, bundle, grow, tiles_of
from sunshine_proof.tree import leaf_hash, root_of

ORIGIN = "log.sunshine.example"
KEY = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
VKEY = encode_vkey(ORIGIN, KEY.public_key().public_bytes_raw())


def served(size, entry=lambda n: n.to_bytes(32, "big"), key=KEY, origin=ORIGIN):
    """{path: bytes} of everything a log of `size` entries serves."""
    entries = [entry(n) for n in range(size)]
    leaves = [leaf_hash(one) for one in entries]
    kept = grow(0, leaves, lambda *_: b"")
    found = {}
    for tile in tiles_of(size):
        at = tile.index * 256
        hashes = kept.get((tile.level, tile.index), b"")[: tile.width * HASH]
        found[tile.path] = bundle(entries[at : at + tile.width]) if tile.level == ENTRIES else hashes
    text = checkpoint_text(Checkpoint(origin, size, root_of(leaves)))
    return found | {"checkpoint": sign_note(text, ORIGIN, key).encode()}


def head(size, **given):
    return audit_log(served(size, **given).get, VKEY).checkpoint


@pytest.mark.parametrize("size", [0, 1, 16, 255, 256, 257, 700])
def test_an_honest_log_is_read_to_its_end(size):
    log, seen = served(size), []
    found = audit_log(log.get, VKEY, progress=seen.append)
    assert (found.checkpoint.size, found.resources) == (size, len(log))
    assert seen[-1:] == ([size] if size else [])


def test_older_heads_must_lie_within_the_log():
    older = [head(size) for size in (0, 1, 16, 256, 300)]
    assert audit_log(served(300).get, VKEY, older=older).checkpoint.size == 300
    with pytest.raises(LogError, match="log-rolled-back"):
        audit_log(served(299).get, VKEY, older=older)
    other = [head(16, entry=lambda n: (n + 1).to_bytes(32, "big"))]
    with pytest.raises(LogError, match="log-forked"):
        audit_log(served(300).get, VKEY, older=other)
    with pytest.raises(LogError, match="log-forked"):
        audit_log(served(3).get, VKEY, older=[Checkpoint(ORIGIN, 0, b"\1" * 32)])
    with pytest.raises(LogError, match="log-rolled-back"):
        audit_log(served(3).get, VKEY, older=[Checkpoint("other.example", 1, b"\1" * 32)])


def test_a_checkpoint_of_another_key_or_origin_is_refused():
    with pytest.raises(NoteError, match="note-signature"):
        audit_log(served(3, key=Ed25519PrivateKey.generate()).get, VKEY)
    with pytest.raises(LogError, match="log-origin"):
        audit_log(served(3, origin="other.example").get, VKEY)


@pytest.mark.parametrize("path", sorted(served(700)))
def test_every_resource_is_needed(path):
    log = {name: data for name, data in served(700).items() if name != path}
    with pytest.raises(LogError, match="log-missing"):
        audit_log(log.get, VKEY)


LOG = served(700)


@given(st.sampled_from(sorted(LOG)), st.data())
@settings(deadline=None, max_examples=120)
def test_every_byte_of_every_resource_counts(path, data):
    touched = bytearray(LOG[path])
    touched[data.draw(st.integers(0, len(touched) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((LogError, NoteError)):
        audit_log((LOG | {path: bytes(touched)}).get, VKEY)


def test_entries_replaced_together_with_their_tiles_still_miss_the_root():
    other = served(700, entry=lambda n: (n + (n == 69)).to_bytes(32, "big"))
    with pytest.raises(LogError, match="log-root"):
        audit_log((other | {"checkpoint": LOG["checkpoint"]}).get, VKEY)


@given(st.integers(0, 600))
@settings(deadline=None, max_examples=40)
def test_the_frontier_has_the_root_of_the_tree(size):
    leaves = [leaf_hash(n.to_bytes(4, "big")) for n in range(size)]
    frontier = Frontier()
    for leaf in leaves:
        frontier.push(leaf)
    assert frontier.root() == root_of(leaves) and frontier.size == size


def test_what_is_served_for_a_smaller_tree_is_the_beginning_of_the_larger():
    kept = grow(0, [leaf_hash(n.to_bytes(32, "big")) for n in range(700)], lambda *_: b"")
    tree = Tree(300, lambda level, index, width: kept[level, index][: width * HASH])
    assert tree.root() == head(300).root
