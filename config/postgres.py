"""The embedded PostgreSQL as our own child: make, start, recover, share, stop (docs/adr/0002).

The only module that knows the wheel's programs. Several processes may use one data folder at once (the demo, a shell,
a management command): whoever comes first starts the server, whoever leaves last stops it. The bookkeeping is two
locked files beside the data folder, so it survives every kind of death: the kernel drops a dead process's locks.
"""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import psutil
import psycopg

from config import postgres_place as places
from config.sentences import Stopped, disk_full

ROLE = DATABASE = "sunshine"
SUPERUSER = "postgres"
MAJOR = "18"
LEAST_ROOM = 200 * 1024 * 1024  # bytes; a fresh cluster takes about 60 MB with its first log segments
LONGEST_LOG = 16 * 1024 * 1024  # bytes; a longer log begins anew at the next start
PATIENCE = 60.0  # seconds: crash recovery of a busy cluster included
NOT_YET = ("pre-existing shared memory block", "lock file", "could not create any Unix-domain sockets")


@dataclass
class Server:
    """A running server this process may use until `stop()`; also a context manager.

    url  address of the application's database, for psycopg and for DATABASE_URL
    pid  process id of the postmaster
    """

    url: str
    pid: int
    data_dir: Path
    _users: IO[bytes] = field(repr=False)
    _fsync: bool = field(default=True, repr=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def alive(self) -> bool:
        """Whether a postmaster of this data folder runs: ours, or one that another user started after a crash."""
        return _postmaster(places.data_place(self.data_dir)) is not None

    def revive(self) -> None:
        """Start the postmaster again if it has died; recovery brings back every committed row."""
        if not self.alive():
            with _mutex(self.data_dir):
                self.pid, self._process = _answering(places.data_place(self.data_dir), fsync=self._fsync)

    def stop(self) -> None:
        """Leave; the last one to leave ends the server. A second call does nothing."""
        if self._users.closed:
            return
        with _mutex(self.data_dir):
            self._users.close()
            if not _in_use(self.data_dir) and (pid := _postmaster(places.data_place(self.data_dir))):
                _end(pid, self._process if pid == self.pid else None)
        if self._process is not None and self._process.poll() is None:
            self._process.returncode = 0  # others still work there: it is no longer ours to wait for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def address(data_dir: Path) -> str:
    """The URL under which the server of `data_dir` answers when it runs; nothing is started or touched."""
    folder = places.socket_folder(places.data_place(data_dir))
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(folder), safe='')}"


def url_if_running(data_dir: Path) -> str | None:
    """The server's URL if its postmaster lives, else None."""
    return address(data_dir) if _postmaster(places.data_place(data_dir)) else None


def django_database(url: str) -> dict[str, Any]:
    """A PostgreSQL URL as Django's DATABASES entry; parameters other than host become OPTIONS."""
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", unquote(parts.hostname or "")),
        "PORT": options.pop("port", str(parts.port or "")),
        "OPTIONS": options,
    }


def start(data_dir: Path, *, fsync: bool = True) -> Server:
    """Make the cluster if there is none, start its server unless it runs already, and enter as one of its users.

    fsync=False is for throw-away clusters only: a power cut loses them. Raises Stopped with a sentence for people when
    the disk is full, the data is of another version, or the folder is in use by a server we cannot reach.
    """
    data_dir = data_dir.absolute()
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    with _mutex(data_dir):
        place = places.data_place(data_dir)
        pid, process = _answering(place, fsync=fsync)
        users = _open_lock(data_dir, "users")
        fcntl.flock(users, fcntl.LOCK_SH)
        return Server(address(data_dir), pid, data_dir, users, fsync, process)


def _answering(place: Path, *, fsync: bool) -> "tuple[int, subprocess.Popen[bytes] | None]":
    """The pid of a postmaster that has proved to answer, and its process if we had to start it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        process = None
        pid = _postmaster(place)
        if pid is None:
            who = places.account(place)
            programs = places.binaries(who)
            _make(place, programs, who)
            process = _launch(place, programs, who, fsync=fsync)
            pid = process.pid
        try:
            _found_database(place)
        except psycopg.OperationalError:  # killed a moment ago, still dying or still recovering
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        except BaseException:
            if process is not None:
                _end(pid, process)  # Ctrl-C at this moment must not leave it behind
            raise
        else:
            return pid, process


@contextlib.contextmanager
def ensured(data_dir: Path) -> Iterator[str]:
    """The database's URL for the length of a `with`: DATABASE_URL if the environment names one, else our own server."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    with start(data_dir) as server:
        yield server.url


def destroy(data_dir: Path) -> None:
    """End the server of `data_dir`, whoever uses it, and delete its data. There is no way back."""
    data_dir = data_dir.absolute()
    if not data_dir.parent.exists():
        return
    with _mutex(data_dir):
        place = places.data_place(data_dir)
        if pid := _postmaster(place):
            _end(pid, None)
        for folder in {place, data_dir, _unfinished(place), places.socket_folder(place)}:
            shutil.rmtree(folder, ignore_errors=True)
    for path in (_lock_path(data_dir, "users"), _lock_path(data_dir, "lock"), _log_path(place)):
        path.unlink(missing_ok=True)


# -- who is there ------------------------------------------------------------------------------------------------------


def _lock_path(data_dir: Path, name: str) -> Path:
    return data_dir.with_name(f"{data_dir.name}.{name}")


def _open_lock(data_dir: Path, name: str) -> IO[bytes]:
    return _lock_path(data_dir, name).open("ab")


@contextlib.contextmanager
def _mutex(data_dir: Path) -> Iterator[None]:
    """One process at a time starts or stops; the others wait here for seconds, not longer."""
    with _open_lock(data_dir, "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _in_use(data_dir: Path) -> bool:
    with _open_lock(data_dir, "users") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _postmaster(place: Path) -> int | None:
    """The pid of the living postmaster of this folder. The pid file alone proves nothing: pids are used again."""
    try:
        pid = int((place / "postmaster.pid").read_text().split("\n", 1)[0])
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # our own dead child: PostgreSQL would take it for a living predecessor
            return None
        if str(place) not in process.cmdline():
            return None
    except (OSError, ValueError, psutil.Error):
        return None
    return pid


def _has_orphans(place: Path) -> bool:
    """Whether backends of a killed postmaster still live: every PostgreSQL process stands in its data folder."""
    for process in psutil.process_iter(["name"]):
        with contextlib.suppress(psutil.Error, OSError):
            if "postgres" in (process.info["name"] or "") and process.cwd() == str(place):
                return True
    return False


# -- make --------------------------------------------------------------------------------------------------------------


def _log_path(place: Path) -> Path:
    return place.with_name(f"{place.name}.log")


def _unfinished(place: Path) -> Path:
    return place.with_name(f"{place.name}.new")


def _make(place: Path, programs: Path, who: Any) -> None:
    """Run initdb beside the place and move the result there: a cluster is never half there."""
    if (place / "PG_VERSION").exists():
        found = (place / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            raise Stopped(
                f"{place} 中的数据由 PostgreSQL {found} 写入，而本程序自带 PostgreSQL {MAJOR}。请用旧版本导出后再导入，"
                "或用 DATABASE_URL 指向旧版本的数据库服务器。",
                f"The data in {place} was written by PostgreSQL {found}; this program brings {MAJOR}. Dump it with the old"
                " version and load it here, or point DATABASE_URL at a server of the old version.",
            )
        return
    place.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    if shutil.disk_usage(place.parent).free < LEAST_ROOM:
        raise disk_full(place.parent)
    fresh = _unfinished(place)
    shutil.rmtree(fresh, ignore_errors=True)
    places.make_private(fresh, who)
    options = ["-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
    access = [f"--username={SUPERUSER}", "--auth-local=trust", "--auth-host=reject"]
    command = [str(programs / "initdb"), "-D", str(fresh), *options, *access, "--no-sync"]
    result = subprocess.run(command, capture_output=True, text=True, **_as(who))
    if result.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise _explain(place, result.stdout + result.stderr)
    fresh.rename(place)


def _found_database(place: Path) -> None:
    """Create the application's role and database if they are missing. The role is no superuser: triggers bind it."""
    folder = str(places.socket_folder(place))
    with psycopg.connect(host=folder, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=30) as admin:
        if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            admin.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB")
        if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            admin.execute(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


# -- start and end -----------------------------------------------------------------------------------------------------


def _as(who: Any) -> dict[str, Any]:
    """How a child of the server's account is run: nothing of our environment, nowhere it could not stand."""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    common: dict[str, Any] = {"cwd": "/", "umask": 0o077, "env": environment, "stdin": subprocess.DEVNULL}
    if who is not None:
        common |= {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    return common


def _launch(place: Path, programs: Path, who: Any, *, fsync: bool) -> "subprocess.Popen[bytes]":
    """Start the postmaster and wait until it takes connections, again while a predecessor's last breath blocks it."""
    sockets = places.socket_folder(place)
    if sockets != place:
        places.make_private(sockets, who)
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if not fsync:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    command = [str(programs / "postgres"), "-D", str(place)]
    command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    deadline = time.monotonic() + PATIENCE
    while True:
        with _log_path(place).open("a+b") as log:
            if log.tell() > LONGEST_LOG:
                log.truncate(0)
            before = log.seek(0, os.SEEK_END)  # what this start adds explains its failure
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True, **_as(who))
            try:
                if _becomes_ready(process, place, deadline):
                    return process
            except BaseException:
                _end(process.pid, process)
                raise
            log.seek(before)
            text = log.read().decode(errors="replace")
        if not any(sign in text for sign in NOT_YET) or time.monotonic() > deadline:
            raise _explain(place, text)
        if "lock file" in text and _postmaster(place) is None and not _has_orphans(place):
            for lock in (place / "postmaster.pid", sockets / f".s.PGSQL.{places.PORT}.lock"):
                lock.unlink(missing_ok=True)  # the pid in it now belongs to a stranger's process
        time.sleep(0.3)


def _becomes_ready(process: "subprocess.Popen[bytes]", place: Path, deadline: float) -> bool:
    """True when the postmaster reports ready; False when it has exited or, still silent at the deadline, was ended."""
    while process.poll() is None:
        with contextlib.suppress(OSError):
            lines = (place / "postmaster.pid").read_text().splitlines()
            if len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready":
                return True
        if time.monotonic() > deadline:
            _end(process.pid, process)
            return False
        time.sleep(0.02)
    return False


def _end(pid: int, process: "subprocess.Popen[bytes] | None") -> None:
    """Fast shutdown (open transactions roll back); after half a minute the immediate one, which recovery repairs."""
    for how, seconds in ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        if process is None:
            if _gone(pid, seconds):
                return
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
            return


def _gone(pid: int, seconds: float) -> bool:
    """Whether a process that may be another's child has ended in time: a zombie nobody has reaped yet has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _explain(place: Path, text: str) -> Stopped:
    """What PostgreSQL printed, as one sentence that tells what to do."""
    if "No space left on device" in text or "Disk quota exceeded" in text:
        return disk_full(place)
    if "lock file" in text or "pre-existing shared memory block" in text:
        return Stopped(
            f"数据目录 {place} 正被另一个数据库进程使用。请先结束它，或用 SUNSHINE_VAR 指定另一个目录。",
            f"The data folder {place} is in use by another database server. End that one first, or choose another folder"
            " with SUNSHINE_VAR.",
        )
    last = next(
        (line for line in reversed(text.splitlines()) if re.search(r"FATAL|error|ERROR|PANIC", line)), text[-300:]
    )
    print(text, file=sys.stderr)
    return Stopped(
        f"数据库无法启动（{place}）：{last.strip()}",
        f"The database in {place} could not be started: {last.strip()}",
    )
