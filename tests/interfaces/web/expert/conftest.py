"""The evaluation room with everybody at the door."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.evaluation.queries.rehearsal import Duty, duties
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import Player
from tests.interfaces.web.buyer_running.world import enter, three_bids, world


@dataclass
class Room:
    """A drawn panel: members (the chair first), their seats, their browsers."""

    played: play.Played
    lot: str
    members: list[Player]
    duties: list[Duty]

    def client(self, n: int) -> Client:
        return enter(self.members[n])

    def seat(self, n: int, tail: str = "") -> str:
        return f"/expert/members/{self.duties[n].member}/{tail}"

    @property
    def bids(self) -> list[str]:
        return self.duties[0].bids

    def check_in(self, n: int) -> None:
        assert self.client(n).post(self.seat(n, "check-in/"), {"no_interest": "on"}).status_code == 302

    def score(self, n: int, bid: str, plan: str = "30", service: str = "20", **more: str) -> int:
        given = {"score-plan": plan, "score-service": service, **more}
        return self.client(n).post(self.seat(n, f"bids/{bid}/"), given).status_code

    def lock(self, n: int, offset: int = 0) -> None:
        """Check in, score every bid, lock: through the pages."""
        self.check_in(n)
        for place, bid in enumerate(self.bids):
            assert self.score(n, bid, str(30 - place - offset)) == 302
        self.client(n).post(self.seat(n, "lock/"))


@pytest.fixture(autouse=True)
def _no_stale_glance() -> None:
    """A test that moved the clock was rolled back; the next one must not see its time."""
    clock._last.clear()


@pytest.fixture(scope="module")
def room(django_db_setup: None, django_db_blocker: Any) -> Iterator[Room]:
    """One lot opened with three bids, five members drawn, nobody checked in yet."""
    with world(django_db_blocker) as cast:
        with django_db_blocker.unblock():
            played = three_bids(cast)
            stage.opened(played)
            lot = played.lots[0]
            members = stage.panel(played, lot)
            made = Room(played, lot, members, duties(lot))
        yield made
