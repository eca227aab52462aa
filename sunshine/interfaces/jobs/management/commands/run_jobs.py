"""``manage.py run_jobs``: deliver the outbox and move the minute hand until told to stop.

Any number may run: parcels are claimed one by one, and the minute hand belongs to whoever holds its lock.
"""

import logging
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from sunshine.foundation.outbox.models import deliver
from sunshine.interfaces.jobs import minute
from sunshine.interfaces.jobs.handlers import FORGET, HANDLERS
from sunshine.interfaces.jobs.lasting import Told, again_and_again, told_by_signal

BREATH = 1.0  # seconds between two looks into the outbox
QUICK_SECONDS = 10.0
SLOW_SECONDS = 600.0
BATCH = 20  # parcels between two looks at whether to stop

log = logging.getLogger("sunshine.jobs")


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
        stop = told_by_signal()
        log.info("the jobs are running")
        again_and_again(Rounds(stop), stop, BREATH)
        log.info("the jobs have ended")


def drain(stop: Told | None = None) -> int:
    """Deliver until nothing is due any more; returns how many."""
    delivered = 0
    while not (stop and stop.is_set()) and (some := deliver(HANDLERS, limit=BATCH, forget=FORGET)):
        delivered += some
    return delivered


class Rounds:
    """One round: the outbox, and whatever of the minute hand is due."""

    def __init__(self, stop: Told) -> None:
        self.stop, self.quick, self.slow = stop, float("-inf"), float("-inf")

    def __call__(self) -> None:
        drain(self.stop)
        here = time.monotonic()
        if here - self.quick >= QUICK_SECONDS and not self.stop.is_set():
            minute.run(minute.QUICK)
            self.quick = here
        if here - self.slow >= SLOW_SECONDS and not self.stop.is_set():
            minute.run(minute.SLOW)
            self.slow = here
