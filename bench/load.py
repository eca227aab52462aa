"""A small load generator: several keep-alive connections, each asking a bounded number of times, one after another.

Plain sockets, because http.client would cost more than the answers it fetches.
"""

import itertools
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field


class OtherStatus(Exception):
    """An answer was not of the expected kind; its head is the message."""


@dataclass
class Load:
    """What one burst saw: answers per second over all connections, and the sorted times of each answer in ms."""

    per_second: float
    times: list[float] = field(repr=False)

    def at(self, percent: int) -> float:
        return self.times[min(len(self.times) - 1, len(self.times) * percent // 100)]


def burst(
    port: int,
    path: str,
    *,
    requests: int,
    connections: int = 4,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Load:
    """Ask `requests` times over `connections`; with "{n}" in the path every request is for another address.

    Raises OtherStatus when an answer has another status than this.
    """
    share = requests // connections
    times: list[float] = []
    errors: list[Exception] = []
    number = itertools.count()
    asks = [_request(path.replace("{n}", str(next(number))), headers or {}) for _ in range(share * connections)]
    if "{n}" not in path:
        asks = asks[:1] * len(asks)

    def client(mine: list[bytes]) -> None:
        try:
            times.extend(_ask(port, mine, status))
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=client, args=[asks[n::connections]]) for n in range(connections)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    if errors:
        raise errors[0]
    return Load(share * connections / seconds, sorted(times))


def fetch(port: int, path: str) -> dict[str, str]:
    """The headers of one answer, names in lower case."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.sendall(_request(path, {}))
        head, _body = _answer(line)
    return {
        name.strip().lower(): value.strip() for name, _, value in (row.partition(":") for row in head.splitlines()[1:])
    }


def _request(path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _ask(port: int, asks: list[bytes], status: int) -> list[float]:
    times = []
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for ask in asks:
            begun = time.perf_counter()
            line.sendall(ask)
            head, _body = _answer(line)
            times.append((time.perf_counter() - begun) * 1000)
            if head.split(" ", 2)[1] != str(status):
                raise OtherStatus(head)
    return times


def _answer(line: socket.socket) -> tuple[str, bytes]:
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(line)
    head = data[:end].decode("latin-1")
    body = data[end + 4 :]
    lower = head.lower()
    if "transfer-encoding: chunked" in lower:
        while not body.endswith(b"0\r\n\r\n"):
            body += _more(line)
        return head, body
    mark = lower.find("content-length:")
    length = int(lower[mark + 15 :].split("\r\n", 1)[0]) if mark >= 0 else 0
    pieces, missing = [body], length - len(body)
    while missing > 0:
        pieces.append(_more(line))
        missing -= len(pieces[-1])
    return head, b"".join(pieces)


def _more(line: socket.socket) -> bytes:
    piece = line.recv(1 << 16)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece
