"""Changes of published documents: for all, in time, and never to a bidder's harm (招标投标法 第二十三条)."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sunshine.domain.bidding.models import SealExtension, SealPolicy
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Amendment, Project
from sunshine.flows.ask import answer, ask, download
from sunshine.flows.clarify import clarify
from sunshine.flows.open_bids import open_bids
from sunshine.foundation import calendar, clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.calendars.current import current_calendar
from sunshine.interfaces.rehearsal import play
from sunshine_proof.policy import SealError, effective_times
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, due_of, refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def announced_once(ground: play.Cast) -> play.Played:
    """Two lots, announced on Tuesday 3 March 2026, due on Monday the 23rd at half past nine."""
    return play.announced(play.a_project(ground, lots=2))


@pytest.fixture
def announced(announced_once: play.Played, db: None) -> play.Played:
    return again(announced_once)


def changed(played: play.Played, *, affects: bool = True, **changes: object) -> Event:
    return clarify(
        played.project,
        by=played.cast["officer"].actor(),
        text="调整备品备件数量",
        affects_preparation=affects,
        changes=changes,
    )


def times(lot: str) -> tuple[datetime, datetime]:
    """What a bidder's own program computes from the published policy and its extensions."""
    policy = SealPolicy.objects.get(lot__public_id=lot)
    return effective_times(policy.content, [row.content for row in policy.extensions.order_by("seq")])


def test_a_change_fifteen_days_before_the_deadline_leaves_it_and_later_moves_it(announced: play.Played) -> None:
    due = due_of(announced)
    play.until(due - 15 * DAY - timedelta(minutes=1))
    assert not changed(announced).facts["extended"] and due_of(announced) == due
    play.until(due - 15 * DAY + SECOND)
    event = changed(announced)
    moved = due_of(announced)
    assert event.facts["extended"] and moved > due
    assert calendar.buyer_notice_ok(event.at, moved, 15)
    assert event.facts["changes"]["bids_due_at"][1] == moved.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_moved_deadline_keeps_its_hour_and_lies_on_a_working_day(announced: play.Played) -> None:
    play.until(datetime(2026, 3, 20, 16, 47, tzinfo=clock.BEIJING))  # fifteen days later is Saturday 4 April, 清明
    changed(announced)
    assert due_of(announced) == datetime(2026, 4, 7, 9, 30, tzinfo=clock.BEIJING)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(1, 20 * 24 * 60 - 35))
def test_whenever_a_change_comes_bidders_have_their_fifteen_days(announced: play.Played, minutes: int) -> None:
    from sunshine.flows.clarify import _extended

    project = Project.objects.get(public_id=announced.project)
    assert project.announced_at and project.bids_due_at
    at, wanted = project.announced_at + timedelta(minutes=minutes), dict[str, datetime]()
    extended = _extended(project, wanted, True, at)
    due = wanted.get("bids_due_at", project.bids_due_at)
    local = due.astimezone(clock.BEIJING)
    assert calendar.buyer_notice_ok(at, due, 15) and due >= project.bids_due_at
    assert extended == (due > project.bids_due_at)
    assert (local.hour, local.minute, local.second, local.microsecond) == (9, 30, 0, 0)
    assert current_calendar().is_working_day(local.date())


def test_a_change_that_does_not_touch_the_preparation_moves_nothing(announced: play.Played) -> None:
    due = due_of(announced)
    play.until(due - timedelta(minutes=1))
    event = changed(announced, affects=False, opening_place="第二会议室")
    assert not event.facts["extended"] and due_of(announced) == due
    assert event.facts["changes"] == {"opening_place": ["线上开标大厅", "第二会议室"]}


def test_an_extension_is_signed_and_every_bidders_program_can_check_it(announced: play.Played) -> None:
    first, second = due_of(announced) + 3 * DAY, due_of(announced) + 9 * DAY
    changed(announced, affects=False, bids_due_at=first)
    assert [times(lot) for lot in announced.lots] == [(first, first)] * 2
    changed(announced, affects=False, bids_due_at=second)
    assert [times(lot) for lot in announced.lots] == [(second, second)] * 2
    policy = SealPolicy.objects.get(lot__public_id=announced.lots[0])
    contents = [row.content for row in policy.extensions.order_by("seq")]
    forged = contents[0] | {"deadline": "2030-01-01T00:00:00Z", "open_not_before": "2030-01-01T00:00:00Z"}
    for wrong in ([forged], contents[::-1], contents[1:], [contents[0] | {"sig": "00" * 64}]):
        with pytest.raises(SealError):
            effective_times(policy.content, wrong)


def test_a_deadline_moves_later_only(announced: play.Played) -> None:
    due = due_of(announced)
    for earlier in (due - SECOND, due - 3 * DAY, None):
        refusal = refused(changed, announced, bids_due_at=earlier)
        assert (refusal.code, refusal.field) == ("deadline-only-later", "bids_due_at")
    assert due_of(announced) == due and not Amendment.objects.exists() and not SealExtension.objects.exists()


def test_the_same_deadline_sent_again_is_no_extension(announced: play.Played) -> None:
    """A form sends all its fields: an extension that extends nothing would spoil every bidder's check."""
    due = due_of(announced)
    event = changed(announced, affects=False, bids_due_at=due, contact_name="王二")
    assert "bids_due_at" not in event.facts["changes"] and not SealExtension.objects.exists()
    assert times(announced.lots[0]) == (due, due)


def test_after_the_deadline_nothing_is_changed_any_more(announced: play.Played) -> None:
    due = due_of(announced)
    play.until(due)
    refusal = refused(changed, announced, bids_due_at=due + 20 * DAY)
    assert (refusal.code, refusal.article) == ("after-deadline", "招标投标法 第二十三条")


def test_what_was_published_does_not_change_behind_a_clarification(announced: play.Played) -> None:
    for field in ("scheme", "title", "stage", "hold", "documents_fee_fen"):
        assert refused(changed, announced, **{field: "x"}).code == "field-unknown"


def test_everyone_who_took_the_documents_is_told_and_the_notice_gets_a_revision(announced: play.Played) -> None:
    cast = announced.cast
    download(announced.project, by=cast["supplier1"].actor())
    download(announced.project, by=cast["supplier1"].actor())
    changed(announced, affects=False)
    assert cast["supplier1"].person.notifications.filter(kind="documents-changed").count() == 1
    assert not cast["supplier2"].person.notifications.filter(kind="documents-changed").exists()
    kinds = Notice.objects.filter(project__public_id=announced.project).order_by("id").values_list("kind", "revision")
    assert [kind for kind, _revision in kinds].count("amendment-notice") == 1


def test_a_question_carries_no_trace_of_who_asked_and_is_answered_once_to_all(announced: play.Played) -> None:
    cast = announced.cast
    before = Event.objects.count()
    question = ask(announced.project, by=cast["supplier1"].actor(), text="是否包含本数？")
    assert Event.objects.count() == before
    kept = " ".join(str(getattr(question, field.attname)) for field in question._meta.concrete_fields)
    person, house = cast["supplier1"].person.public_id, cast["supplier1"].organisation
    assert person not in kept and house not in kept
    officer = cast["officer"].actor()
    answer(announced.project, by=officer, enquiry=question.public_id, text="包含")
    assert refused(answer, announced.project, by=officer, enquiry=question.public_id, text="不").code == (
        "already-answered"
    )


def test_questions_end_at_their_date_and_strangers_cannot_answer(announced: play.Played) -> None:
    cast = announced.cast
    question = ask(announced.project, by=cast["supplier1"].actor(), text="？")
    for key in ("supplier1", "reviewer", "inspector", "verifier"):
        given_ = {"enquiry": question.public_id, "text": "是"}
        assert refused(answer, announced.project, by=cast[key].actor(), **given_).code == "forbidden"
    play.until(Project.objects.get(public_id=announced.project).questions_due_at)
    assert refused(ask, announced.project, by=cast["supplier1"].actor(), text="？").code == "questions-closed"


def test_an_opening_waits_for_the_moved_deadline(announced: play.Played) -> None:
    old = due_of(announced)
    play.until(old - DAY)
    changed(announced)
    play.until(old + SECOND)
    officer = announced.cast["officer"].actor()
    assert refused(open_bids, announced.project, by=officer).code == "before-deadline"
    play.until(due_of(announced) + SECOND)
    open_bids(announced.project, by=officer)
