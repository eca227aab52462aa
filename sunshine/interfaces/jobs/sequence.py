"""One tick of the log: what was committed gets its place, covered while any lot may receive bids."""

from datetime import timedelta

from sunshine.domain.bidding.queries.jobs import somebody_may_bid
from sunshine.foundation import clock
from sunshine.foundation.tlog import sequencer
from sunshine.foundation.tlog.models import Checkpoint
from sunshine_proof.entry import BATCH

AFTER = timedelta(seconds=10)  # what arrived in the last instant is committed, and covered, a little later


def tick() -> Checkpoint | None:
    """Append what waits. While bids may come every tick has at least 16 entries, whether or not one came."""
    receiving = somebody_may_bid(clock.now() - AFTER)
    return sequencer.tick(at_least=BATCH if receiving else 0)


def catch_up() -> int:
    """Tick until nothing waits; how many batches that took. For rehearsals, whose time passes in leaps."""
    done = 0
    while sequencer.tick():
        done += 1
    return done
