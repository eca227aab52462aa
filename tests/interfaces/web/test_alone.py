"""Pages of a tender in which each bidder alone opens: who is asked for what, who may name trustees for the draw, and when."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.flows.open_bids import open_bids
from sunshine.interfaces.rehearsal import drawing, play, remedies, stage
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof.policy import policy_id
from sunshine_proof.tender import read_tender
from tests.cast import cast  # noqa: F401  the fixture

pytestmark = pytest.mark.django_db
Door = Callable[[Player], Client]


@pytest.fixture
def played(cast: play.Cast) -> play.Played:  # noqa: F811
    return play.announced(play.a_project(cast, sealing="B"))


def door(player: Player) -> Client:
    client = Client()
    client.force_login(player.person)
    session = client.session
    session["organisation"] = player.organisation
    session.save()
    return client


def opened(played: play.Played) -> list[dict[str, Any]]:
    """Three bids in the box, and the box opened."""
    bids = [play.bid(played, played.lots[0], supplier) for supplier in played.cast.suppliers]
    assert played.bids_due_at is not None
    play.until(played.bids_due_at + timedelta(seconds=1))
    open_bids(played.project, by=played.cast["officer"].actor())
    return bids


def present(bid: dict[str, Any], **other: Any) -> Any:
    """POST /box/rescues/ by somebody without a session."""
    statement, sig = remedies.signed(bid, "rescue")
    given = {row["part"]: {"S": row["S"]} for row in bid["rescue"]}
    body = json.dumps({"statement": statement, "sig": sig, "given": given} | other)
    return Client(enforce_csrf_checks=True).post("/box/rescues/", body, content_type="application/json")


def pages(played: play.Played) -> dict[str, list[str]]:
    project, lot = played.project, played.lots[0]
    desk = f"/buyer/projects/{project}/"
    return {
        "officer": [desk, f"{desk}opening/", f"{desk}draft/trustees/"],
        "publisher": [desk],
        "supplier1": [f"/supplier/projects/{project}/", f"/supplier/projects/{project}/opening/", "/supplier/bids/"],
        "keeper": ["/trustee/", f"/trustee/projects/{project}/", f"/trustee/lots/{lot}/"],
        "inspector": [f"/supervisor/projects/{project}/", f"/supervisor/projects/{project}/opening/"],
        "verifier": ["/operator/"],
    }


def test_every_door_shows_such_a_tender_within_twenty_queries(
    played: play.Played, django_assert_max_num_queries: Any
) -> None:
    play.with_trustees(played)
    bids: list[dict[str, Any]] = []
    for state in ("announced", "opening", "opened"):
        if state == "opening":
            bids = opened(played)
        if state == "opened":
            assert present(bids[0]).json() == {"opened": 1}
        for key, urls in pages(played).items():
            client = door(played.cast[key])
            for url in urls:
                with django_assert_max_num_queries(20):
                    answer = client.get(url)
                assert answer.status_code == 200, (state, key, url, answer.status_code)
        for language, words in (("zh-hans", "没有密钥持有人"), ("en", "there are no trustees")):
            page = Client(headers={"accept-language": language}).get(f"/projects/{played.project}/").content.decode()
            assert words in page and "任何一位都不能单独打开" not in page


def test_the_sealing_page_and_the_tender_file_name_no_trustee_even_when_seats_are_filled(played: play.Played) -> None:
    play.with_trustees(played)
    lot, supplier = played.lots[0], played.cast.suppliers[0]
    supplier.enrol()
    page = door(supplier).get(f"/supplier/lots/{lot}/bid/").content.decode()
    assert "本项目由您自己开启投标" in page and "核对开标密钥持有人的签名" not in page and "四位持有人" not in page
    file = Client().get(f"/projects/{played.project}/lots/{lot}/tender.json")
    assert file.status_code == 200
    content = b"".join(file.streaming_content) if file.streaming else file.content  # type: ignore[attr-defined]
    found = read_tender(content)
    assert found.pid == policy_id(played.policies[lot]).hex() and found.content["trustee_certificates"] == []


def test_a_bidder_without_a_session_opens_its_bid_and_a_wrong_key_is_told_at_once(played: play.Played) -> None:
    bids = opened(played)
    told = Client().get("/box/openings/").json()["lids"]
    assert {one["wants"][0] for one in told.values()} == {"key"} and {len(one["wants"]) for one in told.values()} == {1}
    others = {row["part"]: {"S": row["S"]} for row in bids[1]["rescue"]}
    answer = present(bids[0], given=others)
    assert (answer.status_code, answer.json()["code"]) == (409, "remedy-key")
    answer = present(bids[0], sig="00" * 64)
    assert (answer.status_code, answer.json()["code"]) == (409, "remedy-signature")
    assert present(bids[0]).json() == {"opened": 1}
    assert SealedBid.objects.get(lid_id=bids[0]["lid"]["id"]).stage == "opened"
    told = Client().get("/box/openings/").json()["lids"]
    assert told[bids[0]["lid"]["id"]]["wants"] == [] and told[bids[1]["lid"]["id"]]["wants"] == ["key"]


def test_no_trustee_is_asked_for_shares(played: play.Played) -> None:
    play.with_trustees(played)
    opened(played)
    holder = door(played.cast.trustees[0])
    assert f"/trustee/lots/{played.lots[0]}/" not in holder.get("/trustee/").content.decode()
    assert "不需要您释放份额" in holder.get(f"/trustee/lots/{played.lots[0]}/").content.decode()
    assert "将释放" not in holder.get(f"/trustee/projects/{played.project}/").content.decode()


def test_the_officer_names_trustees_after_the_announcement_until_a_draw_fixes_them(played: play.Played) -> None:
    officer, url = door(played.cast["officer"]), f"/buyer/projects/{played.project}/draft/trustees/"
    desk = f"/buyer/projects/{played.project}/"
    assert url in officer.get(desk).content.decode()
    persons = {f"seat-{i}": holder.person.public_id for i, holder in enumerate(played.cast.trustees, 1)}
    assert officer.post(url, persons | {"seat-4": persons["seat-1"]}).status_code == 422
    assert officer.post(url, persons).status_code == 302 and TrusteeSeat.objects.count() == 4
    assert "等待本人生成" in officer.get(url).content.decode()
    for key in ("supplier1", "reviewer", "inspector"):
        stranger = door(played.cast[key])
        assert stranger.post(url, persons).status_code in (403, 404), key
        assert url not in stranger.get(desk).content.decode()
    seat = f"/trustee/projects/{played.project}/"
    assert "它只用于抽取" in door(played.cast.trustees[0]).get(seat).content.decode()
    play.with_trustees(played)
    bids = opened(played)
    for bid in bids:
        assert present(bid).json() == {"opened": 1}
    stage.confirm_opening(played.project, by=played.cast["officer"].actor())
    drawing.announced(
        played,
        played.lots[0],
        experts=4,
        specialty="给排水设备",
        representatives=[played.cast["judge"].person.public_id],
    )
    assert officer.get(url).status_code in (404, 409) and officer.post(url, persons).status_code in (404, 409)
    assert url not in officer.get(desk).content.decode()


def test_in_the_other_modes_the_page_of_the_seats_closes_with_the_announcement(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    officer, url = door(played.cast["officer"]), f"/buyer/projects/{played.project}/draft/trustees/"
    assert officer.get(url).status_code in (404, 409) and officer.post(url, {}).status_code in (404, 409)


def test_a_draw_without_trustees_is_refused_in_words_on_its_page(played: play.Played) -> None:
    bids = opened(played)
    for bid in bids:
        present(bid)
    stage.confirm_opening(played.project, by=played.cast["officer"].actor())
    officer, people = door(played.cast["officer"]), played.cast
    form = {
        "experts": "4",
        "specialty": "给排水设备",
        "representatives": [people["judge"].person.public_id],
        "supervisor": people["inspector"].person.public_id,
        "operator": people["verifier"].person.public_id,
        "reveal_minutes": "30",
    }
    answer = officer.post(f"/buyer/lots/{played.lots[0]}/panel/", form, follow=True)
    assert "抽取用的密钥持有人" in answer.content.decode(), answer.status_code
