"""The bidder's acts at the opening over HTTP: no login, a signature instead; every malformed word is refused, never a crash."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from sunshine.domain.bidding.models import SealedBid, SealedPart
from sunshine.flows.open_bids import open_bids
from sunshine.interfaces.rehearsal import play, remedies, stage

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
POSTED = ("/box/shares/", "/box/rescues/", "/box/bodies/", "/box/bodies/" + "0" * 32 + "/")
ODD = ("", "[]", "7", "{", "null", '{"statement": []}', '{"statement": {"lid": "\\u0000"}, "sig": "", "given": {}}')


@pytest.fixture(scope="module")
def opened_once(ground: play.Cast, django_db_blocker: Any) -> tuple[play.Played, list[dict[str, Any]]]:
    with django_db_blocker.unblock():
        played = play.announced(play.a_project(ground, sealing="D"))
        bids = [play.bid(played, played.lots[0], one) for one in played.cast.suppliers]
        assert played.bids_due_at is not None
        play.until(played.bids_due_at + timedelta(seconds=1))
        open_bids(played.project, by=played.cast["officer"].actor())
        stage.release_all(played, played.lots[0], trustees=2)
    return played, bids


@pytest.fixture
def opened(opened_once: Any, db: None) -> tuple[play.Played, list[dict[str, Any]]]:
    return opened_once


def body_of(bid: dict[str, Any], act: str, parts: list[str] | None = None, **more: Any) -> dict[str, Any]:
    statement, sig = remedies.signed(bid, act, parts)
    return {"statement": statement, "sig": sig, **more}


def post(client: Client, url: str, data: Any) -> Any:
    text = data if isinstance(data, str) else json.dumps(data)
    return client.post(url, text, content_type="application/json")


@pytest.mark.parametrize("url", POSTED)
@pytest.mark.parametrize("odd", ODD)
def test_odd_requests_are_refused_with_a_code(opened: Any, client: Client, url: str, odd: str) -> None:
    answer = post(client, url, odd)
    assert answer.status_code in (404, 409, 422) and answer.json()["code"]


def test_everybody_is_told_the_same_and_what_each_bid_needs(opened: Any, client: Client) -> None:
    _played, bids = opened
    told = client.get("/box/openings/").json()
    assert set(told["lids"]) == {bid["lid"]["id"] for bid in bids}
    for one in told["lids"].values():
        assert one["wants"] == ["share", "rescue"] and set(one["parts"]) == {"summary", "tech", "price"}
    assert "AGE-SECRET" not in json.dumps(told) and "commit" not in json.dumps(told)


def test_a_bidder_without_a_session_releases_and_rescues(opened: Any) -> None:
    played, bids = opened
    stranger = Client(enforce_csrf_checks=True)
    shares = {row["part"]: {"S_B": row["S_B"]} for row in bids[0]["rescue"]}
    answer = post(stranger, "/box/shares/", body_of(bids[0], "release-share", given=shares))
    assert (answer.status_code, answer.json()) == (200, {"opened": 0})
    secrets = {row["part"]: {"S": row["S"], "S_B": row["S_B"]} for row in bids[1]["rescue"]}
    answer = post(stranger, "/box/rescues/", body_of(bids[1], "rescue", given=secrets))
    assert answer.json() == {"opened": 1}
    assert SealedBid.objects.get(lid_id=bids[1]["lid"]["id"]).stage == "opened"
    stage.release(played, played.lots[0], played.cast.trustees[2], 3)
    assert stage.decrypt_ready(played.lots[0])["opened"] == 1


def test_a_kept_copy_brings_a_lost_body_back(opened: Any, client: Client) -> None:
    played, bids = opened
    bid = bids[2]
    remedies.give_share(bid)
    statement, sig = remedies.signed(bid, "copy-body", ["price"])
    form = {"statement": json.dumps(statement), "sig": sig}
    answer = client.post("/box/copies/", form)
    kept = b"".join(answer.streaming_content)
    assert answer["Content-Disposition"].startswith("attachment") and kept.startswith(b"age-encryption.org/v1")
    assert client.post("/box/copies/", form | {"sig": "00" * 64}).status_code == 404
    for odd in ("", "{", "[]", '{"lid": 7}'):
        assert client.post("/box/copies/", {"statement": odd, "sig": sig}).status_code == 404
    path = Path(settings.BLOBS) / SealedPart.objects.get(bid__lid_id=bid["lid"]["id"], part="price").body.path
    path.unlink()
    try:
        stage.release(played, played.lots[0], played.cast.trustees[2], 3)
        stage.decrypt_ready(played.lots[0])
        told = client.get("/box/openings/").json()["lids"][bid["lid"]["id"]]
        assert (told["wants"], told["part"]) == (["body"], "price") and told["cause"]
        upload = post(client, "/box/bodies/", body_of(bid, "restore-body", ["price"])).json()["upload"]
        url = f"/box/bodies/{upload}/"
        assert client.patch(f"{url}?offset=0", kept, content_type="application/octet-stream").status_code == 200
        assert client.get(url).json() == {"received": len(kept)}
        assert post(client, url, body_of(bid, "restore-body", ["price"])).json() == {"opened": 1}
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept)
    evidence = client.get(
        f"/projects/{played.project}/evidence/{SealedBid.objects.get(lid_id=bid['lid']['id']).public_id}/"
    )
    told = evidence.json()
    assert told["v"] == "opening-evidence/1" and len(told["remedies"]) == 3
    shares = {row.share for one in SealedBid.objects.all() for row in one.releases.all() if row.share}
    assert not [share for share in shares if share in evidence.content.decode()]
    assert not [
        row for row in bid["rescue"] if row["S"] in evidence.content.decode() or row["S_B"] in evidence.content.decode()
    ]


def test_evidence_of_what_is_not_there_is_not_found(opened: Any, client: Client) -> None:
    played, _bids = opened
    assert client.get(f"/projects/{played.project}/evidence/B-nothing/").status_code == 404
    assert client.get("/projects/P-nothing/evidence/B-nothing/").status_code == 404
