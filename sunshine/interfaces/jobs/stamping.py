"""Asking the time authority, beside the log and never in its way: about once a minute, less often while it fails."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from sunshine.flows.watch_log import raise_log_alarm
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.tlog import timestamps

FIRST, LONGEST = 10.0, 900.0  # seconds after a failure, doubled up to the longest
log = logging.getLogger("sunshine.jobs")


def ask() -> bool:
    """One conversation, where one is due; False when it failed. A false answer raises an alarm."""
    whom = timestamps.authority()
    head = timestamps.due() if whom else None
    if whom is None or head is None:
        return True
    outcome = timestamps.ask(head, whom)
    timestamps.keep(head, outcome)
    if outcome.state == "lying":
        detail = f"{outcome.detail} ({head.size})"
        if raise_log_alarm(by=CLOCK, witness="", code=outcome.code, detail=detail):
            log.error("time authority: %s", outcome.code)
    elif outcome.state != "stamped":
        log.warning("time authority: %s %s", outcome.code, outcome.detail)
    return outcome.state == "stamped"


class Minutes:
    """Called after every tick: lets one conversation run, unless one is running or the last one failed just now."""

    def __init__(self, work: Callable[[], bool] = ask, now: Callable[[], float] = time.monotonic) -> None:
        self._work, self._now = work, now
        self._pool = ThreadPoolExecutor(1, "timestamp")
        self._running: Future[None] | None = None
        self._not_before, self._patience = float("-inf"), FIRST

    def __call__(self) -> None:
        if self._now() >= self._not_before and (self._running is None or self._running.done()):
            self._running = self._pool.submit(self._alone)

    def _alone(self) -> None:
        well = False
        try:
            well = self._work()
        except Exception as error:  # tried again later; its message may quote a row
            log.error("time authority: %s", type(error).__name__)
        finally:
            connection.close()  # the thread has its own
        self._not_before = float("-inf") if well else self._now() + self._patience
        self._patience = FIRST if well else min(LONGEST, 2 * self._patience)

    def close(self) -> None:
        """Let a running conversation end, at most a few seconds."""
        self._pool.shutdown(wait=True, cancel_futures=True)
