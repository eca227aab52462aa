"""The rehearsal's own witnesses: in the play, as servers afterwards, across restarts, and never in production."""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event, record
from sunshine.foundation.tlog import queries, sequencer
from sunshine.foundation.tlog.models import Checkpoint, Cosignature, Witness
from sunshine.interfaces.jobs import witnessing
from sunshine.interfaces.rehearsal import play, witnesses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.whole]


@pytest.fixture
def folder(real_cast: play.Cast, tmp_path: Path) -> Iterator[Path]:
    witnesses.found(tmp_path / "w", by=real_cast["verifier"].actor())
    yield tmp_path / "w"
    connection.close()


def grown() -> Checkpoint:
    record("test:happen", subject="test/T-1", by="", at=clock.now(), facts={})
    head = sequencer.tick()
    assert head is not None
    return head


def told() -> list[str]:
    return [witnessing.ask(one) for one in queries.watching()]


def second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def test_they_witness_in_the_play_and_go_on_as_servers_on_the_same_clock(folder: Path) -> None:
    with witnesses.at_hand(folder) as look:
        grown()
        look()
        clock.advance(clock.now() + timedelta(days=20))
        first = grown()
        look()
    assert told() == [""] * 3, "they have seen it"
    with witnesses.serving(folder) as servers:
        assert len(servers) == 3
        clock.advance(clock.now() + timedelta(days=3))
        head = grown()
        assert told() == ["cosigned"] * 3
    with witnesses.serving(folder):
        grown()
        assert told() == ["cosigned"] * 3, "after a restart they remember"
    assert told() == [""] * 3 and grown() and told() == ["unreachable"] * 3
    for seen in (first, head):
        times = Cosignature.objects.filter(checkpoint=seen).values_list("at", flat=True)
        assert len(times) == 3
        assert all(second(seen.at) <= at <= clock.now() and at - seen.at < timedelta(minutes=1) for at in times)


def test_a_rolled_back_log_is_found_out_by_them(folder: Path) -> None:
    with witnesses.at_hand(folder) as look:
        grown()
        look()
        shorter = queries.newest()
        grown()
        look()
    assert shorter is not None
    Cosignature.objects.exclude(checkpoint=shorter).delete()
    Checkpoint.objects.exclude(pk=shorter.pk).delete()
    with witnesses.serving(folder):
        assert told() == ["refused"] * 3
    assert {alarm.code for alarm in queries.open_alarms()} == {"witness-ahead"}


def test_a_witness_whose_port_is_taken_moves_and_says_so_in_the_log(folder: Path) -> None:
    row = queries.watching()[1]
    before = row.url
    with socket.create_server(("127.0.0.1", int(row.url.rstrip("/").rpartition(":")[2]))), witnesses.serving(folder):
        grown()
        assert told() == ["cosigned"] * 3
    row.refresh_from_db()
    assert (
        row.url != before and Event.objects.filter(tag="witness:move", subject=f"witness/{row.public_id}").count() == 1
    )
    assert len(set(Witness.objects.values_list("url", flat=True))) == 3


def test_a_witness_without_its_file_is_not_made_anew(folder: Path) -> None:
    (folder / "audit.json").unlink()
    with witnesses.serving(folder) as servers:
        assert len(servers) == 2
        grown()
        assert sorted(told()) == ["cosigned", "cosigned", "unreachable"]


def test_the_command_is_refused_in_production(settings: Any) -> None:
    settings.REHEARSAL = False
    with pytest.raises(CommandError, match="outside of the platform"):
        call_command("run_witnesses")
