"""`sunshine-witness`: a witness of transparency logs (C2SP tlog-witness v1) in one process with one file.

    sunshine-witness key --state FILE --name NAME
    sunshine-witness serve --state FILE --name NAME --log VKEY --port N

For a public address put a proxy with TLS before it.
"""

import argparse
import io
import json
import re
import signal
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from sunshine_proof.checkpoint import ED25519, NoteError, decode_vkey, split_note
from sunshine_proof.cli.witnessfile import State, StateFile, make_key, read_head
from sunshine_proof.cosignature import cosign, merge
from sunshine_proof.errors import ProofError
from sunshine_proof.witness import (
    MAX_BODY,
    Answer,
    Head,
    Request,
    WitnessError,
    checkpoint_path,
    decide,
    parse_request,
)

# seconds in which a whole request must have come
PATIENCE = 10.0
PLACES = 128
_LENGTH = re.compile(r"[0-9]{1,9}\Z")
_ADD = "/add-checkpoint"


class Witness:
    """Checks, keeps, cosigns: one request at a time, so that what was checked is what is kept."""

    def __init__(
        self,
        file: StateFile,
        state: State,
        log_vkeys: Sequence[str],
        now: Callable[[], float],
        tell: Callable[[str], None] | None = None,
    ):
        """`now` gives seconds since 1970; `tell` takes the lines that are for people, else stderr does."""
        self._file, self._state, self._now, self._lock = file, state, now, threading.Lock()
        self._say = tell or say
        self.log_vkeys = list(log_vkeys)
        for vkey in self.log_vkeys:
            # a name that cannot be printed could not be hashed, either
            if not vkey.isprintable() or decode_vkey(vkey).type != ED25519:
                raise NoteError("note-key", "the key of a log is an Ed25519 verifier key: name+id+key")

    @property
    def vkey(self) -> str:
        return self._state.vkey

    def close(self) -> None:
        """Let the file go, after whatever is being kept is kept."""
        with self._lock:
            self._file.release()

    def add(self, body: bytes) -> Answer:
        """The answer to POST /add-checkpoint; a cosignature leaves only when the new head is safely on disk."""
        try:
            asked = parse_request(body)
        except WitnessError as refusal:
            return Answer(400, f"{refusal.detail}\n")
        with self._lock:
            before = self._state.heads.get(asked.checkpoint.origin)
            state, last = read_head(before, self.vkey)[1:] if before else (None, 0)
            answer = decide(state, asked, self.log_vkeys)
            if answer.head is not None:
                answer = self._cosigned(asked.checkpoint.origin, answer.head, last)
        for line in _lines(asked, state, answer):
            self._say(line)
        return answer

    def _cosigned(self, origin: str, head: Head, last: int) -> Answer:
        """200 with the signature line once the head is kept, or 500; `last` is when this log was last cosigned."""
        text, state = split_note(head.note)[0], self._state
        try:
            # a clock set back must not make a newer tree older than the one before
            line = cosign(text, state.name, state.key, max(last, int(self._now())))
            state = replace(state, heads={**state.heads, origin: merge(head.note, [line])})
            self._file.write(state)
        except (OSError, ProofError) as error:
            self._say(f"500 {origin} {head.size}: not kept, so not cosigned: {error}")
            return Answer(500, "the witness could not keep this checkpoint and so did not cosign it\n")
        self._state = state
        return Answer(200, line, head=head)

    def latest(self, path: str) -> str | None:
        """The newest cosigned checkpoint shown at this path, or None."""
        heads = self._state.heads
        return next((note for origin, note in heads.items() if checkpoint_path(origin) == path), None)

    def greeting(self) -> str:
        """What this is, in one Chinese and one English sentence."""
        heads = self._state.heads
        sizes = {}
        for origin in dict.fromkeys(decode_vkey(vkey).name for vkey in self.log_vkeys):
            sizes[origin] = read_head(heads[origin], self.vkey)[1].size if origin in heads else 0
        chinese = "、".join(f"{origin}（已见 {size} 条）" for origin, size in sizes.items())
        english = ", ".join(f"{origin} ({size} entries seen)" for origin, size in sizes.items())
        return (
            f"这里是透明日志的见证人 {self.vkey}，只联署由其所见增长而来的检查点，所见证的日志：{chinese}。\n"
            f"This is the witness {self.vkey}, which cosigns only checkpoints that grow from those it has seen, "
            f"of these logs: {english}.\n"
        )


def say(text: str) -> None:
    """One quiet line on stderr, with the time of this machine; a full disk behind it stops nothing."""
    with suppress(OSError, ValueError):
        print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, file=sys.stderr, flush=True)


def _lines(asked: Request, state: Head | None, answer: Answer) -> list[str]:
    """A line about what a log sent; of two trees of one size, both signed by it, the evidence itself."""
    origin, size = asked.checkpoint.origin, asked.checkpoint.size
    found = [f"{answer.status} {origin} {size}"] if answer.status in (200, 422) else []
    if answer.status == 422 and state and state.size == size and state.root != asked.checkpoint.root:
        found.append(f"EVIDENCE {origin} {size}: {json.dumps([state.note, asked.note])}")
    return found


class _Patience(io.RawIOBase):
    """What a client sends, as long as all of it comes before `deadline`: one byte every second is no request."""

    def __init__(self, connection: socket.socket):
        self._connection, self.deadline = connection, 0.0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the client is too slow")
        self._connection.settimeout(left)
        return self._connection.recv_into(buffer)


class _Handler(BaseHTTPRequestHandler):
    server: "WitnessServer"
    disable_nagle_algorithm = True
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sunshine-witness", ""
    # what is no HTTP at all is answered in HTTP, too
    default_request_version = "HTTP/1.0"

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self._patience = _Patience(self.connection)
        self.rfile = io.BufferedReader(self._patience)

    def handle_one_request(self) -> None:
        self._patience.deadline = time.monotonic() + PATIENCE
        super().handle_one_request()

    def do_GET(self) -> None:
        # a body nobody asked for would be read as the next request
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        witness = self.server.witness
        text = witness.greeting() if self.path == "/" else witness.latest(self.path)
        self._answer(Answer(200, text) if text is not None else Answer(404, "nothing here\n"))

    def do_POST(self) -> None:
        lengths = self.headers.get_all("Content-Length", [])
        if self.path != _ADD:
            self._refuse(Answer(404, "nothing here\n"))
        elif "Transfer-Encoding" in self.headers or len(lengths) != 1 or not _LENGTH.match(lengths[0]):
            self._refuse(Answer(411, "say the length of the body\n"))
        elif int(lengths[0]) > MAX_BODY:
            self._refuse(Answer(413, f"at most {MAX_BODY} bytes\n"))
        else:
            body = self.rfile.read(int(lengths[0]))
            if len(body) == int(lengths[0]):
                self._answer(self.server.witness.add(body))
            else:
                self.close_connection = True

    def _refuse(self, answer: Answer) -> None:
        """Answer without reading the body, and hang up."""
        self.close_connection = True
        self._answer(answer)
        # closing on unread bytes would reset the connection before the answer is read
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_WR)
        for _ in range(16):
            if not self.rfile.read1(MAX_BODY):
                break

    def _answer(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.connection.settimeout(PATIENCE)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        # the library's own sentence would repeat the stranger's words
        self._refuse(Answer(code, "not a request to a witness\n"))

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what matters is said by the witness."""


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness; when all places are taken, whoever has stayed longest makes room."""

    daemon_threads = True
    request_queue_size = PLACES

    def __init__(self, witness: Witness, host: str, port: int):
        self.witness, self._guests, self._door = witness, dict[Any, None](), threading.Lock()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        # HTTPServer would ask the network for this machine's name
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._door:
            if len(self._guests) >= PLACES:
                longest = next(iter(self._guests))
                del self._guests[longest]
                with suppress(OSError):
                    longest.shutdown(socket.SHUT_RDWR)
            self._guests[request] = None
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._door:
            self._guests.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        # that somebody hung up is no news
        if not isinstance(error, OSError):
            say(f"a request failed: {type(error).__name__}")

    def server_close(self) -> None:
        super().server_close()
        self.witness.close()


def open_server(
    state_path: str | Path,
    name: str,
    log_vkeys: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    now: Callable[[], float] = time.time,
) -> WitnessServer:
    """A server that listens (port 0: any free one) and holds the file; StateError, NoteError or OSError otherwise.

    `now` gives seconds since 1970. Call serve_forever(), at last server_close().
    """
    file = StateFile(state_path)
    file.hold()
    try:
        return WitnessServer(Witness(file, file.read(name), log_vkeys, now), host, port)
    except BaseException:
        file.release()
        raise


def serve(
    state_path: str | Path,
    name: str,
    log_vkeys: Sequence[str],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    now: Callable[[], float] = time.time,
) -> None:
    """Serve until Ctrl-C; arguments and errors as open_server."""
    with open_server(state_path, name, log_vkeys, host=host, port=port, now=now) as server:
        address = f"[{host}]" if ":" in host else host
        print(f"{server.witness.vkey}\nhttp://{address}:{server.server_port}/", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0, or 1 with one sentence on stderr."""
    parser = argparse.ArgumentParser("sunshine-witness", description="A witness of transparency logs (C2SP).")
    commands = parser.add_subparsers(dest="command", required=True)
    key = commands.add_parser("key", help="print the verifier key to give to the log; made when there is no file yet")
    run = commands.add_parser("serve", help="answer add-checkpoint until Ctrl-C")
    for command in (key, run):
        command.add_argument("--state", required=True, metavar="FILE", help="the witness's one file, secret")
        command.add_argument("--name", required=True, help="like a web address: witness.example.org/w1")
    run.add_argument("--log", required=True, action="append", metavar="VKEY", help="verifier key of a log; repeatable")
    run.add_argument("--port", required=True, type=int)
    run.add_argument("--host", default="127.0.0.1")
    given = parser.parse_args(arguments)
    # ended by a service manager as by Ctrl-C, in the background, too
    for end in (signal.SIGINT, signal.SIGTERM):
        signal.signal(end, signal.default_int_handler)
    try:
        if given.command == "key":
            print(make_key(given.state, given.name))
        else:
            serve(given.state, given.name, given.log, host=given.host, port=given.port)
    except KeyboardInterrupt:
        return 0
    except (ProofError, OSError, OverflowError) as error:
        print(f"sunshine-witness: {error.detail if isinstance(error, ProofError) else error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
