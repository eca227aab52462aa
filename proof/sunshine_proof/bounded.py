"""One POST over HTTP to a stranger: bounded in time and in bytes, no proxy, no redirection."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Heard:
    """An HTTP answer: status, media type, body. `open_end`: no length was announced, so it may have been cut off."""

    status: int
    kind: str
    body: bytes
    open_end: bool = False


class NoAnswer(Exception):
    """Nothing came, not everything came, or nothing could be sent."""


class TooLong(Exception):
    """More came than any answer of this protocol has."""


# (address, body, its media type, deadline on the monotonic clock, most bytes of the answer) → the answer
Post = Callable[[str, bytes, str, float, int], Heard]


def post(url: str, body: bytes, kind: str, deadline: float, limit: int) -> Heard:
    """POST `body` to `url`, over by `deadline` (time.monotonic()); NoAnswer or TooLong.

    Whatever the address is, only http and https are spoken, and the system's search for the host aside nothing takes
    longer than the deadline allows.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise NoAnswer("the address is http(s)://host/path")
        speak = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = speak(parts.hostname, parts.port or speak.default_port)
        with _line(connection, deadline):
            connection.request("POST", parts.path or "/", body, {"Content-Type": kind, "Connection": "close"})
            with connection.getresponse() as response:
                said = response.read(limit + 1)
                open_end = response.length is None and not response.chunked
                whole = open_end or not response.length
                heard = Heard(response.status, response.headers.get_content_type(), said, open_end)
    except (OSError, ValueError, RuntimeError, http.client.HTTPException) as error:
        raise NoAnswer(f"{type(error).__name__}: {str(error)[:200]!a}") from error
    if time.monotonic() >= deadline:
        raise NoAnswer("the time is over")
    if len(said) > limit:
        raise TooLong(f"an answer of more than {limit} bytes")
    if not whole:
        raise NoAnswer("the answer ended early")
    return heard


@contextmanager
def _line(connection: http.client.HTTPConnection, deadline: float) -> Iterator[None]:
    """The connection, open, and shut down at the deadline whatever it is doing: a stranger may drip for ever."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the time is over")
    connection.sock = socket.create_connection((connection.host, connection.port), timeout=left)
    try:
        if isinstance(connection, http.client.HTTPSConnection):
            context, name = ssl.create_default_context(), connection.host
            connection.sock = context.wrap_socket(connection.sock, server_hostname=name, do_handshake_on_connect=False)
        end = threading.Timer(max(deadline - time.monotonic(), 0), _shut, [connection.sock])
        end.daemon = True
        end.start()
        try:
            if isinstance(connection.sock, ssl.SSLSocket):
                connection.sock.do_handshake()
            yield
        finally:
            end.cancel()
    finally:
        connection.close()


def _shut(line: socket.socket) -> None:
    # below TLS, whose own shutdown would wait for the other side's consent
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)
