"""Lots played to where a page begins; each module of tests plays one of them once."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from tests.interfaces.web.buyer_running.world import three_bids, world


@pytest.fixture(autouse=True)
def _no_stale_glance() -> None:
    """A test that moved the clock was rolled back; the next one must not see its time."""
    clock._last.clear()


def _played(to: Callable[[play.Played], Any]) -> Any:
    @pytest.fixture(scope="module")
    def fixture(django_db_setup: None, django_db_blocker: Any) -> Iterator[play.Played]:
        with world(django_db_blocker) as cast:
            with django_db_blocker.unblock():
                played = three_bids(cast)
                to(played)
            yield played

    return fixture


def _opened(played: play.Played) -> None:
    stage.opened(played)


def _evaluated(played: play.Played) -> None:
    stage.opened(played)
    stage.evaluated(played, played.lots[0])


def _published(played: play.Played) -> None:
    _evaluated(played)
    stage.candidates(played, played.lots[0])


sealed = _played(lambda played: None)
opened = _played(_opened)
evaluated = _played(_evaluated)
published = _played(_published)
