"""The cast of the tests: 王 buys, 李 and 赵 sell, 钱 孙 周 judge, 吴 supervises, 郑 verifies for the operator.

Everything is reached by playing the flows (sunshine.interfaces.rehearsal.play), never by writing rows. Founding a
platform is the dear part, so the tests of a module share one, each in its own savepoint; a test with real commits
(``transaction=True``, ``live_server``) takes ``real_cast``.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play

START = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BEIJING)  # a Tuesday; a module may set its own START


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[play.Cast]:
    """A founded platform on the module's START, everybody with a certificate; undone with the module.

    The outer transaction calls itself a test case's, so that durable flows may run inside it (as in any test).
    """
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # type: ignore[attr-defined]
        with outer:
            cast = _found(getattr(request.module, "START", START))
            for player in cast.players.values():
                if player.actor().active:
                    player.enrol()  # keys live in Python: they must be in the database before the first rollback
            with django_db_blocker.block():
                yield cast
            transaction.set_rollback(True)
    clock._last.clear()


@pytest.fixture
def cast(ground: play.Cast, db: None) -> play.Cast:
    """The module's platform, with lists of its own for this test."""
    return own(ground)


@pytest.fixture
def real_cast(transactional_db: None) -> play.Cast:
    """A platform of the test's own, in real commits: for threads, processes and browsers."""
    return _found(START)


def _found(start: datetime) -> play.Cast:
    clock._last.clear()  # a rolled-back clock must not be remembered
    clock.start_rehearsal(start)
    return play.found()


def own(cast: play.Cast) -> play.Cast:
    """The cast with its own lists: what one test's people do is forgotten with the test's savepoint."""
    clock._last.clear()
    players = {
        key: replace(player, trustee_keys=dict(player.trustee_keys), bids=list(player.bids), boxes=dict(player.boxes))
        for key, player in cast.players.items()
    }
    return play.Cast(players, dict(cast.organisations))
