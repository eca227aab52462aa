"""A small log, witnesses that really serve, and the programs' own processes; everything on 127.0.0.1."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, encode_vkey, sign_note
from sunshine_proof.cli.witness import WitnessServer, open_server
from sunshine_proof.tree import consistency_path, leaf_hash, root_of
from sunshine_proof.witness import request
from sunshine_proof.witnessclient import Outcome, add_checkpoint

HOST = "127.0.0.1"
NAME = "witness.example.test/w1"
PROOF = Path(__file__).parent.parent


class Log:
    """A log of any size up to 100; `spoilt` are the entries that another copy has differently."""

    def __init__(
        self, origin: str = "log.example.test", spoilt: tuple[int, ...] = (), key: Ed25519PrivateKey | None = None
    ):
        self.origin, self.spoilt, self.key = origin, spoilt, key or Ed25519PrivateKey.generate()
        self.vkey = encode_vkey(origin, self.key.public_key().public_bytes_raw())
        self.hashes = [leaf_hash(b"spoilt" if i in spoilt else b"%d" % i) for i in range(100)]

    def fork(self, at: int) -> "Log":
        return Log(self.origin, (*self.spoilt, at), self.key)

    def note(self, size: int) -> str:
        text = checkpoint_text(Checkpoint(self.origin, size, root_of(self.hashes[:size])))
        return sign_note(text, self.origin, self.key)

    def prove(self, old: int, new: int) -> list[bytes]:
        return consistency_path(self.hashes[:new], old)

    def request(self, old: int, new: int) -> bytes:
        return request(old, self.prove(old, new) if 0 < old < new else [], self.note(new)).encode()

    def submit(self, url: str, vkey: str, old: int, new: int, timeout: float = 10, **more: int) -> Outcome:
        return add_checkpoint(url, vkey, self.origin, old, self.prove, self.note(new), timeout=timeout, **more)


@contextmanager
def serving(
    path: Path, *logs: Log, now: Callable[[], float] = time.time, vkeys: tuple[str, ...] = ()
) -> Iterator[WitnessServer]:
    """A witness at work in a thread of its own; its state file must be there."""
    server = open_server(path, NAME, [*(log.vkey for log in logs), *vkeys], now=now)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def url_of(server: WitnessServer) -> str:
    return f"http://{HOST}:{server.server_port}"


def call(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, str, str]:
    """(status, media type, text) of one plain request."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read().decode()
    finally:
        connection.close()


def program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "sunshine_proof.cli.witness", *map(str, arguments)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PROOF), "PYTHONUTF8": "1"}


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(program(*arguments), env=environment(), capture_output=True, text=True, timeout=60)


@contextmanager
def process(path: Path, *logs: Log, before: str = "") -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """(the program serving, its address); killed at the end when it still runs. `before` is a line of shell."""
    command = program("serve", "--state", path, "--name", NAME, "--port", 0)
    for log in logs:
        command += ["--log", log.vkey]
    command = ["sh", "-c", f'{before}\nexec "$@"', "sh", *command]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment(), stdout=pipe, stderr=pipe, text=True) as running:
        try:
            assert running.stdout
            running.stdout.readline()
            yield running, running.stdout.readline().strip()
        finally:
            running.kill()
