"""One tender played to its end before a witness, and the evidence the platform gave out at every stop."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sunshine.domain.publishing.queries import evidence
from sunshine.flows import watch_log
from sunshine.flows.clarify import clarify
from sunshine.flows.submit_bid import withdraw
from sunshine.foundation import clock
from sunshine.foundation.tlog import queries, sequencer
from sunshine.foundation.vault import logkey
from sunshine.interfaces.jobs import witnessing
from sunshine.interfaces.rehearsal import play, stage
from sunshine_proof.cli.witness import open_server
from sunshine_proof.cli.witnessfile import make_key
from sunshine_proof.lid import build_withdrawal

PRICES = {"supplier1": 900_000_00, "supplier2": 912_345_67, "supplier3": 877_700_01}


@dataclass
class Told:
    """{state: bytes of the file}, one bidder's receipts in order, and the keys a platform and a witness could lie with."""

    log: Ed25519PrivateKey
    witness: Ed25519PrivateKey
    files: dict[str, bytes] = field(default_factory=dict)
    receipts: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def witness_at(folder: Path, cast: play.Cast) -> Iterator[Ed25519PrivateKey]:
    """A witness at work in a thread, known to the platform; its key."""
    vkey = make_key(folder / "w.json", "w1.example")
    server = open_server(folder / "w.json", "w1.example", [logkey.log_vkey()])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    watch_log.add_witness(by=cast["verifier"].actor(), office="第一见证机构（虚构）", vkey=vkey, url=url)
    try:
        kept = json.loads((folder / "w.json").read_text())
        yield Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept["key"]))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def logged() -> None:
    """Everything that waits has its place, and the witnesses have seen it."""
    while sequencer.tick() is not None:
        pass
    for witness in queries.watching():
        witnessing.ask(witness)


def file_of(project: str) -> bytes:
    logged()
    found = evidence.evidence(project, clock.glance())
    assert found is not None
    return found


def extended(played: play.Played) -> None:
    """Two days more for everybody."""
    assert played.bids_due_at is not None
    played.bids_due_at += timedelta(days=2)
    changes = {"bids_due_at": played.bids_due_at}
    by = played.cast["officer"].actor()
    clarify(played.project, by=by, text="推迟两天", affects_preparation=False, changes=changes)


def played_through(cast: play.Cast, folder: Path) -> Told:
    """Announced without a witness; then with one: announced, opened, evaluated, candidates, awarded."""
    unseen = play.announced(play.a_project(cast, title="城东泵站阀门更换"))
    files = {"unseen": file_of(unseen.project)}
    with witness_at(folder, cast) as witness:
        told = Told(logkey._key(), witness, files)
        played = play.announced(play.a_project(cast, lots=2))
        told.files["announced"] = file_of(played.project)
        first, second = played.lots
        extended(played)
        given = {key: play.bid(played, first, cast[key], total_fen=fen) for key, fen in PRICES.items()}
        told.receipts = [given["supplier1"]["receipt"]]
        secret = given["supplier1"]["box_secret"]
        again = play.bid(
            played,
            first,
            cast["supplier1"],
            total_fen=899_999_99,
            box_secret=secret,
            previous=given["supplier1"]["lid"],
        )
        told.receipts.append(again["receipt"])
        lone = play.bid(played, second, cast["supplier2"])
        policy, box = played.policies[second], lone["box_secret"]
        withdraw(build_withdrawal(policy, 2, lone["lid"]["id"], box), token=lone["token"], arrived_at=clock.now())
        logged()
        stage.opened(played)
        told.files["opened"] = file_of(played.project)
        stage.evaluated(played, first)
        told.files["evaluated"] = file_of(played.project)
        stage.candidates(played, first)
        told.files["candidates"] = file_of(played.project)
        stage.awarded(played, first)
        told.files["awarded"] = file_of(played.project)
    return told
