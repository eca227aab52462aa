"""The one hand that gives committed events their places in the log: append, sign, commit, then show.

A flow never waits here. Whatever was committed and has no place yet gets one in the next batch, so a batch that dies
half-way has not happened, and none can happen twice.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from sunshine.foundation import clock
from sunshine.foundation.tlog.models import Checkpoint, Cosignature, Head, Leaf, Timestamp, Waiting
from sunshine.foundation.vault import logkey
from sunshine_proof import checkpoint, tiles
from sunshine_proof.entry import SIZE, cover, entry_of
from sunshine_proof.tree import EMPTY_ROOT, leaf_hash

MOST = 4096  # events of one batch
LOCK = "sunshine-log/sequencer"
THINNED = """
select size from (
  select size, stamped,
    lead(hour) over (order by size) is not distinct from hour as followed,
    lead(hour) over (partition by stamped order by size) is not distinct from hour as followed_by_its_like
  from (
    select size, date_trunc('hour', c.at) as hour, t.checkpoint_id is not null as stamped
    from tlog_checkpoint c left join tlog_timestamp t on t.checkpoint_id = c.size where c.at < %s and not c.pinned
  ) heads
) told where followed and (followed_by_its_like or not stamped) limit 20000
"""


def tick(*, at_least: int = 0) -> Checkpoint | None:
    """Append what waits, covered up to a multiple of 16 and to no fewer than ``at_least`` entries, and sign the head.

    None when there is nothing to append, or when another process is at it.
    """
    with transaction.atomic(durable=True):
        if not _alone():
            return None
        waiting = list(Waiting.objects.order_by("pk").values_list("pk", "event__payload", "event__salt")[:MOST])
        batch: list[tuple[int | None, bytes]] = [
            (event, entry_of(bytes(payload), bytes(salt))) for event, payload, salt in waiting
        ]
        batch += [(None, entry) for entry in cover(len(batch), at_least=at_least)]
        if not batch:
            return None
        # a bidder knows its own place: among shuffled neighbours it tells nothing of how many others came
        secrets.SystemRandom().shuffle(batch)
        start = append([entry for _, entry in batch])
        Leaf.objects.bulk_create(
            Leaf(event_id=event, index=start + n) for n, (event, _) in enumerate(batch) if event is not None
        )
        Waiting.objects.filter(pk__in=[event for event, _, _ in waiting]).delete()
        return sign()


def append(entries: list[bytes]) -> int:
    """Put entries of 32 bytes behind the last one and move the head; returns the first one's index.

    The caller's transaction holds everything together; the head's row lock keeps two writers apart.
    """
    if any(len(entry) != SIZE for entry in entries):
        raise ValueError(f"an entry of the log has {SIZE} bytes")
    Head.objects.get_or_create(id=1, defaults={"root": EMPTY_ROOT})
    head = Head.objects.select_for_update().get(id=1)
    changed = tiles.grow(head.size, [leaf_hash(entry) for entry in entries], read)
    changed |= _bundles(head.size, entries)
    _store(changed)
    start, head.size = head.size, head.size + len(entries)
    head.root = tiles.Tree(head.size, lambda *tile: _fresh(changed, *tile)).root()
    head.save(update_fields=["size", "root"])
    return start


def sign() -> Checkpoint:
    """The signed checkpoint of the head as it stands in this transaction."""
    head = Head.objects.get(id=1)
    text = checkpoint.checkpoint_text(checkpoint.Checkpoint(settings.ORIGIN, head.size, bytes(head.root)))
    return Checkpoint.objects.create(size=head.size, root=head.root, note=logkey.sign_note(text), at=clock.now())


def thin(older_than: datetime) -> int:
    """Keep of the signed heads before ``older_than`` the last of each hour, the last stamped one of each hour and those
    an act stands on; returns how many went.

    Any later head proves what an earlier one did, and a head can be signed again from the tiles: nothing is lost.
    """
    with connection.cursor() as cursor:
        cursor.execute(THINNED, [older_than])
        gone = [size for (size,) in cursor.fetchall()]
    with transaction.atomic():
        Cosignature.objects.filter(checkpoint_id__in=gone).delete()
        Timestamp.objects.filter(checkpoint_id__in=gone).delete()
        return Checkpoint.objects.filter(pk__in=gone).delete()[0]


def read(level: int, index: int, width: int) -> bytes:
    """The first ``width`` hashes of a stored tile (of a bundle: entries); b"" where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select substring(content from 1 for %s) from tlog_storedtile where level = %s and index = %s",
            [width * tiles.HASH, level, index],
        )
        row = cursor.fetchone()
    return bytes(row[0]) if row else b""


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [LOCK])
        return bool(cursor.fetchone()[0])


def _fresh(changed: dict[tuple[int, int], bytes], level: int, index: int, width: int) -> bytes:
    found = changed.get((level, index))
    return read(level, index, width) if found is None else found[: width * tiles.HASH]


def _bundles(start: int, entries: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
    """The changed bundles {(ENTRIES, index): all their entries}."""
    index, filled = divmod(start, tiles.WIDTH)
    data = (read(tiles.ENTRIES, index, filled) if filled else b"") + b"".join(entries)
    if len(data) < filled * SIZE:
        raise tiles.TileError("tile-width", f"bundle {index} is shorter than the log")
    step = tiles.WIDTH * SIZE
    return {(tiles.ENTRIES, index + n): data[at : at + step] for n, at in enumerate(range(0, len(data), step))}


def _store(changed: dict[tuple[int, int], bytes]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into tlog_storedtile (level, index, content) values (%s, %s, %s)"
            " on conflict (level, index) do update set content = excluded.content",
            [(level, index, content) for (level, index), content in changed.items()],
        )
