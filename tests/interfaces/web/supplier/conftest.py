"""A browser for each person, and one announced lot."""

from collections.abc import Callable

import pytest
from django.test import Client

from sunshine.domain.parties import uscc
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
def announced(cast: play.Cast) -> play.Played:  # noqa: F811
    """One lot that receives bids."""
    return play.announced(play.a_project(cast))


@pytest.fixture
def zheng(cast: play.Cast) -> Player:  # noqa: F811
    """郑, a stranger: an account and nothing else."""
    return people.person("郑某", "zheng@stranger.example")


@pytest.fixture
def unverified(cast: play.Cast) -> Player:  # noqa: F811
    """A registered supplier whom the operator has not verified yet."""
    player = people.person("李新", "li@new.example")
    people.organisation(player, "supplier", "新登记供应商有限公司", uscc.fictional("new supplier"))
    return player
