"""Projects played to where a public page has something to show, and a visitor to look at it."""

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
def announced(cast: play.Cast) -> play.Played:  # noqa: F811
    """A project with two lots, announced; nothing has been bid."""
    return play.announced(play.a_project(cast, lots=2))


@pytest.fixture
def sealed(announced: play.Played) -> play.Played:
    """Three bids for the first lot, none for the second."""
    for n, supplier in enumerate(announced.cast.suppliers):
        play.bid(announced, announced.lots[0], supplier, total_fen=900_000_00 + n * 10_000_00)
    return announced


@pytest.fixture
def contracted(sealed: play.Played) -> play.Played:
    """The first lot carried to its contract; the second failed for lack of bidders."""
    lot = sealed.lots[0]
    stage.opened(sealed)
    stage.evaluated(sealed, lot)
    stage.candidates(sealed, lot)
    stage.awarded(sealed, lot)
    stage.contracted(sealed, lot)
    return sealed
