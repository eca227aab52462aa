"""The rehearsal's witnesses: three offices of the play, each with its own key and file, on the rehearsal clock.

While the play runs they answer inside this process; afterwards ``manage.py run_witnesses`` serves them on this machine.
Rehearsals only: in production a witness is another office's machine, or it is none.
"""

import logging
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from sunshine.flows.watch_log import add_witness, move_witness
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.tlog import queries, witnesses
from sunshine.foundation.tlog.models import Witness as Row
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.jobs import stamping
from sunshine_proof.bounded import Heard, NoAnswer
from sunshine_proof.cli.witness import Witness, WitnessServer, open_server
from sunshine_proof.cli.witnessfile import StateFile, make_key
from sunshine_proof.errors import ProofError

# the file's name and the office, as the play's other scenes know it
OFFICES = (
    ("discipline", "云岭市国资委纪检监察组"),
    ("association", "云岭市招标投标协会"),
    ("audit", "云岭市国资审计中心"),
)
PORT = 18100  # and upwards: below the ports that systems lend to outgoing connections
STAGEHAND = Actor(name="rehearsal", active=True, permissions=frozenset({"operator:settings:change"}))

log = logging.getLogger("sunshine.jobs")


def home() -> Path:
    """Where the files of this installation's witnesses are."""
    return Path(settings.VAR) / "rehearsal" / "witnesses"


def name_of(slug: str) -> str:
    """The name in an office's key."""
    return f"{slug}.witness.{settings.ORIGIN}"


def found(folder: Path, *, by: Actor) -> None:
    """Make the three witnesses anew and register them, each with an address of its own on this machine."""
    shutil.rmtree(folder, ignore_errors=True)  # who watches a new log has seen none before
    folder.mkdir(parents=True, mode=0o700)
    port = PORT
    for slug, office in OFFICES:
        port = _free(port)
        vkey = make_key(folder / f"{slug}.json", name_of(slug))
        add_witness(by=by, office=office, vkey=vkey, url=f"http://127.0.0.1:{port}/")
        port += 1


@contextmanager
def at_hand(folder: Path) -> Iterator[Callable[[], None]]:
    """The witnesses inside this process; yields the act "all of them look at the newest checkpoint", which is
    stamped with the time then."""
    with ExitStack() as stack:
        ours = {}
        for row, path in _rows(folder):
            file = StateFile(path)
            file.hold()
            stack.callback(file.release)
            ours[row.url] = Witness(file, file.read(row.name), [log_vkey()], _now, tell=lambda line: None)

        def by(url: str, body: bytes, kind: str, deadline: float, limit: int) -> Heard:
            witness = ours.get(url.removesuffix("add-checkpoint"))
            if witness is None:
                raise NoAnswer("this witness is not of the play")
            answer = witness.add(body)
            return Heard(answer.status, answer.content_type.partition(";")[0], answer.body.encode())

        def look() -> None:
            for row in queries.watching():
                witnesses.ask(row, by)
            stamping.ask()

        yield look


@contextmanager
def serving(folder: Path) -> Iterator[list[WitnessServer]]:
    """The witnesses as servers, each in a thread, at their registered addresses.

    Where an address is taken by somebody else, the witness moves to a free one and says so.
    """
    with ExitStack() as stack:
        servers = []
        now = stack.enter_context(_clock_of_its_own())
        for row, path in _rows(folder):
            try:
                server = _open(path, row.name, urlsplit(row.url).port or 0, now)
            except (OSError, ProofError) as error:
                log.error("witness %s cannot serve: %s", row.name, error)
                continue
            stack.callback(server.server_close)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name=row.name)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            address = f"http://127.0.0.1:{server.server_port}/"
            if address != row.url:
                move_witness(row.public_id, by=STAGEHAND, url=address)
            servers.append(server)
        connection.close()
        yield servers


def _rows(folder: Path) -> list[tuple[Row, Path]]:
    """The registered witnesses that have a file here."""
    paths = {name_of(slug): folder / f"{slug}.json" for slug, _ in OFFICES}
    return [(row, paths[row.name]) for row in queries.watching() if row.name in paths and paths[row.name].exists()]


def _open(path: Path, name: str, port: int, now: Callable[[], float]) -> WitnessServer:
    with suppress(OSError):
        return open_server(path, name, [log_vkey()], port=port, now=now)
    return open_server(path, name, [log_vkey()], port=_free(PORT), now=now)


def _now() -> float:
    return clock.now().timestamp()


@contextmanager
def _clock_of_its_own() -> Iterator[Callable[[], float]]:
    """The rehearsal clock for servers with many threads: one thread, one connection; OSError while it does not answer."""

    def read() -> float:
        try:
            return _now()
        except (DatabaseError, InterfaceError) as error:
            connection.close()
            raise OSError("the clock does not answer") from error

    with ThreadPoolExecutor(1, "clock") as reader:
        yield lambda: reader.submit(read).result()
        reader.submit(lambda: connection.close())  # each thread has its own


def _free(port: int) -> int:
    """The first port from here on that nobody listens at."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                port += 1
            else:
                return port
