"""A browser for each person, and lots played to where a page begins."""

from collections.abc import Callable

import pytest
from django.test import Client

from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import Player
from tests.cast import cast  # noqa: F401  the fixture

Door = Callable[[Player], Client]


@pytest.fixture
def door() -> Door:
    """A client logged in as a player, acting for the player's organisation."""

    def enter(player: Player) -> Client:
        client = Client()
        client.force_login(player.person)
        session = client.session
        session["organisation"] = player.organisation
        session.save()
        return client

    return enter


@pytest.fixture
def sealed(cast: play.Cast) -> play.Played:  # noqa: F811
    """One announced lot with three sealed bids in its box, before the deadline."""
    played = play.announced(play.a_project(cast))
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n * 10_000_00)
    return played


@pytest.fixture
def opened(sealed: play.Played) -> play.Played:
    """The same lot opened, its record confirmed."""
    stage.opened(sealed)
    return sealed


@pytest.fixture
def evaluated(opened: play.Played) -> play.Played:
    """The same lot with its report signed by all."""
    stage.evaluated(opened, opened.lots[0])
    return opened


@pytest.fixture
def published(evaluated: play.Played) -> play.Played:
    """The same lot with its candidates published."""
    stage.candidates(evaluated, evaluated.lots[0])
    return evaluated
