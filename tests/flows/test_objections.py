"""Objections: who may raise one, until when, and that everything behind them waits (条例 第二十二条、第四十四条、第五十四条)."""

from datetime import datetime, timedelta

import pytest

from sunshine.domain.contracts.models import Objection
from sunshine.domain.contracts.queries.rehearsal import publicity_end
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows.award import award
from sunshine.flows.object import answer_objection, drop_objection, object_
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, due_of, refused

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def published_once(ground: play.Cast) -> play.Played:
    """One lot with candidates 1 to 3 just published; supplier 4 did not bid."""
    play.house(ground, "supplier4", "supplier", "旁观商贸有限公司", "郑旁", "supplier4", "yunling.example")
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(ground.suppliers[:3]):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    stage.opened(played)
    stage.evaluated(played, played.lots[0])
    stage.candidates(played, played.lots[0])
    return played


@pytest.fixture
def published(published_once: play.Played, db: None) -> play.Played:
    return again(published_once)


@pytest.fixture
def announced(ground: play.Cast, db: None) -> play.Played:
    return again(play.announced(play.a_project(ground)))


def raised(played: play.Played, who: str, target: str = "candidates", text: str = "业绩证明与要求不一致") -> Objection:
    lot = "" if target == "documents" else played.lots[0]
    event = object_(by=played.cast[who].actor(), project=played.project, lot=lot, target=target, text=text)
    return Objection.objects.get(public_id=event.subject_id)


def test_an_objection_to_the_documents_comes_ten_days_before_the_deadline_at_the_latest(
    announced: play.Played,
) -> None:
    """Due on 23 March: all of the 13th still counts, midnight does not."""
    play.until(datetime(2026, 3, 13, 23, 59, tzinfo=clock.BEIJING))
    raised(announced, "supplier1", "documents")
    play.until(datetime(2026, 3, 14, 0, 0, tzinfo=clock.BEIJING))
    refusal = refused(raised, announced, "supplier2", "documents")
    assert (refusal.code, refusal.article) == ("objection-late", "招标投标法实施条例 第二十二条")


def test_nothing_is_opened_while_an_objection_to_the_documents_waits(announced: play.Played) -> None:
    cast = announced.cast
    row = raised(announced, "supplier1", "documents")
    play.until(due_of(announced) + SECOND)
    officer = cast["officer"].actor()
    assert refused(open_bids, announced.project, by=officer).code == "on-hold"
    answer_objection(row.public_id, by=cast["publisher"].actor(), text="参数已澄清", effect="dismissed")
    open_bids(announced.project, by=officer)


def test_an_objection_to_the_opening_is_raised_at_the_opening_by_a_bidder(announced: play.Played) -> None:
    cast = announced.cast
    for n in (1, 2, 3):
        play.bid(announced, announced.lots[0], cast[f"supplier{n}"])
    assert refused(raised, announced, "supplier1", "opening").code == "not-a-bidder"  # nobody is, before the opening
    play.until(due_of(announced) + SECOND)
    open_bids(announced.project, by=cast["officer"].actor())
    stage.release_all(announced, announced.lots[0])
    row = raised(announced, "supplier1", "opening")
    officer = cast["officer"].actor()
    refusal = refused(confirm_opening, announced.project, by=officer)
    assert "第四十四条" in refusal.article, "条例 44 asks for an answer on the spot"
    answer_objection(row.public_id, by=cast["publisher"].actor(), text="记录无误", effect="dismissed")
    confirm_opening(announced.project, by=officer)
    refusal = refused(raised, announced, "supplier2", "opening")
    assert (refusal.code, refusal.article) == ("objection-late", "招标投标法实施条例 第四十四条")
    assert len(stage.panel(announced, announced.lots[0])) == 5


def test_an_objection_to_the_candidates_freezes_the_award_until_it_is_answered(published: play.Played) -> None:
    cast, lot = published.cast, published.lots[0]
    row = raised(published, "supplier3")
    play.until(publicity_end(lot))
    refusal = refused(award, lot, by=cast["publisher"].actor())
    assert refusal.code == "on-hold" and "第五十四条" in refusal.article
    answer_objection(row.public_id, by=cast["publisher"].actor(), text="经核实属实", effect="upheld")
    assert not Lot.objects.get(public_id=lot).hold
    award(lot, by=cast["publisher"].actor())


def test_the_last_of_several_objections_ends_the_hold(published: play.Played) -> None:
    lot, publisher = published.lots[0], published.cast["publisher"].actor()
    first, second, third = (raised(published, f"supplier{n}") for n in (1, 2, 3))
    answer_objection(first.public_id, by=publisher, text="答复", effect="dismissed")
    drop_objection(second.public_id, by=published.cast["supplier2"].actor())
    assert Lot.objects.get(public_id=lot).hold
    answer_objection(third.public_id, by=publisher, text="答复", effect="dismissed")
    assert not Lot.objects.get(public_id=lot).hold


def test_the_candidates_publicity_is_over_at_midnight_and_a_minute_late_is_late(published: play.Played) -> None:
    end = publicity_end(published.lots[0])
    assert (end.hour, end.minute) == (0, 0)
    play.until(end - MINUTE)
    raised(published, "supplier2")
    play.until(end)
    refusal = refused(raised, published, "supplier3")
    assert (refusal.code, refusal.article) == ("objection-late", "招标投标法实施条例 第五十四条")


def test_who_did_not_bid_has_no_objection_to_the_result(published: play.Played) -> None:
    refusal = refused(raised, published, "supplier4")
    assert refusal.code == "not-a-bidder"
    for key in ("officer", "inspector", "expert1", "verifier"):
        assert refused(raised, published, key).code in ("not-found", "forbidden")
    assert not Lot.objects.get(public_id=published.lots[0]).hold


def test_an_objection_names_its_target_and_says_something(published: play.Played) -> None:
    by = published.cast["supplier1"].actor()
    common = {"by": by, "project": published.project}
    for given, code in (
        ({"target": "weather", "lot": published.lots[0], "text": "x"}, "target-unknown"),
        ({"target": "candidates", "lot": "", "text": "x"}, "target-unknown"),
        ({"target": "candidates", "lot": "L-nowhere", "text": "x"}, "target-unknown"),
        ({"target": "candidates", "lot": published.lots[0], "text": " \n"}, "text-missing"),
    ):
        assert refused(object_, **common, **given).code == code
    assert refused(object_, by=by, project="P-nowhere", target="documents", text="x").code == "not-found"
    assert not Objection.objects.exists()


def test_only_the_buyer_answers_only_the_objector_drops_and_each_only_once(published: play.Played) -> None:
    cast = published.cast
    row = raised(published, "supplier1").public_id
    for key in ("supplier1", "officer", "reviewer", "inspector", "verifier", "expert1"):
        given = {"text": "不成立", "effect": "dismissed"}
        assert refused(answer_objection, row, by=cast[key].actor(), **given).code == "forbidden"
    for key in ("supplier2", "publisher"):
        assert refused(drop_objection, row, by=cast[key].actor()).code == "forbidden"
    publisher = cast["publisher"].actor()
    assert refused(answer_objection, row, by=publisher, text="", effect="dismissed").code == "text-missing"
    assert refused(answer_objection, row, by=publisher, text="答", effect="perhaps").code == "effect-missing"
    answer_objection(row, by=publisher, text="不成立", effect="dismissed")
    assert refused(answer_objection, row, by=publisher, text="再答", effect="upheld").code == "wrong-stage"
    assert refused(drop_objection, row, by=cast["supplier1"].actor()).code == "wrong-stage"
    assert Objection.objects.get(public_id=row).effect == "dismissed"


def test_an_answer_is_due_in_three_days_rolled_off_rest_days(published: play.Played) -> None:
    row = raised(published, "supplier1")
    local = row.answer_due_at.astimezone(clock.BEIJING)
    assert (local.hour, local.minute) == (0, 0)
    last = local - MINUTE
    assert (last.date() - row.raised_at.astimezone(clock.BEIJING).date()).days >= 3 and last.weekday() < 5


def test_a_hold_stands_beside_the_stage(published: play.Played) -> None:
    raised(published, "supplier1")
    lot = Lot.objects.get(public_id=published.lots[0])
    assert (lot.stage, bool(lot.hold)) == ("candidates_published", True)
    assert not Project.objects.get(public_id=published.project).hold
