"""A browser for each person, and one lot with three sealed bids."""

from collections.abc import Callable

import pytest
from django.test import Client

from sunshine.interfaces.rehearsal import people, play
from sunshine.interfaces.rehearsal.people import Player
from tests.cast import cast, ground, real_cast  # noqa: F401  the fixtures

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
def zheng(cast: play.Cast) -> Player:  # noqa: F811
    """郑, a stranger: an account and nothing else."""
    return people.person("郑某", "zheng@stranger.example")
