"""The minute hand: what the law or the house makes automatic, through the same flows. One process at a time."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection

from sunshine.domain.bidding.queries.jobs import closings, lots_to_decrypt, windows_over
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.destroy_key import ask_to_destroy
from sunshine.flows.publish_tool import publish_tool
from sunshine.flows.submit_bid import forget_knocks
from sunshine.foundation import clock
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.files import spool, store
from sunshine.foundation.pages import tools
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, sequencer

HEADS_LIVE = timedelta(days=7)  # every signed head of the log is kept that long
UPLOADS_LIVE = timedelta(days=2)  # a broken upload may be resumed that long
log = logging.getLogger("sunshine.jobs")


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether this process holds the singleton ``name`` now; PostgreSQL lets go of it even if we die."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [f"sunshine-job/{name}"])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [f"sunshine-job/{name}"])


def decrypt() -> int:
    """Decrypt what has enough shares. The trustee's page does it too; whoever comes first, once only."""
    return sum(decrypt_ready(lot)["opened"] for lot in lots_to_decrypt())


def settle() -> int:
    """Settle the bids nobody could open in time (电子招标投标办法 第三十一条)."""
    return sum(settle_window(project) for project in windows_over(clock.now()))


def remind_trustees() -> int:
    """Ask the holders of keys that nobody needs any more to destroy them."""
    return int(ask_to_destroy(by=CLOCK))


def sweep_uploads() -> int:
    """Remove uploads that nobody finished."""
    return spool.sweep(UPLOADS_LIVE)


def publish_tools() -> int:
    """Put the hash of the offline tool into the log when a new build is served."""
    tool = tools.offline_tool()
    if tool is None:
        return 0
    return int(publish_tool(by=CLOCK, name=tools.NAME, version=tool.version, sha256=tool.sha256, size=tool.size))


def thin_log() -> int:
    """Let go of older signed heads but one an hour."""
    return sequencer.thin(clock.now() - HEADS_LIVE)


def pin_closings() -> int:
    """Keep for good the checkpoints under which boxes were closed: the evidence stands on them."""
    found = [queries.seen_by(index, vkeys) for index, vkeys in closings(clock.now() - HEADS_LIVE)]
    return sum(queries.pin(head) for head in found if head is not None)


QUICK: tuple[Callable[[], int], ...] = (decrypt, settle, publish_tools)
SLOW: tuple[Callable[[], int], ...] = (
    remind_trustees,
    sweep_uploads,
    forget_knocks,
    store.sweep_orphans,
    pin_closings,
    thin_log,
)


def run(tasks: tuple[Callable[[], int], ...]) -> None:
    """Every task once, if no other process is at it. One that fails does not stop the others."""
    with alone("minute-hand") as held:
        if not held:
            return
        for task in tasks:
            try:
                done = task()
            except Refused as refused:  # somebody else was first; the next minute sees
                log.info("%s: %s", task.__name__, refused.code)
            except Exception as error:  # its message may quote a row of the database: only its kind goes into the log
                log.error("%s failed: %s", task.__name__, type(error).__name__)
            else:
                if done:
                    log.info("%s: %d", task.__name__, done)
