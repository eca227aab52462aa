"""A whole log read from its first entry to its last: does everything it serves follow from the entries it signed?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sunshine_proof.checkpoint import Checkpoint, parse_checkpoint, verify_note
from sunshine_proof.errors import ProofError
from sunshine_proof.tiles import ENTRIES, WIDTH, Tile, tiles_of, unbundle
from sunshine_proof.tree import EMPTY_ROOT, leaf_hash, node_hash, root_of

Fetch = Callable[[str], bytes | None]  # path below the log's prefix → its bytes, None where there is nothing
LARGEST = WIDTH * 65_537  # bytes of a bundle


class LogError(ProofError):
    """The log does not hold together; the code says where."""


@dataclass(frozen=True)
class Audited:
    """What was read: the checkpoint, its note, and how many tiles and bundles agree with it."""

    checkpoint: Checkpoint
    note: str
    resources: int


class Frontier:
    """The root of a growing tree in O(log n) memory: one hash per perfect subtree on the left."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def push(self, leaf: bytes) -> None:
        """Add the next leaf hash."""
        self.size += 1
        carry, peak = self.size, leaf
        while carry & 1 == 0:
            peak, carry = node_hash(self._peaks.pop(), peak), carry >> 1
        self._peaks.append(peak)

    def root(self) -> bytes:
        """The root over everything pushed so far."""
        if not self._peaks:
            return EMPTY_ROOT
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


def audit_log(
    fetch: Fetch, vkey: str, *, older: Sequence[Checkpoint] = (), progress: Callable[[int], None] = lambda _: None
) -> Audited:
    """Check a served or exported log: signature, every entry, every tile, the root, and that `older` heads are in it.

    LogError codes: log-missing, log-tile, log-entries, log-root, log-origin, log-rolled-back, log-forked; NoteError
    for the checkpoint itself. progress(entries) is called after each bundle.
    """
    note = _needed(fetch, "checkpoint").decode("utf-8", "replace")
    head = parse_checkpoint(verify_note(note, vkey))
    if head.origin != vkey.partition("+")[0]:
        raise LogError("log-origin", f"the checkpoint is of {head.origin}")
    ahead = [one for one in older if one.origin != head.origin or one.size > head.size]
    if ahead:
        raise LogError("log-rolled-back", f"the log once had {ahead[0].size} entries and now signs {head.size}")
    tops, frontier = _entries(fetch, head.size, {one.size: one.root for one in older}, progress)
    if frontier.root() != head.root:
        raise LogError("log-root", "the entries do not give the signed root")
    _upper(fetch, tops)
    return Audited(head, note, 1 + sum(1 for _ in tiles_of(head.size)))


def _entries(
    fetch: Fetch, size: int, older: dict[int, bytes], progress: Callable[[int], None]
) -> tuple[list[bytes], Frontier]:
    """Read bundles and their tiles; (the hash over each full tile, the frontier over all leaves)."""
    frontier, tops = Frontier(), list[bytes]()
    if older.get(0, EMPTY_ROOT) != EMPTY_ROOT:
        raise LogError("log-forked", "an older checkpoint of no entries has a root of its own")
    for index in range(-(-size // WIDTH)):
        width = min(WIDTH, size - index * WIDTH)
        try:
            entries = unbundle(_needed(fetch, Tile(ENTRIES, index, width).path), width)
        except ProofError as error:
            raise error if isinstance(error, LogError) else LogError("log-entries", error.detail) from error
        leaves = [leaf_hash(entry) for entry in entries]
        if _needed(fetch, Tile(0, index, width).path) != b"".join(leaves):
            raise LogError("log-tile", f"tile 0/{index} is not that of its entries")
        for leaf in leaves:
            frontier.push(leaf)
            if frontier.size in older and older[frontier.size] != frontier.root():
                raise LogError("log-forked", f"the log has shown another tree of {frontier.size} entries")
        if width == WIDTH:
            tops.append(root_of(leaves))
        progress(frontier.size)
    return tops, frontier


def _upper(fetch: Fetch, hashes: list[bytes]) -> None:
    """Compare every tile above the leaves with the hashes below it."""
    level = 1
    while hashes:
        above: list[bytes] = []
        for index in range(-(-len(hashes) // WIDTH)):
            part = hashes[index * WIDTH : (index + 1) * WIDTH]
            if _needed(fetch, Tile(level, index, len(part)).path) != b"".join(part):
                raise LogError("log-tile", f"tile {level}/{index} is not that of the tiles below it")
            if len(part) == WIDTH:
                above.append(root_of(part))
        level, hashes = level + 1, above


def _needed(fetch: Fetch, path: str) -> bytes:
    found = fetch(path)
    if found is None:
        raise LogError("log-missing", f"{path} is not there")
    return found
