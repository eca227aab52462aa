"""Strangers at a witness's door: what is no request, what never ends, and nobody else has to wait for it."""

import json
import socket
import time
from contextlib import ExitStack, suppress

import pytest
from witness_cast import HOST, NAME, Log, serving, url_of

from sunshine_proof.cli import witness as program
from sunshine_proof.cli.witnessfile import make_key

pytestmark = pytest.mark.whole

LOG = Log()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "witness.json"


@pytest.fixture
def vkey(file):
    return make_key(file, NAME)


def exchange(port: int, sent: bytes, *, ending: bool = False) -> bytes:
    """Everything a server says to these bytes until it hangs up; `ending` says that no more will come."""
    with socket.create_connection((HOST, port), timeout=10) as line:
        line.sendall(sent)
        if ending:
            line.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def test_http_of_another_shape_is_answered_and_hung_up_on(file, vkey, monkeypatch):
    monkeypatch.setattr(program, "PATIENCE", 0.4)
    post = b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n"
    body = LOG.request(0, 5)
    length = b"Content-Length: %d\r\n" % len(body)
    with serving(file, LOG) as server:
        for sent, status in (
            (post + b"\r\n" + body, 411), (post + b"Content-Length: -1\r\n\r\n" + body, 411),
            (post + b"Content-Length: +5\r\n\r\n" + body, 411), (post + length * 2 + b"\r\n" + body, 411),
            (post + length + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
            (post + b"Content-Length: 65537\r\n\r\n" + bytes(65_537), 413),
            (post + b"Content-Length: 999999999\r\n\r\n" + bytes(300_000), 413),
            (post.replace(b"add", b"sub") + length + b"\r\n" + body, 404), (b"PUT / HTTP/1.1\r\n\r\n", 501),
            (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400), (b"GET / HTTP/9.9\r\n\r\n", 505),
            (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414), (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200, 431),
            (b"GET /../witness.json HTTP/1.0\r\n\r\n", 404), (b"GET /witness.json HTTP/1.0\r\n\r\n", 404),
            (b"GET /" + b"0" * 64 + b"/checkpoint HTTP/1.0\r\n\r\n", 404),
        ):  # fmt: skip
            answer = exchange(server.server_port, sent)
            assert answer.split(b" ")[1] == b"%d" % status, (sent[:60], answer[:60])
            assert answer.count(b"HTTP/1.1 ") == 1 and b"<" not in answer and b"\xfc" not in answer
        # a request hidden in the body of another is not taken for one
        hidden = b"GET / HTTP/1.1\r\n" + length + b"\r\n" + body + b"GET / HTTP/1.0\r\n\r\n"
        assert exchange(server.server_port, hidden).count(b"HTTP/1.1 ") == 1
        # a body that ends early was never sent
        for ending in (True, False):
            sent = post + b"Content-Length: 9999\r\n\r\n" + body
            assert exchange(server.server_port, sent, ending=ending) == b""
        assert json.loads(file.read_text())["heads"] == {}
        assert LOG.submit(url_of(server), vkey, 0, 5).state == "cosigned"


def test_one_connection_carries_several_requests(file, vkey):
    post = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b"
    bodies = [LOG.request(0, 5), LOG.request(5, 9)]
    sent = b"".join(post % (len(body), body) for body in bodies) + b"GET / HTTP/1.0\r\n\r\n"
    with serving(file, LOG) as server:
        assert exchange(server.server_port, sent).count(b"HTTP/1.1 200 ") == 3


STARTS = [b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 900\r\n\r\nold", b"GET / HTTP/1.1\r\nA: ", b"P", b""]


def test_slow_clients_stop_nobody_and_those_who_stayed_longest_make_room(file, vkey):
    with serving(file, LOG) as server, ExitStack() as lines:
        slow = []
        for number in range(program.PLACES + 40):
            slow.append(lines.enter_context(socket.create_connection((HOST, server.server_port), timeout=5)))
            slow[-1].sendall(STARTS[number % 4])
        begun = time.monotonic()
        for size in (5, 9):
            assert LOG.submit(url_of(server), vkey, 0, size).state == "cosigned"
        assert all(line.recv(1) == b"" for line in slow[:40])
        # long before their time was over
        assert time.monotonic() - begun < program.PATIENCE / 3
        for line in slow[-20:]:
            line.settimeout(0.01)
            with pytest.raises(TimeoutError):
                line.recv(1)


@pytest.mark.parametrize("start", STARTS)
def test_a_request_has_one_deadline_however_it_drips(file, vkey, monkeypatch, start):
    monkeypatch.setattr(program, "PATIENCE", 0.5)
    with serving(file, LOG) as server, socket.create_connection((HOST, server.server_port), timeout=5) as line:
        begun = time.monotonic()
        line.sendall(start)
        with suppress(OSError):
            while time.monotonic() - begun < 5:
                line.sendall(b"x")
                time.sleep(0.05)
        assert 0.3 < time.monotonic() - begun < 3
        assert LOG.submit(url_of(server), vkey, 0, 5).state == "cosigned"
