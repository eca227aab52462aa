"""Before the opening nothing that anyone may look at differs between a box with no bid and a box with seven.

Twenty paired runs from the same state: once nobody bids, once seven suppliers do (one replaces, one withdraws) while the
log ticks on. Pages must be equal byte for byte; of the log, whose entries are random by design, the sizes.
"""

import itertools
import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Document, Project
from sunshine.flows.submit_bid import withdraw
from sunshine.foundation import clock
from sunshine.foundation.tlog import queries
from sunshine.foundation.tlog.models import Checkpoint
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.web.portal.shell import forget_kept
from sunshine_proof.lid import build_withdrawal
from tests.cast import ground  # noqa: F401
from tests.interfaces.addresses_open import PUBLIC
from tests.interfaces.undoing import undone

pytestmark = pytest.mark.whole
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
MOMENT = datetime(2026, 3, 5, 10, 0, tzinfo=clock.BEIJING)
PAIRS = 20
BIDS = 7
TICKS = 5
# what there is to look at only when a box has been opened, or for one's own record and upload
AFTER_THE_OPENING = {"draws:draw", "draws:record", "draws:proof", "portal:failure", "box:upload", "box:body"}
AFTER_THE_OPENING |= {"portal:log-timestamp", "portal:tool-proof"}
LOOKERS = ("", "onlooker")  # nobody, and a supplier of the same trade who has not bid
INSIDERS = ("officer", "publisher", "verifier", "inspector", "keeper")
# what differs between any two answers, whoever bids: form tokens, and the rehearsal clock's hand within the minute;
# on a whole second the clock is shorter, so the length is that of what remains
_RANDOM = re.compile(
    rb'(?<=csrfmiddlewaretoken" value=")[A-Za-z0-9]{64}|(?<="X-CSRFToken": ")[A-Za-z0-9]{64}'
    rb"|(?<=[ T]10:00:)\d\d(\.\d{1,6})?"
)


@pytest.fixture
def scene(ground: play.Cast, db: None) -> play.Played:  # noqa: F811
    """One announced lot, seven suppliers who may bid, and one who looks on."""
    return set_up(ground)


@pytest.fixture
def lone(ground: play.Cast, db: None) -> play.Played:  # noqa: F811
    """The same where each bidder alone opens its bid; the trustees of the draw are seated already."""
    return play.with_trustees(set_up(ground, sealing="B"))


def set_up(ground: play.Cast, **fields: Any) -> play.Played:  # noqa: F811
    for n in range(4, BIDS + 1):
        play.house(
            ground,
            f"supplier{n}",
            "supplier",
            f"云岭第{n}泵业有限公司（虚构）",
            "赵四",
            f"supplier{n}",
            f"s{n}.example",
        )
    play.house(ground, "onlooker", "supplier", "云岭旁观有限公司（虚构）", "赵旁", "onlooker", "onlooker.example")
    return play.announced(play.a_project(ground, **fields))


def addresses(played: play.Played) -> dict[str, list[str]]:
    """Who looks → the addresses: everything public, everything a supplier may see, and the desks of the insiders."""
    project, lot = played.project, played.lots[0]
    document = Document.objects.filter(project__public_id=project).earliest("pk").public_id
    notice = Notice.objects.filter(project__public_id=project).earliest("pk").public_id
    ids = {"open": project, "open_lot": lot, "open_document": document, "notice": notice, "contracted": project}
    ids |= {"buyer": played.cast.organisations["buyer"], "slug": "bid", "kind": "supplier", "tile": "0/000.p/1"}
    ids |= {"zero": "0", "absent": "absent", "lid": "0" * 64, "news": "absent"}
    public = [
        reverse(name, kwargs={key: ids[one] for key, one in args.items()})
        for name, args in PUBLIC.items()
        if set(args.values()) <= ids.keys()
    ]
    missing = {name for name, args in PUBLIC.items() if not set(args.values()) <= ids.keys()}
    assert missing <= AFTER_THE_OPENING, missing - AFTER_THE_OPENING
    desk = [
        "/supplier/",
        "/supplier/opportunities/",
        f"/supplier/projects/{project}/",
        f"/supplier/projects/{project}/opening/",
        f"/supplier/lots/{lot}/bid/",
        "/supplier/bids/",
        "/supplier/results/",
        "/api/v1/projects/",
    ]
    buyer = ["/buyer/", f"/buyer/projects/{project}/", f"/buyer/projects/{project}/opening/"]
    return {
        "": public,
        "onlooker": [*public, *desk],
        "officer": buyer,
        "publisher": buyer,
        "verifier": ["/operator/", f"/projects/{project}/"],
        "inspector": ["/supervisor/", f"/supervisor/projects/{project}/"],
        "keeper": ["/trustee/", f"/trustee/projects/{project}/"],
    }


def seven_bids(played: play.Played, tick: Any) -> None:
    """Seven boxes, spread over the ticks; one is replaced, one withdrawn."""
    lot = played.lots[0]
    for n in range(1, BIDS + 1):
        made = play.bid(played, lot, played.cast[f"supplier{n}"], total_fen=900_000_00 + n * 1000_00)
        if n % 2:
            tick()
    again = {"box_secret": made["box_secret"], "previous": made["lid"]}
    second = play.bid(played, lot, played.cast[f"supplier{BIDS}"], **again)
    said = build_withdrawal(played.policies[lot], 3, second["lid"]["id"], made["box_secret"])
    withdraw(said, token=made["token"], arrived_at=clock.now())
    tick()


def seen(played: play.Played, clients: dict[str, Client], who: tuple[str, ...], bids: bool) -> dict[str, Any]:
    """Everything these people can look at, after five ticks of the log with or without bids."""
    begun = queries.size()

    def tick() -> None:
        sequence.tick()

    if bids:
        seven_bids(played, tick)
    else:
        for _ in range(TICKS):
            tick()
    found: dict[str, Any] = {}
    sizes = [begun, *Checkpoint.objects.filter(size__gt=begun).order_by("size").values_list("size", flat=True)]
    found["batches"] = [later - size for size, later in itertools.pairwise(sizes)]
    # pages tell the time to the minute: both runs look at the same one
    play.until(MOMENT + timedelta(seconds=1))
    for person in who:
        for url in addresses(played)[person]:
            found[f"{person} {url}"] = looked_at(clients[person], url)
    return found


def looked_at(client: Client, url: str) -> Any:
    forget_kept()  # a page kept from the other run would be equal by nature
    answer = client.get(url)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    told = (answer.status_code, answer.headers.get("Content-Type"))
    if url.startswith("/log/"):
        return (*told, len(body))
    if url.endswith((".tlog-proof", "/evidence.json")):
        return (*told, _unplaced(body))
    return (*told, answer.headers.get("ETag"), answer.headers.get("Last-Modified"), _RANDOM.sub(b"", body))


def _unplaced(body: bytes) -> Any:
    """A proof or an evidence file without the places its events got in the log, which are random among sixteen."""
    if not body.startswith(b"{"):
        return body.partition(b"\nindex ")[0]
    found = json.loads(body)
    events = sorted((event["payload"], event["salt"]) for event in found.pop("events"))
    return events, {key: found[key] for key in found if key not in ("head", "issued_at", "sig")}


def _where(one: Any, other: Any) -> str:
    """The first place at which two answers part, with its neighbourhood."""
    heads = (one[:-1], other[:-1])
    if heads[0] != heads[1] or not isinstance(one[-1], bytes):
        return f"{heads}"
    at = next((n for n, (a, b) in enumerate(zip(one[-1], other[-1], strict=False)) if a != b), 0)
    return f"{one[-1][at - 80 : at + 40]!r} | {other[-1][at - 80 : at + 40]!r}"


def alike(scene: play.Played, pairs: int) -> None:
    """Everybody sees the same of an empty box and of one with seven bids, in so many paired runs."""
    people = (*LOOKERS, *INSIDERS)
    clients = {who: Client() for who in people}
    for who in people[1:]:
        clients[who].force_login(scene.cast[who].person, BACKEND)
    for pair in range(pairs):
        who = people if pair == 0 else LOOKERS
        runs = []
        for bids in (False, True):
            with undone():
                runs.append(seen(scene, clients, who, bids))
        empty, full = runs
        assert empty["batches"] == full["batches"] and len(empty["batches"]) == TICKS, (
            empty["batches"],
            full["batches"],
        )
        assert empty.keys() == full.keys() and len(empty) > 80
        differing = [name for name in empty if empty[name] != full[name]]
        assert differing == [], f"pair {pair}: {_where(empty[differing[0]], full[differing[0]])}"


def test_nothing_tells_a_box_with_seven_bids_from_an_empty_one(scene: play.Played) -> None:
    alike(scene, PAIRS)


def test_nor_where_each_bidder_alone_opens_its_bid(lone: play.Played) -> None:
    alike(lone, 1)


def test_the_comparison_notices_what_shows(scene: play.Played) -> None:
    """One published word more, and the same look finds it: the comparison above can fail."""
    client, url = Client(), f"/projects/{scene.project}/"
    with undone():
        before = looked_at(client, url)
    with undone():
        Project.objects.filter(public_id=scene.project).update(purpose="另一个目的")
        assert looked_at(client, url) != before
