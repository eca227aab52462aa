"""The box is asked by nobody; whoever gets a token first is asked as at the supplier's door."""

from pathlib import Path

import pytest

from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player
from tests.cast import cast, ground, real_cast
from tests.interfaces.web.box import sealing
from tests.interfaces.web.supplier.conftest import announced, door, unverified, zheng

__all__ = ["announced", "cast", "door", "ground", "real_cast", "unverified", "zheng"]


@pytest.fixture
def lot(announced: play.Played) -> str:
    return announced.lots[0]


@pytest.fixture
def li(announced: play.Played) -> Player:
    return announced.cast.suppliers[0]


@pytest.fixture
def sealed(announced: play.Played, lot: str, li: Player, tmp_path: Path) -> sealing.Sealed:
    return sealing.seal(announced, lot, li, tmp_path)
