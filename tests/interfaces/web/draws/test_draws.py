"""The pages of a draw: who may commit where, what strangers read, and that no name comes out before the law lets it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from sunshine.domain.evaluation.models import Draw
from sunshine.domain.parties.models import Expert
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import drawing, play, stage
from sunshine.interfaces.rehearsal.drawing import Drawing
from sunshine_proof.draw import replay
from tests.interfaces.web.buyer_running.world import enter, three_bids, world

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


@pytest.fixture(scope="module")
def opened(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[play.Played]:
    """One lot, opened; five experts in the registry."""
    with world(django_db_blocker) as cast, django_db_blocker.unblock():
        played = three_bids(cast)
        stage.opened(played)
        yield played


def announce(played: play.Played) -> Drawing:
    judge = [played.cast["judge"].person.public_id]
    return drawing.announced(played, played.lots[0], experts=4, specialty="给排水设备", representatives=judge)


def secrets(one: Drawing) -> set[str]:
    """What nobody outside may read: experts' names and ids, and the salt."""
    experts = Expert.objects.select_related("person")
    found = {word for expert in experts for word in (expert.person.name, expert.public_id, expert.person.public_id)}
    return found | {Draw.objects.get(public_id=one.draw).salt, one.played.cast["judge"].name}


def public(one: Drawing) -> list[str]:
    """Everything anybody may read of a draw, and of its project."""
    addresses = [f"/draws/{one.draw}/", f"/draws/{one.draw}/record.json", f"/projects/{one.played.project}/"]
    addresses += [f"/draws/{one.draw}/proofs/{number}/" for number in range(4)]
    addresses += [f"/api/v1/projects/{one.played.project}", "/notices/", "/results/"]
    return [Client().get(address, follow=True).content.decode() for address in addresses]


def post(who: Any, url: str, body: Any) -> Any:
    return enter(who).post(url, json.dumps(body), content_type="application/json")


def test_a_draw_is_followed_from_its_announcement_to_its_replay_without_javascript(opened: play.Played) -> None:
    one, visitor = announce(opened), Client()
    page = visitor.get(f"/draws/{one.draw}/").content.decode()
    assert "抽取还没有完成" in page and "评标专家 4 名，候补 1 名" in page and "未承诺" in page
    assert visitor.get(f"/draws/{one.draw}/record.json").status_code == 404
    assert visitor.get(f"/draws/{one.draw}/proofs/0/").status_code == 404
    assert f"/draws/{one.draw}/" in visitor.get(f"/projects/{opened.project}/").content.decode()
    drawing.drawn(one)
    page = visitor.get(f"/draws/{one.draw}/").content.decode()
    record = visitor.get(f"/draws/{one.draw}/record.json").json()
    found = replay(record)
    assert found.seed.hex() in page and "第 1 候补" in page and "平台已算" in page
    for step in found.steps:
        assert step.chosen in page and f"{step.words[-1]:016x}" in page
    assert visitor.get(f"/draws/{one.draw}/proofs/3/").status_code == 200
    assert visitor.get(f"/draws/{one.draw}/proofs/4/").status_code == 404
    assert visitor.get("/draws/DR-0000000000/").status_code == 404


def test_no_name_is_read_anywhere_before_the_award_notice_and_only_who_sat_afterwards(opened: play.Played) -> None:
    one, lot = announce(opened), opened.lots[0]
    hidden = secrets(one)

    def read() -> set[str]:
        return {word for word in hidden for text in public(one) if word in text}

    assert read() == set()
    drawing.drawn(one)
    assert read() == set()
    stage.judged(opened, lot)
    stage.candidates(opened, lot)
    assert read() == set()
    stage.awarded(opened, lot)
    draw = Draw.objects.get(public_id=one.draw)
    sat = {draw.blinded[blind] for blind in draw.record["result"]["members"]}
    names = set(Expert.objects.filter(public_id__in=sat).values_list("person__name", flat=True))
    assert read() == sat | names | {draw.salt}


def test_a_partys_page_offers_what_is_to_do_and_says_why_not(opened: play.Played) -> None:
    one, cast = announce(opened), opened.cast
    address = f"/draws/{one.draw}/party/"
    assert "生成随机数并提交承诺" in enter(cast["inspector"]).get(address).content.decode()
    assert f"/draws/{one.draw}/party/" in enter(cast["inspector"]).get("/supervisor/").content.decode()
    assert f"/draws/{one.draw}/party/" in enter(cast["verifier"]).get("/operator/").content.decode()
    for key in ("auditor", "supplier1", "expert1", "publisher", "keeper"):
        assert enter(cast[key]).get(address).status_code == 404, key
    drawing.commit(one, 2)
    page = enter(cast["inspector"]).get(address).content.decode()
    assert "承诺不能更改" in page and "sun-draw-boot" not in page
    asking = {"headers": {"HX-Request": "true"}}
    seen = page.partition("?seen=")[2].partition('"')[0]
    assert "HX-Refresh" not in enter(cast["inspector"]).get(f"{address}?seen={seen}", **asking)
    drawing.committed(one)
    assert enter(cast["inspector"]).get(f"{address}?seen={seen}", **asking)["HX-Refresh"] == "true"
    page = enter(cast["inspector"]).get(address).content.decode()
    assert "揭示随机数" in page and "第二步" in page
    drawing.reveal(one, 2)
    assert "等待其他方" in enter(cast["inspector"]).get(address).content.decode()
    assert f"/draws/{one.draw}/party/" not in enter(cast["inspector"]).get("/supervisor/").content.decode()


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"commit": 1, "lid": {}, "body": ""},
        {"commit": "", "lid": [], "body": ""},
        {"commit": "", "lid": {"v": []}, "body": ""},
        {"commit": "00", "lid": {"parts": [[]]}, "body": "\u0000"},
        {"commit": "\ud800", "lid": {"v": "seal/1"}, "body": "AA=="},
    ],
)
def test_a_malformed_commitment_is_refused_with_a_code(opened: play.Played, body: Any) -> None:
    one = announce(opened)
    answer = post(opened.cast["officer"], f"/draws/{one.draw}/commit/", body)
    assert answer.status_code in (409, 422) and answer.json()["code"] in ("malformed", "commit-malformed")
    assert not Draw.objects.get(public_id=one.draw).parties.exclude(commit="").exists()


@pytest.mark.parametrize(
    "change", ["policy", "parts", "share", "commit", "recipient", "k", "size", "sha256", "seq", "sig"]
)
def test_a_lid_with_anything_touched_is_refused(opened: play.Played, change: str) -> None:
    one = announce(opened)
    sent = drawing.sealed(one.draw, 1, bytes(range(32)))
    lid, part = sent["lid"], sent["lid"]["parts"][0]
    if change in lid and change != "parts":
        lid[change] = 2 if change == "seq" else "00" * 32
    elif change == "parts":
        lid["parts"] = [part, part]
    else:
        part[change] = {"k": 1, "size": 1, "sha256": "00" * 32, "recipient": "age1"}.get(change, [])
    answer = post(opened.cast["officer"], f"/draws/{one.draw}/commit/", sent)
    assert (answer.status_code, answer.json()["code"]) == (409, "commit-malformed")


def test_a_malformed_reveal_is_refused_with_a_code(opened: play.Played) -> None:
    one = drawing.committed(announce(opened))
    for body, codes in (
        ([], {"malformed"}),
        ({"r": 1, "checkpoint": ""}, {"malformed"}),
        ({"r": "", "checkpoint": ""}, {"draw-checkpoint"}),
        ({"r": "\ud800", "checkpoint": "\ud800"}, {"draw-checkpoint"}),
    ):
        answer = post(opened.cast["officer"], f"/draws/{one.draw}/reveal/", body)
        assert answer.status_code in (409, 422) and answer.json()["code"] in codes, body
    assert post(opened.cast["auditor"], f"/draws/{one.draw}/reveal/", {}).status_code == 404


def test_trustees_are_asked_only_when_the_time_is_over(opened: play.Played) -> None:
    from datetime import timedelta

    one, keeper = drawing.committed(announce(opened)), opened.cast["keeper"]
    drawing.reveal(one, 1)
    drawing.reveal(one, 2)
    shares = f"/trustee/draws/{one.draw}/shares/"
    assert enter(keeper).get(shares).json()["code"] == "too-early"
    assert "代为开启" not in enter(keeper).get("/trustee/").content.decode()
    assert "揭示时限未到" in enter(keeper).get(f"/trustee/draws/{one.draw}/").content.decode()
    play.until(clock.now() + timedelta(minutes=31))
    assert len(enter(keeper).get(shares).json()["lids"]) == 1
    assert f"/trustee/draws/{one.draw}/" in enter(keeper).get("/trustee/").content.decode()
    for body in ([], {"releases": [1]}, {"releases": [{}], "statement": {}, "signature": "", "certificate": ""}):
        answer = post(keeper, f"/trustee/draws/{one.draw}/releases/", body)
        assert answer.status_code in (409, 422) and answer.json()["code"] in ("malformed", "release-malformed")
    drawing.release(one, keeper, 1)
    assert f"/trustee/draws/{one.draw}/" not in enter(keeper).get("/trustee/").content.decode()
    assert enter(opened.cast["auditor"]).get(f"/trustee/draws/{one.draw}/").status_code in (403, 404)


def test_the_officer_gives_up_a_draw_with_a_reason_that_everybody_reads(opened: play.Played) -> None:
    one, officer = announce(opened), enter(opened.cast["officer"])
    url = reverse("running:abandon-draw", args=[opened.lots[0], one.draw])
    assert officer.get(url).status_code == 200 and officer.post(url, {"reason": " "}).status_code == 422
    assert enter(opened.cast["publisher"]).post(url, {"reason": "x"}).status_code == 403
    assert officer.post(url, {"reason": "监督人员出差，改由同事参加"}).status_code == 302
    assert "监督人员出差" in Client().get(f"/draws/{one.draw}/").content.decode()
    two = drawing.committed(announce(opened))
    url = reverse("running:abandon-draw", args=[opened.lots[0], two.draw])
    assert (
        officer.post(url, {"reason": "不喜欢"}).status_code == 422 and "不能作废" in officer.get(url).content.decode()
    )


def test_a_factor_is_announced_on_its_own_page_and_replayed_with_its_value(opened: play.Played) -> None:
    cast, url = opened.cast, reverse("running:factor", args=[opened.lots[0]])
    sides = {"supervisor": cast["inspector"].person.public_id, "operator": cast["verifier"].person.public_id}
    officer = enter(cast["officer"])
    for choices in ("95", "95 95", "95 x", ""):
        answer = officer.post(url, sides | {"choices": choices, "reveal_minutes": "30"})
        assert answer.status_code == 422, choices
    answer = officer.post(url, sides | {"choices": "95，96 97", "reveal_minutes": "30"})
    assert answer.status_code == 302
    one = drawing.drawn(Drawing(opened, Draw.objects.get().public_id))
    page = Client().get(f"/draws/{one.draw}/").content.decode()
    assert "95 · 96 · 97" in page and replay(Draw.objects.get().record).drawn.members[0] in ("95", "96", "97")
    assert "盲号" not in page
