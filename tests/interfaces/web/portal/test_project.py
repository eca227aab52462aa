"""The project page: everything the law lets the public see, and nothing before its time."""

import re
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from sunshine.domain.publishing.queries import notices
from sunshine.domain.sourcing.models import DocumentReceipt, Enquiry, Project
from sunshine.flows import ask, decrypt_bid, object, open_bids, terminate
from sunshine.flows import clarify as clarifying
from sunshine.interfaces.rehearsal import play, stage
from tests.interfaces.web.portal.conftest import Door

pytestmark = pytest.mark.django_db


def text(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers=headers)
    assert answer.status_code == 200, (url, answer.status_code)
    return answer.content.decode()


def test_a_project_is_not_there_before_its_announcement(cast: play.Cast, client: Client, door: Door) -> None:
    played = play.a_project(cast)
    url = f"/projects/{played.project}/"
    assert client.get(url).status_code == 404
    assert door(cast["supplier1"]).get(url).status_code == 404
    assert door(cast["officer"]).get(url).status_code == 200  # the same story, for whom it concerns


def test_the_page_tells_the_whole_story_in_at_most_twenty_queries(
    contracted: play.Played, client: Client, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(20):
        page = text(client, f"/projects/{contracted.project}/")
    winner = contracted.cast["supplier1"].actor().organisation_name
    assert winner in page and "开标记录" in page and "合同公告" in page and "流标" in page
    assert "招标投标法 第三十四条" in page and contracted.policies[contracted.lots[0]]["tender"] in page


def test_no_tag_of_a_public_page_moves_when_a_bid_comes_in(announced: play.Played) -> None:
    """A tag that changes with every event would count the bids for whoever asks often enough (招标投标法 第二十二条)."""
    before = notices.version()
    play.bid(announced, announced.lots[0], announced.cast["supplier1"])
    assert notices.version() == before
    terminate.terminate(announced.project, by=announced.cast["publisher"].actor(), reason="规划调整")
    assert notices.version() != before, "what is public still moves it"


def test_no_stranger_can_compute_a_tag_and_so_learn_how_many_events_lie_between_two(client: Client) -> None:
    first = client.get("/projects/")["ETag"]
    with override_settings(SECRET_KEY="another"):
        assert client.get("/projects/")["ETag"] != first


def test_nothing_counts_or_names_bidders_before_the_record_is_confirmed(
    announced: play.Played, client: Client, door: Door
) -> None:
    url = f"/projects/{announced.project}/"
    empty = text(client, url)
    for supplier in announced.cast.suppliers:
        play.bid(announced, announced.lots[0], supplier)
        announced_document = Project.objects.get(public_id=announced.project).documents.first()
        assert announced_document is not None
        list(door(supplier).post(f"{url}documents/{announced_document.public_id}/").streaming_content)
    assert DocumentReceipt.objects.count() == 3
    full = text(client, url)
    for supplier in announced.cast.suppliers:
        assert supplier.actor().organisation_name not in full
    assert _without_time(empty) == _without_time(full)


def _without_time(page: str) -> list[str]:
    return [line for line in page.splitlines() if "data-now" not in line and "datetime=" not in line]


def test_undecrypted_bids_stand_in_the_record_with_cause_and_effect(announced: play.Played, client: Client) -> None:
    lot = announced.lots[0]
    for supplier in announced.cast.suppliers:
        play.bid(announced, lot, supplier)
    assert announced.bids_due_at is not None
    play.until(announced.bids_due_at + timedelta(seconds=1))
    officer = announced.cast["officer"]
    open_bids.open_bids(announced.project, by=officer.actor())
    stage.release_all(announced, lot, trustees=2)  # one share short
    play.until(announced.bids_due_at + timedelta(hours=3))
    assert decrypt_bid.settle_window(announced.project) == 3
    assert "视为撤回" not in text(client, f"/projects/{announced.project}/")
    open_bids.confirm_opening(announced.project, by=officer.actor())
    page = text(client, f"/projects/{announced.project}/")
    assert page.count("有效的密钥份额不足") == 3 and "4 号 审计" in page and "电子招标投标办法 第三十一条" in page
    assert "投标人有权要求责任方赔偿直接损失" in page


def test_a_question_is_asked_by_a_supplier_and_seen_by_all_once_answered(
    announced: play.Played, client: Client, door: Door
) -> None:
    url = f"/projects/{announced.project}/"
    supplier = door(announced.cast["supplier1"])
    assert client.post(f"{url}questions/", {"text": "x"}).headers["Location"].startswith("/accounts/login/")
    assert supplier.post(f"{url}questions/", {"text": "  "}).status_code == 422
    assert supplier.post(f"{url}questions/", {"text": "<b>泵</b>的电压是多少？"}).status_code == 302
    assert "电压" not in text(client, url)
    enquiry = Enquiry.objects.get()
    ask.answer(announced.project, by=announced.cast["officer"].actor(), enquiry=enquiry.public_id, text="三相 380 伏。")
    page = text(client, url)
    assert "三相 380 伏" in page and "&lt;b&gt;泵" in page and "<b>泵" not in page


def test_a_change_shows_what_was_and_what_is(announced: play.Played, client: Client) -> None:
    clarifying.clarify(
        announced.project,
        by=announced.cast["officer"].actor(),
        text="开标地点调整。",
        affects_preparation=False,
        changes={"opening_place": "三楼第二开标室"},
    )
    page = text(client, f"/projects/{announced.project}/")
    assert "与上一版有 1 处不同" in page and "<ins>" in page and "<del>" in page
    newest = Project.objects.get(public_id=announced.project).notices.get(kind="amendment-notice")
    shown = text(client, f"/notices/{newest.public_id}/")
    assert "与上一版的差别" in shown and "三楼第二开标室" in shown
    first = newest.supersedes
    assert first is not None
    assert "这一版已被更新的版本取代" in text(client, f"/notices/{first.public_id}/")


def test_documents_are_for_every_account_and_given_only_by_post(
    announced: play.Played, client: Client, door: Door
) -> None:
    document = Project.objects.get(public_id=announced.project).documents.first()
    assert document is not None
    url = f"/projects/{announced.project}/documents/{document.public_id}/"
    assert client.get(url).headers["Location"] == f"/accounts/login/?next={url}"
    judge = door(announced.cast["expert1"])  # any account
    assert judge.get(url).status_code == 200 and not DocumentReceipt.objects.exists()
    given = judge.post(url)
    assert given.status_code == 200 and int(given.headers["Content-Length"]) == document.blob.size
    assert len(b"".join(given.streaming_content)) == document.blob.size
    assert DocumentReceipt.objects.count() == 1
    other = f"/projects/{announced.project}/documents/D-0000000000/"
    assert judge.post(other).status_code == 404


def test_the_seal_policy_is_given_exactly(announced: play.Played, client: Client) -> None:
    lot = announced.lots[0]
    answer = client.get(f"/projects/{announced.project}/policies/{lot}.json")
    assert answer.json()["policy"] == announced.policies[lot]
    assert client.get(f"/projects/{announced.project}/policies/L-0000000000.json").status_code == 404


def test_an_objection_shows_its_matter_and_never_its_author(announced: play.Played, client: Client) -> None:
    supplier = announced.cast["supplier1"]
    object.object_(
        by=supplier.actor(), project=announced.project, target="documents", text="资格条件过高，指向特定企业。"
    )
    page = text(client, f"/projects/{announced.project}/")
    assert "异议暂停" in page and "待答复" in page
    assert supplier.actor().organisation_name not in page and "指向特定企业" not in page


def test_a_terminated_project_says_so_on_its_timeline(announced: play.Played, client: Client) -> None:
    terminate.terminate(announced.project, by=announced.cast["publisher"].actor(), reason="规划调整")
    page = text(client, f"/projects/{announced.project}/")
    assert "终止采购" in page and "招标投标法实施条例 第三十一条" in page


def test_lists_openings_and_buyer_show_the_project_and_fit_in_twenty_queries(
    contracted: play.Played, client: Client, django_assert_max_num_queries
) -> None:
    title = "城西水厂取水泵更新"
    for url in (
        "/",
        "/projects/",
        "/projects/?phase=ended&q=取水泵",
        f"/buyers/{contracted.cast.organisations['buyer']}/",
    ):
        with django_assert_max_num_queries(20):
            assert title in text(client, url)
    for url in ("/openings/", "/results/", "/law/", "/help/", "/news/", "/about/", "/contact/", "/register/"):
        with django_assert_max_num_queries(20):
            text(client, url)
    assert client.get("/buyers/O-0000000000/").status_code == 404
    assert client.get(f"/buyers/{contracted.cast.organisations['supplier1']}/").status_code == 404


def test_everything_reads_in_english_too(contracted: play.Played, client: Client) -> None:
    page = text(client, f"/projects/{contracted.project}/", **{"accept-language": "en"})
    assert "Open tender" in page and "Contract signed" in page
    headings = re.findall(r"<h2[^>]*>\s*(.*?)\s*</h2>", page.split("<main")[1], re.S)
    assert len(headings) > 8 and not [one for one in headings if re.search(r"[\u4e00-\u9fff]", one)]
