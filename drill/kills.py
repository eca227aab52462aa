"""kill -9 of sequencer, web and database at random instants under load: is anything lost, doubled, moved or forked?

Four suppliers' browsers hand in sealed bids; a stranger collects every checkpoint ever served; a bidder looks its
places up again and again. SUNSHINE_KILLS says how many kills (100), SUNSHINE_SEED which dice.
"""

import contextlib
import os
import random
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from drill.client import fetch, handed_in
from drill.house import House, prepared, served
from sunshine_proof.checkpoint import Checkpoint, parse_checkpoint, verify_note
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.logaudit import audit_log
from sunshine_proof.tiles import ENTRIES, WIDTH, Tile, unbundle

BROWSERS = 4
PER_KILL = 10  # sealed bids kept ready for each kill
BREATH = 0.8  # seconds of a browser between two bids, so that they last until the end
PAUSE = (0.3, 2.5)  # seconds between two kills
YOUNG = 6.0  # seconds: three deaths in a row below this and the supervisor would give up, as it should
PATIENCE = 90.0  # seconds for the log to catch up at the end


@dataclass
class Seen:
    """What outsiders have been told while things broke."""

    acknowledged: list[str] = field(default_factory=list)
    places: dict[str, set[int]] = field(default_factory=dict)
    checkpoints: dict[str, Checkpoint] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    """Run the drill and print what was seen; 0 when nothing is missing."""
    kills = int(os.environ.get("SUNSHINE_KILLS", "100"))
    seed = int(os.environ.get("SUNSHINE_SEED", str(time.time_ns() % 10_000)))
    seen = drill(kills, random.Random(seed))
    print(
        f"seed {seed}: {dict(seen.killed)} killed, {len(seen.acknowledged)} bids acknowledged,"
        f" {len(seen.checkpoints)} checkpoints served; wrong: {seen.wrong or 'nothing'}"
    )
    return 1 if seen.wrong else 0


def drill(kills: int, dice: random.Random) -> Seen:
    """Break the house ``kills`` times under load; everything wrong that was found stands in Seen.wrong."""
    seen = Seen()
    with prepared(kills * PER_KILL) as (folder, known), served(folder) as house:
        stop = threading.Event()
        bids = list(known["bids"])
        crowd = [threading.Thread(target=_hand_in, args=(house.url, bids, seen, stop)) for _ in range(BROWSERS)]
        crowd += [threading.Thread(target=_collect, args=(house, known["vkey"], seen, stop))]
        crowd += [threading.Thread(target=_look_up, args=(house, known["vkey"], seen, stop))]
        for one in crowd:
            one.start()
        try:
            _under_load(seen)
            for _ in range(kills):
                time.sleep(dice.uniform(*PAUSE))
                while not _kill(house, dice, seen) and house.supervisor.poll() is None:
                    time.sleep(0.1)
                if house.supervisor.poll() is not None:
                    seen.wrong.append("the supervisor gave up: " + (folder / "supervisor.log").read_text()[-600:])
                    return seen
        finally:
            stop.set()
            for one in crowd:
                one.join()
        _judge(house, known["vkey"], seen)
    return seen


def _kill(house: House, dice: random.Random, seen: Seen) -> bool:
    """SIGKILL to one process of a kind drawn by the dice; one that has just come up is spared."""
    for kind in dice.sample(("sequencer", "web", "database"), 3):
        old = [one for one in house.processes(kind) if time.time() - one.create_time() > YOUNG]
        if old:
            with contextlib.suppress(psutil.NoSuchProcess):
                dice.choice(old).kill()
                seen.killed[kind] += 1
                return True
    return False


def _under_load(seen: Seen) -> None:
    """Return once bids are coming in: what dies before has shown nothing."""
    deadline = time.monotonic() + PATIENCE
    while len(seen.acknowledged) < BROWSERS and time.monotonic() < deadline:
        time.sleep(0.1)


def _hand_in(url: str, bids: list[dict[str, Any]], seen: Seen, stop: threading.Event) -> None:
    """One browser hands in bid after bid, whatever breaks meanwhile."""
    while not stop.is_set() and bids:
        with contextlib.suppress(IndexError):
            bid = bids.pop()
            bodies = {part: Path(path).read_bytes() for part, path in bid["bodies"].items()}
            if handed_in(url, bid, bodies, stop):
                seen.acknowledged.append(bid["lid"]["id"])
                stop.wait(BREATH)


def _collect(house: House, vkey: str, seen: Seen, stop: threading.Event) -> None:
    """A stranger keeps every checkpoint it is shown."""
    while not stop.is_set():
        note = fetch(f"{house.url}/log/checkpoint")
        if note is not None:
            _keep(note.decode(), vkey, seen)
        time.sleep(0.1)


def _keep(note: str, vkey: str, seen: Seen) -> None:
    found = parse_checkpoint(verify_note(note, vkey))
    kept = seen.checkpoints.setdefault(f"{found.size}", found)
    if kept.root != found.root:
        seen.wrong.append(f"two checkpoints of size {found.size}")


def _look_up(house: House, vkey: str, seen: Seen, stop: threading.Event) -> None:
    """A bidder asks for the proof of its own bids, old and new."""
    while not stop.is_set():
        for lid in [*seen.acknowledged[-3:], *seen.acknowledged[:2]]:
            _place(house, lid, vkey, seen)
        time.sleep(0.2)


def _place(house: House, lid: str, vkey: str, seen: Seen) -> bool:
    """Whether the log proves this bid now; its place is kept, and its checkpoint too."""
    text = fetch(f"{house.url}/check/{lid}/proof")
    if text is None or not text.startswith(b"c2sp.org/"):
        return False
    found = read_event_proof(text.decode(), vkey)
    if found.event["facts"]["lid"] != lid:
        seen.wrong.append(f"the proof of {lid} is of another bid")
    seen.places.setdefault(lid, set()).add(found.proof.index)
    _keep(found.proof.note, vkey, seen)
    return True


def _judge(house: House, vkey: str, seen: Seen) -> None:
    """Every acknowledged bid is in the log once, no place has moved, every checkpoint lies within the last one."""
    deadline, missing = time.monotonic() + PATIENCE, set(seen.acknowledged)
    while missing and time.monotonic() < deadline:
        missing = {lid for lid in missing if not _place(house, lid, vkey, seen)}
        time.sleep(0.3)
    if missing:
        seen.wrong.append(f"{len(missing)} acknowledged bids are not in the log")
    if moved := {lid: places for lid, places in seen.places.items() if len(places) != 1}:
        seen.wrong.append(f"places have moved: {moved}")
    indices = [index for places in seen.places.values() for index in places]
    if len(set(indices)) != len(indices):
        seen.wrong.append("two bids share a place")
    kept: dict[str, bytes] = {}

    def read(path: str) -> bytes | None:
        if path not in kept and (data := fetch(f"{house.url}/log/{path}")) is not None:
            kept[path] = data
        return kept.get(path)

    try:
        found = audit_log(read, vkey, older=list(seen.checkpoints.values()))
    except ValueError as error:
        seen.wrong.append(f"the log does not hold together: {error}")
        return
    entries = _entries(read, found.checkpoint.size)
    if len(set(entries)) != len(entries):
        seen.wrong.append("an entry stands twice in the log")
    if not seen.acknowledged or not seen.checkpoints:
        seen.wrong.append("nothing was handed in: the drill has shown nothing")


def _entries(read: Any, size: int) -> list[bytes]:
    found: list[bytes] = []
    for start in range(0, size, WIDTH):
        width = min(WIDTH, size - start)
        found += unbundle(read(Tile(ENTRIES, start // WIDTH, width).path), width)
    return found


if __name__ == "__main__":
    sys.exit(main())
