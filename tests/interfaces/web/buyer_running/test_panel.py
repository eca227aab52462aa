"""The panel's draw, and what the buyer may know of the evaluation."""

from datetime import timedelta

import pytest

from sunshine.domain.evaluation.models import Draw, Panel, PanelMember
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import drawing, play, stage
from tests.interfaces.web.buyer_running.world import enter

pytestmark = pytest.mark.django_db


def tab(played: play.Played, name: str) -> str:
    return f"/buyer/lots/{played.lots[0]}/{name}/"


def asked(played: play.Played, **given: object) -> dict[str, object]:
    """What the officer fills in."""
    sides = {"supervisor": played.cast["inspector"], "operator": played.cast["verifier"]}
    form = {"specialty": "给排水设备", "experts": "4", "reveal_minutes": "30"}
    form |= {name: player.person.public_id for name, player in sides.items()}
    return form | given


def test_the_draw_page_tells_the_rule_with_its_numbers_and_refuses_an_unlawful_panel(opened: play.Played) -> None:
    client = enter(opened.cast["officer"])
    page = client.get(tab(opened, "panel")).content.decode()
    assert "5 人以上单数" in page and "招标投标法 第三十七条" in page and "给排水设备（在库 5 人）" in page
    for given, words in (
        ({}, "5人以上单数"),
        ({"experts": "99"}, "30"),
        ({"specialty": "炼金术", "experts": "5"}, "炼金术"),
        ({"experts": "5", "representatives": [opened.cast["officer"].person.public_id]}, ""),
        ({"experts": "5"}, "至少还要一名候补"),
        ({"experts": "5", "supervisor": opened.cast["keeper"].person.public_id}, ""),
        ({"experts": "5", "operator": ""}, ""),
        ({"experts": "5", "reveal_minutes": "0"}, ""),
    ):
        answer = client.post(tab(opened, "panel"), asked(opened, **given))
        assert answer.status_code == 422 and words in answer.content.decode(), given
    assert not Panel.objects.exists()


def test_the_recorded_draw_shows_numbers_and_roles_but_no_names_before_the_candidates(opened: play.Played) -> None:
    client = enter(opened.cast["officer"])
    judge = opened.cast["judge"].person
    given = asked(opened, representatives=[judge.public_id])
    assert client.post(tab(opened, "panel"), given).status_code == 302
    assert client.post(tab(opened, "panel"), given).status_code == 422
    draw = Draw.objects.get()
    page = client.get(tab(opened, "panel")).content.decode()
    assert "未承诺" in page and f"/draws/{draw.public_id}/party/" in page and 'name="specialty"' not in page
    drawing.drawn(drawing.Drawing(opened, draw.public_id))
    assert Panel.objects.count() == 1
    people = [m.person.name for m in PanelMember.objects.select_related("person")]
    for page in ("panel", "evaluation"):
        text = client.get(tab(opened, page)).content.decode()
        assert not any(name in text for name in people)
        assert "5 号" in text and "采购人代表" in text
    page = client.get(tab(opened, "panel")).content.decode()
    assert "记录指纹" in page and "候补人数" in page


def test_names_appear_with_the_candidates(opened: play.Played) -> None:
    stage.evaluated(opened, opened.lots[0])
    stage.candidates(opened, opened.lots[0])
    page = enter(opened.cast["officer"]).get(tab(opened, "panel")).content.decode()
    assert opened.cast["judge"].person.name in page


def test_who_may_not_draw_sees_no_form_and_is_refused(opened: play.Played) -> None:
    publisher = enter(opened.cast["publisher"])
    page = publisher.get(tab(opened, "panel")).content.decode()
    assert 'name="specialty"' not in page
    assert publisher.post(tab(opened, "panel"), {"specialty": "给排水设备", "experts": "5"}).status_code == 403


def test_bid_files_are_read_by_who_works_on_the_lot_and_by_its_supervisors_only(opened: play.Played) -> None:
    client = enter(opened.cast["officer"])
    page = client.get(tab(opened, "evaluation")).content.decode()
    url = page.split('href="/buyer/lots/')[1:]
    files = ["/buyer/lots/" + one.split('"')[0] for one in url if "/files/" in one.split('"')[0]]
    assert files
    for key in ("officer", "publisher", "inspector", "auditor"):
        answer = enter(opened.cast[key]).get(files[0])
        assert answer.status_code == 200, key
        assert b"".join(answer.streaming_content)
    for key in ("reviewer", "approver", "signatory", "supplier1", "supplier2", "expert1", "verifier", "op_keeper"):
        assert enter(opened.cast[key]).get(files[0]).status_code == 404, key


def test_a_lot_fails_with_a_public_reason_and_begins_a_next_round_without_touching_this_one(
    opened: play.Played,
) -> None:
    officer, lot = enter(opened.cast["officer"]), opened.lots[0]
    assert officer.post(tab(opened, "fail"), {"reason": "  "}).status_code == 422
    assert officer.post(tab(opened, "fail"), {"reason": "全部投标的技术方案均不满足"}).status_code == 302
    assert "全部投标的技术方案均不满足" in officer.get(tab(opened, "evaluation")).content.decode()
    assert officer.get(tab(opened, "retender")).status_code == 200
    answer = officer.post(tab(opened, "retender"))
    assert answer.status_code == 302 and answer.url.startswith("/buyer/projects/P-")
    assert Lot.objects.get(previous__public_id=lot).round == 2
    assert Lot.objects.get(public_id=lot).stage == "retendered"
    assert officer.post(tab(opened, "retender")).status_code == 409


def test_a_lot_without_bids_fails_unopened_and_says_why(opened: play.Played) -> None:
    again = play.announced(play.a_project(opened.cast, plan=_plan(opened)))
    play.until(again.bids_due_at + timedelta(seconds=1))
    clock._last.clear()
    officer = enter(opened.cast["officer"])
    assert officer.post(f"/buyer/projects/{again.project}/opening/open/").status_code == 302
    page = officer.get(f"/buyer/projects/{again.project}/opening/").content.decode()
    assert "投标人少于3个，不得开标" in page and "流标" in page


def _plan(played: play.Played) -> str:
    return Lot.objects.get(public_id=played.lots[0]).project.plan.public_id
