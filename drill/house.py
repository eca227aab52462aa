"""A whole installation to break: its own folder and durable database, run by the supervisor as `make serve` runs it."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from config import postgres

BASE = Path(__file__).resolve().parent.parent
PATIENCE = 120.0  # seconds until the first answer
START = datetime.fromisoformat("2026-03-03T09:00:00+08:00")


@dataclass
class House:
    """A served installation: its address, its supervisor, and what was prepared in it."""

    folder: Path
    url: str
    supervisor: "subprocess.Popen[bytes]"

    def processes(self, kind: str) -> list[psutil.Process]:
        """The running processes of "sequencer", "web" or "database"."""
        marks = {"sequencer": "run_log", "web": "granian", "database": "postgres"}
        found = []
        for child in psutil.Process(self.supervisor.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if any(marks[kind] in word for word in child.cmdline()):
                    found.append(child)
        return found


@contextlib.contextmanager
def prepared(bids: int) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A folder with a founded platform, one announced project, and ``bids`` sealed bids ready to be handed in.

    Yields (folder, {"lot", "policy", "vkey", "bids": [{"lid", "token", "bodies": {part: path}}]}).
    """
    folder = Path(tempfile.mkdtemp(prefix="sunshine-drill-"))
    folder.chmod(0o711)  # the database's own account must pass when we are root
    environment = {**os.environ, "SUNSHINE_VAR": str(folder), "SUNSHINE_MODE": "rehearsal"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    try:
        with postgres.start(folder / "postgres") as server:
            environment["DATABASE_URL"] = server.url
            (folder / "secrets").mkdir(mode=0o700)
            environment["SECRET_KEY"] = "only-for-a-drill"
            command = [sys.executable, "-m", "drill.house", str(folder), str(bids)]
            subprocess.run(command, env=environment, cwd=BASE, check=True)
        yield folder, json.loads((folder / "drill.json").read_text())
    finally:
        postgres.destroy(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def served(folder: Path) -> Iterator[House]:
    """The supervisor with everything it starts, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "SUNSHINE_VAR": str(folder), "SUNSHINE_MODE": "rehearsal", "PORT": str(port)}
    for name in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "SECRET_KEY"):
        environment.pop(name, None)
    environment |= {"SECRET_KEY": "only-for-a-drill", "SUNSHINE_WORKERS": "1"}
    with (folder / "supervisor.log").open("ab") as out:
        supervisor = subprocess.Popen(
            [sys.executable, "-m", "config.run", "serve"],
            env=environment,
            cwd=BASE,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        house = House(folder, f"http://127.0.0.1:{port}", supervisor)
        _first_answer(house)
        yield house
    finally:
        supervisor.send_signal(signal.SIGTERM)
        try:
            supervisor.wait(60)
        except subprocess.TimeoutExpired:
            supervisor.kill()


def _first_answer(house: House) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and house.supervisor.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{house.url}/robots.txt", timeout=5).close()
            return
        time.sleep(0.2)
    raise TimeoutError((house.folder / "supervisor.log").read_text()[-4000:])


def _prepare(folder: Path, count: int) -> None:
    """In a process of its own: tables, a cast, an announced project, sealed bids."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from django.core.management import call_command

    from sunshine.foundation import clock
    from sunshine.foundation.vault.logkey import log_vkey
    from sunshine.interfaces.rehearsal import play

    call_command("migrate", verbosity=0, interactive=False)
    clock.start_rehearsal(START)
    cast = play.found(experts=0)
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    made = [_bid(play, played, lot, cast["supplier1"], folder / f"bid-{n}") for n in range(count)]
    known = {"lot": lot, "policy": made[0]["lid"]["policy"], "vkey": log_vkey(), "bids": made}
    (folder / "drill.json").write_text(json.dumps(known))


def _bid(play: Any, played: Any, lot: str, supplier: Any, folder: Path) -> dict[str, Any]:
    from sunshine.interfaces.rehearsal.tokens import unasked_token
    from sunshine_proof.lid import new_box_secret

    folder.mkdir()
    secret = new_box_secret()
    sealed, secrets = play.seal(played, lot, supplier, folder, secret)
    token = unasked_token(lot, played.policies[lot], secret)  # as each of a thousand suppliers would hold one
    return {"lid": sealed, "token": token, "bodies": {part: str(kept.body) for part, kept in secrets.items()}}


if __name__ == "__main__":
    _prepare(Path(sys.argv[1]), int(sys.argv[2]))
