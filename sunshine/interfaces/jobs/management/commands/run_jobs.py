"""``manage.py run_jobs``: deliver the outbox and move the minute hand until told to stop.

Any number may run: parcels are claimed one by one, and the minute hand belongs to whoever holds its lock.
"""

import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, InterfaceError, connection

from sunshine.foundation.outbox.models import deliver
from sunshine.interfaces.jobs import minute
from sunshine.interfaces.jobs.handlers import HANDLERS

BREATH = 1.0  # seconds between two looks into the outbox
QUICK_SECONDS = 10.0
SLOW_SECONDS = 600.0
BATCH = 20  # parcels between two looks at whether to stop
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


class Command(BaseCommand):
    """Ends within one parcel of a SIGTERM or Ctrl-C."""

    help = "Deliver the outbox and move the minute hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="deliver what is due, move the hand once, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        log.setLevel(logging.INFO)
        if options["once"]:
            drain()
            minute.run(minute.QUICK + minute.SLOW)
            return
        stop = Told()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stop.set())
        log.info("the jobs are running")
        loop(stop)
        log.info("the jobs have ended")


def drain(stop: Told | None = None) -> int:
    """Deliver until nothing is due any more; returns how many."""
    delivered = 0
    while not (stop and stop.is_set()) and (some := deliver(HANDLERS, limit=BATCH)):
        delivered += some
    return delivered


def loop(stop: Told) -> None:
    """Work until ``stop`` is set. A database that goes away is waited for."""
    quick = slow = float("-inf")
    while not stop.is_set():
        try:
            drain(stop)
            here = time.monotonic()
            if here - quick >= QUICK_SECONDS and not stop.is_set():
                minute.run(minute.QUICK)
                quick = here
            if here - slow >= SLOW_SECONDS and not stop.is_set():
                minute.run(minute.SLOW)
                slow = here
        except (DatabaseError, InterfaceError) as error:
            log.warning("the database does not answer (%s); trying again", type(error).__name__)
            connection.close()
            stop.wait(PATIENCE)
        stop.wait(BREATH)
