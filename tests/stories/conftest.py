"""A served house with its own tables, and people who sit at browsers of their own.

Each module of stories gets a house of its own: its own database, the real web server on a free port, real commits, and
the rehearsal clock set to one Monday morning, so that every run sees the same dates. Nothing is mocked.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from playwright.sync_api import Browser

from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play
from tests.stories.people import House, Someone
from tools import messages

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=clock.BEIJING)
PATIENCE = 60.0  # seconds until the first answer
GROUND = "story_ground"


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's Chromium, its own date pickers in Chinese; no sandbox, because CI runs as root."""
    return {
        "executable_path": "/usr/bin/chromium",
        "args": ["--no-sandbox", "--disable-gpu"],
        "env": {**os.environ, "LANGUAGE": "zh_CN"},
    }


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _use(database: str) -> str:
    """From now on this process works in that database; returns the one before."""
    before = str(connection.settings_dict["NAME"])
    connection.close()
    connection.settings_dict["NAME"] = database
    clock._last.clear()
    return before


@pytest.fixture(scope="session")
def ground(database_server: str, django_db_blocker: Any) -> Iterator[str]:
    """The tables, made once; every house begins as a copy. Returns the server's address."""
    messages.compile_stale()
    with psycopg.connect(database_server, autocommit=True) as server, django_db_blocker.unblock():
        server.execute(f"drop database if exists {GROUND}")
        server.execute(f"create database {GROUND}")
        before = _use(GROUND)
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        _use(before)
        yield database_server
        server.execute(f"drop database {GROUND}")


@pytest.fixture(scope="module")
def house(ground: str, django_db_blocker: Any, browser: Browser, tmp_path_factory: Any) -> Iterator[House]:
    """The served house with its cast."""
    log: Path = tmp_path_factory.mktemp("house") / "web.log"
    name = f"story_{os.getpid()}_{time.monotonic_ns()}"
    with psycopg.connect(ground, autocommit=True) as server, django_db_blocker.unblock():
        server.execute(f"create database {name} template {GROUND}")
        before = _use(name)
        try:
            clock.start_rehearsal(MONDAY)
            with override_settings(PASSWORD_HASHERS=settings.PASSWORD_HASHERS[-2:]):  # those the server knows
                cast = play.found()
            with _served(_named(ground, name), log) as url:
                made = House(url, browser, cast, log)
                yield made
                made.close()
        finally:
            _use(before)
            server.execute(f"drop database {name} with (force)")


class _served:
    """The web server and the jobs as `make serve` starts them, on a free port."""

    def __init__(self, database: str, log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://localhost:{port}"
        where = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
        web = ["-m", "granian", "--interface", "wsgi", *where, "config.wsgi:application"]
        self.commands = [
            [sys.executable, *web],
            *([sys.executable, "manage.py", one] for one in ("run_jobs", "run_log")),
        ]
        more = {"DATABASE_URL": database, "SUNSHINE_URL": self.url, "SUNSHINE_POOL": "1"}
        self.environment, self.log = {**os.environ, **more}, log

    def __enter__(self) -> str:
        with self.log.open("ab") as out:
            self.running = [
                subprocess.Popen(one, env=self.environment, cwd=settings.BASE_DIR, stdout=out, stderr=subprocess.STDOUT)
                for one in self.commands
            ]
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and all(one.poll() is None for one in self.running):
            try:
                urllib.request.urlopen(f"{self.url}/robots.txt", timeout=10).close()
                return self.url
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        pytest.fail(self.log.read_text())

    def __exit__(self, *_: Any) -> None:
        for one in self.running:
            one.terminate()
        for one in self.running:
            one.wait()


@pytest.fixture
def enter(house: House) -> Iterator[Callable[[str], Someone]]:
    """enter("officer"): that person of the cast, logged in, in a browser of their own; enter("") is a passer-by."""
    house.complaints()
    yield house.enter
    assert house.complaints() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A story that fails shows what everybody had on the screen (in the folder SUNSHINE_SHOTS names)."""
    report = yield
    if report.when == "call" and report.failed and "house" in getattr(item, "funcargs", {}):
        item.funcargs["house"].show_everything()
    return report
