"""The embedded PostgreSQL: started, shared, killed, recovered and refused in real processes."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from config import postgres, postgres_place
from config.sentences import Stopped

pytestmark = pytest.mark.whole


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder the server's own account can reach; pytest's tmp_path is closed to it when we are root."""
    with tempfile.TemporaryDirectory(prefix="ground-", ignore_cleanup_errors=True) as above:
        Path(above).chmod(0o711)
        yield Path(above) / "postgres"
        postgres.destroy(Path(above) / "postgres")


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT n FROM kept ORDER BY n").fetchall()]


def keep(url: str, *numbers: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        for number in numbers:
            connection.execute("INSERT INTO kept VALUES (%s)", [number])


def test_a_server_starts_answers_stops_and_keeps_its_rows(folder: Path) -> None:
    with postgres.start(folder, fsync=False) as server:
        assert server.alive()
        assert postgres.url_if_running(folder) == server.url == postgres.address(folder)
        keep(server.url, 1, 2)
    assert postgres.url_if_running(folder) is None
    with postgres.start(folder, fsync=False) as server:
        assert rows(server.url) == [1, 2]


def test_the_application_is_no_superuser_yet_may_make_its_extensions_and_sorts_by_code_point(folder: Path) -> None:
    with postgres.start(folder, fsync=False) as server, psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone() == (False,)
        for extension in ("btree_gist", "pg_trgm", "citext", "unaccent"):
            connection.execute(f"CREATE EXTENSION {extension}")
        row = connection.execute(
            "SELECT datlocale, pg_encoding_to_char(encoding) FROM pg_database WHERE datname=current_database()"
        )
        assert row.fetchone() == ("C.UTF-8", "UTF8")


def test_no_tcp_port_is_opened_and_the_socket_is_private(folder: Path) -> None:
    with postgres.start(folder, fsync=False) as server:
        listening = psutil.Process(server.pid).net_connections(kind="inet")
        assert listening == []
        assert postgres_place.socket_folder(postgres_place.data_place(folder)).stat().st_mode & 0o077 == 0


def test_the_last_user_to_leave_ends_the_server(folder: Path) -> None:
    first = postgres.start(folder, fsync=False)
    second = postgres.start(folder, fsync=False)
    assert second.pid == first.pid
    first.stop()
    assert second.alive()
    keep(second.url, 1)
    second.stop()
    second.stop()
    assert not second.alive()


def test_a_killed_postmaster_is_replaced_and_no_committed_row_is_lost(folder: Path) -> None:
    with postgres.start(folder) as server, psycopg.connect(server.url, autocommit=True) as busy:
        busy.execute("CREATE TABLE kept (n int)")
        busy.execute("INSERT INTO kept SELECT generate_series(1, 500)")
        os.kill(server.pid, signal.SIGKILL)  # while a backend is connected: it outlives the postmaster for a moment
        with postgres.start(folder) as again:
            assert again.pid != server.pid
            assert rows(again.url) == list(range(1, 501))
        with contextlib.suppress(psycopg.OperationalError):
            busy.execute("SELECT 1")


def test_a_user_killed_without_goodbye_does_not_hold_the_server(folder: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from config import postgres\n"
        "print(postgres.start(Path(sys.argv[1]), fsync=False).pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        pid = int(other.stdout.readline())
        other.kill()
    with postgres.start(folder, fsync=False) as server:
        assert server.pid == pid  # the orphan is taken over,
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE  # and ended


def test_a_pid_file_that_names_a_strangers_process_does_not_block(folder: Path) -> None:
    with postgres.start(folder, fsync=False) as server:
        keep(server.url, 7)
        place = postgres_place.data_place(folder)
        pid_file = (place / "postmaster.pid").read_text()
    stale = pid_file.replace(pid_file.split("\n", 1)[0], str(os.getpid()), 1)
    (place / "postmaster.pid").write_text(stale)
    who = postgres_place.account(folder)
    if who:
        os.chown(place / "postmaster.pid", who.pw_uid, who.pw_gid)
    with postgres.start(folder, fsync=False) as server:
        assert rows(server.url) == [7]


def test_data_of_another_version_is_refused_with_a_sentence_in_both_languages(folder: Path) -> None:
    folder.mkdir()
    (folder / "PG_VERSION").write_text("14\n")
    with pytest.raises(Stopped) as refused:
        postgres.start(folder)
    assert "PostgreSQL 14" in refused.value.zh
    assert "PostgreSQL 14" in refused.value.en


def test_a_full_disk_is_told_before_anything_is_half_made(folder: Path) -> None:
    small = folder.parent / "small"
    small.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(small)]).returncode:
        room, postgres.LEAST_ROOM = postgres.LEAST_ROOM, 1 << 60  # no tmpfs for us: ask for more room than there is
    else:
        room = postgres.LEAST_ROOM
    try:
        with pytest.raises(Stopped, match="The disk is full"):
            postgres.start(small / "postgres")
        assert not (small / "postgres").exists()
    finally:
        postgres.LEAST_ROOM = room
        subprocess.run(["umount", str(small)], capture_output=True)


def test_what_postgres_prints_becomes_a_sentence_that_tells_what_to_do() -> None:
    place = Path("var/postgres")
    full = postgres._explain(place, "PANIC:  could not write to file: No space left on device")
    assert "磁盘空间不足" in full.zh
    taken = postgres._explain(place, 'FATAL:  lock file "postmaster.pid" already exists')
    assert "SUNSHINE_VAR" in taken.en


def test_a_folder_closed_to_the_servers_account_sends_the_data_elsewhere_and_works(tmp_path: Path) -> None:
    closed = tmp_path / ("a-rather-long-name" * 5) / "postgres"  # too long for a socket besides
    try:
        with postgres.start(closed, fsync=False) as server:
            keep(server.url, 3)
            assert rows(postgres.address(closed)) == [3]
    finally:
        postgres.destroy(closed)
    assert postgres.url_if_running(closed) is None
    assert not postgres_place.data_place(closed).exists()


def test_binaries_the_servers_account_cannot_read_are_copied_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_place, "ROOT_PLACE", tmp_path / "lib")
    monkeypatch.setattr(postgres_place, "may_reach", lambda path, who, need: False)
    who = postgres_place.pwd.getpwnam("nobody")
    programs = postgres_place.binaries(who)
    assert programs.is_relative_to(tmp_path)
    version = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    assert version.stdout.startswith("postgres (PostgreSQL) 18")
    assert (programs / "postgres").stat().st_mode & 0o777 == 0o755
    assert programs == postgres_place.binaries(who)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "postgresql://u:p%40ss@db.example:5433/name",
            {"NAME": "name", "USER": "u", "PASSWORD": "p@ss", "HOST": "db.example", "PORT": "5433"},
        ),
        (
            "postgresql://sunshine@/sunshine?host=%2Fvar%2Fx",
            {"NAME": "sunshine", "USER": "sunshine", "PASSWORD": "", "HOST": "/var/x", "PORT": ""},
        ),
        ("postgresql://u@h/n?sslmode=require", {"HOST": "h", "OPTIONS": {"sslmode": "require"}}),
    ],
)
def test_a_database_url_becomes_djangos_entry(url: str, expected: dict[str, object]) -> None:
    entry = postgres.django_database(url)
    assert {key: entry[key] for key in expected} == expected
