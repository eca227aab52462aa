"""Keys and shares over HTTP: not before the deadline, not by others, not the wrong ones; three open, two do not."""

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.bidding.models import OpenedBid, SealedBid, ShareRelease
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows import open_bids, seat_trustees
from sunshine.flows.keep_keys import revoke_certificate
from sunshine.foundation import clock
from sunshine.foundation.vault import certificates
from sunshine.interfaces.rehearsal import people, play
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof import agefile
from sunshine_proof.opening import open_share
from sunshine_proof.policy import policy_id, trustee_digest
from sunshine_proof.release import build_release, release_digest
from sunshine_proof.shares import commit_of
from tests.interfaces.web.trustee.conftest import Door

pytestmark = pytest.mark.django_db


def post(client: Client, path: str, data: Any) -> Any:
    return client.post(path, json.dumps(data), content_type="application/json")


def opening(played: play.Played) -> None:
    play.until(played.bids_due_at + timedelta(seconds=1))
    open_bids.open_bids(played.project, by=played.cast["officer"].actor())


def prepared(client: Client, played: play.Played, player: Player, *, bend: bool = False) -> dict[str, Any]:
    """What <sun-release> posts; ``bend`` spoils the first share."""
    asked = client.get(f"/trustee/lots/{played.lots[0]}/shares/").json()
    pid, i = policy_id(asked["policy"]).hex(), asked["i"]
    given, stated = [], []
    for lid in asked["lids"]:
        for part in lid["parts"]:
            y = open_share(pid, part, i, player.trustee_keys[played.project])
            if bend and not given:
                y = bytes([y[0] ^ 1]) + y[1:]
            about = {"lid": lid["id"], "part": part["part"]}
            given.append(about | {"y": y.hex()})
            stated.append(about | {"commit": commit_of(bytes.fromhex(pid), part["recipient"], i, y)})
    statement = build_release(pid, i, stated, clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return {"releases": given, "statement": statement, **player.sign(release_digest(statement))}


def release(played: play.Played, player: Player, door: Door, **more: Any) -> Any:
    client = door(player)
    return post(client, f"/trustee/lots/{played.lots[0]}/releases/", prepared(client, played, player, **more))


def test_before_the_deadline_there_are_no_shares_to_be_had_and_the_page_says_why(sealed, door: Door):
    keeper, lot = sealed.cast.trustees[0], sealed.lots[0]
    client = door(keeper)
    answer = client.get(f"/trustee/lots/{lot}/shares/")
    assert answer.status_code == 409 and answer.json()["code"] == "too-early"
    page = client.get(f"/trustee/lots/{lot}/").content.decode()
    assert "sun-countdown" in page and "<sun-release" not in page and "投标截止时间未到" in page
    body = {"releases": [{"lid": "0" * 64, "part": "tech", "y": "0" * 64}], "statement": {}, **keeper.sign(bytes(32))}
    assert post(client, f"/trustee/lots/{lot}/releases/", body).json()["code"] == "not-opened"
    play.until(sealed.bids_due_at + timedelta(seconds=1))
    assert client.get(f"/trustee/lots/{lot}/shares/").json()["code"] == "not-opened"
    assert not ShareRelease.objects.exists()


def test_two_trustees_open_nothing_and_the_third_opens_everything(sealed, door: Door):
    opening(sealed)
    one, two, three, four = sealed.cast.trustees
    for player in (one, two):
        answer = release(sealed, player, door)
        assert answer.json()["accepted"] == 9 and answer.json()["opening"] == {"opened": 0, "failed": 0, "waiting": 3}
        assert not OpenedBid.objects.exists()
    page = door(four).get(f"/trustee/lots/{sealed.lots[0]}/").content.decode()
    assert "<sun-release" in page and "已有 2 位释放" in page
    assert release(sealed, three, door).json()["opening"]["opened"] == 3
    assert OpenedBid.objects.count() == 3 and not SealedBid.objects.filter(stage="sealed").exists()
    page = door(four).get(f"/trustee/lots/{sealed.lots[0]}/").content.decode()
    assert "<sun-release" not in page and "不再需要份额" in page
    assert door(four).get(f"/trustee/lots/{sealed.lots[0]}/shares/").json()["lids"] == []


def test_releasing_twice_changes_nothing(sealed, door: Door):
    opening(sealed)
    player = sealed.cast.trustees[0]
    client = door(player)
    body = prepared(client, sealed, player)
    url = f"/trustee/lots/{sealed.lots[0]}/releases/"
    assert post(client, url, body).json()["accepted"] == 9
    assert post(client, url, body).json()["accepted"] == 0
    assert ShareRelease.objects.count() == 9


def test_a_wrong_share_stays_on_record_unused_and_a_foreign_signature_leaves_nothing(sealed, door: Door):
    opening(sealed)
    one, two = sealed.cast.trustees[:2]
    answer = release(sealed, one, door, bend=True)
    assert answer.status_code == 409 and answer.json()["code"] == "release-share"
    assert "第1号持有人" in answer.json()["text"]
    kept = ShareRelease.objects.count()
    wrong = ShareRelease.objects.get(fault="share-wrong")  # one of the batch; the good ones are used
    assert wrong.share == "" and wrong.expected != wrong.got and kept > 1
    assert "份额有误" in door(one).get(f"/trustee/lots/{sealed.lots[0]}/").content.decode()
    client = door(one)
    body = prepared(client, sealed, one)
    forged = body | two.sign(release_digest(body["statement"]))
    answer = post(client, f"/trustee/lots/{sealed.lots[0]}/releases/", forged)
    assert answer.status_code == 409 and answer.json()["code"] == "certificate-of-other-person"
    assert ShareRelease.objects.count() == kept


@pytest.mark.parametrize("body", [[], {}, {"releases": [], "statement": {}}, {"releases": [7]}, {"releases": "x"}])
def test_a_release_of_another_shape_is_malformed(sealed, door: Door, body):
    opening(sealed)
    answer = post(door(sealed.cast.trustees[0]), f"/trustee/lots/{sealed.lots[0]}/releases/", body)
    assert answer.status_code == 422 and answer.json()["code"] == "malformed"


def test_others_find_nothing_at_the_trustees_door(sealed, zheng, door: Door):
    opening(sealed)
    lot = sealed.lots[0]
    other = people.member(sealed.cast["verifier"], "郑二", "er@keeper.example", "trustee")
    for player, page, data in (
        (zheng, 403, 404),
        (sealed.cast["officer"], 403, 404),
        (sealed.cast.suppliers[0], 403, 404),
        (other, 404, 404),
    ):
        client = door(player)
        assert client.get(f"/trustee/lots/{lot}/").status_code == page
        assert client.get(f"/trustee/projects/{sealed.project}/").status_code == page
        assert client.get(f"/trustee/lots/{lot}/shares/").status_code == data
        assert post(client, f"/trustee/lots/{lot}/releases/", {"releases": [{"lid": "x"}], "statement": {},
            "signature": "", "certificate": ""}).status_code == data  # fmt: skip
    assert Client().get(f"/trustee/lots/{lot}/").status_code == 302
    assert Client().get(f"/trustee/lots/{lot}/shares/").status_code == 401


def test_a_trustee_makes_its_key_once_the_seat_is_given_and_not_after_the_announcement(cast, door: Door):
    played = play.a_project(cast)
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    keeper = cast.trustees[0]
    client = door(keeper)
    for held in certificates.of_person(keeper.person.public_id, at=clock.now()):
        revoke_certificate(held.public_id, by=keeper.actor())
    assert "去申请证书" in client.get(f"/trustee/projects/{played.project}/").content.decode()
    keeper.key = None
    keeper.enrol()
    page = client.get(f"/trustee/projects/{played.project}/").content.decode()
    assert "<sun-trustee-key" in page and f'data-role="{seat_trustees.SEATS[0]}"' in page
    secret = agefile.new_secret()
    recipient = agefile.recipient_of(secret)
    url = f"/trustee/projects/{played.project}/key/"
    wrong = {"recipient": recipient, **keeper.sign(trustee_digest(played.project, "审计", recipient))}
    assert post(client, url, wrong).json()["code"] == "signature-invalid"
    right = {"recipient": recipient, **keeper.sign(trustee_digest(played.project, seat_trustees.SEATS[0], recipient))}
    assert post(client, url, right).status_code == 201
    assert TrusteeSeat.objects.get(person=keeper.person).recipient == recipient
    assert "生成时间" in client.get(f"/trustee/projects/{played.project}/").content.decode()
    play.announced(played)
    assert post(client, url, right).json()["code"] == "policy-is-fixed"


def test_the_trustees_pages_answer_in_every_state_within_twenty_queries(
    sealed, door: Door, django_assert_max_num_queries
):
    keeper, lot = sealed.cast.trustees[0], sealed.lots[0]
    client = door(keeper)
    pages = [
        "/trustee/",
        f"/trustee/projects/{sealed.project}/",
        f"/trustee/lots/{lot}/",
        f"/trustee/lots/{lot}/state/",
    ]

    def look() -> None:
        for page in pages:
            with django_assert_max_num_queries(20):
                assert client.get(page).status_code == 200

    look()
    opening(sealed)
    assert "去释放份额" in client.get("/trustee/").content.decode()
    look()
    for player in sealed.cast.trustees[:3]:
        release(sealed, player, door)
    look()
    assert "现在没有需要您释放的份额" in client.get("/trustee/").content.decode()
