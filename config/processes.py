"""Children of the supervisor: started in their own group, watched, started again, ended with everything they started."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.sentences import Stopped

LONGEST_LOG = 16 * 1024 * 1024  # bytes; a longer log begins anew at the next start
QUICK_DEATH = 5.0  # seconds: whoever dies sooner than this three times in a row will not live
PR_SET_PDEATHSIG = 1


def _die_with_parent() -> Callable[[], None] | None:
    """What a child does before it becomes its program: ask Linux for a SIGTERM when we die, however we die."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)

    return ask


@dataclass
class Child:
    """One long-running process: `command` with `environment`, its output in `log` (None: ours)."""

    name: str
    command: list[str]
    environment: dict[str, str]
    log: Path | None = None
    quick_deaths: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    since: float = 0.0

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches only the supervisor, which ends all in order."""
        with contextlib.ExitStack() as stack:
            output: IO[bytes] | None = None
            if self.log is not None:
                output = stack.enter_context(self.log.open("ab"))
                if output.tell() > LONGEST_LOG:
                    output.truncate(0)
            self.since = time.monotonic()
            self.process = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )

    def watch(self) -> None:
        """Start it again if it has died; give up with a sentence when it keeps dying at once."""
        if self.process is None or self.process.poll() is None:
            return
        self.quick_deaths = self.quick_deaths + 1 if time.monotonic() - self.since < QUICK_DEATH else 1
        if self.quick_deaths >= 3:
            raise Stopped(
                f"进程 {self.name} 反复退出，无法继续。原因见 {self.log}。",
                f"The process {self.name} keeps dying; {self.log} tells why.",
            )
        self.end()  # what it may have left behind in its group
        self.start()

    def run(self) -> int:
        """Start it and wait for its end; the exit code."""
        self.start()
        assert self.process is not None
        return self.process.wait()

    def end(self) -> None:
        """SIGTERM to its whole group, SIGKILL ten seconds later."""
        if self.process is None:
            return
        for how, seconds in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 5.0)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=seconds)
                if how is signal.SIGKILL or not _group_lives(self.process.pid):
                    return


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
