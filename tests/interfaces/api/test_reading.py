"""Public reading over the API: no account, no gaps between pages, nothing before its time."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import rfc8785
from django.test import Client

from sunshine.flows.open_bids import open_bids
from sunshine.interfaces.rehearsal import play, stage
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db
API = "/api/v1"


def test_whoever_follows_the_cursor_reads_every_notice_once(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = [play.announced(play.a_project(cast, title=f"水泵{n}")) for n in range(3)]
    seen: list[str] = []
    after = ""
    while True:
        page = client.get(f"{API}/notices?limit=1&after={after}").json()
        seen += [row["project"] for row in page["items"]]
        if not (after := page["next"]):
            break
    assert seen == [one.project for one in reversed(played)]
    assert client.get(f"{API}/notices?after=N-0000000000").status_code == 409
    for bad in ("limit=0", "limit=101", "limit=many", "after=%00"):
        assert client.get(f"{API}/notices?{bad}").status_code == 422, bad


def test_a_notice_hashes_to_its_digest(cast: play.Cast, client: Client) -> None:  # noqa: F811
    play.announced(play.a_project(cast))
    line = client.get(f"{API}/notices").json()["items"][0]
    whole = client.get(f"{API}/notices/{line['id']}").json()
    assert hashlib.sha256(rfc8785.dumps(whole["content"])).hexdigest() == whole["digest"] == line["digest"]
    assert client.get(f"{API}/notices/N-0000000000").json()["code"] == "not-found"


def test_a_draft_does_not_exist_and_an_announced_project_tells_its_story(
    cast: play.Cast,  # noqa: F811
    client: Client,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    played = play.a_project(cast)
    assert client.get(f"{API}/projects/{played.project}").status_code == 404
    assert client.get(f"{API}/projects/{played.project}/results").status_code == 404
    assert client.get(f"{API}/projects").json()["items"] == []
    play.announced(played)
    with django_assert_max_num_queries(8):
        story = client.get(f"{API}/projects/{played.project}").json()
    assert story["accepts_bids"] is True
    assert [notice["kind"] for notice in story["notices"]] == ["tender-notice"]
    assert client.get(f"{API}/projects/{played.project}/opening").status_code == 404


def test_nothing_public_changes_when_bids_arrive(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    pages = ["/notices", "/projects", f"/projects/{played.project}", f"/projects/{played.project}/results"]
    before = [client.get(API + page).json() for page in pages]
    for supplier in cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    assert [client.get(API + page).json() for page in pages] == before


def test_opening_and_results_are_read_as_published(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 100)
    stage.opened(played)
    record = client.get(f"{API}/projects/{played.project}/opening").json()
    assert len(record["content"]["lots"][0]["bids"]) == 3
    stage.evaluated(played, lot)
    assert client.get(f"{API}/projects/{played.project}").json()["lots"][0]["stage"] == "evaluating"
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    kinds = [row["kind"] for row in client.get(f"{API}/projects/{played.project}/results").json()]
    assert kinds == ["candidate-notice", "award-notice"]


def test_a_failed_lot_is_told(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    play.until(played.bids_due_at + timedelta(seconds=1))  # type: ignore[operator]
    open_bids(played.project, by=cast["officer"].actor())
    rows = client.get(f"{API}/projects/{played.project}/results").json()
    assert [row["kind"] for row in rows] == ["failure-notice"]


def test_the_openapi_document_names_every_verb_and_the_page_lists_every_operation(client: Client) -> None:
    document = client.get(f"{API}/openapi.json").json()
    assert f"{API}/projects/{{public_id}}/steps/announce" in document["paths"]
    assert "announce" in document["components"]["schemas"]["PossibleStep"]["properties"]["verb"]["enum"]
    page = client.get(f"{API}/docs/").content.decode()
    for address in document["paths"]:
        assert address in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
