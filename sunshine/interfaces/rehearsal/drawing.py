"""A draw as its parties play it: commit, seal, wait for the checkpoint, reveal; and what trustees do for a silent one."""

import base64
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC
from pathlib import Path
from typing import Any

from sunshine.domain.evaluation.queries.rehearsal import checkpoint_of, is_pinned, parts, sealed_of
from sunshine.flows.announce_draw import announce_draw
from sunshine.flows.commit_draw import commit_draw
from sunshine.flows.open_random import open_random
from sunshine.flows.reveal_draw import reveal_draw
from sunshine.foundation import clock
from sunshine.interfaces.jobs import pinning, sequence
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.rehearsal.play import Played
from sunshine_proof.draw import commitment
from sunshine_proof.lid import build_lid, new_box_secret
from sunshine_proof.opening import open_share
from sunshine_proof.release import build_release, release_digest
from sunshine_proof.sealing import seal_part
from sunshine_proof.shares import commit_of

PARTIES = ("officer", "inspector", "verifier")  # who acts for buyer, supervisor and platform


@dataclass
class Drawing:
    """A draw on stage: its id, and the numbers its parties' browsers keep until they reveal."""

    played: Played
    draw: str
    numbers: dict[int, bytes] = field(default_factory=dict)

    def player(self, number: int) -> Player:
        """Who acts for party 1, 2, 3."""
        return self.played.cast[PARTIES[number - 1]]


def announced(
    played: Played, lot: str, *, experts: int, specialty: str, representatives: Sequence[str] = (), **more: Any
) -> Drawing:
    """The officer announces, with the inspector and the platform's administrator as the other parties."""
    cast = played.cast
    event = announce_draw(
        lot,
        by=cast["officer"].actor(),
        experts=experts,
        specialty=specialty,
        representatives=representatives,
        supervisor=cast["inspector"].person.public_id,
        operator=cast["verifier"].person.public_id,
        **more,
    )
    return Drawing(played, event.facts["draw"])


def sealed(draw: str, number: int, r: bytes) -> dict[str, Any]:
    """What <sun-draw> sends: the commitment to r, and r sealed to the trustees."""
    policy = parts(draw)[number - 1].policy
    with tempfile.TemporaryDirectory() as folder:
        source, body = Path(folder, "r"), Path(folder, "r.age")
        source.write_bytes(r)
        entry, _secret = seal_part(policy, policy["parts"][0], source, body)
        lid = build_lid(policy, [entry], 1, "", new_box_secret())
        sent = base64.b64encode(body.read_bytes()).decode()
    return {"commit": commitment(draw, number, r), "lid": lid, "body": sent}


def commit(drawing: Drawing, number: int) -> None:
    """One party makes its number and commits to it."""
    r = drawing.numbers[number] = os.urandom(32)
    commit_draw(drawing.draw, by=drawing.player(number).actor(), **sealed(drawing.draw, number, r))


def committed(drawing: Drawing) -> Drawing:
    """All parties commit; the log ticks, and the checkpoint after them is pinned."""
    for number in range(1, len(PARTIES) + 1):
        if number not in drawing.numbers:
            commit(drawing, number)
    while not is_pinned(drawing.draw):  # where the log runs as a process of its own, it may be first
        sequence.catch_up()
        if not pinning.pin_draws():
            time.sleep(0.01)
    return drawing


def reveal(drawing: Drawing, number: int) -> str:
    """One party reveals; returns the draw's stage."""
    by, r = drawing.player(number).actor(), drawing.numbers[number].hex()
    return str(reveal_draw(drawing.draw, by=by, r=r, checkpoint=checkpoint_of(drawing.draw)))


def drawn(drawing: Drawing) -> Drawing:
    """Everything up to the result."""
    committed(drawing)
    for number in range(1, len(PARTIES) + 1):
        reveal(drawing, number)
    return drawing


def release(drawing: Drawing, player: Player, i: int) -> int:
    """Trustee i opens its shares of every number that was not revealed, as <sun-release> does."""
    pid, lids = sealed_of(drawing.draw)
    identity = player.trustee_keys[drawing.played.project]
    given, stated = [], []
    for lid in lids:
        part = lid["parts"][0]
        entry = {"lid": lid["id"], "part": part["part"]}
        y = open_share(pid, part, i, identity)
        given.append(entry | {"y": y.hex()})
        stated.append(entry | {"commit": commit_of(bytes.fromhex(pid), part["recipient"], i, y)})
    statement = build_release(pid, i, stated, clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    signed = player.sign(release_digest(statement))
    return int(open_random(drawing.draw, by=player.actor(), releases=given, statement=statement, **signed))
