"""What anyone may read of the log, and the proof that an event stands in it."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.foundation.audit.models import Event
from sunshine.foundation.tlog.models import Checkpoint, Head, Leaf, Witness
from sunshine.foundation.tlog.sequencer import read
from sunshine_proof import tiles
from sunshine_proof.cosignature import merge
from sunshine_proof.entry import SIZE
from sunshine_proof.eventproof import write_event_proof


@dataclass(frozen=True)
class Place:
    """Where an event stands: its index, and the proof up to ``checkpoint`` as the text of a `.tlog-proof`.

    The proof carries payload and salt: it is for those who may know the event.
    """

    index: int
    proof: str
    checkpoint: Checkpoint
    since: datetime  # of the first checkpoint that had it

    @property
    def witnesses(self) -> int:
        """How many witnesses have cosigned the proof's checkpoint."""
        return self.checkpoint.cosigned


def newest() -> Checkpoint | None:
    """The newest signed checkpoint; None before the first batch."""
    return Checkpoint.objects.order_by("-size").first()


def witness_vkeys() -> list[str]:
    """The keys of those who watch the log now."""
    return list(Witness.objects.filter(ended_at=None).order_by("added_at", "pk").values_list("vkey", flat=True))


def note_of(head: Checkpoint) -> str:
    """The signed note with every cosignature it has got so far."""
    lines = head.cosignatures.values_list("line", flat=True) if head.cosigned else []
    return merge(head.note, lines)


def witnessed(index: int, k: int) -> Checkpoint | None:
    """The newest checkpoint with this entry that k witnesses have cosigned; None while there is none."""
    return Checkpoint.objects.filter(size__gt=index, cosigned__gte=k).order_by("-size").first()


def size() -> int:
    """How many entries the log has."""
    return Head.objects.filter(id=1).values_list("size", flat=True).first() or 0


def tree(upto: int) -> tiles.Tree:
    """The tree of the log's first ``upto`` entries."""
    return tiles.Tree(upto, read)


def resource(tile: tiles.Tile) -> bytes | None:
    """The bytes served for a tile or an entry bundle; None where the log does not reach that far.

    Tiles only grow: the partial tile of every older checkpoint is the beginning of today's.
    """
    content = read(tile.level, tile.index, tile.width)
    if len(content) != tile.width * tiles.HASH:
        return None
    if tile.level != tiles.ENTRIES:
        return content
    return tiles.bundle([content[at : at + SIZE] for at in range(0, len(content), SIZE)])


def entry(index: int) -> bytes | None:
    """The 32 bytes at ``index``; None beyond the end."""
    found = read(tiles.ENTRIES, index // tiles.WIDTH, index % tiles.WIDTH + 1)
    at = index % tiles.WIDTH * SIZE
    return found[at : at + SIZE] if len(found) == at + SIZE else None


def place_of(event: Event, upto: Checkpoint | None = None) -> Place | None:
    """The event's place with its proof; None while it waits.

    The proof goes to ``upto``, else to the newest checkpoint that any witness has cosigned, else to the newest.
    """
    index = Leaf.objects.filter(event=event).values_list("index", flat=True).first()
    if index is None:
        return None
    head = upto or witnessed(index, 1) or newest()
    if head is None or index >= head.size:
        return None
    path = tree(head.size).inclusion(index)
    proof = write_event_proof(bytes(event.payload), bytes(event.salt), index, path, note_of(head))
    first = Checkpoint.objects.filter(size__gt=index).earliest("size")
    return Place(index, proof, head, first.at)
