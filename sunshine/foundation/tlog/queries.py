"""What anyone may read of the log, and the proof that an event stands in it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from sunshine.foundation.audit.models import Event
from sunshine.foundation.tlog.models import Checkpoint, Head, Leaf, LogAlarm, Witness
from sunshine.foundation.tlog.sequencer import read
from sunshine_proof import tiles
from sunshine_proof.cosignature import merge
from sunshine_proof.entry import SIZE
from sunshine_proof.eventproof import write_event_proof


@dataclass(frozen=True)
class Place:
    """Where an event stands, under which checkpoint."""

    event: Event
    index: int
    checkpoint: Checkpoint

    @property
    def proof(self) -> str:
        """The `.tlog-proof` up to the checkpoint. It carries payload and salt: for those who may know the event."""
        payload, salt = bytes(self.event.payload), bytes(self.event.salt)
        path = tree(self.checkpoint.size).inclusion(self.index)
        return write_event_proof(payload, salt, self.index, path, note_of(self.checkpoint))

    @property
    def since(self) -> datetime:
        """When the first checkpoint that had it was signed."""
        return Checkpoint.objects.filter(size__gt=self.index).earliest("size").at


def newest() -> Checkpoint | None:
    """The newest signed checkpoint; None before the first batch."""
    return Checkpoint.objects.order_by("-size").first()


def watching() -> list[Witness]:
    """Those who watch now, in the order they came."""
    return list(Witness.objects.filter(ended_at=None).order_by("added_at", "pk"))


def quorum(count: int) -> int:
    """How many cosignatures make a checkpoint witnessed: more than half of the witnesses, none where there are none."""
    return count // 2 + 1 if count else 0


def open_alarms() -> list[LogAlarm]:
    """Alarms nobody has settled yet, newest first."""
    return list(LogAlarm.objects.filter(settled_at=None).select_related("witness").order_by("-raised_at"))


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


def place_of(event: Event) -> Place | None:
    """The event's place; None while it waits.

    Under the newest checkpoint that enough witnesses have cosigned; else that any has; else under the newest.
    """
    index = Leaf.objects.filter(event=event).values_list("index", flat=True).first()
    if index is None:
        return None
    enough = quorum(len(watching()))
    head = witnessed(index, enough) or witnessed(index, 1) or newest()
    return Place(event, index, head) if head is not None and index < head.size else None


def note_for(head: Checkpoint, vkeys: Collection[str]) -> str:
    """The signed note with the cosignatures of these witnesses and of no others."""
    lines = head.cosignatures.filter(witness__vkey__in=vkeys).values_list("line", flat=True) if head.cosigned else []
    return merge(head.note, lines)


def seen_by(index: int, vkeys: Collection[str]) -> Checkpoint | None:
    """The first checkpoint with this entry that more than half of these witnesses have cosigned.

    Where no such one is kept, the first that has the entry at all; None while none has.
    """
    having = Checkpoint.objects.filter(size__gt=index).order_by("size")
    enough = quorum(len(vkeys))
    ours = Count("cosignatures", filter=Q(cosignatures__witness__vkey__in=vkeys))
    seen = having.filter(cosigned__gte=enough).annotate(ours=ours).filter(ours__gte=enough)
    return seen.first() or having.first()


def pin(head: Checkpoint) -> bool:
    """Keep this checkpoint for good: an act stands on it. Whether that is new."""
    return Checkpoint.objects.filter(pk=head.pk, pinned=False).update(pinned=True) == 1
