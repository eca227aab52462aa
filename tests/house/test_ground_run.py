"""What stands behind `make demo`: one instance, one port, private secrets, children that die with their parent."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config import postgres
from config.ground import BASE, Installation
from config.processes import Child
from config.run import lasting
from config.sentences import Stopped

PATIENCE = 120.0  # seconds; a fresh database, every migration, two web workers


@pytest.fixture
def var() -> Iterator[Path]:
    """A folder for one installation, open enough for the server's own account when we are root."""
    with tempfile.TemporaryDirectory(prefix="ground-", ignore_cleanup_errors=True) as above:
        Path(above).chmod(0o711)
        yield Path(above) / "var"
        postgres.destroy(Path(above) / "var" / "postgres")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


def test_secrets_are_made_once_and_only_their_owner_reads_them(var: Path, port: int) -> None:
    here = Installation(var, "rehearsal", "127.0.0.1", port)
    here.lay()
    key = var / "secrets" / "secret_key"
    first = key.read_text()
    here.lay()
    assert key.read_text() == first
    assert len(first) > 50
    assert key.stat().st_mode & 0o777 == 0o600
    assert (var / "secrets").stat().st_mode & 0o777 == 0o700


def test_a_rehearsal_installation_is_never_started_as_production_and_production_is_never_erased(
    var: Path, port: int
) -> None:
    Installation(var, "rehearsal", "127.0.0.1", port).lay()
    production = Installation(var, "production", "127.0.0.1", port)
    with pytest.raises(Stopped, match="not started as production"):
        production.lay()
    (var / "mode").write_text("production\n")
    with pytest.raises(Stopped, match="is not erased"):
        production.erase()
    assert (var / "secrets" / "secret_key").exists()


def test_only_a_played_rehearsal_starts_witnesses_of_its_own(var: Path, port: int) -> None:
    rehearsal, production = (Installation(var, mode, "127.0.0.1", port) for mode in ("rehearsal", "production"))
    assert lasting(rehearsal) == ["jobs", "log"]
    (var / "rehearsal" / "witnesses").mkdir(parents=True)
    assert lasting(rehearsal) == ["jobs", "log", "witnesses"]
    assert lasting(production) == ["jobs", "log"]


def test_reset_takes_what_is_ours_and_leaves_a_strangers_file(var: Path, port: int) -> None:
    here = Installation(var, "rehearsal", "127.0.0.1", port)
    here.lay()
    (var / "letter.txt").write_text("not ours")
    here.erase()
    assert [path.name for path in var.iterdir()] == ["letter.txt"]


def test_a_taken_port_is_named_with_a_free_one_beside_it(var: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(Stopped, match=rf"(?s)端口 {port} .*Port {port} is taken.*make demo PORT=\d+"):
            Installation(var, "rehearsal", "127.0.0.1", port).claim_port()


def test_a_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("0", "65536", "http", "-1", ""):
        monkeypatch.setenv("PORT", wrong)
        with pytest.raises(Stopped):
            Installation.from_environment()


def test_a_second_instance_is_told_where_the_first_one_serves(var: Path, port: int) -> None:
    here = Installation(var, "rehearsal", "127.0.0.1", port)
    with here.only_instance():
        assert here.running() == {"pid": os.getpid(), "url": f"http://localhost:{port}"}
        with pytest.raises(Stopped, match=f"(?s)已有一个实例.*localhost:{port}"), here.only_instance():
            pass
    assert here.running() is None


def sleeper(log: Path, seconds: str = "60") -> Child:
    return Child("sleeper", [sys.executable, "-c", f"import time; time.sleep({seconds})"], dict(os.environ), log)


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "log")
    child.start()
    try:
        assert child.process is not None
        first = child.process.pid
        child.process.kill()
        child.process.wait()
        child.watch()
        assert child.process.pid != first
        assert child.process.poll() is None
    finally:
        child.end()
    assert child.process.poll() is not None


def test_a_child_that_cannot_live_ends_the_start_with_a_sentence(tmp_path: Path) -> None:
    child = sleeper(tmp_path / "log", "None")
    child.start()
    with pytest.raises(Stopped, match=r"(?s)反复退出.*keeps dying"):
        for _ in range(3):
            assert child.process is not None
            child.process.wait()
            child.watch()
    assert "TypeError" in (tmp_path / "log").read_text()


def test_ending_a_child_ends_its_children_too(tmp_path: Path) -> None:
    program = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"
    child = Child("parent", [sys.executable, "-c", program], dict(os.environ), tmp_path / "log")
    child.start()
    assert child.process is not None
    parent = psutil.Process(child.process.pid)
    while not (below := parent.children()):
        time.sleep(0.02)
    child.end()
    assert not psutil.wait_procs(below, timeout=5)[1]


@contextlib.contextmanager
def served(var: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """`make serve` on this port, until the block ends."""
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "SUNSHINE_URL")}
    environment |= {"SUNSHINE_VAR": str(var), "PORT": str(port), "SUNSHINE_MODE": "rehearsal", "SUNSHINE_WORKERS": "1"}
    command = [sys.executable, "-m", "config.run", "serve"]
    with subprocess.Popen(
        command, cwd=BASE, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def answer(port: int, process: "subprocess.Popen[str]") -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            with contextlib.closing(connection):
                connection.request("GET", "/")
                return connection.getresponse().status
        time.sleep(0.2)
    raise AssertionError(process.stdout.read() if process.stdout else "")


@pytest.mark.whole
def test_the_house_is_served_and_everything_it_started_ends_with_it_even_after_a_kill(var: Path, port: int) -> None:
    with served(var, port) as process:
        assert answer(port, process) == 200
        started = psutil.Process(process.pid).children(recursive=True)
        assert any("postgres" in each.name() for each in started)
    assert process.returncode == 0
    assert not psutil.wait_procs(started, timeout=10)[1]
    with served(var, port) as process:  # the second start finds everything in place
        assert answer(port, process) == 200
        web = [each for each in psutil.Process(process.pid).children() if "granian" in each.cmdline()]
        process.kill()
        assert not psutil.wait_procs(web, timeout=10)[1]
    assert postgres.url_if_running(var / "postgres") is not None  # it outlives a killed supervisor,
    with postgres.start(var / "postgres"):
        pass
    assert postgres.url_if_running(var / "postgres") is None  # and the next user takes it along


def test_a_production_start_names_what_it_lacks_in_lines_and_shows_no_traceback(var: Path, port: int) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("SUNSHINE_", "DATABASE_URL"))}
    environment |= {"SUNSHINE_VAR": str(var), "PORT": str(port), "SUNSHINE_MODE": "production"}
    command = [sys.executable, "-m", "config.run", "serve"]
    done = subprocess.run(command, cwd=BASE, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    said = done.stdout + done.stderr
    assert done.returncode == 1
    for code in ("sunshine.E003", "sunshine.E004", "vault.E002"):
        assert code in said
    assert "缺少下列设置" in said and "Traceback" not in said
