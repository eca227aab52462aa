"""The installation on this machine: its folder, its secrets, its mode, its port, its one running instance."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import postgres
from config.sentences import Stopped, disk_full

BASE = Path(__file__).resolve().parent.parent
LEAST_ROOM = 300 * 1024 * 1024  # bytes a start wants to find free
KEPT_BY_US = (
    "blobs",
    "log",
    "media",
    "mode",
    "rehearsal",
    "run.lock",
    "search",
    "secrets",
    "spool",
    "static.stamp",
    "static_root",
)


@dataclass(frozen=True)
class Installation:
    """Where one installation keeps everything that is not code, and how it presents itself.

    mode  "rehearsal" (its clock may be moved, its data is fictional) or "production"
    """

    var: Path
    mode: str
    host: str
    port: int

    @classmethod
    def from_environment(cls) -> "Installation":
        """SUNSHINE_VAR, SUNSHINE_MODE, HOST and PORT, each with its default."""
        given = os.environ.get("PORT", "8000")
        if not given.isdecimal() or not 0 < int(given) < 65536:
            raise Stopped(f"端口号 PORT={given} 不正确，应为 1 至 65535。", f"PORT={given} is no port; use 1 to 65535.")
        var = Path(os.environ.get("SUNSHINE_VAR", BASE / "var")).resolve()
        mode = os.environ.get("SUNSHINE_MODE", "rehearsal")
        return cls(var, mode, os.environ.get("HOST", "127.0.0.1"), int(given))

    @property
    def database(self) -> Path:
        return self.var / "postgres"

    @property
    def url(self) -> str:
        """The address people type into their browser."""
        return f"http://{'localhost' if self.host in ('127.0.0.1', '0.0.0.0') else self.host}:{self.port}"

    def lay(self) -> None:
        """Create the folders and the secrets if this is the first start; refuse a folder of the other mode."""
        self.var.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.var).free < LEAST_ROOM:
            raise disk_full(self.var)
        (self.var / "log").mkdir(exist_ok=True)
        mark = self.var / "mode"
        if mark.exists() and (found := mark.read_text().strip()) != self.mode:
            raise Stopped(
                f"{self.var} 属于 {found} 模式的安装，不能以 {self.mode} 模式启动。请用 SUNSHINE_VAR 另选目录。",
                f"{self.var} belongs to a {found} installation and is not started as {self.mode};"
                " choose another folder with SUNSHINE_VAR.",
            )
        mark.write_text(self.mode + "\n")
        for folder in (self.var / "secrets", self.var / "secrets" / "log"):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(self.var / "secrets" / "secret_key", os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with open(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48) + "\n")

    @contextlib.contextmanager
    def only_instance(self) -> Iterator[None]:
        """Hold the installation for this process; a second start is told where the first one serves."""
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "run.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._already() from None
            lock.truncate(0)
            json.dump({"pid": os.getpid(), "url": self.url}, lock)
            lock.flush()
            yield
            lock.truncate(0)

    def _already(self) -> Stopped:
        running = self.running()
        where = running["url"] if running else self.var
        return Stopped(
            f"已有一个实例在运行：{where}。请直接打开，或先用 make stop 结束它。",
            f"An instance is running already: {where}. Open it, or end it first with make stop.",
        )

    def running(self) -> dict[str, str | int] | None:
        """The running instance's {"pid", "url"}, or None."""
        path = self.var / "run.lock"
        if not path.exists():
            return None
        with path.open("r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                for _ in range(20):  # it may be about to write its name
                    if text := path.read_text():
                        found: dict[str, str | int] = json.loads(text)
                        return found
                    time.sleep(0.1)
        return None

    def claim_port(self) -> None:
        """Refuse a taken port with a sentence that names a free one."""
        if _free(self.host, self.port):
            return
        other = next(port for port in range(self.port + 1, 65536) if _free(self.host, port))
        raise Stopped(
            f"端口 {self.port} 已被其他程序占用。请换一个端口：make demo PORT={other}",
            f"Port {self.port} is taken by another program. Choose another one: make demo PORT={other}",
        )

    def erase(self) -> None:
        """Delete this installation's data. Only a rehearsal installation lets itself be erased."""
        mark = self.var / "mode"
        if mark.exists() and mark.read_text().strip() != "rehearsal":
            raise Stopped(
                f"{self.var} 不是演练环境，拒绝清除。",
                f"{self.var} is not a rehearsal installation; it is not erased.",
            )
        postgres.destroy(self.database)
        for name in KEPT_BY_US:
            path = self.var / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
