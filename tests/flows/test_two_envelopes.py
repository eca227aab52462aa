"""双信封: the technical envelope first; prices only when the panel's result is fixed; rejected prices never."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from sunshine.domain.bidding.models import OpenedBid, PriceOpening, SealedBid, SealedPart, ShareRelease
from sunshine.domain.bidding.queries.jobs import lots_to_decrypt, windows_over
from sunshine.domain.bidding.queries.opening import shares_for
from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.domain.publishing.models import Notice, Notification
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows import rank, score
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.flows.open_prices import confirm_prices, open_prices
from sunshine.flows.release_share import release_share
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play, remedies, stage
from sunshine_proof.canonical import jcs
from sunshine_proof.opening import open_share
from sunshine_proof.release import build_release, release_digest
from sunshine_proof.shares import commit_of
from tests.flows.conftest import again

pytestmark = pytest.mark.django_db
PRICES = [900_000_00, 910_000_00, 920_000_00]


@pytest.fixture(scope="module")
def sealed(ground: play.Cast) -> play.Played:
    """A tender with two envelopes and three bids, before the deadline."""
    played = play.announced(play.a_project(ground, envelopes="two"))
    for supplier, price in zip(ground.suppliers, PRICES, strict=True):
        play.bid(played, played.lots[0], supplier, total_fen=price)
    return played


@pytest.fixture
def tender(sealed: play.Played, db: None) -> play.Played:
    return again(sealed)


def opening(played: play.Played) -> str:
    """The first opening has begun."""
    assert played.bids_due_at is not None
    play.until(played.bids_due_at + timedelta(seconds=1))
    open_bids(played.project, by=played.cast["officer"].actor())
    return played.lots[0]


def locked(played: play.Played, reject: int = 0) -> tuple[str, list[Any]]:
    """Opened once, judged and locked; the first ``reject`` bids are rejected by everybody."""
    stage.opened(played)
    lot = played.lots[0]
    members = stage.panel(played, lot)
    rows = OpenedBid.objects.filter(lot__public_id=lot).order_by("bid__received_at")
    out = set(rows.values_list("public_id", flat=True)[:reject])
    stage.scored(played, lot, members, reject=out)
    return lot, members


def refused(act: Any, *given: Any, **more: Any) -> str:
    with pytest.raises(Refused) as found:
        act(*given, **more)
    return found.value.code


def release_of(played: play.Played, lot: str, i: int, parts: tuple[str, ...], lids: set[str] | None = None) -> int:
    """Trustee i releases exactly these parts, whatever it was asked for: a dishonest or deceived one."""
    player = played.cast.trustees[i - 1]
    pid, identity = SealedBid.objects.first().lid["policy"], player.trustee_keys[played.project]  # type: ignore[union-attr]
    given, stated = [], []
    for bid in SealedBid.objects.filter(lot__public_id=lot, is_effective=True).order_by("lid_id"):
        if lids is not None and bid.lid_id not in lids:
            continue
        for part in (part for part in bid.lid["parts"] if part["part"] in parts):
            y = open_share(pid, part, i, identity)
            given.append({"lid": bid.lid_id, "part": part["part"], "y": y.hex()})
            commit = commit_of(bytes.fromhex(pid), part["recipient"], i, y)
            stated.append({"lid": bid.lid_id, "part": part["part"], "commit": commit})
    statement = build_release(pid, i, stated, "2026-03-24T01:30:05Z")
    signed = player.sign(release_digest(statement))
    return release_share(lot, by=player.actor(), releases=given, statement=statement, **signed)


def test_a_tender_with_two_envelopes_runs_from_the_first_opening_to_the_contract(tender: play.Played) -> None:
    lot = tender.lots[0]
    stage.opened(tender)
    assert list(OpenedBid.objects.filter(lot__public_id=lot).values_list("total_fen", "price")) == [(None, {})] * 3
    stage.evaluated(tender, lot)
    assert sorted(OpenedBid.objects.values_list("total_fen", flat=True)) == PRICES
    stage.candidates(tender, lot)
    stage.awarded(tender, lot)
    stage.contracted(tender, lot)
    assert Lot.objects.get(public_id=lot).stage == "contract_signed"


def test_nobody_can_have_everything_released_at_once(tender: play.Played) -> None:
    lot = opening(tender)
    everything = ("summary", "tech", "price")
    assert refused(release_of, tender, lot, 1, everything) == "part-not-open"
    assert refused(release_of, tender, lot, 1, ("price",)) == "part-not-open"
    assert not ShareRelease.objects.exists()
    assert release_of(tender, lot, 1, ("summary", "tech")) == 6


def test_the_first_list_names_its_parts_and_the_policy_binds_them(tender: play.Played) -> None:
    lot = opening(tender)
    event = Event.objects.get(tag="lot:open-bids", subject=f"lot/{lot}")
    assert event.facts["parts"] == ["summary", "tech"]
    assert tender.policies[lot]["second_envelope"] == ["price"]
    announced = Event.objects.get(tag="project:announce", subject=f"project/{tender.project}")
    assert announced.facts["envelopes"] == "two"
    notice = Notice.objects.get(project__public_id=tender.project, kind="tender-notice")
    assert notice.content["envelopes"] == "two"


def test_between_the_openings_no_price_share_is_taken(tender: play.Played) -> None:
    stage.opened(tender)
    assert refused(release_of, tender, tender.lots[0], 4, ("price",)) == "part-not-open"


def test_prices_wait_for_the_last_member_to_lock(tender: play.Played) -> None:
    stage.opened(tender)
    lot, officer = tender.lots[0], tender.cast["officer"]
    assert refused(open_prices, lot, by=officer.actor()) == "wrong-stage"
    members = stage.panel(tender, lot)
    assert refused(open_prices, lot, by=officer.actor()) == "scores-not-locked"
    stage.scored(tender, lot, members)
    assert refused(rank.rank, lot, by=members[0].actor()) == "prices-not-opened"
    assert refused(open_prices, lot, by=members[0].actor()) == "forbidden"
    open_prices(lot, by=officer.actor())
    assert refused(open_prices, lot, by=officer.actor()) == "wrong-stage"


def test_the_digest_of_the_technical_result_stands_in_the_list_of_prices(tender: play.Played) -> None:
    lot, _members = locked(tender, reject=1)
    event = open_prices(lot, by=tender.cast["officer"].actor())
    kept = PriceOpening.objects.get(lot__public_id=lot)
    assert event.facts["technical"] == hashlib.sha256(jcs(kept.technical)).hexdigest()
    assert event.facts["parts"] == ["price"] and len(event.facts["effective_lids"]) == 2
    rows = kept.technical["bids"]
    assert [row["rejected"] for row in rows] == ["R51-6", None, None]
    assert all(len(marks) == 5 for row in rows[1:] for marks in row["scores"].values())


def test_a_rejected_price_stays_shut_for_ever(tender: play.Played) -> None:
    lot, members = locked(tender, reject=1)
    open_prices(lot, by=tender.cast["officer"].actor())
    out = SealedBid.objects.filter(lot__public_id=lot).order_by("received_at")[0]
    assert refused(release_of, tender, lot, 1, ("price",), {out.lid_id}) == "release-unknown"
    asked = shares_for(lot, tender.cast["keeper"].actor())
    assert asked is not None and out.lid_id not in [lid["id"] for lid in asked["lids"]] and len(asked["lids"]) == 2
    stage.release_all(tender, lot)
    confirm_prices(lot, by=tender.cast["officer"].actor())
    stage.priced(tender, lot, members)
    rank.rank(lot, by=members[0].actor())
    part = SealedPart.objects.get(bid=out, part="price")
    assert (part.identity, part.opened_at) == ("", None)
    assert not ShareRelease.objects.filter(bid=out, part="price").exists()
    content = Lot.objects.get(public_id=lot).reports.get().content
    ranked = {bid["id"] for bid in content["result"]["bids"]}
    assert len(ranked) == 2 and out.opened.public_id not in ranked and out.opened.total_fen is None
    record = Notice.objects.get(lot__public_id=lot, kind="price-opening-record").content
    assert [row["bidder"] for row in record["shut"]] == [out.opened.bidder_name] and len(record["bids"]) == 2


def test_with_every_bid_rejected_no_price_is_opened_and_the_report_says_so(tender: play.Played) -> None:
    lot, members = locked(tender, reject=3)
    assert refused(open_prices, lot, by=tender.cast["officer"].actor()) == "nothing-to-open"
    rank.rank(lot, by=members[0].actor(), reasons="全部投标未实质性响应")
    content = Lot.objects.get(public_id=lot).reports.get().content
    assert content["result"]["bids"] == [] and len(content["rejections"]) == 3


def test_scores_that_could_not_be_ranked_are_found_before_the_prices_are_known(tender: play.Played) -> None:
    scheme = play.SCHEME["criteria"]
    objective = [one | ({"kind": "objective"} if one["key"] == "plan" else {}) for one in scheme]
    Project.objects.filter(public_id=tender.project).update(scheme=play.SCHEME | {"criteria": objective})
    stage.opened(tender)
    lot = tender.lots[0]
    members = stage.panel(tender, lot)
    for n, (player, duty) in enumerate(zip(members, duties(lot), strict=True)):
        score.check_in(duty.member, by=player.actor(), no_interest=True)
        for bid in duty.bids:
            values = {"plan": "20" if n else "21", "service": "20"}
            score.score(duty.member, by=player.actor(), bid=bid, values=values)
        score.lock_scores(duty.member, by=player.actor())
    assert refused(open_prices, lot, by=tender.cast["officer"].actor()) == "objective-inconsistent"


def test_after_the_prices_no_score_moves_not_even_by_a_reopening(tender: play.Played) -> None:
    lot, members = locked(tender)
    duty, player = duties(lot)[0], members[0]
    open_prices(lot, by=tender.cast["officer"].actor())
    assert refused(rank.reopen_scoring, lot, by=player.actor(), reason="再看看") == "wrong-stage"
    stage.release_all(tender, lot)
    confirm_prices(lot, by=tender.cast["officer"].actor())
    given: dict[str, Any] = {"bid": duty.bids[0], "values": {"plan": "35"}}
    assert refused(score.score, duty.member, by=player.actor(), **given) == "wrong-stage"
    assert refused(score.recuse, duty.member, by=player.actor(), reason="算了") == "wrong-stage"
    stage.priced(tender, lot, members)
    rank.reopen_scoring(lot, by=player.actor(), reason="核对报价")
    assert refused(score.score, duty.member, by=player.actor(), **given) == "wrong-stage"
    assert refused(score.lock_scores, duty.member, by=player.actor()) == "wrong-stage"
    stage.priced(tender, lot, members)
    rank.rank(lot, by=player.actor())
    content = Lot.objects.get(public_id=lot).reports.get().content
    fixed = {row["id"]: row["scores"] for row in content["technical"]["bids"]}
    assert {bid["id"]: bid["scores"] for bid in content["inputs"]["bids"]} == fixed


def test_a_price_above_the_cap_is_remarked_and_the_panel_may_reject_it(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two"))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=1_050_000_01 if n == 0 else PRICES[n])
    lot, members = locked(played)
    assert not OpenedBid.objects.filter(remarks__contains=["above-cap"]).exists()
    stage.prices_opened(played, lot)
    dear = OpenedBid.objects.get(remarks__contains=["above-cap"])
    assert refused(
        score.judge_price, duties(lot)[0].member, by=members[0].actor(), bid=dear.public_id, reject=True
    ) == ("rejection-reason")
    stage.priced(played, lot, members, reject=[dear.public_id])
    rank.rank(lot, by=members[0].actor())
    content = Lot.objects.get(public_id=lot).reports.get().content
    assert [row["bid"] for row in content["rejections"]] == [dear.public_id]
    assert [row["rejected"] for row in content["technical"]["bids"]] == [None] * 3


def test_a_price_told_in_the_first_envelope_is_a_remark_and_is_kept_nowhere(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two"))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=PRICES[n], price_early=n == 0)
    stage.opened(played)
    early = OpenedBid.objects.get(remarks__contains=["price-in-first-envelope"])
    assert (early.total_fen, early.summary["total_fen"], early.summary["rate"]) == (None, None, None)
    assert Event.objects.get(tag="bid:withhold-summary").facts["lid"] == early.bid.lid_id
    assert not any(str(PRICES[0]) in str(event.facts) for event in Event.objects.all())


def test_the_second_opening_has_a_window_of_its_own_and_a_lost_price_is_no_longer_ranked(tender: play.Played) -> None:
    lot, members = locked(tender)
    play.until(clock.now() + timedelta(days=2))
    open_prices(lot, by=tender.cast["officer"].actor())
    assert windows_over(clock.now()) == [] and lots_to_decrypt() == []
    come = set(SealedBid.objects.order_by("received_at").values_list("lid_id", flat=True)[:2])
    for i in (1, 2, 3):
        release_of(tender, lot, i, ("price",), come)
    assert lots_to_decrypt() == [lot]
    assert decrypt_ready(lot) == {"opened": 2, "failed": 0, "waiting": 1}
    assert refused(confirm_prices, lot, by=tender.cast["officer"].actor()) == "opening-not-finished"
    assert settle_window(tender.project) == 0
    play.until(clock.now() + timedelta(hours=2, seconds=1))
    assert windows_over(clock.now()) == [tender.project] and settle_window(tender.project) == 1
    lost = SealedBid.objects.get(stage="deemed_withdrawn")
    assert lost.outcome["code"] == "too-few-shares" and lost.outcome["part"] == "price"
    assert [one["part"] for one in lost.outcome["evidence"]] == ["summary", "tech", "price"]
    confirm_prices(lot, by=tender.cast["officer"].actor())
    stage.priced(tender, lot, members)
    rank.rank(lot, by=members[0].actor())
    content = Lot.objects.get(public_id=lot).reports.get().content
    assert [(row["bidder"], row["reason_code"]) for row in content["rejections"]] == [
        (lost.opened.bidder_name, "price-withdrawn")
    ]
    stage.sign_report(tender, lot, members)
    stage.candidates(tender, lot)
    stage.awarded(tender, lot)  # every bidder gets its letter, the one whose price was lost as well


def test_a_bidder_can_rescue_each_envelope_at_its_own_opening_only(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two"))
    lot = played.lots[0]
    made = [
        play.bid(played, lot, supplier, total_fen=price) for supplier, price in zip(cast.suppliers, PRICES, strict=True)
    ]
    opening(played)
    assert refused(remedies.rescue, made[0]) == "part-not-open"
    assert refused(remedies.rescue, made[0], ["price"]) == "part-not-open"
    for one in made:
        remedies.rescue(one, ["summary", "tech"])
    assert decrypt_ready(lot)["opened"] == 3
    assert refused(remedies.rescue, made[0], ["price"]) == "remedy-not-wanted"


def test_where_bidders_take_part_they_give_their_share_of_a_price_at_the_second_opening(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two", sealing="D"))
    lot = played.lots[0]
    made = [
        play.bid(played, lot, supplier, total_fen=price) for supplier, price in zip(cast.suppliers, PRICES, strict=True)
    ]
    opening(played)
    assert refused(remedies.give_share, made[0]) == "part-not-open"
    for one in made:
        remedies.give_share(one, ["summary", "tech"])
    stage.release_all(played, lot)
    confirm_opening(played.project, by=cast["officer"].actor())
    members = stage.panel(played, lot)
    stage.scored(played, lot, members)
    open_prices(lot, by=cast["officer"].actor())
    assert stage.release_all(played, lot) == {"opened": 0, "failed": 0, "waiting": 3}
    for one in made:
        remedies.give_share(one, ["price"])
    assert decrypt_ready(lot)["opened"] == 3


def test_where_the_bidder_alone_opens_it_gives_the_key_of_a_price_at_the_second_opening_only(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, envelopes="two", sealing="B"))
    lot, names = played.lots[0], ["summary", "tech"]
    for supplier, price in zip(cast.suppliers, PRICES, strict=True):
        play.bid(played, lot, supplier, total_fen=price)
    opening(played)
    assert refused(remedies.open_own, cast.suppliers[0], lot) == "part-not-open"
    for supplier in cast.suppliers:
        assert remedies.open_own(supplier, lot, names) == 1
    assert decrypt_ready(lot)["opened"] == 3
    confirm_opening(played.project, by=cast["officer"].actor())
    assert set(OpenedBid.objects.filter(lot__public_id=lot).values_list("total_fen", flat=True)) == {None}
    members = stage.panel(played, lot)
    first = OpenedBid.objects.filter(lot__public_id=lot).order_by("bid__received_at").first()
    assert first is not None
    stage.scored(played, lot, members, reject={first.public_id})
    before = Notification.objects.count()
    stage.prices_opened(played, lot)
    told = list(Notification.objects.order_by("pk")[before:].values_list("kind", "person__name"))
    wanted = {name for kind, name in told if kind == "bidders-wanted-alone"}
    assert wanted == {supplier.person.name for supplier in cast.suppliers[1:]}
    assert "prices-wanted" not in {kind for kind, _name in told}  # no trustee is asked for anything
    read = OpenedBid.objects.filter(lot__public_id=lot, total_fen__isnull=False)
    assert sorted(read.values_list("total_fen", flat=True)) == PRICES[1:]
    assert not first.bid.bidder_keys.filter(part="price").exists()


def test_a_tender_with_one_envelope_has_no_second_opening(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast))
    lot = played.lots[0]
    for supplier in cast.suppliers:
        play.bid(played, lot, supplier)
    stage.opened(played)
    members = stage.panel(played, lot)
    stage.scored(played, lot, members)
    assert refused(open_prices, lot, by=cast["officer"].actor()) == "one-envelope"
    assert "second_envelope" not in played.policies[lot]


def test_no_other_number_of_envelopes_is_taken(cast: play.Cast) -> None:
    with pytest.raises(Refused, match="信封"):
        play.a_project(cast, envelopes="three")
