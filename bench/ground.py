"""A throw-away installation: its own folder, its own durable PostgreSQL, served by granian as the house is served."""

import contextlib
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import django
import psutil

from config import postgres
from config.processes import Child

BASE = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds until the first answer


@contextlib.contextmanager
def installation(*, fast_passwords: bool = True) -> Iterator[Path]:
    """Tables, secrets and an empty rehearsal; yields its folder. Django is set up inside, once per process.

    fast_passwords  people's passwords are hashed cheaply: what is measured here is never a login
    """
    folder = Path(tempfile.mkdtemp(prefix="sunshine-bench-"))
    folder.chmod(0o711)  # the database's own account must pass when we are root
    os.environ |= {"SUNSHINE_MODE": "rehearsal", "SUNSHINE_VAR": str(folder), "SECRET_KEY": "only-for-measuring"}
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    (folder / "static_root").mkdir()
    try:
        with postgres.start(folder / "postgres") as server:
            os.environ["DATABASE_URL"] = server.url
            django.setup()
            from django.conf import settings
            from django.core.management import call_command
            from django.db import connections

            from tools import messages

            messages.compile_stale()
            if fast_passwords:
                settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
            yield folder
            connections.close_all()
    finally:
        postgres.destroy(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def served(folder: Path, application: str = "config.wsgi:application", *, workers: int = 1) -> Iterator["Served"]:
    """The application under granian's WSGI on a free port, with the pool and the threads of `make serve`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    where = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers), "--blocking-threads", "4"]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", *where, "--no-access-log", application]
    web = Child("web", command, {**os.environ, "SUNSHINE_POOL": "1"}, folder / "web.log")
    web.start()
    try:
        _first_answer(f"http://127.0.0.1:{port}/robots.txt", web)
        assert web.process is not None
        yield Served(port, web.process.pid)
    finally:
        web.end()


class Served:
    """A running server: its port, its address, and what its processes have used."""

    def __init__(self, port: int, pid: int) -> None:
        self.port, self.url, self.pid = port, f"http://localhost:{port}", pid

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.pid)
        return [parent, *parent.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """CPU time used so far by all processes of the server."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


def _first_answer(address: str, web: Child) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        web.watch()
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=10).close()
            return
        time.sleep(0.1)
    raise TimeoutError(f"no answer from {address}; {web.log} tells why")


def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    """Print a table: the first column to the left, figures to the right."""
    cells = [[_shown(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[n]) for row in cells) for n in range(len(head))]
    print(f"\n{title}")
    for number, row in enumerate(cells):
        print(
            "  "
            + "  ".join(c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(row, widths, strict=True)))
        )
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))
    sys.stdout.flush()


def _shown(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.2f}" if abs(cell) < 100 else f"{cell:.0f}"
    return str(cell)
