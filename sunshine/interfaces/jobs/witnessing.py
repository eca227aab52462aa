"""Asking the witnesses, each in a thread of its own: one that is slow or dead holds up neither the log nor the others."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection

from sunshine.flows.watch_log import raise_log_alarm
from sunshine.foundation.authz import CLOCK
from sunshine.foundation.tlog import queries, witnesses
from sunshine.foundation.tlog.models import Witness

AT_ONCE = 8
log = logging.getLogger("sunshine.jobs")


def ask(witness: Witness) -> str:
    """One conversation; what came of it, "" when there was nothing to ask. An alarm is raised where it must be."""
    outcome = witnesses.ask(witness)
    if outcome is None:
        return ""
    if outcome.code in witnesses.ALARMS or outcome.state == "lying":
        detail = f"{outcome.detail} ({outcome.size})" if outcome.size is not None else outcome.detail
        if raise_log_alarm(by=CLOCK, witness=witness.public_id, code=outcome.code, detail=detail):
            log.error("witness %s: %s", witness.name, outcome.code)
    return outcome.state


class Rounds:
    """Called after every tick: whoever is not busy and has not seen the newest checkpoint is asked."""

    def __init__(self, work: Callable[[Witness], object] = ask) -> None:
        self._work = work
        self._pool = ThreadPoolExecutor(AT_ONCE, "witness")
        self._busy: dict[int, Future[None]] = {}

    def __call__(self) -> None:
        self._busy = {pk: running for pk, running in self._busy.items() if not running.done()}
        head = queries.newest()
        for witness in queries.watching() if head else ():
            if witness.pk not in self._busy and head and witness.size != head.size:
                self._busy[witness.pk] = self._pool.submit(self._alone, witness)

    def _alone(self, witness: Witness) -> None:
        try:
            self._work(witness)
        except Exception as error:  # the next round asks again; its message may quote a row
            log.error("witness %s: %s", witness.name, type(error).__name__)
        finally:
            connection.close()  # each thread has its own, and they are few

    def close(self) -> None:
        """Let the running conversations end, at most a few seconds."""
        self._pool.shutdown(wait=True, cancel_futures=True)
