"""The cast for every test about flows: a module may play its project as far as it likes once, and share it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytest_django import DjangoDbBlocker

from sunshine.interfaces.rehearsal import play
from tests.cast import cast, own, real_cast
from tests.cast import ground as founded

__all__ = ["again", "cast", "founded", "ground", "real_cast"]


@pytest.fixture(scope="module")
def ground(founded: play.Cast, django_db_blocker: DjangoDbBlocker) -> Iterator[play.Cast]:
    """The module's platform, with the database open to fixtures of the module that play on it."""
    with django_db_blocker.unblock():
        yield founded


def again(played: play.Played) -> play.Played:
    """A project played for the module, with lists of its own for one test."""
    return replace(played, cast=own(played.cast), lots=list(played.lots), policies=dict(played.policies))
