"""The panel: who may be drawn, who sees which score when, and what binds the report."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.models import EvaluationReport, Panel, PanelMember, Score
from sunshine.domain.parties.models import Expert, Membership, Organisation
from sunshine.domain.sourcing.models import Lot
from sunshine.flows import publish_candidates, rank, score
from sunshine.flows.fail import fail
from sunshine.flows.score import _mark
from sunshine.foundation import clock
from sunshine.foundation.authz import VISITOR
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import drawing, play, stage
from sunshine.interfaces.rehearsal.people import Player
from sunshine_proof import ranking
from tests.flows.conftest import again
from tests.flows.crooked import lock_all, refused, scores_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def opened_once(ground: play.Cast) -> play.Played:
    """One lot with three bids, opened; eight experts in the registry, everybody's keys ready."""
    for n in (6, 7, 8):
        play.enlist(ground, f"expert{n}", play.papers.EXPERTS[n - 1], f"expert{n}@yunling.example").enrol()
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(ground.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    stage.opened(played)
    return played


@pytest.fixture
def opened(opened_once: play.Played, db: None) -> play.Played:
    return again(opened_once)


def draw(played: play.Played, experts: int = 4, **given_: Any) -> Panel:
    judge = played.cast["judge"].person.public_id
    asked = {"specialty": "给排水设备", "representatives": [judge]} | given_
    drawing.drawn(drawing.announced(played, played.lots[0], experts=experts, **asked))
    return Panel.objects.get(lot__public_id=played.lots[0])


# -- T10 and the draw ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("experts", "mine"), [(2, True), (3, False), (4, False), (3, True), (6, False), (-1, True)])
def test_a_panel_must_be_five_or_more_and_odd(opened: play.Played, experts: int, mine: bool) -> None:
    judge = [opened.cast["judge"].person.public_id] if mine else []
    refusal = refused(draw, opened, experts, representatives=judge)
    assert (refusal.code, refusal.article) == ("panel-not-lawful", "招标投标法 第三十七条")
    assert not Panel.objects.exists() and Lot.objects.get(public_id=opened.lots[0]).stage == "opening"


def test_experts_are_two_thirds_at_least(opened: play.Played) -> None:
    judges = [
        opened.cast["judge"],
        play.member(opened.cast["admin"], "王评二", "j2@yunling.example", "buyer-representative"),
    ]
    people = [player.person.public_id for player in judges]
    assert refused(draw, opened, 3, representatives=people).code == "panel-not-lawful"
    assert draw(opened, 5, representatives=people).members.count() == 7


def test_a_representative_named_twice_counts_once(opened: play.Played) -> None:
    """Five experts and one colleague named twice are six people, not seven."""
    judge = opened.cast["judge"].person.public_id
    assert refused(draw, opened, 5, representatives=[judge, judge]).code == "panel-not-lawful"
    assert draw(opened, 4, representatives=[judge, judge]).members.count() == 5


def test_only_the_buyers_own_representatives_sit_on_the_panel(opened: play.Played) -> None:
    for key in ("officer", "keeper", "supplier1", "inspector"):
        people = [opened.cast[key].person.public_id]
        assert refused(draw, opened, 4, representatives=people).code == "not-a-representative"


def test_experts_near_a_bidder_or_the_buyer_are_left_out_with_the_reason(opened: play.Played) -> None:
    """钱 works at a bidder, 孙 has declared the buyer, 周 holds a post at a bidder he did not tell of."""
    suppliers = Organisation.objects.filter(kind="supplier").order_by("id")
    buyer = Organisation.objects.get(public_id=opened.cast.organisations["buyer"])
    qian, sun, zhou = (Expert.objects.get(person=opened.cast[f"expert{n}"].person) for n in (1, 2, 3))
    Expert.objects.filter(pk=qian.pk).update(employer_uscc=suppliers[0].uscc)
    Expert.objects.filter(pk=sun.pk).update(avoided_units=[buyer.uscc])
    Membership.objects.create(
        person=zhou.person, organisation=suppliers[1], roles=["supplier-bidder"], since=clock.now()
    )
    record = draw(opened).draw
    assert record["excluded"] == {qian.public_id: "employer", sun.public_id: "avoided-unit", zhou.public_id: "employer"}
    assert not {qian.public_id, sun.public_id, zhou.public_id} & set(record["order"])
    assert refused(draw, opened, 6).code == "wrong-stage"


def test_a_pool_too_small_is_said_before_anything_is_drawn(opened: play.Played) -> None:
    assert refused(draw, opened, 10).code == "pool-too-small"
    assert refused(draw, opened, 4, specialty="考古").code == "pool-too-small"
    assert not Panel.objects.exists()


def test_lots_outside_the_mandatory_range_may_have_three(opened: play.Played) -> None:
    Lot.objects.filter(public_id=opened.lots[0]).update(mandatory=False, mandatory_basis="企业自愿招标")
    assert refused(draw, opened, 1).code == "panel-not-lawful"
    assert draw(opened, 2).members.count() == 3


def test_the_next_in_the_drawn_order_takes_a_recused_seat(opened: play.Played) -> None:
    members = stage.panel(opened, opened.lots[0])
    panel = Panel.objects.get()
    chair = panel.members.get(is_chair=True)
    waiting = [p for p in panel.draw["order"] if p not in panel.draw["drawn"]]
    scores_of(opened, members)
    event = score.recuse(chair.public_id, by=members[0].actor(), reason="与投标人有亲属关系")
    assert event.facts["alternate"] == 1
    assert not Score.objects.filter(member=chair).exists()
    heir = panel.members.get(expert__public_id=waiting[0])
    assert heir.is_chair and heir.stage == "drawn" and panel.members.filter(is_chair=True).count() == 1
    assert refused(rank.rank, opened.lots[0], by=members[0].actor()).code == "forbidden"
    others = {p.person.pk: p for p in opened.cast.experts}
    for n in range(1, len(waiting)):  # until nobody waits any more
        seat = panel.members.exclude(stage="recused").order_by("number").last()
        assert seat is not None and n
        score.recuse(seat.public_id, by=others[seat.person_id].actor(), reason="回避")
    seat = panel.members.exclude(stage="recused").order_by("number").last()
    assert seat is not None
    assert refused(score.recuse, seat.public_id, by=others[seat.person_id].actor(), reason="x").code == "no-alternate"


# -- scores ----------------------------------------------------------------------------------------------------------


def test_nobody_sees_anothers_score_before_every_member_has_locked(opened: play.Played) -> None:
    members, at = stage.panel(opened, opened.lots[0]), clock.now()
    scores_of(opened, members)
    watchers = [VISITOR, *(opened.cast[k].actor() for k in ("officer", "publisher", "verifier", "inspector"))]

    def seen(actor: Any) -> int:
        return Score.objects.visible_to(actor, at).count()

    duties = stage.duties(opened.lots[0])
    for player, duty in zip(members[:-1], duties[:-1], strict=True):
        score.lock_scores(duty.member, by=player.actor())
    assert [seen(player.actor()) for player in members] == [6] * 5
    assert [seen(actor) for actor in watchers] == [0] * len(watchers)
    score.lock_scores(duties[-1].member, by=members[-1].actor())
    assert [seen(player.actor()) for player in members] == [30] * 5


def test_a_lock_needs_every_bid_judged_and_then_holds(opened: play.Played) -> None:
    members = stage.panel(opened, opened.lots[0])
    duty, player = stage.duties(opened.lots[0])[0], members[0]
    assert refused(score.lock_scores, duty.member, by=player.actor()).code == "wrong-stage"
    assert refused(score.check_in, duty.member, by=player.actor(), no_interest=False).code == "declaration-missing"
    score.check_in(duty.member, by=player.actor(), no_interest=True)
    full = {"plan": "30", "service": "20"}
    for bid in duty.bids[:-1]:
        score.score(duty.member, by=player.actor(), bid=bid, values=full)
    score.score(duty.member, by=player.actor(), bid=duty.bids[-1], values={"plan": "1"})
    assert refused(score.lock_scores, duty.member, by=player.actor()).code == "scores-incomplete"
    score.score(duty.member, by=player.actor(), bid=duty.bids[-1], values=full)
    score.lock_scores(duty.member, by=player.actor())
    again_ = refused(score.score, duty.member, by=player.actor(), bid=duty.bids[0], values=full)
    assert again_.code == "wrong-stage"
    assert refused(score.recuse, duty.member, by=player.actor(), reason="x").code == "wrong-stage"
    assert refused(rank.rank, opened.lots[0], by=members[0].actor()).code == "scores-not-locked"


def test_a_member_acts_for_himself_only(opened: play.Played) -> None:
    members = stage.panel(opened, opened.lots[0])
    mine = stage.duties(opened.lots[0])[0].member
    for player in (members[1], opened.cast["officer"], opened.cast["supplier1"], opened.cast["inspector"]):
        assert refused(score.check_in, mine, by=player.actor(), no_interest=True).code == "forbidden"
    outside = next(p for p in opened.cast.experts if p not in members)
    assert refused(rank.rank, opened.lots[0], by=outside.actor()).code == "forbidden"


FULL = {"plan": Decimal(35)}


@given(st.decimals(min_value=0, max_value=35, places=2))
def test_every_mark_between_nought_and_the_full_mark_is_taken(value: Decimal) -> None:
    assert _mark(f" {value} ", FULL, "plan") == value


@given(st.one_of(st.decimals(allow_nan=True, allow_infinity=True).map(str), st.text(max_size=12)))
@settings(suppress_health_check=[HealthCheck.filter_too_much])
def test_anything_else_is_refused_and_nothing_breaks(text: str) -> None:
    try:
        value = _mark(text, FULL, "plan")
    except Refused as refusal:
        assert refusal.code in ("score-format", "score-range")
    else:
        assert 0 <= value <= 35 and value == value.quantize(Decimal("0.01"))


@pytest.mark.parametrize(
    "text", ["35.01", "-0.01", "30.001", "1e3", "NaN", "Infinity", "", "三十", "1E-1000000", "1e999999999"]
)
def test_marks_out_of_range_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        _mark(text, FULL, "plan")


def test_a_rejection_needs_a_ground_of_the_law_and_a_reason(opened: play.Played) -> None:
    members = stage.panel(opened, opened.lots[0])
    duty, by = stage.duties(opened.lots[0])[0], members[0].actor()
    score.check_in(duty.member, by=by, no_interest=True)
    for wrong in ({"reason_code": "R51-8", "reason": "x"}, {"reason_code": "R51-1", "reason": " "}, {}):
        refusal = refused(score.score, duty.member, by=by, bid=duty.bids[0], values={}, reject=True, **wrong)
        assert (refusal.code, refusal.article) == ("rejection-reason", "招标投标法实施条例 第五十一条")
    assert refused(score.score, duty.member, by=by, bid="OB-elsewhere", values={}).code == "bid-unknown"
    other = refused(score.score, duty.member, by=by, bid=duty.bids[0], values={"price": "1"})
    assert (other.code, other.article) == ("criterion-unknown", "招标投标法实施条例 第四十九条")


# -- the report ------------------------------------------------------------------------------------------------------


@pytest.fixture
def drafted(opened: play.Played) -> tuple[play.Played, list[Player]]:
    members = stage.panel(opened, opened.lots[0])
    scores_of(opened, members)
    lock_all(opened, members)
    assert refused(rank.rank, opened.lots[0], by=members[1].actor()).code == "not-the-chair"
    rank.rank(opened.lots[0], by=members[0].actor())
    return opened, members


def test_anyone_with_the_report_recomputes_the_ranking(drafted: tuple[play.Played, list[Player]]) -> None:
    content = EvaluationReport.objects.get().content
    assert ranking.rank(content["scheme"], content["inputs"]) == content["result"]
    cheapest = OpenedBid.objects.order_by("total_fen").first()
    assert cheapest is not None and content["result"]["bids"][0]["id"] == cheapest.public_id


def test_the_report_closes_with_the_last_signature_and_a_dissent_counts_as_one(
    drafted: tuple[play.Played, list[Player]],
) -> None:
    played, members = drafted
    lot, digest = played.lots[0], stage.report_digest(played.lots[0])
    duties = stage.duties(lot)
    for player, duty in zip(members, duties, strict=True):
        assert EvaluationReport.objects.get().closed_at is None
        assert refused(publish_candidates.publish_candidates, lot, by=played.cast["publisher"].actor()).code == (
            "wrong-stage"
        )
        rank.sign_report(
            duty.member,
            by=player.actor(),
            dissent="对第二名的技术分有不同意见" if player is members[1] else "",
            **player.sign_document(digest),
        )
    assert EvaluationReport.objects.get().closed_at is not None
    assert Lot.objects.get(public_id=lot).stage == "report_signed"
    assert PanelMember.objects.exclude(dissent="").count() == 1


def test_a_wrong_signature_certificate_or_digest_does_not_sign(drafted: tuple[play.Played, list[Player]]) -> None:
    played, members = drafted
    me, other = members[:2]
    duty, digest = stage.duties(played.lots[0])[0], stage.report_digest(played.lots[0])
    right = me.sign_document(digest)
    for wrong, code in (
        (other.sign_document(digest), "certificate-of-other-person"),
        (right | {"signature": other.sign_document(digest)["signature"]}, "signature-invalid"),
        (me.sign_document("00" * 32), "signature-invalid"),
        (right | {"signature": "§"}, "signature-invalid"),
        (right | {"certificate": "C-nowhere"}, "certificate-unknown"),
    ):
        assert refused(rank.sign_report, duty.member, by=me.actor(), **wrong).code == code
    assert PanelMember.objects.get(public_id=duty.member).stage == "locked"


def test_the_chair_may_send_the_report_back_and_everybody_judges_again(
    drafted: tuple[play.Played, list[Player]],
) -> None:
    played, members = drafted
    lot, first = played.lots[0], stage.report_digest(played.lots[0])
    duty = stage.duties(lot)[1]
    rank.sign_report(duty.member, by=members[1].actor(), **members[1].sign_document(first))
    assert refused(rank.reopen_scoring, lot, by=members[1].actor(), reason="漏评").code == "not-the-chair"
    rank.reopen_scoring(lot, by=members[0].actor(), reason="漏评一项")
    assert set(PanelMember.objects.values_list("stage", "signature")) == {("present", "")}
    score.score(duty.member, by=members[1].actor(), bid=duty.bids[0], values={"plan": "1"})
    lock_all(played, members)
    rank.rank(lot, by=members[0].actor())
    second = stage.report_digest(lot)
    assert second != first and EvaluationReport.objects.count() == 2
    stale = members[1].sign_document(first)
    assert refused(rank.sign_report, duty.member, by=members[1].actor(), **stale).code == "signature-invalid"


def test_when_every_bid_is_rejected_nobody_is_published_and_the_lot_fails(opened: play.Played) -> None:
    members, lot = stage.panel(opened, opened.lots[0]), opened.lots[0]
    for n, (player, duty) in enumerate(zip(members, stage.duties(lot), strict=True)):
        score.check_in(duty.member, by=player.actor(), no_interest=True)
        for bid in duty.bids:
            given_ = {"reject": True, "reason_code": "R51-6", "reason": "未响应实质性要求"} if n < 3 else {}
            values = {} if n < 3 else {"plan": "30", "service": "20"}
            score.score(duty.member, by=player.actor(), bid=bid, values=values, **given_)
    lock_all(opened, members)
    rank.rank(lot, by=members[0].actor(), reasons="全部投标被否决")
    stage.sign_report(opened, lot, members)
    refusal = refused(publish_candidates.publish_candidates, lot, by=opened.cast["publisher"].actor())
    assert (refusal.code, refusal.article) == ("no-valid-bid", "招标投标法 第四十二条")
    fail(lot, by=opened.cast["officer"].actor(), reason="所有投标被否决")
    assert Lot.objects.get(public_id=lot).stage == "failed"
