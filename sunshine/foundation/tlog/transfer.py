"""The whole log as a folder of static files, and back from one: the same layout as it is served in."""

from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer
from sunshine.foundation.tlog.models import Checkpoint, Head, Leaf, Waiting
from sunshine.foundation.vault.logkey import log_vkey
from sunshine_proof.entry import entry_of
from sunshine_proof.logaudit import LogError, audit_log
from sunshine_proof.tiles import ENTRIES, WIDTH, Tile, tiles_of, unbundle

BUNDLES = 16  # read at a time while importing


def export_log(folder: Path) -> int:
    """Write everything the newest checkpoint needs; returns its size. What an older export holds already stays.

    The checkpoint is written last, so a folder with a checkpoint is whole.
    """
    newest = queries.newest()
    if newest is None:
        raise Refused("log-empty", _("日志里还没有条目，没有可以导出的内容。"))
    for tile in tiles_of(newest.size):
        path = folder / tile.path
        if not path.exists():
            data = queries.resource(tile)
            if data is None:
                raise Refused("log-incomplete", _("日志缺少 %(path)s，请检查数据库。") % {"path": tile.path})
            _write(path, data)
    _write(folder / "checkpoint", queries.note_of(newest).encode())
    return newest.size


def import_log(folder: Path) -> int:
    """Put an exported log of this origin and key into an installation whose log is empty; returns its size.

    Everything is checked before a row is written. Events that the installation has (a restored database) find their
    places again; the rest of the entries stand there as what they are, fingerprints.
    """
    try:
        found = audit_log(lambda path: _read(folder / path), log_vkey())
    except ValueError as error:
        raise Refused("log-not-whole", _("导出的日志没有通过核对：%(why)s") % {"why": error}) from error
    head = found.checkpoint
    with transaction.atomic(durable=True):
        if queries.size():
            raise Refused("log-not-empty", _("这里的日志已有条目；日志只能导入到空的安装中。"))
        wanted = {entry_of(bytes(e.payload), bytes(e.salt)): e.pk for e in Event.objects.only("payload", "salt")}
        places: list[Leaf] = []
        for start in range(0, head.size, BUNDLES * WIDTH):
            entries = _entries(folder, start, min(head.size, start + BUNDLES * WIDTH))
            sequencer.append(entries)
            places += [Leaf(event_id=wanted[e], index=start + n) for n, e in enumerate(entries) if e in wanted]
        if bytes(Head.objects.get(id=1).root) != head.root:
            raise LogError("log-root", "the imported entries do not give the signed root")
        Leaf.objects.bulk_create(places)
        Waiting.objects.filter(pk__in=[leaf.event_id for leaf in places]).delete()
        Checkpoint.objects.create(size=head.size, root=head.root, note=found.note, at=clock.now(), pinned=True)
    return head.size


def _entries(folder: Path, start: int, end: int) -> list[bytes]:
    found: list[bytes] = []
    for at in range(start, end, WIDTH):
        tile = Tile(ENTRIES, at // WIDTH, min(WIDTH, end - at))
        found += unbundle(_read(folder / tile.path) or b"", tile.width)
    return found


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(data)
    fresh.replace(path)
