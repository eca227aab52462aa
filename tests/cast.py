"""The cast of the tests: 王 buys, 李 and 赵 sell, 钱 孙 周 judge, 吴 supervises, 郑 verifies for the operator.

Everything is reached by playing the flows (sunshine.interfaces.rehearsal.play), never by writing rows.
"""

from datetime import datetime

import pytest

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play

START = datetime(2026, 3, 3, 9, 0, tzinfo=clock.BEIJING)


@pytest.fixture
def cast(db: None) -> play.Cast:
    """A founded platform on Tuesday 2026-03-03 09:00."""
    clock.start_rehearsal(START)
    return play.found()
