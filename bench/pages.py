"""How fast are the public pages, beside a view with one indexed SELECT and a template of twenty rows?

And how fast are conditional requests (a reader whose copy is still good), beside a view that does nothing?
"""

import statistics
import sys
from dataclasses import dataclass
from datetime import timedelta

from bench import ground, load

ROWS, NOTHING = "/bench/rows/", "/bench/nothing/"
SCENES = 14  # of the demonstration's: some sixty notices
ROUNDS = 5  # a page and its baseline take turns, so that a busy moment of the machine hits both


@dataclass
class Rate:
    """Medians over the rounds, and the ratio to the baseline that ran beside it."""

    name: str
    per_second: float
    p99_ms: float
    cpu_ms: float
    ratio: float
    cpu_ratio: float
    aim: str


def main() -> int:
    """Play, serve, measure, print; 0 when every page could be measured."""
    with ground.installation() as folder:
        pages = _played()
        with ground.served(folder, "bench.wsgi:application") as web:
            found = []
            for name, path in pages.items():
                # anew: an address nobody asked for yet, so that nothing is kept from an earlier answer
                found.append(_measured(web, f"{name}, anew", path + "?visit=" + name[:2] + "{n}", ROWS, 240, "0.40"))
                found.append(_measured(web, f"{name}, again", path, ROWS, 800, "0.40"))
            found += _conditional(web, pages)
    rows = [(r.name, r.per_second, r.p99_ms, r.cpu_ms, r.ratio, r.cpu_ratio, r.aim) for r in found]
    head = ("page", "req/s", "p99 ms", "CPU ms", "ratio of req/s", "ratio of CPU", "aim")
    ground.table("Public pages: one worker, four connections; ratios to the baseline of the same round", head, rows)
    return 0


def _played() -> dict[str, str]:
    """A rehearsal with some projects in all stages; the addresses to measure."""
    from sunshine.domain.publishing.models import Notice
    from sunshine.domain.sourcing.models import Project
    from sunshine.foundation import clock
    from sunshine.interfaces.rehearsal import demo, scenes

    today = clock.now()
    clock.start_rehearsal(today - timedelta(days=demo.LONGEST))
    demo.perform(today, scenes=scenes.SCENES[:8] + scenes.SCENES[-8:][: SCENES - 8])
    whole = Project.objects.filter(lots__stage="contract_signed").order_by("id").first()
    notice = Notice.objects.filter(kind="tender-notice").order_by("id").first()
    assert whole is not None and notice is not None
    print(f"{Notice.objects.count()} notices of {Project.objects.count()} projects")
    return {
        "notices (list)": "/notices/",
        "notice": f"/notices/{notice.public_id}/",
        "projects (list)": "/projects/",
        "project (its whole story)": f"/projects/{whole.public_id}/",
        "home": "/",
    }


def _measured(
    web: ground.Served, name: str, path: str, baseline: str, requests: int, aim: str, status: int = 200
) -> Rate:
    rounds = []
    for number in range(ROUNDS + 1):
        one, cpu = _burst(web, path.replace("{n}", f"{number}-{{n}}"), requests, status)
        base, base_cpu = _burst(web, baseline, requests, 200)
        if number:  # the first round only warms both
            rounds.append((one.per_second, one.at(99), cpu, one.per_second / base.per_second, base_cpu / cpu))
    return Rate(name, *(statistics.median(column) for column in zip(*rounds, strict=True)), aim)


def _burst(web: ground.Served, path: str, requests: int, status: int) -> tuple[load.Load, float]:
    """The load, and the server's CPU time per answer in ms."""
    for _ in range(3):
        before = web.cpu_seconds()
        headers = _validators(web, path) if status == 304 else {}
        try:
            seen = load.burst(web.port, path, requests=requests, status=status, headers=headers)
        except load.OtherStatus:
            if status != 304:
                raise
            continue  # the page has a new version every minute, and one has just ended
        return seen, (web.cpu_seconds() - before) * 1000 / requests
    raise load.OtherStatus(f"{path} is never unchanged")


def _validators(web: ground.Served, path: str) -> dict[str, str]:
    """The headers with which a reader asks whether the copy it has is still good."""
    got = load.fetch(web.port, path)
    asked = {"If-None-Match": got.get("etag", ""), "If-Modified-Since": got.get("last-modified", "")}
    return {header: value for header, value in asked.items() if value}


def _conditional(web: ground.Served, pages: dict[str, str]) -> list[Rate]:
    """The same pages asked with the validators they gave: 304, nothing rendered."""
    found = []
    for name, path in pages.items():
        if _validators(web, path):
            found.append(_measured(web, f"{name}, 304", path, NOTHING, 800, "0.50", 304))
        else:
            print(f"{path} gives neither ETag nor Last-Modified: it cannot be asked conditionally", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
