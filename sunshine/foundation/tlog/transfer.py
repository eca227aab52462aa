"""The whole log as a folder of static files, and back from one: the same layout as it is served in."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer, timestamps
from sunshine.foundation.tlog.models import Checkpoint, Head, Leaf, Timestamp, Waiting
from sunshine.foundation.vault.logkey import log_vkey
from sunshine_proof.checkpoint import parse_checkpoint, verify_note
from sunshine_proof.entry import entry_of
from sunshine_proof.logaudit import LogError, audit_log
from sunshine_proof.tiles import ENTRIES, WIDTH, Tile, tiles_of, unbundle
from sunshine_proof.timestamp import token_of, verify_token

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
    _export_stamps(folder / "timestamps", newest.size)
    _write(folder / "checkpoint", queries.note_of(newest).encode())
    return newest.size


def _export_stamps(folder: Path, upto: int) -> None:
    """Each timestamp as N.tsr, beside the checkpoint it is about as N.note."""
    for stamp in Timestamp.objects.filter(checkpoint__lte=upto).select_related("checkpoint").iterator():
        path = folder / f"{stamp.checkpoint_id}.tsr"
        if not path.exists():
            _write(path.with_suffix(".note"), queries.note_of(stamp.checkpoint).encode())
            _write(path, timestamps.reply(stamp))


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
        _import_stamps(folder / "timestamps")
    return head.size


def _import_stamps(folder: Path) -> None:
    """The timestamps beside the log, each checked: the checkpoint is ours, of this very tree, and the token is about it."""
    paths = sorted(folder.glob("*.tsr"), key=lambda path: (len(path.name), path.name))
    whom = timestamps.authority() if paths else None
    if paths and whom is None:
        text = _(
            "导出的日志带有时间戳，但没有配置时间戳机构的根证书（SUNSHINE_TIMESTAMP_URL、SUNSHINE_TIMESTAMP_ROOTS）。"
        )
        raise Refused("timestamps-unknown", text)
    for path in paths:
        assert whom is not None
        try:
            note = (_read(path.with_suffix(".note")) or b"").decode()
            signed = verify_note(note, log_vkey())
            head, token = parse_checkpoint(signed), token_of(path.read_bytes())
            if (
                head.origin != settings.ORIGIN
                or queries.size() < head.size
                or queries.tree(head.size).root() != head.root
            ):
                raise LogError("log-root", "not a checkpoint of this log")
            said = verify_token(token, signed, whom.roots)
        except ValueError as error:
            why = {"name": path.name, "why": error}
            raise Refused("timestamp-false", _("时间戳 %(name)s 没有通过核对：%(why)s") % why) from error
        row, _made = Checkpoint.objects.get_or_create(
            size=head.size, defaults={"root": head.root, "note": note, "at": said.at}
        )
        Timestamp.objects.create(checkpoint=row, authority=said.authority, token=token, at=said.at)


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
