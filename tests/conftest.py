"""The ground under every test: a throw-away PostgreSQL, settings that touch nothing of ours, and no network.

The environment is set before Django reads it, so this file sets Django up itself. The server starts with the first test
that wants a database, is shared by all workers of a run (pytest -n), and goes away with the run; DATABASE_URL in the
environment names another server instead.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django
import django.conf
import psutil
import pytest
from django.db import connection
from django.utils import translation

from config import postgres

_PREFIX = "sunshine-test-"


def _test_root() -> Path:
    """One folder per run, told to the workers through the environment; swept later if the run was killed."""
    if known := os.environ.get("SUNSHINE_TEST_ROOT"):
        return Path(known)
    for old in Path(tempfile.gettempdir()).glob(_PREFIX + "*"):
        if not psutil.pid_exists(int(old.name.removeprefix(_PREFIX).split("-")[0])):
            postgres.destroy(old / "postgres")
            shutil.rmtree(old, ignore_errors=True)
    root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    root.chmod(0o711)  # the server's own account must pass when we are root
    os.environ["SUNSHINE_TEST_ROOT"] = str(root)
    if "DATABASE_URL" not in os.environ:
        os.environ["DATABASE_URL"] = postgres.address(root / "postgres")
    return root


ROOT = _test_root()
os.environ["SUNSHINE_MODE"] = "rehearsal"
os.environ["SUNSHINE_VAR"] = str(ROOT / os.environ.get("PYTEST_XDIST_WORKER", "main"))
os.environ["SECRET_KEY"] = "only-for-tests"
os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in the tests' own thread
Path(os.environ["SUNSHINE_VAR"], "static_root").mkdir(parents=True, exist_ok=True)  # WhiteNoise wants to see it
django.setup()
assert Path(django.conf.settings.VAR) == Path(os.environ["SUNSHINE_VAR"]), "settings were read before this file spoke"
# Argon2 is slow on purpose; the tests log dozens of people in and only the account tests look at the hash.
django.conf.settings.PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    *django.conf.settings.PASSWORD_HASHERS,
]

django.conf.settings.PUBLIC_VERSION_SECONDS = -1.0  # a test reads what it has just done

from tests.cast import cast, ground, real_cast  # noqa: E402  the fixtures of all tests; Django must be set up before

__all__ = ["cast", "ground", "real_cast"]


def pytest_configure(config: pytest.Config) -> None:
    """Nothing leaves this machine: a connection to anywhere but here fails at once."""
    # Workers inherit our environment, and pytest-django would read the settings with our folder before they have theirs.
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise ConnectionRefusedError(f"tests may not connect to {address[0]}")
        connect(self, address)

    socket.socket.connect = only_here  # type: ignore[method-assign]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The run that made the folder removes it, when its workers are gone."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        postgres.destroy(ROOT / "postgres")
        shutil.rmtree(ROOT, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a browser is a story; what starts Node belongs to the whole."""
    for item in items:
        if "stories" in item.path.parts or {"chromium", "browser"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.story)
        elif "assets" in item.path.parts and item.get_closest_marker("story") is None:
            item.add_marker(pytest.mark.whole)


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The URL of the server the tests use; started here unless DATABASE_URL named one from outside."""
    ours = postgres.address(ROOT / "postgres")
    if os.environ["DATABASE_URL"] != ours:
        yield os.environ["DATABASE_URL"]
        return
    with postgres.start(ROOT / "postgres", fsync=False) as server:
        yield server.url


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The tests' database. A thread that has ended may have left a connection, which would keep it from going away."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )


@pytest.fixture(autouse=True)
def in_chinese() -> None:
    """Every test begins in the platform's first language, whatever the one before it spoke."""
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_guards() -> None:
    """After a test with real commits the tables are emptied; tables that refuse it are told to look away meanwhile."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    flush = DatabaseOperations.execute_sql_flush

    def past_the_guards(self: DatabaseOperations, sql_list: list[str]) -> None:
        with self.connection.cursor() as cursor:
            on_truncate = "tgtype & 32 <> 0 and not tgisinternal"
            cursor.execute(f"select distinct tgrelid::regclass::text from pg_trigger where {on_truncate}")
            guarded = [row[0] for row in cursor.fetchall()]
        asleep = [f"alter table {table} disable trigger user" for table in guarded]
        awake = [f"alter table {table} enable trigger user" for table in guarded]
        flush(self, [*asleep, *sql_list, *awake])

    DatabaseOperations.execute_sql_flush = past_the_guards  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_server: str, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """pytest-django's hook before it makes the test database: the server must stand by then."""
