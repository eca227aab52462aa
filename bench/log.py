"""What does the log cost: leaves a second in batches and one by one, proofs at a million leaves, memory, and how soon a
bidder at 200 submissions a minute has its proof?

The baseline of the same run is a committed one-row insert: what the disk and the server allow at best.
SUNSHINE_BENCH_LEAVES asks for another size than a million.
"""

import os
import secrets
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from bench import ground
from drill.client import Browser, fetch, handed_in
from drill.house import House, prepared, served

LEAVES = int(os.environ.get("SUNSHINE_BENCH_LEAVES", "1000000"))
BATCH = 4096
SINGLES = 300
PROOFS = 300
PER_MINUTE = 200
SUBMISSIONS = 100


def main() -> int:
    """Measure the log alone, then the receipts of a served house."""
    with ground.installation():
        _log()
    _receipts()
    return 0


def _log() -> None:
    from django.db import connection, transaction

    from sunshine.foundation import clock
    from sunshine.foundation.audit.models import record
    from sunshine.foundation.tlog import queries, sequencer
    from sunshine_proof.tree import leaf_hash, verify_consistency, verify_inclusion

    def append(count: int) -> None:
        with transaction.atomic():
            sequencer.append([secrets.token_bytes(32) for _ in range(count)])
            sequencer.sign()

    with connection.cursor() as cursor:
        cursor.execute("create table bench_insert (id bigserial primary key, at timestamptz, note text)")

        def insert() -> None:
            cursor.execute("insert into bench_insert (at, note) values (now(), 'x')")

        base = _times(insert, SINGLES)
    one = _times(lambda: append(1), SINGLES)
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    while queries.size() < LEAVES:
        append(min(BATCH, LEAVES - queries.size()))
    bulk = (LEAVES - SINGLES) / (time.perf_counter() - begun)
    grown = psutil.Process().memory_info().rss - before
    with transaction.atomic():
        for n in range(BATCH):
            record("bench:happen", subject=f"bench/{n}", by="", at=clock.now(), facts={})
    events = _times(lambda: sequencer.tick(), 1)[0]
    size = queries.size()
    root = queries.tree(size).root()
    places = [secrets.randbelow(size) for _ in range(PROOFS)]
    inclusion = _times(lambda: queries.tree(size).inclusion(places[-1]), PROOFS)
    consistency = _times(lambda: queries.tree(size).consistency(places[-1] + 1), PROOFS)
    index = places[0]
    leaf, path = leaf_hash(queries.entry(index) or b""), queries.tree(size).inclusion(index)
    older, steps = queries.tree(index + 1).root(), queries.tree(size).consistency(index + 1)
    check = _times(lambda: verify_inclusion(leaf, index, size, path, root), PROOFS)
    extend = _times(lambda: verify_consistency(index + 1, size, older, root, steps), PROOFS)
    middle = statistics.median(base)
    ground.table(
        f"The log ({size:,} leaves; baseline: one committed insert, median {1000 * middle:.2f} ms)",
        ("what", "a second", "median ms", "p99 ms", "× baseline"),
        [
            ("one leaf with checkpoint, committed", *_row(one, middle)),
            (f"leaves in batches of {BATCH}, committed", bulk, "", "", bulk * middle),
            (f"{BATCH} events through a tick", BATCH / events, "", "", BATCH / events * middle),
            ("inclusion proof", *_row(inclusion, middle)),
            ("consistency proof", *_row(consistency, middle)),
            ("inclusion verified", *_row(check, middle)),
            ("consistency verified", *_row(extend, middle)),
        ],
    )
    print(f"  memory: {grown / 1e6:+.0f} MB while {LEAVES:,} leaves were appended")


def _times(act: Callable[[], Any], count: int) -> list[float]:
    found = []
    for _ in range(count):
        begun = time.perf_counter()
        act()
        found.append(time.perf_counter() - begun)
    return found


def _row(times: list[float], base: float) -> tuple[float, float, float, float]:
    """(a second, median ms, p99 ms, how many fit into one baseline insert)."""
    middle, worst = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    return 1 / middle, 1000 * middle, 1000 * worst, base / middle


def _receipts() -> None:
    """200 submissions a minute, each by its own timetable; from the receipt to the proof in hand."""
    with prepared(SUBMISSIONS) as (folder, known), served(folder) as house:
        browsers = [Browser(house.url, known["email"], known["password"]) for _ in range(4)]
        for browser in browsers:
            if not browser.login():
                raise RuntimeError("a browser could not log in")
        acknowledged, logged = list[float](), list[float]()
        begun, threads = time.perf_counter(), []
        for n, bid in enumerate(known["bids"]):
            due = begun + n * 60 / PER_MINUTE
            given = (house, browsers[n % 4], bid, due, acknowledged, logged)
            threads.append(threading.Thread(target=_one, args=given))
        for n, thread in enumerate(threads):
            time.sleep(max(0.0, begun + n * 60 / PER_MINUTE - time.perf_counter()))
            thread.start()
        for thread in threads:
            thread.join()
    rows = [(name, *_spread(times)) for name, times in (("receipt signed", acknowledged), ("proof in hand", logged))]
    head = (f"{len(logged)} bids at {PER_MINUTE}/min, seconds", "median", "p95", "worst")
    ground.table("Receipts (three parts uploaded, lid handed in; the proof counts from the receipt)", head, rows)


def _one(
    house: House, browser: Browser, bid: dict[str, Any], due: float, acknowledged: list[float], logged: list[float]
) -> None:
    bodies = {part: Path(path).read_bytes() for part, path in bid["bodies"].items()}
    begun = time.perf_counter()
    if not handed_in(browser, bid["lid"], bodies, threading.Event()):
        return
    received = time.perf_counter()
    acknowledged.append(received - begun)
    while not (fetch(f"{house.url}/check/{bid['lid']['id']}/proof") or b"").startswith(b"c2sp.org/"):
        time.sleep(0.05)
    logged.append(time.perf_counter() - received)


def _spread(times: list[float]) -> tuple[float, float, float]:
    return statistics.median(times), sorted(times)[int(len(times) * 0.95)], max(times)


if __name__ == "__main__":
    sys.exit(main())
