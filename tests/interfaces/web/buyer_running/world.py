"""A world that a whole module shares: founding a platform takes seconds, and every test rolls back to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.test import Client

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player
from tests.cast import START


@contextmanager
def world(blocker: Any) -> Iterator[play.Cast]:
    """A founded platform inside one transaction, as Django's setUpTestData does it; gone when the module is done."""
    with blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # type: ignore[attr-defined]  # durable acts may run inside a test's transaction
        with outer:
            clock.start_rehearsal(START)
            cast = play.found()
            for player in cast.players.values():
                player.enrol()  # keys live in Python: they must be in the database before the first rollback
            with blocker.block():
                yield cast
            transaction.set_rollback(True)
        clock._last.clear()


def enter(player: Player) -> Client:
    """A client logged in as a player, acting for the player's organisation."""
    client = Client()
    client.force_login(player.person)
    session = client.session
    session["organisation"] = player.organisation
    session.save()
    return client


def three_bids(cast: play.Cast, **fields: Any) -> play.Played:
    """One announced lot with three sealed bids in its box, before the deadline."""
    played = play.announced(play.a_project(cast, **fields))
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n * 10_000_00)
    return played
