"""Run the house on one machine: `python -m config.run demo | serve | stop | reset` (make demo, serve, stop, reset).

One supervisor starts PostgreSQL, brings the tables up to date, plays the demonstration, serves the pages and runs the
jobs; when it ends, however it ends, everything it started ends with it.
"""

import contextlib
import http.client
import os
import signal
import sys
import time
from collections.abc import Sequence
from typing import Any, NoReturn

from config import postgres
from config.ground import Installation
from config.processes import Child
from config.sentences import Stopped, say

WEB_PATIENCE = 60.0  # seconds until the first answer


def main(arguments: Sequence[str]) -> int:
    """One of the four commands; the exit code. What is in the way is said in a sentence, not in a traceback."""
    commands = {"demo": demo, "serve": serve, "stop": stop, "reset": reset}
    command = commands.get(arguments[0] if arguments else "")
    if command is None:
        print(f"python -m config.run {' | '.join(commands)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup a closed terminal shall not end us
        signal.signal(signal.SIGHUP, _interrupt)
    try:
        command()
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def demo() -> None:
    """A rehearsal installation with fictional data, served; continues where it was."""
    os.environ["SUNSHINE_MODE"] = "rehearsal"
    _run(Installation.from_environment(), play=True)


def serve() -> None:
    """What is there, served, in the mode the environment names."""
    _run(Installation.from_environment(), play=False)


def stop() -> None:
    """End the running instance of this installation, if there is one."""
    here = Installation.from_environment()
    running = here.running()
    if running is None:
        say("没有正在运行的实例。", "No instance is running.")
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(running["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + 60
    while here.running() is not None:
        if time.monotonic() > deadline:
            raise Stopped("实例在一分钟内没有停止。", "The instance has not stopped within a minute.")
        time.sleep(0.1)
    say("已停止。", "Stopped.")


def reset() -> None:
    """Start over: end the running instance and erase the rehearsal's data."""
    here = Installation.from_environment()
    if here.running() is not None:
        stop()
    here.erase()
    say("演练数据已清除，make demo 将重新开始。", "The rehearsal's data is erased; make demo starts afresh.")


_told_to_end = False


def _interrupt(number: int, frame: Any) -> NoReturn:
    global _told_to_end
    _told_to_end = True  # an exception raised inside a finalizer is swallowed: the loop asks as well
    raise KeyboardInterrupt


def _run(here: Installation, *, play: bool) -> None:
    with here.only_instance():
        here.claim_port()
        here.lay()
        os.environ.setdefault("SUNSHINE_URL", here.url)
        server = None
        children: list[Child] = []
        try:
            if "DATABASE_URL" not in os.environ:
                server = postgres.start(here.database)
            _serve(here, server, children, play=play)
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
            for child in reversed(children):
                child.end()
            if server is not None:
                server.stop()


def _serve(here: Installation, server: postgres.Server | None, children: list[Child], *, play: bool) -> None:
    environment = _environment(here, server)
    prepare = Child("prepare", [sys.executable, "-m", "config.prepare", *(["play"] if play else [])], environment)
    children.append(prepare)
    if prepare.run() != 0:
        raise Stopped("准备工作未完成，原因见上。", "The preparation was not completed; the reason stands above.")
    children.remove(prepare)
    children.append(
        Child("web", _web_command(here), {**environment, "SUNSHINE_POOL": "1"}, here.var / "log" / "web.log")
    )
    for name in lasting(here):
        command = [sys.executable, "manage.py", f"run_{name}"]
        children.append(Child(name, command, environment, here.var / "log" / f"{name}.log"))
    for child in children:
        child.start()
    _await_first_answer(here, children)
    say(f"服务已启动：{here.url}（Ctrl-C 结束，日志在 {here.var / 'log'}）", f"Serving at {here.url} (Ctrl-C ends it)")
    while not _told_to_end:
        time.sleep(1)
        if server is not None:
            server.revive()
        for child in children:
            child.watch()


def lasting(here: Installation) -> list[str]:
    """What runs beside the pages, each as `manage.py run_…`: in a played rehearsal its own witnesses, too."""
    played = here.mode == "rehearsal" and (here.var / "rehearsal" / "witnesses").is_dir()
    return ["jobs", "log", *(["witnesses"] if played else [])]


def _environment(here: Installation, server: postgres.Server | None) -> dict[str, str]:
    environment = {**os.environ, "SUNSHINE_VAR": str(here.var), "SUNSHINE_MODE": here.mode}
    if server is not None:
        environment["DATABASE_URL"] = server.url
    return environment


def _web_command(here: Installation) -> list[str]:
    workers = os.environ.get("SUNSHINE_WORKERS", str(min(4, os.cpu_count() or 1)))
    where = ["--host", here.host, "--port", str(here.port)]
    size = ["--workers", workers, "--blocking-threads", os.environ.get("SUNSHINE_THREADS", "4")]
    lasting = ["--respawn-failed-workers", "--workers-kill-timeout", "5", "--no-access-log"]
    return [sys.executable, "-m", "granian", "--interface", "wsgi", *where, *size, *lasting, "config.wsgi:application"]


def _await_first_answer(here: Installation, children: list[Child]) -> None:
    deadline = time.monotonic() + WEB_PATIENCE
    while time.monotonic() < deadline and not _told_to_end:
        for child in children:
            child.watch()
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(here.host, here.port, timeout=10)
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
        time.sleep(0.2)
    if _told_to_end:
        return
    raise Stopped(
        f"网页服务在一分钟内没有应答，原因见 {here.var / 'log' / 'web.log'}。",
        f"The web server did not answer within a minute; {here.var / 'log' / 'web.log'} tells why.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
