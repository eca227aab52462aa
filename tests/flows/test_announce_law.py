"""What the law asks before an announcement: each refusal at its boundary, with its article."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import sunshine.domain.sourcing.method as method_module
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows import draft as drafting
from sunshine.flows import review as reviewing
from sunshine.flows.announce import announce
from sunshine.flows.manage_members import change_roles
from sunshine.flows.seat_trustees import seat_trustees
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play
from tests.flows.conftest import again

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
START = datetime(2026, 1, 20, 9, 0, tzinfo=clock.BEIJING)  # a Tuesday, four weeks before the Spring Festival


def beijing(year: int, month: int, day: int, hour: int = 9, minute: int = 30) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=clock.BEIJING)


@pytest.fixture(scope="module")
def reviewed_once(ground: play.Cast) -> play.Played:
    """A project that could be announced at once."""
    played = play.with_trustees(play.a_project(ground))
    drafting.submit_review(played.project, by=ground["officer"].actor())
    reviewing.review(played.project, by=ground["reviewer"].actor(), opinion="同意")
    return played


@pytest.fixture
def reviewed(reviewed_once: play.Played, db: None) -> play.Played:
    return again(reviewed_once)


def changed(played: play.Played, **fields: Any) -> play.Played:
    """The same project with other contents, reviewed again: the way people correct a timetable."""
    reviewing.return_draft(played.project, by=played.cast["reviewer"].actor(), reason="请更正")
    lots = fields.pop("lots", None)
    if lots is not None:
        known = Lot.objects.get(project__public_id=played.project)
        lots = [{"id": known.public_id, **lots}]
    drafting.draft(played.project, by=played.cast["officer"].actor(), fields=fields, lots=lots)
    drafting.submit_review(played.project, by=played.cast["officer"].actor())
    reviewing.review(played.project, by=played.cast["reviewer"].actor(), opinion="同意")
    return played


def refused(played: play.Played) -> Refused:
    with pytest.raises(Refused) as caught:
        announce(played.project, by=played.cast["publisher"].actor())
    assert Project.objects.get(public_id=played.project).stage == "reviewed"
    assert not Notice.objects.filter(project__public_id=played.project).exists()
    return caught.value


def test_twenty_days_pass_and_nineteen_are_refused_with_their_article(reviewed: play.Played) -> None:
    """From Tuesday 20 January the twentieth day is Monday 9 February."""
    refusal = refused(changed(reviewed, bids_due_at=beijing(2026, 2, 8, 23, 59), questions_due_at=None))
    assert (refusal.code, refusal.article) == ("bid-period-too-short", "招标投标法 第二十四条")
    assert "2026-02-09" in str(refusal.text)
    enough = changed(reviewed, bids_due_at=beijing(2026, 2, 9, 0, 0), documents_to=beijing(2026, 2, 6))
    announce(enough.project, by=enough.cast["publisher"].actor())


def test_days_count_from_the_announcement_when_the_documents_were_dated_earlier(reviewed: play.Played) -> None:
    """A reviewed project that lies for a week does not gain that week."""
    play.until(clock.now() + 7 * DAY)
    assert refused(reviewed).code == "bid-period-too-short"


def test_a_period_that_would_end_in_the_spring_festival_ends_after_it(reviewed: play.Played) -> None:
    """From 28 January twenty days end on 17 February, New Year's Day; the first working day is the 24th."""
    play.until(beijing(2026, 1, 28, 9, 0))
    for day in (17, 23):
        due = beijing(2026, 2, day, 23, 59)
        refusal = refused(changed(reviewed, bids_due_at=due, documents_to=due - DAY, questions_due_at=None))
        assert refusal.code == "bid-period-too-short" and "2026-02-24" in str(refusal.text)
    due = beijing(2026, 2, 24)
    lawful = changed(reviewed, bids_due_at=due, documents_to=due - DAY)
    announce(lawful.project, by=lawful.cast["publisher"].actor())


def test_documents_stay_available_for_five_days_and_not_beyond_the_deadline(reviewed: play.Played) -> None:
    brief = changed(reviewed, documents_to=beijing(2026, 1, 25, 23, 59))  # a Sunday: rolled to the 26th
    refusal = refused(brief)
    assert (refusal.code, refusal.article) == ("documents-available-too-briefly", "招标投标法实施条例 第十六条")
    due = Project.objects.get(public_id=reviewed.project).bids_due_at
    assert due is not None
    assert refused(changed(reviewed, documents_to=due + DAY)).code == "documents-available-too-briefly"
    announce(changed(reviewed, documents_to=beijing(2026, 1, 26, 0, 0)).project, by=reviewed.cast["publisher"].actor())


def test_a_bid_bond_of_two_percent_passes_and_one_fen_more_is_refused(reviewed: play.Played) -> None:
    estimate = Lot.objects.get(project__public_id=reviewed.project).estimate_fen
    refusal = refused(changed(reviewed, lots={"bid_bond_fen": estimate // 50 + 1}))
    assert (refusal.code, refusal.article) == ("bid-bond-too-high", "招标投标法实施条例 第二十六条")
    announce(changed(reviewed, lots={"bid_bond_fen": estimate // 50}).project, by=reviewed.cast["publisher"].actor())


def test_a_performance_bond_of_ten_percent_passes_and_eleven_is_refused(reviewed: play.Played) -> None:
    refusal = refused(changed(reviewed, performance_bond_percent=11))
    assert (refusal.code, refusal.article) == ("performance-bond-too-high", "招标投标法实施条例 第五十八条")
    announce(changed(reviewed, performance_bond_percent=10).project, by=reviewed.cast["publisher"].actor())


def test_a_price_cap_without_its_basis_is_refused(reviewed: play.Played) -> None:
    refusal = refused(changed(reviewed, lots={"price_cap_basis": ""}))
    assert (refusal.code, refusal.article) == ("price-cap-without-basis", "招标投标法实施条例 第二十七条")
    announce(
        changed(reviewed, lots={"price_cap_fen": None, "price_cap_basis": ""}).project,
        by=reviewed.cast["publisher"].actor(),
    )


def test_a_fee_before_the_documents_is_refused(reviewed: play.Played) -> None:
    """No form offers a fee; a row that has one all the same is stopped by the rule."""
    Project.objects.filter(public_id=reviewed.project).update(documents_fee_fen=1)
    refusal = refused(reviewed)
    assert (refusal.code, refusal.article) == ("download-must-be-open", "电子招标投标办法 第二十条")


def test_lots_outside_the_mandatory_range_are_not_bound_by_the_twenty_days(cast: play.Cast) -> None:
    free = play.with_trustees(play.a_project(cast, mandatory=False, bids_due_at=clock.now() + 12 * DAY))
    play.announced(free)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"bids_due_at": None}, "timetable-incomplete"),
        ({"bids_due_at": beijing(2026, 1, 20, 8, 59)}, "deadline-in-the-past"),
        ({"questions_due_at": beijing(2026, 12, 31)}, "timetable-disorder"),
    ],
)
def test_a_timetable_out_of_order_is_refused(reviewed: play.Played, fields: dict[str, Any], code: str) -> None:
    refusal = refused(changed(reviewed, **fields))
    assert refusal.code == code and refusal.field in fields


def test_drafting_reviewing_and_publishing_are_three_peoples_work(reviewed: play.Played) -> None:
    cast = reviewed.cast
    for key in ("officer", "reviewer", "approver", "signatory", "supplier1", "inspector", "verifier"):
        with pytest.raises(Refused, match=r"权限|没有找到"):
            announce(reviewed.project, by=cast[key].actor())
    assert Project.objects.get(public_id=reviewed.project).stage == "reviewed"


def test_who_reviewed_does_not_publish_even_with_both_rights(reviewed: play.Played) -> None:
    """The roles already exclude each other; somebody with posts in two organisations meets the rule itself."""
    cast = reviewed.cast
    Project.objects.filter(public_id=reviewed.project).update(reviewed_by=str(cast["publisher"].actor()))
    assert refused(reviewed).code == "duties-must-be-apart"


def test_who_drafted_does_not_review_even_after_another_edited(reviewed: play.Played) -> None:
    """王 drafted, a colleague corrected a comma: 王 still does not review, whatever post 王 holds by then."""
    cast, project = reviewed.cast, reviewed.project
    reviewing.return_draft(project, by=cast["reviewer"].actor(), reason="请更正")
    colleague = play.member(cast["admin"], "王二", "second@yunling.example", "buyer-officer")
    drafting.draft(project, by=colleague.actor(), fields={"opening_place": "线上"})
    drafting.submit_review(project, by=colleague.actor())
    change_roles(by=cast["admin"].actor(), person=cast["officer"].person.public_id, roles=["buyer-reviewer"])
    with pytest.raises(Refused) as caught:
        reviewing.review(project, by=cast["officer"].actor(), opinion="同意")
    assert caught.value.code == "duties-must-be-apart"


def test_an_incomplete_project_is_told_every_hole_at_once(cast: play.Cast) -> None:
    played = play.a_project(cast)
    drafting.draft(
        played.project,
        by=cast["officer"].actor(),
        fields={"contact_name": "", "objection_channel": "", "scheme": {}},
        lots=[],
        criteria=[],
        remove_documents=list(
            Project.objects.get(public_id=played.project).documents.values_list("public_id", flat=True)
        ),
    )
    with pytest.raises(Refused) as caught:
        drafting.submit_review(played.project, by=cast["officer"].actor())
    assert caught.value.code == "project-incomplete"
    for hole in ("联系人", "异议渠道", "评标办法", "至少需要一个标段", "资格条件", "招标文件", "持有人不足四位"):
        assert hole in str(caught.value.text)


def test_a_seat_without_its_key_is_a_hole(cast: play.Cast) -> None:
    played = play.a_project(cast)
    seat_trustees(
        played.project, by=cast["officer"].actor(), persons=[player.person.public_id for player in cast.trustees]
    )
    with pytest.raises(Refused, match="尚未生成密钥"):
        drafting.submit_review(played.project, by=cast["officer"].actor())


def test_the_announcement_pins_the_hash_of_the_rule_files(reviewed: play.Played) -> None:
    event = announce(reviewed.project, by=reviewed.cast["publisher"].actor())
    folder = Path(method_module.__file__).parent
    law = b"".join(path.read_bytes() for path in sorted((folder / "rules_of_law").glob("*.toml")))
    expected = sha256((folder / "methods" / "open_tender.toml").read_bytes() + sha256(law).digest()).hexdigest()
    assert Project.objects.get(public_id=reviewed.project).pack_sha256 == expected == event.facts["rule_pack"]


def test_an_announced_project_is_not_announced_twice_nor_drafted_any_more(reviewed: play.Played) -> None:
    cast = reviewed.cast
    announce(reviewed.project, by=cast["publisher"].actor())
    with pytest.raises(Refused, match="不能"):
        announce(reviewed.project, by=cast["publisher"].actor())
    with pytest.raises(Refused, match="不能"):
        drafting.draft(reviewed.project, by=cast["officer"].actor(), fields={"title": "别的"})
    assert Notice.objects.filter(project__public_id=reviewed.project, kind="tender-notice").count() == 1
