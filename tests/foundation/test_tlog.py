"""The log in the database: every event gets one place, batches look alike, and nothing that stands can be moved."""

from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event, record
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer, transfer
from sunshine.foundation.tlog.models import Checkpoint, Leaf, StoredTile, Waiting
from sunshine.foundation.vault.logkey import log_vkey
from sunshine_proof.checkpoint import parse_checkpoint, verify_note
from sunshine_proof.entry import entry_of
from sunshine_proof.logaudit import audit_log
from sunshine_proof.logproof import verify_proof
from sunshine_proof.tiles import ENTRIES, Tile, unbundle
from sunshine_proof.tree import leaf_hash, root_of, verify_consistency

pytestmark = pytest.mark.django_db


def happened(count: int, subject: str = "test/T-1") -> list[Event]:
    return [record("test:happen", subject=subject, by="", at=clock.now(), facts={"n": n}) for n in range(count)]


def everything() -> list[bytes]:
    """All entries of the log, read as a stranger reads them."""
    found: list[bytes] = []
    for start in range(0, queries.size(), 256):
        width = min(256, queries.size() - start)
        data = queries.resource(Tile(ENTRIES, start // 256, width))
        assert data is not None
        found += unbundle(data, width)
    return found


def test_every_event_waits_and_gets_exactly_one_place() -> None:
    events = happened(5)
    assert Waiting.objects.count() == 5 and queries.place_of(events[0]) is None
    head = sequencer.tick()
    assert head is not None and head.size == 16 and not Waiting.objects.exists()
    assert Leaf.objects.count() == 5 and sequencer.tick() is None
    for event in events:
        place = queries.place_of(event)
        assert place is not None
        entry = entry_of(bytes(event.payload), bytes(event.salt))
        assert queries.entry(place.index) == entry and verify_proof(place.proof, entry, log_vkey()).index == place.index


def test_the_checkpoint_is_signed_over_the_root_of_what_is_served() -> None:
    for count in (3, 40, 300, 1):
        happened(count)
        head = sequencer.tick()
        assert head is not None
        signed = parse_checkpoint(verify_note(head.note, log_vkey()))
        assert (signed.size, signed.root) == (queries.size(), root_of([leaf_hash(one) for one in everything()]))
    assert queries.newest() == head and queries.tree(head.size).root() == bytes(head.root)


def test_every_later_checkpoint_extends_every_earlier_one() -> None:
    heads = []
    for count in (1, 17, 250, 600):
        happened(count)
        heads.append(sequencer.tick())
    for n, older in enumerate(heads):
        for newer in heads[n:]:
            assert older is not None and newer is not None
            path = queries.tree(newer.size).consistency(older.size)
            verify_consistency(older.size, newer.size, bytes(older.root), bytes(newer.root), path)


@pytest.mark.parametrize(("real", "covered"), [(0, 16), (1, 16), (7, 16), (16, 16), (17, 32)])
def test_while_bids_may_come_a_batch_tells_nothing_below_sixteen(real: int, covered: int) -> None:
    happened(real)
    head = sequencer.tick(at_least=16)
    assert head is not None and head.size == covered
    assert all(len(entry) == 32 for entry in everything()) and len(set(everything())) == covered


def test_without_anything_to_hide_an_idle_log_stands_still() -> None:
    assert sequencer.tick() is None and queries.newest() is None and queries.size() == 0


def test_the_place_within_a_batch_is_chance() -> None:
    events = happened(12)
    sequencer.tick()
    order = [Leaf.objects.get(event=event).index for event in events]
    assert order != sorted(order), "twelve in order by chance: once in 479 million runs"


def test_an_act_that_is_undone_leaves_nothing_to_log() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        happened(2)
        raise RuntimeError
    assert not Waiting.objects.exists() and sequencer.tick() is None


def test_a_batch_that_dies_half_way_has_not_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    events = happened(3)
    monkeypatch.setattr(sequencer, "sign", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        sequencer.tick()
    monkeypatch.undo()
    assert (Waiting.objects.count(), Leaf.objects.count(), queries.size()) == (3, 0, 0)
    assert sequencer.tick() is not None and queries.place_of(events[2]) is not None


FORGERIES = [
    "update tlog_leaf set index = index + 1",
    "delete from tlog_leaf",
    "update tlog_head set size = size - 1",
    "delete from tlog_head",
    "delete from tlog_storedtile",
    "truncate tlog_storedtile",
    "update tlog_storedtile set content = overlay(content placing 'x' from 1)",
    "update tlog_storedtile set content = substring(content from 1 for 32)",
    "update tlog_storedtile set level = level + 1",
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_stands_in_the_log_cannot_be_changed_even_in_sql(forgery: str) -> None:
    happened(3)
    sequencer.tick()
    before = everything()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(forgery)
    assert everything() == before


def test_old_heads_are_thinned_to_one_an_hour_and_proofs_lose_nothing() -> None:
    began = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BEIJING)
    heads = []
    for minutes in (0, 10, 50, 70, 200, 210):
        event = happened(1)[0]
        head = sequencer.tick()
        assert head is not None
        Checkpoint.objects.filter(pk=head.pk).update(at=began + timedelta(minutes=minutes), pinned=minutes == 10)
        heads.append((event, head.size))
    assert sequencer.thin(began + timedelta(minutes=205)) == 1
    kept = list(Checkpoint.objects.order_by("size").values_list("size", flat=True))
    assert kept == [size for n, (_, size) in enumerate(heads) if n != 0]
    assert sequencer.thin(began) == 0
    for event, _ in heads:
        place, entry = queries.place_of(event), entry_of(bytes(event.payload), bytes(event.salt))
        assert place is not None and verify_proof(place.proof, entry, log_vkey())


def test_tiles_beyond_the_end_are_not_there() -> None:
    happened(3)
    sequencer.tick()
    assert queries.resource(Tile(0, 0, 16)) is not None and queries.resource(Tile(0, 0, 7)) is not None
    for tile in (Tile(0, 0, 17), Tile(0, 0), Tile(0, 1, 1), Tile(1, 0, 1), Tile(ENTRIES, 0, 17)):
        assert queries.resource(tile) is None
    assert queries.entry(15) is not None and queries.entry(16) is None


def test_a_long_queue_is_worked_off_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sequencer, "MOST", 32)
    happened(70)
    sizes = []
    while head := sequencer.tick():
        sizes.append(head.size)
    assert sizes == [32, 64, 80] and Leaf.objects.count() == 70
    assert Checkpoint.objects.count() == 3 and StoredTile.objects.filter(level=0).count() == 1


def test_an_exported_log_is_whole_for_a_stranger_and_grows_with_the_next_export(tmp_path: Path) -> None:
    sizes = []
    for count in (5, 300):
        happened(count)
        sequencer.tick()
        call_command("export_log", str(tmp_path), stdout=StringIO())
        found = audit_log(lambda path: (tmp_path / path).read_bytes(), log_vkey())
        sizes.append(found.checkpoint.size)
    assert sizes == [16, 320] and not list(tmp_path.rglob("*.new"))


def test_an_empty_log_has_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="没有可以导出的内容"):
        call_command("export_log", str(tmp_path))
    assert not any(tmp_path.iterdir())


def test_an_imported_log_goes_on_where_it_was(tmp_path: Path, forgotten: Callable[[], None]) -> None:
    events = happened(300)
    first = sequencer.tick()
    assert first is not None
    places = {event.pk: event.leaf.index for event in Event.objects.select_related("leaf")}
    transfer.export_log(tmp_path)
    forgotten()
    assert Waiting.objects.count() == 300 and queries.newest() is None
    call_command("import_log", str(tmp_path), stdout=StringIO())
    assert {event.pk: event.leaf.index for event in Event.objects.select_related("leaf")} == places
    assert queries.newest().note == first.note and not Waiting.objects.exists()  # type: ignore[union-attr]
    happened(3)
    second = sequencer.tick()
    assert second is not None and second.size == first.size + 16
    path = queries.tree(second.size).consistency(first.size)
    verify_consistency(first.size, second.size, bytes(first.root), bytes(second.root), path)
    place = queries.place_of(events[0])
    entry = entry_of(bytes(events[0].payload), bytes(events[0].salt))
    assert place is not None and verify_proof(place.proof, entry, log_vkey())


def test_a_touched_or_foreign_export_is_not_imported(tmp_path: Path, forgotten: Callable[[], None]) -> None:
    happened(300)
    sequencer.tick()
    transfer.export_log(tmp_path)
    with pytest.raises(Refused) as refused:
        transfer.import_log(tmp_path)
    assert refused.value.code == "log-not-empty"
    forgotten()
    some = tmp_path / "tile/entries/000"
    some.write_bytes(some.read_bytes()[:-1] + b"!")
    with pytest.raises(Refused) as refused:
        transfer.import_log(tmp_path)
    assert refused.value.code == "log-not-whole" and "log-tile" in str(refused.value)
    some.unlink()
    with pytest.raises(CommandError, match="log-missing"):
        call_command("import_log", str(tmp_path))
    assert queries.size() == 0 and Waiting.objects.count() == 300
