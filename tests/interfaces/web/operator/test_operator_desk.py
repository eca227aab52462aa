"""The operator's door: verification, content, calendar, health, clock; and what the operator must not see."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from sunshine.domain.parties import uscc
from sunshine.domain.parties.models import Expert, Organisation
from sunshine.domain.publishing.models import Page
from sunshine.flows import register, register_expert
from sunshine.foundation import clock
from sunshine.foundation.authz import VISITOR
from sunshine.foundation.calendars.current import current_calendar, forget
from sunshine.foundation.outbox.models import MAX_ATTEMPTS, Parcel, send
from sunshine.interfaces.rehearsal import people, play
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def verifier(cast: play.Cast, client: Client) -> Client:  # noqa: F811
    client.force_login(cast["verifier"].person, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def applicant(name: str = "云岭新来商贸有限公司（虚构）", seed: str = "new") -> str:
    player = people.person("李新", f"{seed}@new.example")
    event = register.register(
        by=player.actor(), kind="supplier", name=name, code=uscc.fictional(seed), person=player.person
    )
    return str(event.subject_id)


def test_an_applicant_waits_in_the_queue_and_is_verified_with_evidence(verifier: Client) -> None:
    public_id = applicant()
    assert "云岭新来商贸" in verifier.get("/operator/").content.decode()
    assert "云岭新来商贸" in verifier.get("/operator/organisations/?stage=registered").content.decode()
    page = f"/operator/organisations/{public_id}/"
    assert "校验码相符" in verifier.get(page).content.decode()
    refused = verifier.post(page + "verify-organisation/", {"words": "   "})
    assert refused.status_code == 409
    assert Organisation.objects.get(public_id=public_id).stage == "registered"
    done = verifier.post(page + "verify-organisation/", {"words": "营业执照原件核对一致"})
    assert done.status_code == 302
    assert Organisation.objects.get(public_id=public_id).stage == "active"


def test_a_rejection_says_why_and_a_suspended_organisation_can_come_back(verifier: Client) -> None:
    public_id = applicant()
    page = f"/operator/organisations/{public_id}/"
    verifier.post(page + "reject-organisation/", {"words": "执照照片不清楚，请重新上传"})
    row = Organisation.objects.get(public_id=public_id)
    assert (row.stage, row.verdict) == ("rejected", "执照照片不清楚，请重新上传")
    other = applicant("云岭又一家有限公司（虚构）", "other")
    verifier.post(f"/operator/organisations/{other}/verify-organisation/", {"words": "原件"})
    verifier.post(f"/operator/organisations/{other}/suspend/", {"words": "已注销"})
    assert Organisation.objects.get(public_id=other).stage == "suspended"
    verifier.post(f"/operator/organisations/{other}/reinstate/")
    assert Organisation.objects.get(public_id=other).stage == "active"


def test_a_decision_that_does_not_fit_the_stage_is_explained_and_changes_nothing(verifier: Client) -> None:
    public_id = applicant()
    page = f"/operator/organisations/{public_id}/suspend/"
    assert "不能停用" in verifier.get(page).content.decode()
    assert "不能停用" in verifier.post(page, {"words": "x"}).content.decode()
    assert Organisation.objects.get(public_id=public_id).stage == "registered"


def test_markup_in_a_name_is_shown_and_never_run(verifier: Client) -> None:
    public_id = applicant("<script>alert(1)</script>'; drop table x; --", "markup")
    text = verifier.get(f"/operator/organisations/{public_id}/").content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_expert_is_reviewed(verifier: Client) -> None:
    player = people.person("钱学", "qian@new.example")
    public_id = register_expert.apply_expert(
        by=VISITOR,
        person=player.person,
        title="教授",
        years=20,
        employer="大学",
        specialties=["水泵"],
        avoided_units=[],
    ).subject_id
    assert "钱学" in verifier.get("/operator/experts/?stage=applied").content.decode()
    verifier.post(f"/operator/experts/{public_id}/verify-expert/", {"words": "职称证书"})
    assert Expert.objects.get(public_id=public_id).stage == "listed"


def test_every_edit_of_a_page_is_a_new_version_and_a_stale_one_is_refused(verifier: Client) -> None:
    given = {
        "kind": "help",
        "slug": "bid-guide",
        "language": "zh-hans",
        "title": "投标指南",
        "body": "第一段\n\n<b>第二段</b>",
        "base": "0",
    }
    assert verifier.post("/operator/pages/new/", given).status_code == 302
    assert verifier.post("/operator/pages/new/", given).status_code == 409
    page = "/operator/pages/bid-guide/zh-hans/"
    assert verifier.post(page, given | {"title": "投标指南（修订）", "base": "1"}).status_code == 302
    assert verifier.post(page, given | {"title": "迟到的修改", "base": "1"}).status_code == 409
    assert list(Page.objects.order_by("version").values_list("version", "title")) == [
        (1, "投标指南"),
        (2, "投标指南（修订）"),
    ]
    shown = verifier.get(page + "1/").content.decode()
    assert "&lt;b&gt;第二段" in shown


def test_a_declared_day_changes_the_calendar_and_needs_a_source(verifier: Client) -> None:
    forget()
    day = date(2026, 3, 9)  # a Monday
    assert current_calendar().is_working_day(day)
    given = {"day": "2026-03-09", "kind": "statutory_holiday", "source": ""}
    assert verifier.post("/operator/calendar/", given).status_code == 409
    with_source = given | {"source": "国办发明电〔2026〕0号（虚构）"}
    assert verifier.post("/operator/calendar/?year=2026", with_source).status_code == 302
    forget()
    assert not current_calendar().is_working_day(day)
    assert "国办发明电" in verifier.get("/operator/calendar/?year=2026").content.decode()
    forget()


def test_the_clock_asks_before_it_moves_and_never_goes_back(verifier: Client) -> None:
    before = clock.now()
    to = (before + timedelta(days=3)).astimezone(clock.BEIJING)
    given = {"to": f"{to:%Y-%m-%dT%H:%M}"}
    asked = verifier.post("/operator/clock/", given)
    assert "不能后退" in asked.content.decode()
    assert clock.now() - before < timedelta(minutes=1)
    assert verifier.post("/operator/clock/", given | {"sure": "1"}).status_code == 302
    assert clock.now() - before > timedelta(days=2)
    back = {"to": "2026-03-01T09:00", "sure": "1"}
    verifier.post("/operator/clock/", back)
    assert clock.now() > before
    far = verifier.post("/operator/clock/", {"to": "2126-03-01T09:00", "sure": "1"})
    assert far.status_code == 409


def test_failed_mail_is_shown_and_retried_but_parcels_of_sealed_bids_are_not_counted(verifier: Client) -> None:
    at = clock.now() - timedelta(hours=1)
    Parcel.objects.all().delete()
    stuck = send("mail", {"notifications": []}, at=at)
    Parcel.objects.filter(pk=stuck.pk).update(attempts=MAX_ATTEMPTS, last_error="ConnectionRefusedError: 25")
    for n in range(7):
        sealed = send("event", {"event": n, "tag": "bid:submit-bid"}, at=at)
        Parcel.objects.filter(pk=sealed.pk).update(attempts=MAX_ATTEMPTS, last_error="SealedBidError")
    text = verifier.get("/operator/health/").content.decode()
    assert "ConnectionRefusedError" in text
    assert "SealedBidError" not in text
    assert "放弃 1 件" in text
    verifier.post("/operator/health/retry/", {"topic": "mail"})
    stuck.refresh_from_db()
    assert stuck.attempts == 0


@pytest.mark.parametrize("count", [0, 200])
def test_no_operator_page_asks_more_than_twenty_questions(
    verifier: Client,
    django_assert_max_num_queries: Callable[..., object],
    count: int,
) -> None:
    player = people.person("李多", "many@new.example")
    for n in range(count):
        code = uscc.fictional(f"many-{n}")
        register.register(by=player.actor(), kind="supplier", name=f"单位{n}", code=code, person=player.person)
    for page in ("", "organisations/", "experts/", "pages/", "calendar/", "health/", "clock/", "settings/"):
        with django_assert_max_num_queries(20):
            assert verifier.get(f"/operator/{page}").status_code == 200


def test_without_a_post_at_the_operator_the_door_stays_shut(cast: play.Cast, client: Client) -> None:  # noqa: F811
    assert client.get("/operator/").status_code == 302
    for key in ("officer", "supplier1", "inspector", "op_keeper"):
        client.force_login(cast[key].person, "allauth.account.auth_backends.AuthenticationBackend")
        for page in ("", "organisations/", "pages/", "calendar/", "health/", "clock/", "settings/"):
            assert client.get(f"/operator/{page}").status_code == 403, (key, page)


def test_the_operator_learns_nothing_about_bids_before_the_opening(verifier: Client, cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    pages = ["", "organisations/", "experts/", "pages/", "calendar/", "health/", "settings/"]

    def seen() -> list[str]:
        forget()
        texts = [verifier.get(f"/operator/{page}").content.decode() for page in pages]
        return [text.partition('<main id="main"')[2].replace("剛剛", "") for text in texts]

    before = seen()
    for supplier in cast.suppliers:
        play.bid(played, played.lots[0], supplier)
    after = seen()
    for one, other in zip(before, after, strict=True):
        assert len(one.split()) == len(other.split())
    assert "bid:" not in "".join(after)
