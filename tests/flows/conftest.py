"""One founded cast a module: founding is the dear part, so tests of a module share it, each in its own savepoint."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play
from tests.cast import START

FAST = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # argon2 is slow on purpose; no test here is about it


@pytest.fixture(scope="module")
def ground(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[play.Cast]:
    """A platform on the module's START (Tuesday 2026-03-03 09:00 unless it says otherwise), everybody with a certificate; undone with the module.

    The outer transaction calls itself a test case's, so that durable flows may run inside it (as in any test).
    """
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # type: ignore[attr-defined]
        with override_settings(PASSWORD_HASHERS=FAST), outer:
            clock.start_rehearsal(getattr(request.module, "START", START))
            cast = play.found()
            for player in cast.players.values():
                player.enrol()
            yield cast
            transaction.set_rollback(True)
    clock._last.clear()


def own(cast: play.Cast) -> play.Cast:
    """The cast with its own lists: what one test's people do is forgotten with the test's savepoint."""
    clock._last.clear()  # a rolled-back clock must not be remembered
    players = {
        key: replace(player, trustee_keys=dict(player.trustee_keys), bids=list(player.bids))
        for key, player in cast.players.items()
    }
    return play.Cast(players, dict(cast.organisations))


def again(played: play.Played) -> play.Played:
    """A played project for one test."""
    return replace(played, cast=own(played.cast), lots=list(played.lots), policies=dict(played.policies))


@pytest.fixture
def cast(ground: play.Cast, db: None) -> play.Cast:
    return own(ground)
