"""A factor left to chance; and what of a draw is never changed, and never told before the law lets it out."""

import pytest
from django.db import DatabaseError, connection, transaction

from sunshine.domain.evaluation.models import Panel, PanelMember
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.parties.models import Expert
from sunshine.domain.sourcing.models import Lot
from sunshine.flows import rank
from sunshine.flows.announce_draw import announce_factor
from sunshine.foundation.audit.models import Event
from sunshine.interfaces.rehearsal import drawing, play, stage
from sunshine.interfaces.rehearsal.drawing import Drawing
from sunshine_proof.draw import blind_id, replay
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


# -- a factor --------------------------------------------------------------------------------------------------------


def factor(played: play.Played, choices: list[str]) -> Drawing:
    cast = played.cast
    event = announce_factor(
        played.lots[0],
        by=cast["officer"].actor(),
        choices=choices,
        supervisor=cast["inspector"].person.public_id,
        operator=cast["verifier"].person.public_id,
    )
    return Drawing(played, event.facts["draw"])


def test_a_random_factor_is_one_of_the_announced_whole_numbers_and_moves_no_lot(opened: play.Played) -> None:
    one = drawing.drawn(factor(opened, ["95", "96", "97", "98"]))
    draw = row(one)
    assert replay(draw.record).drawn.members[0] in {"95", "96", "97", "98"}
    assert Lot.objects.get().stage == "opening" and not Panel.objects.exists()
    assert draws.view(one.draw).names == []  # type: ignore[union-attr]
    assert drawing.drawn(announce(opened)), "the panel has its own draw"


@pytest.mark.parametrize(
    "choices", [[], ["1"], ["1", "1"], ["1", "1.5"], ["1", "01"], ["1", "x"], ["1", ""], ["1", "１"]]
)
def test_choices_of_a_factor_are_different_whole_numbers(opened: play.Played, choices: list[str]) -> None:
    assert refused(factor, opened, choices).code == "choices-malformed"


# -- what stays as it is, and what stays secret ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "update evaluation_draw set salt = 'ab'",
        "update evaluation_draw set announcement = '{}'",
        "update evaluation_draw set blinded = '{}'",
        "update evaluation_draw set record = '{}'",
        "update evaluation_draw set checkpoint = 'x'",
        "update evaluation_draw set stage = 'announced'",
        "update evaluation_drawparty set commit = 'ab'",
        "update evaluation_drawparty set r = 'ab'",
        "update evaluation_drawparty set person_id = person_id + 1",
        "delete from evaluation_drawparty",
    ],
)
def test_what_is_written_of_a_draw_is_never_changed(opened: play.Played, sql: str) -> None:
    drawing.drawn(announce(opened))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_no_event_tells_an_expert_before_the_result_and_the_names_come_out_with_it(opened: play.Played) -> None:
    one = drawing.drawn(announce(opened))
    experts = Expert.objects.all()
    secret = {expert.public_id for expert in experts} | {expert.person.name for expert in experts}
    secret |= {expert.person.public_id for expert in experts} | {row(one).salt}
    drawn_events = Event.objects.filter(tag__in=("lot:announce-draw", "lot:draw-panel", "member:draw-panel"))
    for event in [*drawn_events, *Event.objects.filter(subject=f"draw/{one.draw}")]:
        text = bytes(event.payload).decode()
        assert not [word for word in secret if word in text], event.tag
    members = [
        next(p for p in [*opened.cast.experts, opened.cast["judge"]] if p.person.pk == member.person_id)
        for member in PanelMember.objects.order_by("number")
    ]
    lot = opened.lots[0]
    stage.scored(opened, lot, members)
    rank.rank(lot, by=members[0].actor())
    stage.sign_report(opened, lot, members)
    stage.candidates(opened, lot)
    found = draws.view(one.draw)
    assert found is not None and found.names == [] and found.salt == ""
    stage.awarded(opened, lot)
    found = draws.view(one.draw)
    assert found is not None and len(found.names) == 4
    salt = bytes.fromhex(found.salt)
    assert all(blind_id(salt, name.expert) == name.blind for name in found.names)
    assert {name.name for name in found.names} == {player.name for player in members[:4]}
