"""Who may see what, and at what price: strangers and other groups learn nothing, no page costs more than 20 queries."""

import pytest
from django.test import Client
from django.urls import reverse

from sunshine.domain.sourcing.models import Document, Lot, Plan, Project
from sunshine.flows import draft as drafting
from sunshine.flows import initiate as initiating
from sunshine.flows import plan as planning
from sunshine.interfaces.rehearsal import play
from sunshine.interfaces.rehearsal.people import Player
from sunshine.interfaces.web.buyer.drafting.urls import urlpatterns
from tests.interfaces.web.buyer_drafting.conftest import Door

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


def addresses() -> list[str]:
    """Every address of this desk that names an object, with ids of real objects."""
    project, lot = Project.objects.order_by("pk").first(), Lot.objects.order_by("pk").first()
    ids = {
        "plan_id": Plan.objects.order_by("pk").first().public_id,
        "project_id": project.public_id,
        "lot_id": lot.public_id,
        "document_id": Document.objects.order_by("pk").first().public_id,
        "person_id": "U-0000000000",
        "record_id": "MD-0000000000",
    }
    found = []
    for pattern in urlpatterns:
        wanted = {name: ids[name] for name in pattern.pattern.converters}
        if wanted:
            found.append(reverse(f"drafting:{pattern.name}", kwargs=wanted))
    return found


def test_a_stranger_and_an_officer_of_another_group_find_nothing_anywhere(
    announced: play.Played, zheng: Player, other_group: Player, door: Door
) -> None:
    for who in (zheng, other_group, announced.cast.suppliers[0]):
        client = door(who)
        for url in addresses():
            for answer in (client.get(url), client.post(url, {"reason": "x", "sure": "1"})):
                assert answer.status_code in (404, 405), (who.name, url, answer.status_code)
    assert door(zheng).get("/buyer/").status_code == 404
    assert announced.project not in door(other_group).get("/buyer/projects/").content.decode()
    assert Project.objects.get().stage == "announced"


def test_a_visitor_is_asked_to_log_in(announced: play.Played) -> None:
    for url in addresses():
        answer = Client().get(url)
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next="), url


def test_a_colleague_without_the_role_gets_no_page_to_act_on(drafted: play.Played, door: Door) -> None:
    reviewer, home = door(drafted.cast["reviewer"]), f"/buyer/projects/{drafted.project}/"
    assert reviewer.get(home).status_code == 200
    for page in ("draft/basics/", "draft/lots/", "draft/check/", "announce/", "terminate/"):
        assert reviewer.get(home + page).status_code == 404, page
    for page, data in (("draft/basics/", {"title": "x"}), ("announce/", {}), ("method/", {})):
        assert reviewer.post(home + page, data).status_code in (403, 404), page
    assert Project.objects.get().stage == "draft"


PROJECT_PAGES = ("", "history/", "method/", "review/", "announce/", "terminate/", "questions/")
SECTIONS = ("basics", "lots", "criteria", "scheme", "timetable", "files", "trustees", "check")


def test_no_page_costs_more_than_twenty_queries(cast: play.Cast, door: Door, django_assert_max_num_queries) -> None:
    played = play.with_trustees(play.a_project(cast, lots=3))
    home = f"/buyer/projects/{played.project}/"
    lot = Lot.objects.first()

    def look(who: str, *urls: str) -> None:
        client = door(cast[who])
        for language in ("zh-hans", "en"):
            client.cookies["django_language"] = language
            for url in urls:
                with django_assert_max_num_queries(20):
                    answer = client.get(url)
                assert answer.status_code == 200, (who, url, answer.status_code)

    plan = f"/buyer/plans/{Plan.objects.get().public_id}/"
    look("officer", "/buyer/", "/buyer/approvals/", "/buyer/plans/", "/buyer/plans/new/", plan, f"{plan}initiate/")
    look("officer", "/buyer/projects/", "/buyer/members/", "/buyer/organisation/", home, f"{home}history/")
    look("officer", *(f"{home}draft/{section}/" for section in SECTIONS), f"{home}draft/lots/{lot.public_id}/")
    look("admin", "/buyer/members/new/", "/buyer/members/delegations/new/", "/buyer/members/mandates/new/")
    look("admin", f"/buyer/members/{cast['officer'].person.public_id}/", home)
    drafting.submit_review(played.project, by=cast["officer"].actor())
    look("reviewer", "/buyer/", home, f"{home}review/")
    play.reviewing.review(played.project, by=cast["reviewer"].actor(), opinion="可以")
    look("publisher", "/buyer/", home, f"{home}announce/", f"{home}terminate/")
    play.announce_flow(played.project, by=cast["publisher"].actor())
    look("officer", "/buyer/", home, f"{home}clarify/", f"{home}questions/")
    look("approver", "/buyer/", "/buyer/approvals/", home, plan, f"{home}method/")


def test_lists_of_two_hundred_rows_stay_within_the_queries_and_are_exported_whole(
    cast: play.Cast, door: Door, django_assert_max_num_queries
) -> None:
    officer = cast["officer"].actor()
    plan = play.a_plan(cast, budget_fen=900_000_000_00)
    for n in range(200):
        initiating.initiate(
            by=officer,
            plan=plan,
            title=f"项目{n:03d}",
            budget_fen=1_000_00 + n,
            method="open_tender",
            reason_code="policy",
            method_reason="制度规定",
        )
    for n in range(60):
        planning.plan(
            by=officer,
            buyer=cast.organisations["buyer"],
            year=2026,
            title=f"=计划{n}",
            purpose="目的",
            category="设备",
            budget_fen=100,
            funding="自筹",
        )
    client = door(cast["officer"])
    for url in ("/buyer/projects/", "/buyer/projects/?q=项目1&sort=-budget_fen&page=2", "/buyer/plans/", "/buyer/"):
        with django_assert_max_num_queries(20):
            assert client.get(url).status_code == 200
    approver = door(cast["approver"])
    with django_assert_max_num_queries(20):
        assert approver.get("/buyer/").status_code == 200
    lines = client.get("/buyer/projects/?q=项目0&export=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 101 and "已立项" in lines[1]
    assert "'=计划" in client.get("/buyer/plans/?export=csv").content.decode("utf-8-sig")
    assert client.get("/buyer/plans/?export=xlsx").content.startswith(b"PK")
    assert client.get("/buyer/projects/?page=99999999999&sort=drop&stage=x").status_code == 200
