"""The supervisor's door: everything in the field of view, and nothing of bids and scores before their time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.flows import score
from sunshine.flows.object import object_
from sunshine.flows.open_bids import open_bids
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.people import member
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TABS = ("", "history/", "opening/", "evaluation/", "results/")


@pytest.fixture
def inspector(cast: play.Cast, client: Client) -> Client:  # noqa: F811
    client.force_login(cast["inspector"].person, BACKEND)
    return client


def texts(client: Client, played: play.Played) -> dict[str, str]:
    base = f"/supervisor/projects/{played.project}/"
    found = {tab: client.get(base + tab) for tab in TABS}
    assert {tab: answer.status_code for tab, answer in found.items()} == dict.fromkeys(TABS, 200)
    return {tab: answer.content.decode().partition('<main id="main"')[2] for tab, answer in found.items()}


def test_before_the_opening_a_supervisor_sees_neither_content_nor_number_of_bids(
    inspector: Client,
    cast: play.Cast,  # noqa: F811
) -> None:
    played = play.announced(play.a_project(cast))
    before = texts(inspector, played)
    for supplier in cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    after = texts(inspector, played)
    for tab in TABS:
        assert len(before[tab].split()) == len(after[tab].split()), tab
    assert "bid:submit-bid" not in after["history/"]
    for supplier in cast.suppliers:
        assert all(supplier.actor().organisation_name not in text for text in after.values())


def test_after_the_opening_the_bids_their_events_and_their_files_are_there(
    inspector: Client,
    cast: play.Cast,  # noqa: F811
) -> None:
    played = play.announced(play.a_project(cast))
    for supplier in cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    stage.opened(played)
    shown = texts(inspector, played)
    for supplier in cast.suppliers:
        assert supplier.actor().organisation_name in shown["opening/"]
    base = f"/supervisor/projects/{played.project}/"
    assert "bid:submit-bid" in inspector.get(base + "history/?kind=bid").content.decode()
    bid = shown["opening/"].partition(f"{base}bids/")[2].partition("/")[0]
    page = inspector.get(f"{base}bids/{bid}/")
    assert page.status_code == 200
    assert "files/1/" in page.content.decode()
    assert b"".join(inspector.get(f"{base}bids/{bid}/files/1/").streaming_content)  # type: ignore[attr-defined]
    assert inspector.get(f"{base}bids/{bid}/files/99/").status_code == 404


def test_scores_stay_hidden_until_the_whole_panel_has_locked(inspector: Client, cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for supplier in cast.suppliers:
        play.bid(played, lot, supplier)
    stage.opened(played)
    members = stage.panel(played, lot)
    first = duties(lot)[0]
    score.check_in(first.member, by=members[0].actor(), no_interest=True)
    score.score(
        first.member,
        by=members[0].actor(),
        bid=first.bids[0],
        values={},
        reject=True,
        reason_code="R51-1",
        reason="未按要求签章且无法确认",
    )
    shown = texts(inspector, played)
    assert "全体评委锁定后可见" in shown["history/"]
    assert "未按要求签章" not in "".join(shown.values())
    assert "抽取记录" in shown["evaluation/"]
    assert "名次" not in shown["evaluation/"]


def test_the_whole_story_can_be_read_and_exported(inspector: Client, cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1_000_00)
    stage.opened(played)
    stage.evaluated(played, lot)
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    stage.contracted(played, lot)
    shown = texts(inspector, played)
    assert "结果一致" in shown["evaluation/"]
    assert "合同" in shown["results/"]
    base = f"/supervisor/projects/{played.project}/history/"
    table = inspector.get(f"{base}?export=csv")
    assert "lot:award" in table.content.decode("utf-8-sig")
    assert inspector.get(f"{base}?export=xlsx").content[:2] == b"PK"
    listed = inspector.get("/supervisor/projects/?export=csv").content.decode("utf-8-sig")
    assert played.project in listed


def test_the_first_page_names_what_is_on_hold_and_what_failed(inspector: Client, cast: play.Cast) -> None:  # noqa: F811
    held = play.announced(play.a_project(cast, title="有异议的项目"))
    object_(by=cast["supplier1"].actor(), project=held.project, target="documents", text="资格条件指向特定品牌")
    failed = play.announced(play.a_project(cast, title="没有人投标的项目"))
    play.until(failed.bids_due_at + timedelta(seconds=1))
    open_bids(failed.project, by=cast["officer"].actor())
    text = inspector.get("/supervisor/").content.decode()
    assert "有异议的项目" in text
    assert "资格条件指向特定品牌" in text
    assert "投标人少于3个" in text
    assert "有异议的项目" in inspector.get("/supervisor/projects/?only=held").content.decode()
    assert "没有人投标" not in inspector.get("/supervisor/projects/?only=held").content.decode()
    assert "没有人投标" in inspector.get("/supervisor/projects/?only=failed").content.decode()


def test_an_auditor_inside_a_buyer_sees_the_own_tree_only(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    other = play.house(cast, "rival", "buyer", "青石港务有限公司（虚构）", "林港", "rival_admin", "rival.example")
    near = member(cast["admin"], "王计", "near@yunling.example", "auditor")
    far = member(other, "林计", "far@rival.example", "auditor")
    client.force_login(near.person, BACKEND)
    assert played.project in client.get("/supervisor/projects/").content.decode()
    assert client.get(f"/supervisor/projects/{played.project}/").status_code == 200
    client.force_login(far.person, BACKEND)
    assert played.project not in client.get("/supervisor/projects/").content.decode()
    for tab in TABS:
        assert client.get(f"/supervisor/projects/{played.project}/{tab}").status_code == 404


def test_who_does_not_supervise_stays_outside_and_nothing_here_writes(cast: play.Cast, client: Client) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    pages = ("/supervisor/", "/supervisor/projects/", f"/supervisor/projects/{played.project}/")
    assert all(client.get(page).status_code == 302 for page in pages)
    for key in ("officer", "supplier1", "verifier", "inspector_keeper"):
        client.force_login(cast[key].person, BACKEND)
        assert all(client.get(page).status_code == 403 for page in pages), key
    client.force_login(cast["inspector"].person, BACKEND)
    assert all(client.post(page).status_code == 405 for page in pages)


def test_no_supervisor_page_asks_more_than_twenty_questions(
    inspector: Client,
    cast: play.Cast,  # noqa: F811
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    played = play.announced(play.a_project(cast, lots=2))
    lot = played.lots[0]
    for supplier in cast.suppliers:
        play.bid(played, lot, supplier)
    stage.opened(played)
    stage.evaluated(played, lot)
    stage.candidates(played, lot)
    for page in (
        "/supervisor/",
        "/supervisor/projects/",
        *(f"/supervisor/projects/{played.project}/{t}" for t in TABS),
    ):
        with django_assert_max_num_queries(20):
            assert inspector.get(page).status_code == 200
