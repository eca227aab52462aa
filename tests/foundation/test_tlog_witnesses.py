"""The platform and real witnesses: cosignatures come in, and a log that was touched is found out."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.publishing.models import Notification
from sunshine.flows import watch_log
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event, record
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer, witnesses
from sunshine.foundation.tlog.models import Checkpoint, Cosignature, LogAlarm, Witness
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import witnessing
from sunshine.interfaces.rehearsal import play
from sunshine_proof.checkpoint import COSIGNATURE, encode_vkey
from sunshine_proof.cli.witness import open_server
from sunshine_proof.cli.witnessfile import make_key
from sunshine_proof.cosignature import quorum, verify_cosignature
from sunshine_proof.logproof import read_proof
from sunshine_proof.witnessclient import Outcome

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
Add = Callable[..., Witness]


@contextmanager
def serving(state: Path, name: str, *log_keys: str) -> Iterator[str]:
    """A witness at work in a thread; its address."""
    server = open_server(state, name, list(log_keys or [log_vkey()]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def add(cast: play.Cast, tmp_path: Path) -> Add:
    """add(n, url) registers a witness with a key and a state file of its own."""

    def register(n: int = 1, url: str = "http://127.0.0.1:9/") -> Witness:
        vkey = make_key(tmp_path / f"{n}.json", f"w{n}.example")
        by = cast["verifier"].actor()
        made = watch_log.add_witness(by=by, office=f"第{n}见证机构（虚构）", vkey=vkey, url=url)
        return Witness.objects.get(public_id=made.subject_id)

    return register


def grown(count: int = 5) -> Checkpoint:
    for n in range(count):
        record("test:happen", subject="test/T-1", by="", at=clock.now(), facts={"n": n})
    head = sequencer.tick()
    assert head is not None
    return head


def told(witness: Witness) -> str:
    """One round with a witness, with what the database knows of it now."""
    return witnessing.ask(Witness.objects.get(pk=witness.pk))


def test_a_witness_cosigns_every_checkpoint_and_the_note_carries_it(add: Add, tmp_path: Path) -> None:
    witness = add()
    with serving(tmp_path / "1.json", "w1.example") as url:
        Witness.objects.update(url=url)
        for _ in range(3):
            head = grown()
            assert told(witness) == "cosigned" and told(witness) == ""
            note = queries.note_of(Checkpoint.objects.get(pk=head.pk))
            assert verify_cosignature(note, witness.vkey) is not None and note.startswith(head.note)
    witness.refresh_from_db()
    assert (witness.size, witness.state) == (head.size, "cosigned") and Cosignature.objects.count() == 3


def test_the_served_checkpoint_and_the_proofs_carry_the_cosignatures(add: Add, tmp_path: Path, client: Client) -> None:
    pair = [add(1), add(2)]
    with serving(tmp_path / "1.json", "w1.example") as one, serving(tmp_path / "2.json", "w2.example") as two:
        for witness, url in zip(pair, (one, two), strict=True):
            Witness.objects.filter(pk=witness.pk).update(url=url)
        grown()
        assert [told(witness) for witness in pair] == ["cosigned"] * 2
    note = client.get("/log/checkpoint").content.decode()
    assert len(quorum(note, [witness.vkey for witness in pair], 2)) == 2
    place = queries.place_of(Event.objects.filter(tag="test:happen").first())  # type: ignore[arg-type]
    assert place is not None and place.checkpoint.cosigned == 2
    assert len(quorum(read_proof(place.proof).note, [witness.vkey for witness in pair], 2)) == 2
    page = client.get("/log/").content.decode()
    assert "第1见证机构（虚构）" in page and "已联署到第" in page


def test_a_proof_stays_with_what_was_witnessed_while_witnesses_are_away(add: Add, tmp_path: Path) -> None:
    witness = add()
    with serving(tmp_path / "1.json", "w1.example") as url:
        Witness.objects.update(url=url)
        seen = grown()
        told(witness)
    later = grown()
    assert told(witness) == "unreachable"
    first, second = (queries.place_of(Event.objects.filter(tag="test:happen").order_by("pk")[n]) for n in (0, 5))
    assert first is not None and first.checkpoint == seen
    assert second is not None and second.checkpoint == later and second.checkpoint.cosigned == 0


def test_a_proof_prefers_what_enough_witnesses_have_cosigned(add: Add, tmp_path: Path) -> None:
    pair = [add(1), add(2)]
    with serving(tmp_path / "1.json", "w1.example") as one, serving(tmp_path / "2.json", "w2.example") as two:
        for witness, url in zip(pair, (one, two), strict=True):
            Witness.objects.filter(pk=witness.pk).update(url=url)
        both = grown()
        assert [told(witness) for witness in pair] == ["cosigned"] * 2
        alone = grown()
        assert told(pair[0]) == "cosigned"
    old, new = (queries.place_of(Event.objects.filter(tag="test:happen").order_by("pk")[n]) for n in (0, 5))
    assert old is not None and (old.checkpoint.size, old.checkpoint.cosigned) == (both.size, 2)
    assert new is not None and (new.checkpoint.size, new.checkpoint.cosigned) == (alone.size, 1)


def test_a_log_that_was_rolled_back_or_forked_raises_one_alarm_until_it_is_settled(
    add: Add, tmp_path: Path, cast: play.Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = add()
    with serving(tmp_path / "1.json", "w1.example") as url:
        Witness.objects.update(url=url)
        older = grown()
        grown()
        assert told(witness) == "cosigned"
        # the database of yesterday, brought back
        monkeypatch.setattr(witnesses, "newest", lambda: older)
        assert told(witness) == "refused" and told(witness) == "refused"
        monkeypatch.undo()
        size = grown().size  # and another history under our own signature
        forged = Checkpoint(size=size, root=older.root, note=_signed(size, bytes(older.root)))
        monkeypatch.setattr(witnesses, "newest", lambda: forged)
        assert told(witness) == "refused"
    assert sorted(LogAlarm.objects.values_list("code", flat=True)) == ["witness-ahead", "witness-inconsistent"]
    warned = set(Notification.objects.filter(kind="log-alarm").values_list("person__email", flat=True))
    assert {cast[key].email for key in ("inspector", "auditor", "verifier")} <= warned
    alarm, by = queries.open_alarms()[0], cast["verifier"].actor()
    with pytest.raises(Refused, match="请写明"):
        watch_log.settle_log_alarm(alarm.public_id, by=by, words=" ")
    watch_log.settle_log_alarm(alarm.public_id, by=by, words="从备份恢复后补齐")
    assert len(queries.open_alarms()) == 1
    with pytest.raises(Refused, match="没有找到"):
        watch_log.settle_log_alarm(alarm.public_id, by=by, words="再次")


def _signed(size: int, root: bytes) -> str:
    from django.conf import settings

    from sunshine.foundation.vault import logkey
    from sunshine_proof.checkpoint import Checkpoint as Head
    from sunshine_proof.checkpoint import checkpoint_text

    return logkey.sign_note(checkpoint_text(Head(settings.ORIGIN, size, root)))


def test_a_witness_that_does_not_know_us_raises_an_alarm(add: Add, tmp_path: Path) -> None:
    witness = add()
    stranger = encode_vkey("other.example", b"\1" * 32)
    with serving(tmp_path / "1.json", "w1.example", stranger) as url:
        Witness.objects.update(url=url)
        grown()
        assert told(witness) == "refused"
    assert LogAlarm.objects.get().code == "witness-unknown-log"


def test_a_false_cosignature_is_not_kept(add: Add, tmp_path: Path) -> None:
    witness = add(1)
    make_key(tmp_path / "2.json", "w1.example")  # the same name, another key
    with serving(tmp_path / "2.json", "w1.example") as url:
        Witness.objects.update(url=url)
        grown()
        assert told(witness) == "lying"
    assert not Cosignature.objects.exists() and LogAlarm.objects.get().code == "witness-signature"


def test_a_witness_that_began_anew_is_brought_to_today(add: Add, tmp_path: Path) -> None:
    witness = add()
    with serving(tmp_path / "1.json", "w1.example") as url:
        grown()
        Witness.objects.update(url=url, size=grown().size)  # we believe it has seen everything; it has seen nothing
        grown()
        assert told(witness) == "cosigned"


def test_a_dead_or_silent_witness_holds_up_neither_tick_nor_rounds(add: Add) -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    add(1), add(2)
    asked, release = list[Any](), threading.Event()

    def wait(witness: Witness) -> None:
        asked.append(witness.pk)
        release.wait(10)

    rounds = witnessing.Rounds(wait)
    grown()
    for _ in range(5):
        rounds()
    assert len(asked) == 2, "who is still being asked is not asked again"
    release.set()
    rounds.close()
    silent.close()


def test_only_whole_true_and_new_witnesses_are_named(add: Add, cast: play.Cast) -> None:
    witness, by = add(), cast["verifier"].actor()
    good = {"office": "协会", "vkey": encode_vkey("x.example", b"\2" * 32, COSIGNATURE), "url": "https://x.example/"}
    renamed = encode_vkey("y.example", bytes.fromhex(_public(witness.vkey)), COSIGNATURE)
    for change, code in (
        ({"office": " "}, "office-missing"),
        ({"vkey": "x"}, "witness-key"),
        ({"vkey": log_vkey()}, "witness-key"),
        ({"vkey": renamed}, "witness-known"),
        ({"url": "ftp://x.example"}, "witness-url"),
        ({"url": "https://a:b@x.example"}, "witness-url"),
        ({"url": "x.example"}, "witness-url"),
    ):
        with pytest.raises(Refused) as refused:
            watch_log.add_witness(by=by, **good | change)
        assert refused.value.code == code, change
    with pytest.raises(Refused) as refused:
        watch_log.add_witness(by=cast["officer"].actor(), **good)
    assert refused.value.code == "forbidden" and Witness.objects.count() == 1


def _public(vkey: str) -> str:
    from sunshine_proof.cosignature import witness_key

    return witness_key(vkey).public.hex()


def test_new_policies_carry_the_witnesses_and_an_ended_one_is_asked_no_more(add: Add, cast: play.Cast) -> None:
    witness = add()
    played = play.announced(play.a_project(cast))
    assert played.policies[played.lots[0]]["witness_vkeys"] == [witness.vkey]
    watch_log.end_witness(witness.public_id, by=cast["verifier"].actor(), reason="机构撤销")
    assert queries.watching() == []
    with pytest.raises(Refused):
        watch_log.end_witness(witness.public_id, by=cast["verifier"].actor(), reason="再次")


def test_more_than_half_make_a_checkpoint_witnessed() -> None:
    assert [queries.quorum(n) for n in range(6)] == [0, 1, 2, 2, 3, 3]


def test_an_answer_about_nothing_we_know_changes_nothing(add: Add) -> None:
    witness, head = add(), grown()
    for outcome in (
        Outcome("unreachable", "witness-unreachable"),
        Outcome("refused", "witness-conflict", size=3),
        Outcome("behind", "no-proof", size=None),
    ):
        witnesses.keep(witness, head, outcome)
        witness.refresh_from_db()
        assert (witness.size, witness.state) == (0, outcome.state)
    assert Checkpoint.objects.get(pk=head.pk).cosigned == 0
