"""How many tenders a second do the flows carry from announcement to award, and what does one cost?

Announce, three sealed bids of three parts, open with three trustees, a panel of five who score alone, ranking, report
signed by five, candidates, award, letters. Everything is real: signatures, encryption, durable commits. The baseline of
the same run is a committed one-row insert by as many clients: what the disk and the server allow at best.
"""

import multiprocessing as mp
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from bench import ground

TENDERS = 6  # per client
CLIENTS = (1, 4)
PHASES = ("announce", "seal (bidders' own work)", "submit", "open … candidates", "award, letters")
INSERTS = 300  # per client
DAY = timedelta(days=1)


def main() -> int:
    """Measure with one client, then with four; print both."""
    with ground.installation():
        from django.db import connection

        from sunshine.foundation import clock
        from sunshine.interfaces.rehearsal import play

        clock.start_rehearsal(datetime(2026, 3, 3, 9, 0, tzinfo=clock.BEIJING))
        cast = play.found()
        for player in cast.players.values():
            player.enrol()
        casts = [play.staffed(play.Cast(dict(cast.players), dict(cast.organisations)), *_firm(n)) for n in range(5)]
        with connection.cursor() as cursor:
            cursor.execute("create table bench_insert (id bigserial primary key, at timestamptz, note text)")
        found = []
        for clients in CLIENTS:
            mine = casts[:1] if clients == 1 else casts[1:]
            found.append(_run(clients, mine))
    _print(found)
    return 0


def _firm(n: int) -> tuple[str, str]:
    return f"云岭第{'一二三四五'[n]}水务有限公司", f"firm{n}.example"


def _run(clients: int, casts: list[Any]) -> dict[str, Any]:
    """All clients go through the phases in step: the clock that all share is moved between them."""
    from django.db import connections

    connections.close_all()  # children must not share the parent's connection
    fork = mp.get_context("fork")
    gate, results = fork.Barrier(clients + 1), fork.Queue()
    children = [fork.Process(target=_client, args=(cast, gate, results)) for cast in casts]
    for child in children:
        child.start()
    walls: dict[str, float] = {}
    cpu = 0.0
    gate.wait()  # everybody's tenders are drafted, reviewed, and wait
    for phase in ("insert", *PHASES):
        _let_time_pass(phase)
        before, begun = _cpu(children), time.perf_counter()
        gate.wait()
        gate.wait()
        walls[phase] = time.perf_counter() - begun
        cpu += _cpu(children) - before if phase != "insert" else 0
    for child in children:
        child.join()
        if child.exitcode:
            raise RuntimeError(f"a client failed with exit code {child.exitcode}")
    return {"clients": clients, "walls": walls, "cpu": cpu, "tenders": sum(results.get() for _ in children)}


def _cpu(children: list[Any]) -> float:
    return sum(sum(psutil.Process(child.pid).cpu_times()[:2]) for child in children)


def _let_time_pass(phase: str) -> None:
    from django.db import connections

    from sunshine.foundation import clock

    if phase == PHASES[3]:
        clock.advance(clock.now() + 30 * DAY)
    elif phase == PHASES[4]:
        clock.advance(clock.now() + 15 * DAY)
    connections.close_all()


def _client(cast: Any, gate: Any, results: Any) -> None:
    """One client: TENDERS tenders, phase by phase, each phase between two gates."""
    from sunshine.interfaces.rehearsal import play

    for key in ("signatory", "judge", "keeper"):
        cast[key].enrol()
    waiting = [_reviewed(cast, f"水泵更新{n}") for n in range(TENDERS)]
    sealed: list[Any] = []
    with tempfile.TemporaryDirectory() as folder:
        acts: list[Callable[[], Any]] = [
            _insert,
            lambda: [
                play.take_policies(p, play.announce_flow(p.project, by=cast["publisher"].actor())) for p in waiting
            ],
            lambda: sealed.extend(_sealed(p, Path(folder), n) for n, p in enumerate(waiting)),
            lambda: [_submit(bids) for bids in sealed],
            lambda: [_evaluated(p) for p in waiting],
            lambda: [_award(p) for p in waiting],
        ]
        gate.wait()
        for act in acts:
            gate.wait()
            act()
            gate.wait()
    results.put(len(waiting))


def _reviewed(cast: Any, title: str) -> Any:
    from sunshine.interfaces.rehearsal import play

    played = play.with_trustees(play.a_project(cast, title=title, bids_due_at=play.lawful_deadline(22)))
    play.drafting.submit_review(played.project, by=cast["officer"].actor())
    play.reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="同意")
    return played


def _insert() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for _ in range(INSERTS):
            cursor.execute("insert into bench_insert (at, note) values (now(), 'one row, one commit')")


def _sealed(played: Any, folder: Path, number: int) -> list[tuple[Any, Any, Any]]:
    """Three suppliers sign and seal in their own programs: none of this is the platform's work."""
    from sunshine.interfaces.rehearsal import papers, play
    from sunshine.interfaces.rehearsal.tokens import token_of
    from sunshine_proof import lid, sealing

    bids = []
    for n, supplier in enumerate(played.cast.suppliers):
        policy, secret = played.policies[played.lots[0]], lid.new_box_secret()
        home = folder / f"{number}-{n}"
        home.mkdir()
        parts = {
            part: play._payload(home, policy, supplier, secret, 1, part, content)
            for part, content in papers.bid_parts(played.lots[0], 900_000_00 + n, {}).items()
        }
        token = token_of(supplier, played.lots[0], policy, secret)
        bids.append((*sealing.seal_bid(policy, parts, home, secret), token))
    return bids


def _submit(bids: list[tuple[Any, Any, Any]]) -> None:
    from sunshine.flows import submit_bid
    from sunshine.foundation import clock
    from sunshine.interfaces.rehearsal import play

    for sealed, secrets, token in bids:
        uploads = {part: play._upload(kept.body) for part, kept in secrets.items()}
        submit_bid.submit(sealed, uploads, token=token, arrived_at=clock.now())


def _evaluated(played: Any) -> None:
    from sunshine.interfaces.rehearsal import stage

    stage.opened(played)
    stage.evaluated(played, played.lots[0])
    stage.candidates(played, played.lots[0])


def _award(played: Any) -> None:
    from sunshine.interfaces.rehearsal import stage

    stage.awarded(played, played.lots[0])


def _print(found: list[dict[str, Any]]) -> None:
    rows = []
    for run in found:
        clients, walls, tenders = run["clients"], run["walls"], run["tenders"]
        whole = sum(walls[phase] for phase in PHASES)
        platform = whole - walls[PHASES[1]]
        insert = INSERTS * clients / walls["insert"]
        rows.append(
            (clients, tenders / whole, tenders / platform, run["cpu"] / tenders, insert, insert * platform / tenders)
        )
    head = ("clients", "tenders/s", "without sealing", "client CPU s/tender", "inserts/s", "inserts per tender")
    ground.table("From announcement to award; the baseline is a committed one-row insert", head, rows)
    rows = [(phase, *(run["walls"][phase] * 1000 / run["tenders"] for run in found)) for phase in PHASES]
    ground.table("Where the time goes, ms per tender", ("phase", *(f"{c} client(s)" for c in CLIENTS)), rows)


if __name__ == "__main__":
    sys.exit(main())
