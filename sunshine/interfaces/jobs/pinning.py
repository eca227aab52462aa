"""After a tick of the log: draws whose commitments have got their places get their checkpoint."""

import logging

from sunshine.domain.evaluation.queries.draws import to_pin
from sunshine.flows.commit_draw import pin_draw
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.refusal import Refused

log = logging.getLogger("sunshine.jobs")


def pin_draws() -> int:
    """Pin the checkpoint of every draw that waits for it; which one that is, nobody chooses. Returns how many."""
    pinned = 0
    for draw in to_pin():
        try:
            pin_draw(draw, by=CLOCK)
        except Refused as refused:  # not in the log yet, or another process was first
            log.debug("%s: %s", draw, refused.code)
        else:
            pinned += 1
    return pinned
