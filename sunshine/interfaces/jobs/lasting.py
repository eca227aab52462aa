"""How a process that works until it is told to stop goes about it: signals, naps, a database that comes and goes."""

import logging
import signal
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection

PATIENCE = 3.0  # seconds before the database is tried again

log = logging.getLogger("sunshine.jobs")


class Told:
    """Whether we were told to end. A threading.Event set by a signal handler can deadlock with its own wait()."""

    def __init__(self) -> None:
        self._told = False

    def set(self) -> None:
        self._told = True

    def is_set(self) -> bool:
        return self._told

    def wait(self, seconds: float) -> None:
        """Sleep so long, or until told."""
        until = time.monotonic() + seconds
        while not self._told and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))


def told_by_signal() -> Told:
    """A Told that SIGTERM and Ctrl-C set."""
    stop = Told()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop


def again_and_again(work: Callable[[], None], stop: Told, breath: float) -> None:
    """Call ``work`` every ``breath`` seconds until told to stop. A database that goes away is waited for."""
    while not stop.is_set():
        begun = time.monotonic()
        try:
            work()
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer (%s); trying again", type(error).__name__)
            connection.close()
            stop.wait(PATIENCE)
        stop.wait(max(0.0, breath - (time.monotonic() - begun)))
