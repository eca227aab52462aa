"""Twenty kills in a running house under load; `make drill` goes on to a hundred."""

import random
import secrets

import pytest

from drill.kills import drill

pytestmark = pytest.mark.whole
KILLS = 20


def test_twenty_kills_lose_double_move_or_fork_nothing() -> None:
    seed = secrets.randbelow(10_000)
    seen = drill(KILLS, random.Random(seed))
    assert seen.wrong == [], f"SUNSHINE_KILLS={KILLS} SUNSHINE_SEED={seed} python -m drill kills"
    assert seen.killed.total() == KILLS and len(seen.killed) == 3, seen.killed
