"""The draw that nobody steers: who may do what when, what a silent party gains (nothing), and what stays secret."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from sunshine.domain.evaluation.draws import Draw, DrawParty
from sunshine.domain.evaluation.models import Panel
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.parties.models import Expert, Organisation
from sunshine.domain.sourcing.models import Lot
from sunshine.flows import score
from sunshine.flows.announce_draw import announce_draw
from sunshine.flows.commit_draw import abandon_draw, commit_draw, pin_draw
from sunshine.flows.fail import fail
from sunshine.flows.open_random import open_random
from sunshine.flows.reveal_draw import reveal_draw
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.tlog.models import Checkpoint
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import pinning, sequence
from sunshine.interfaces.rehearsal import drawing, play
from sunshine_proof.cli.verify import main as verify
from sunshine_proof.draw import blind_id, checkpoint_hash, next_alternate, replay
from sunshine_proof.eventproof import read_event_proof
from tests.flows.conftest import again
from tests.flows.crooked import refused
from tests.flows.drawn import announce, opened_lot, row

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


@pytest.fixture(scope="module")
def opened_once(ground: play.Cast) -> play.Played:
    return opened_lot(ground)


@pytest.fixture
def opened(opened_once: play.Played, db: None) -> play.Played:
    return again(opened_once)


# -- the order of things ---------------------------------------------------------------------------------------------


def test_a_finished_draw_replays_from_its_record_alone_and_is_the_panel(opened: play.Played) -> None:
    one = drawing.drawn(announce(opened))
    draw, panel = row(one), Panel.objects.get()
    found = replay(draw.record)
    seated = panel.members.exclude(expert=None).order_by("number").values_list("expert__public_id", flat=True)
    salt = bytes.fromhex(draw.salt)
    assert [blind_id(salt, expert) for expert in seated] == list(found.drawn.members)
    assert len(found.drawn.members) == len(found.drawn.alternates) == 4
    assert draw.stage == "drawn" and Lot.objects.get().stage == "evaluating"
    assert panel.members.filter(expert=None).get().person == opened.cast["judge"].person
    assert {party.revealed_at is not None for party in draw.parties.all()} == {True}


def test_commitments_stand_in_the_log_before_the_checkpoint_and_anyone_can_prove_it(opened: play.Played) -> None:
    one = announce(opened)
    for number in (1, 2, 3):
        drawing.commit(one, number)
    assert pinning.pin_draws() == 0, "nothing is in the log yet"
    assert refused(pin_draw, one.draw, by=CLOCK).code == "not-yet-logged"
    sequence.catch_up()
    first = Checkpoint.objects.latest("size")
    sequence.tick() or sequence.sequencer.tick(at_least=16)
    assert pinning.pin_draws() == 1 and pinning.pin_draws() == 0
    draw = row(one)
    assert draw.checkpoint == first.note and Checkpoint.objects.get(pk=first.pk).pinned
    assert sequence.sequencer.thin(clock.now() + timedelta(days=99)) >= 0 and Checkpoint.objects.filter(pk=first.pk)
    proofs = [draws.proof(draw, number) for number in range(4)]
    assert draws.proof(draw, 4) is None and draws.proof(draw, -1) is None
    read = [read_event_proof(text or "", log_vkey()) for text in proofs]
    payloads = [one_.event for one_ in read]
    assert [payload["tag"] for payload in payloads] == ["draw:announce-draw", *["draw:commit-draw"] * 3]
    assert payloads[0]["facts"]["announcement"] == draw.announcement
    assert [p["facts"]["commit"] for p in payloads[1:]] == [p.commit for p in draw.parties.all()]
    assert {proof.partition("\n\n")[2].split("\n\n")[0] for proof in map(str, proofs)} == {
        draw.checkpoint.split("\n\n")[0]
    }


def test_the_command_line_replays_a_record_with_its_proofs_and_finds_what_does_not_fit(
    opened: play.Played, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw = row(drawing.drawn(announce(opened)))
    files = []
    for number in range(4):
        files.append(tmp_path / f"{number}.tlog-proof")
        files[-1].write_text(draws.proof(draw, number) or "", encoding="utf-8")
    record = tmp_path / "record.json"
    record.write_text(json.dumps(draw.record), encoding="utf-8")

    def verdict(*arguments: object) -> tuple[int, str]:
        code = verify(["--json", "draw", *map(str, arguments)])
        return code, str(json.loads(capsys.readouterr().out).get("code", ""))

    key = ["--key", log_vkey()]
    assert verdict(record) == (0, "") and verdict(record, *files, *key) == (0, "")
    assert verdict(record, *files[:3], *key) == (1, "draw-logged")
    assert verdict(record, *files[1:], *key) == (1, "draw-logged")
    assert verdict(record, *files) == (1, "draw-key") and verdict(record, *key) == (1, "draw-key")
    assert verify(["draw", str(record)]) == 0 and "4 名中选者" in capsys.readouterr().out
    members = draw.record["result"]["members"]
    forged = draw.record | {"result": draw.record["result"] | {"members": members[::-1]}}
    record.write_text(json.dumps(forged), encoding="utf-8")
    assert verdict(record) == (1, "draw-result")


def test_nothing_can_be_revealed_before_the_checkpoint_and_nothing_committed_after_it(opened: play.Played) -> None:
    one = announce(opened)
    drawing.commit(one, 1)
    officer = opened.cast["officer"].actor()
    early = {"r": one.numbers[1].hex(), "checkpoint": "00" * 32}
    assert refused(reveal_draw, one.draw, by=officer, **early).code == "wrong-stage"
    late = drawing.sealed(one.draw, 1, os.urandom(32))
    assert refused(commit_draw, one.draw, by=officer, **late).code == "already-committed"
    drawing.committed(one)
    assert refused(commit_draw, one.draw, by=officer, **late).code == "wrong-stage"
    assert refused(abandon_draw, one.draw, by=officer, reason="不喜欢").code == "wrong-stage"
    assert DrawParty.objects.filter(r="").count() == 3


def test_a_reveal_of_another_number_or_for_another_checkpoint_is_refused(opened: play.Played) -> None:
    one = drawing.committed(announce(opened))
    officer = opened.cast["officer"].actor()
    right = {"r": one.numbers[1].hex(), "checkpoint": checkpoint_hash(row(one).checkpoint).hex()}
    for wrong, code in (
        ({"r": "00" * 32}, "draw-reveal"),
        ({"r": one.numbers[2].hex()}, "draw-reveal"),
        ({"r": "zz"}, "draw-reveal"),
        ({"r": right["r"].upper()}, "draw-reveal"),
        ({"r": ""}, "draw-reveal"),
        ({"checkpoint": "11" * 32}, "draw-checkpoint"),
        ({"checkpoint": ""}, "draw-checkpoint"),
    ):
        assert refused(reveal_draw, one.draw, by=officer, **right | wrong).code == code, wrong
    assert reveal_draw(one.draw, by=officer, **right) == "committed"
    assert refused(reveal_draw, one.draw, by=officer, **right).code == "already-revealed"


def test_only_the_three_parties_act_and_each_for_itself(opened: play.Played) -> None:
    one = announce(opened)
    sent = drawing.sealed(one.draw, 1, os.urandom(32))
    for key in ("auditor", "publisher", "supplier1", "expert1", "keeper", "approver"):
        assert refused(commit_draw, one.draw, by=opened.cast[key].actor(), **sent).code == "forbidden", key
    drawing.committed(one)
    for key in ("auditor", "publisher", "supplier1", "expert1", "keeper"):
        given = {"r": one.numbers[1].hex(), "checkpoint": checkpoint_hash(row(one).checkpoint).hex()}
        assert refused(reveal_draw, one.draw, by=opened.cast[key].actor(), **given).code == "not-found", key
    assert refused(reveal_draw, "DR-0000000000", by=opened.cast["officer"].actor(), r="", checkpoint="").code


def test_malformed_commitments_are_refused_whole(opened: play.Played) -> None:
    one, officer = announce(opened), opened.cast["officer"].actor()
    good, other = drawing.sealed(one.draw, 1, os.urandom(32)), drawing.sealed(one.draw, 1, os.urandom(32))
    for wrong in (
        {"commit": ""},
        {"commit": "g" * 64},
        {"lid": {}},
        {"lid": good["lid"] | {"policy": "00" * 32}},
        {"lid": good["lid"] | {"parts": []}},
        {"lid": good["lid"] | {"parts": None}},
        {"body": ""},
        {"body": "ä"},
        {"body": "AAAA"},
        {"body": other["body"]},
    ):
        assert refused(commit_draw, one.draw, by=officer, **good | wrong).code == "commit-malformed", wrong
    commit_draw(one.draw, by=officer, **good)
    copied = other | {"commit": good["commit"]}
    inspector = opened.cast["inspector"].actor()
    assert refused(commit_draw, one.draw, by=inspector, **copied).code == "commit-copied"


def test_a_draw_rests_while_an_objection_holds_its_lot_and_ends_with_it(opened: play.Played) -> None:
    one, lot = drawing.committed(announce(opened)), Lot.objects.filter(public_id=opened.lots[0])
    lot.update(hold="异议待答复")
    assert refused(drawing.reveal, one, 1).code == "on-hold"
    lot.update(hold="")
    assert drawing.reveal(one, 1) == "committed"
    fail(opened.lots[0], by=opened.cast["officer"].actor(), reason="全部投标被否决")
    assert refused(drawing.reveal, one, 2).code == "lot-is-over"
    assert draws.waiting_for(one.player(2).actor()) == [] and row(one).stage == "committed"


# -- one draw, three parties -----------------------------------------------------------------------------------------


def test_a_second_announcement_is_refused_unless_the_first_was_given_up_before_anybody_knew_a_number(
    opened: play.Played,
) -> None:
    one, officer = announce(opened), opened.cast["officer"].actor()
    assert refused(announce, opened).code == "draw-exists"
    drawing.commit(one, 1)
    assert refused(announce, opened).code == "draw-exists"
    assert refused(abandon_draw, one.draw, by=officer, reason=" ").code == "reason-missing"
    assert refused(abandon_draw, one.draw, by=opened.cast["inspector"].actor(), reason="x").code == "forbidden"
    abandon_draw(one.draw, by=officer, reason="监督人员更换")
    two = drawing.drawn(announce(opened))
    assert two.draw != one.draw and refused(announce, opened).code == "wrong-stage"
    assert [draw.stage for draw in Draw.objects.order_by("pk")] == ["abandoned", "drawn"]
    assert Event.objects.filter(tag="draw:abandon-draw").get().facts["reason"] == "监督人员更换"


@pytest.mark.parametrize(
    ("supervisor", "operator"),
    [("officer", "verifier"), ("inspector", "inspector"), ("inspector", "op_keeper"), ("keeper", "verifier"),
     ("supplier1", "verifier"), ("verifier", "verifier"), ("inspector_keeper", "verifier")],
)  # fmt: skip
def test_each_party_is_of_its_own_side_and_another_person(opened: play.Played, supervisor: str, operator: str) -> None:
    people = {"supervisor": supervisor, "operator": operator}
    refusal = refused(
        announce_draw,
        opened.lots[0],
        by=opened.cast["officer"].actor(),
        experts=5,
        specialty="给排水设备",
        **{side: opened.cast[key].person.public_id for side, key in people.items()},
    )
    assert refusal.code == "party-of-another-side" and refusal.field in ("supervisor", "operator")
    assert not Draw.objects.exists()


def test_reasons_of_avoidance_are_applied_before_and_logged_by_blind_id(opened: play.Played) -> None:
    buyer = Organisation.objects.get(public_id=opened.cast.organisations["buyer"])
    sun = Expert.objects.get(person=opened.cast["expert2"].person)
    Expert.objects.filter(pk=sun.pk).update(avoided_units=[buyer.uscc])
    draw = row(announce(opened))
    blind = blind_id(bytes.fromhex(draw.salt), sun.public_id)
    assert draw.announcement["exclusions"] == [{"id": blind, "reason": "avoided-unit"}]
    assert blind not in [one for one, _weight in draw.announcement["pool"]]
    logged = Event.objects.get(tag="draw:announce-draw").facts["announcement"]
    assert logged == draw.announcement and draw.announcement["alternates"] == 3


def test_one_alternate_at_least_stands_behind_the_members(opened: play.Played) -> None:
    assert refused(announce, opened, experts=8, representatives=[]).code == "panel-not-lawful"
    assert refused(announce, opened, alternates=5).code == "pool-too-small"
    assert refused(announce, opened, alternates=0).code == "pool-too-small"
    assert refused(announce, opened, reveal_minutes=0).code == "reveal-minutes"
    one = announce(opened, alternates=2)
    assert row(one).announcement["alternates"] == 2


def test_who_declines_is_followed_by_the_next_alternate_in_the_drawn_order(opened: play.Played) -> None:
    draw = row(drawing.drawn(announce(opened)))
    found, panel = replay(draw.record), Panel.objects.get()
    players = {player.person.pk: player for player in opened.cast.experts}
    gone = []
    for place, number in ((1, 3), (2, 1)):
        seat = panel.members.get(number=number)
        event = score.recuse(seat.public_id, by=players[seat.person_id].actor(), reason="临时有事")
        gone.append(blind_id(bytes.fromhex(draw.salt), seat.expert.public_id))
        assert event.facts["alternate"] == place
        named = Event.objects.filter(tag="member:draw-panel").latest("pk")
        assert named.facts == {"panel": panel.public_id, "instead_of": seat.public_id, "alternate": place}
    now = panel.members.exclude(stage="recused").exclude(expert=None)
    seated = {blind_id(bytes.fromhex(draw.salt), member.expert.public_id) for member in now}
    assert seated == set(next_alternate(found.drawn, gone))


# -- nobody gains by silence -----------------------------------------------------------------------------------------


def test_a_party_that_stays_silent_is_opened_by_three_of_four_trustees_with_the_same_result(
    opened: play.Played,
) -> None:
    one = drawing.committed(announce(opened))
    drawing.reveal(one, 1)
    drawing.reveal(one, 3)
    trustees = opened.cast.trustees
    assert refused(drawing.release, one, trustees[0], 1).code == "too-early"
    play.until(clock.now() + timedelta(minutes=30))
    for i in (1, 3):
        assert drawing.release(one, trustees[i - 1], i) == 1
        assert row(one).stage == "committed"
    assert drawing.release(one, trustees[0], 1) == 0, "handing in twice changes nothing"
    odd = {
        "releases": [{"lid": "00" * 32, "part": "random", "y": "00" * 32}],
        "statement": {},
        "signature": "",
        "certificate": "",
    }
    assert refused(open_random, one.draw, by=opened.cast["auditor"].actor(), **odd).code == "not-found"
    assert refused(open_random, one.draw, by=trustees[3].actor(), **odd).code == "release-malformed"
    drawing.release(one, trustees[3], 4)
    draw = row(one)
    assert draw.stage == "drawn" and [party.opened for party in draw.parties.all()] == [False, True, False]
    assert draw.record["reveals"][1]["r"] == one.numbers[2].hex(), "what the silent party would have revealed"
    assert replay(draw.record) and Panel.objects.get().members.count() == 5
    assert refused(drawing.release, one, trustees[1], 2).code == "wrong-stage"


def test_who_is_late_may_still_reveal_while_the_trustees_have_not_opened(opened: play.Played) -> None:
    one = drawing.committed(announce(opened))
    drawing.reveal(one, 1)
    drawing.reveal(one, 3)
    play.until(clock.now() + timedelta(minutes=31))
    drawing.release(one, opened.cast.trustees[0], 1)
    assert drawing.reveal(one, 2) == "drawn"


def test_a_party_that_sealed_another_number_than_it_promised_is_found_out_and_the_draw_is_void(
    opened: play.Played,
) -> None:
    one = announce(opened)
    r = one.numbers[2] = os.urandom(32)
    honest, crooked = drawing.sealed(one.draw, 2, r), drawing.sealed(one.draw, 2, os.urandom(32))
    commit_draw(one.draw, by=one.player(2).actor(), **crooked | {"commit": honest["commit"]})
    drawing.committed(one)
    drawing.reveal(one, 1)
    drawing.reveal(one, 3)
    play.until(clock.now() + timedelta(minutes=31))
    for i in (1, 2, 3):
        drawing.release(one, opened.cast.trustees[i - 1], i)
    draw = row(one)
    assert draw.stage == "abandoned" and "监督人" in draw.reason and not Panel.objects.exists()
    assert Event.objects.get(tag="draw:void-draw").facts["p"] == 2
    assert drawing.drawn(announce(opened)) and Panel.objects.exists()
