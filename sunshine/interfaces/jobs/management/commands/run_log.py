"""``manage.py run_log``: the log's one sequencer, about once a second until told to stop.

A second one may run: it stands by, because only one at a time gets the lock.
"""

import logging
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from sunshine.interfaces.jobs import pinning, sequence, stamping, witnessing
from sunshine.interfaces.jobs.lasting import again_and_again, told_by_signal

log = logging.getLogger("sunshine.jobs")


class Command(BaseCommand):
    """A batch that a signal or a crash interrupts has not happened; the next process does it whole."""

    help = "Give committed events their places in the transparency log and sign its checkpoints."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="append what waits, and end")

    def handle(self, *args: Any, **options: Any) -> None:
        log.setLevel(logging.INFO)
        if options["once"]:
            sequence.catch_up()
            pinning.pin_draws()
            return
        stop = told_by_signal()
        log.info("the sequencer is running")
        rounds, minutes = witnessing.Rounds(), stamping.Minutes()

        def work() -> None:
            sequence.tick()
            pinning.pin_draws()
            rounds()
            minutes()

        again_and_again(work, stop, settings.TICK_SECONDS)
        rounds.close()
        minutes.close()
        log.info("the sequencer has ended")
