"""Mode B (seal-policy/2): the bidder alone opens. Who comes is opened, who does not is revoked, and nobody else is asked."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sunshine.domain.bidding.models import BidderKey, OpenedBid, SealedBid, SealedPart, SealPolicy, ShareRelease
from sunshine.domain.bidding.queries import remedies as needs
from sunshine.domain.bidding.queries import trustee as trustees
from sunshine.domain.bidding.queries.hall import hall
from sunshine.domain.bidding.queries.jobs import lots_to_decrypt
from sunshine.domain.evaluation.models import Panel
from sunshine.domain.publishing.models import Notice, Notification
from sunshine.domain.publishing.queries.failures import evidence, failures
from sunshine.domain.sourcing.models import Lot, Project, TrusteeSeat
from sunshine.flows import draft as drafting
from sunshine.flows import seat_trustees
from sunshine.flows._possession import BIDDER
from sunshine.flows.announce_draw import announce_draw
from sunshine.flows.ask import download
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import confirm_opening
from sunshine.flows.release_bidder_share import release_bidder_share
from sunshine.flows.release_share import release_share
from sunshine.flows.rescue_bid import rescue_bid
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.authz import VISITOR
from sunshine.interfaces.rehearsal import drawing, play, remedies, stage
from sunshine_proof.agefile import new_secret
from sunshine_proof.lid import box_key_of, new_box_secret
from sunshine_proof.policy import check_policy
from sunshine_proof.release import build_release, release_digest
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, hand_in, opened_box, refused, resign, seal
from tests.flows.test_failure_rules import Tender, lost

pytestmark = [pytest.mark.django_db, pytest.mark.whole]


@pytest.fixture(scope="module")
def once(ground: play.Cast) -> Tender:
    played = play.announced(play.a_project(ground, sealing="B", title="由投标人自己开启的水泵采购"))
    bids = [play.bid(played, played.lots[0], one, total_fen=900_000_00 + n) for n, one in enumerate(ground.suppliers)]
    return Tender(played, bids)


@pytest.fixture
def sealed(once: Tender, db: None) -> Tender:
    """Three bids in the box of a tender in mode B."""
    return Tender(again(once.played), once.bids)


@pytest.fixture
def alone(sealed: Tender) -> Tender:
    """The same, with the box opened."""
    opened_box(sealed.played)
    return sealed


def wants(n: int, tender: Tender) -> list[str]:
    """What the page without login asks of a bid's holder."""
    found = {bid.lid_id: need for bid, need in needs.openings(clock.now())}
    return list(found[tender.bids[n]["lid"]["id"]]["wants"])


# -- before the opening ------------------------------------------------------------------------------------------------


def test_it_is_announced_without_any_trustee_and_the_policy_says_so(sealed: Tender) -> None:
    policy = SealPolicy.objects.get(lot__public_id=sealed.lot).content
    check_policy(policy)
    assert (policy["v"], policy["bidder_share"], policy["k"], policy["trustees"]) == ("seal-policy/2", "alone", 0, [])
    assert not TrusteeSeat.objects.filter(project__public_id=sealed.played.project).exists()
    for bid in sealed.bids:
        assert [(part["k"], part["commit"], part["share"]) for part in bid["lid"]["parts"]] == [(0, [], [])] * 3
    notice = Notice.objects.get(project__public_id=sealed.played.project)
    assert (notice.content["sealing"], notice.content["trustees"]) == ("B", [])


def test_seats_filled_for_the_draws_do_not_come_into_the_bids_policy(cast: play.Cast) -> None:
    played = play.announced(play.with_trustees(play.a_project(cast, sealing="B")))
    assert played.policies[played.lots[0]]["trustees"] == [] and played.policies[played.lots[0]]["k"] == 0


def test_the_other_modes_still_need_their_trustees(cast: play.Cast) -> None:
    played = play.a_project(cast)
    refusal = refused(drafting.submit_review, played.project, by=cast["officer"].actor())
    assert refusal.code == "project-incomplete" and "持有人" in str(refusal.text)


def test_a_lid_with_shares_does_not_come_into_a_box_that_has_no_trustees(sealed: Tender) -> None:
    lid, secrets, folder = seal(sealed.played, sealed.played.cast.suppliers[0])
    with folder:
        for changed in ({"k": 1}, {"commit": ["00" * 32]}, {"share": ["QUFBQQ=="]}, {"bshare_commit": "00" * 32}):
            parts = [dict(part) for part in lid["parts"]]
            parts[1] |= changed
            assert refused(hand_in, resign(sealed.played, lid, parts), secrets).code.startswith(("lid-", "wrong-shape"))


# -- the opening -------------------------------------------------------------------------------------------------------


def test_the_opening_asks_bidders_and_no_trustee(sealed: Tender) -> None:
    play.with_trustees(sealed.played)
    reader = sealed.played.cast.suppliers[0]
    download(sealed.played.project, by=reader.actor())
    before = set(Notification.objects.values_list("pk", flat=True))
    opened_box(sealed.played)
    told = {row.kind: row.person_id for row in Notification.objects.exclude(pk__in=before)}
    assert told == {"bidders-wanted-alone": reader.person.pk}
    holder = sealed.played.cast.trustees[0].actor()
    lot = Lot.objects.select_related("project").get(public_id=sealed.lot)
    assert trustees.tasks(holder) == []
    refusal = trustees.not_yet(lot, clock.now())
    assert refusal is not None and refusal.code == "share-not-asked"
    shown = hall(sealed.played.project, VISITOR, clock.now())
    assert shown is not None and shown.lots[0].holders == [] and shown.lots[0].bidder_share == "alone"


def test_a_trustee_who_comes_all_the_same_is_sent_away(sealed: Tender) -> None:
    play.with_trustees(sealed.played)
    opened_box(sealed.played)
    entry = {"lid": sealed.bids[0]["lid"]["id"], "part": "tech"}
    statement = build_release(SealPolicy.objects.get(lot__public_id=sealed.lot).pid, 1, [entry | {"commit": "00" * 32}],
                              "2027-03-01T02:00:00Z")  # fmt: skip
    player = sealed.played.cast.trustees[0]
    given: dict[str, Any] = {"releases": [entry | {"y": "00" * 32}], "statement": statement}
    given |= player.sign(release_digest(statement))
    assert refused(release_share, sealed.lot, by=player.actor(), **given).code == "share-not-asked"
    assert not ShareRelease.objects.exists()


def test_nothing_opens_by_itself_and_each_bid_opens_with_its_own_key(alone: Tender) -> None:
    assert lots_to_decrypt() == [] and wants(0, alone) == ["key"]
    assert decrypt_ready(alone.lot) == {"opened": 0, "failed": 0, "waiting": 3}
    assert not SealedPart.objects.exclude(identity="").exists()
    assert alone.verdict(0) == ("sealed", "bidder-key-missing", "d", "bidder", "撤销")
    remedies.rescue(alone.bids[0])
    assert lots_to_decrypt() == [alone.lot] and wants(0, alone) == []
    assert decrypt_ready(alone.lot) == {"opened": 1, "failed": 0, "waiting": 2}
    assert alone.verdict(0) == ("opened", "opened", "", "", "")
    found = alone.finding(0)["evidence"][0]
    assert (found["k"], found["bidder_share"], found["rescue"]) == (0, "given", False)
    assert Event.objects.filter(tag="bid:open-own-bid").count() == 1


def test_who_comes_is_opened_and_who_does_not_is_revoked_with_reason_and_effect(alone: Tender) -> None:
    for n in (0, 1):
        remedies.rescue(alone.bids[n])
    assert decrypt_ready(alone.lot) == {"opened": 2, "failed": 0, "waiting": 1}
    told = failures(Project.objects.get(public_id=alone.played.project))
    (row,) = [one for rows in told.values() for one in rows]
    assert row.rule == "d" and "前到" in row.may and "没有提交" in "".join(row.proofs)
    assert alone.end_of_window() == 1
    assert alone.verdict(2) == ("deemed_revoked", "bidder-key-missing", "d", "bidder", "撤销")
    assert alone.finding(2)["liable"] == [] and alone.finding(2)["evidence"][0]["bidder_share"] == "missing"
    told = failures(Project.objects.get(public_id=alone.played.project))
    (row,) = [one for rows in told.values() for one in rows]
    assert "视为撤销" in str(row.effect) and "第三十一条" in row.article and row.who == "投标人自身原因"
    bid = SealedBid.objects.get(lid_id=alone.bids[2]["lid"]["id"])
    file = evidence(alone.played.project, bid.public_id)
    assert file is not None and file["policy"]["v"] == "seal-policy/2" and file["result"] == "deemed_revoked"
    assert file["trustees"] == [] and file["releases"] == [] and file["remedies"] == []
    confirm_opening(alone.played.project, by=alone.played.cast["officer"].actor())
    assert OpenedBid.objects.filter(lot__public_id=alone.lot).count() == 2


def test_a_wrong_key_is_refused_at_once_and_the_right_one_still_opens(alone: Tender) -> None:
    bid = alone.bids[0]
    said, sig = remedies.signed(bid, "rescue")
    right = {row["part"]: {"S": row["S"]} for row in bid["rescue"]}
    others = {row["part"]: {"S": row["S"]} for row in alone.bids[1]["rescue"]}
    swapped = {"summary": right["tech"], "tech": right["summary"], "price": right["price"]}
    random = right | {"price": {"S": new_secret().hex()}}
    for wrong in (others, swapped, random):
        assert refused(rescue_bid, said, sig, wrong, by=BIDDER).code == "remedy-key"
    assert refused(rescue_bid, said, sig, {}, by=BIDDER).code == "remedy-key"
    assert not BidderKey.objects.exists()
    rescue_bid(said, sig, right, by=BIDDER)
    assert decrypt_ready(alone.lot)["opened"] == 1


def test_only_the_box_key_opens_and_only_a_key_will_do(alone: Tender) -> None:
    bid, thief = alone.bids[0], new_box_secret()
    given = {row["part"]: {"S": row["S"]} for row in bid["rescue"]}
    said, sig = remedies.signed({**bid, "box_secret": thief}, "rescue")
    assert box_key_of(thief) != bid["lid"]["box_key"]
    assert refused(rescue_bid, said, sig, given, by=BIDDER).code == "remedy-signature"
    share = remedies.signed(bid, "release-share")
    refusal = refused(
        release_bidder_share, *share, {row["part"]: {"S_B": row["S"]} for row in bid["rescue"]}, by=BIDDER
    )
    assert refusal.code == "bidder-share-not-asked"


def test_no_key_is_taken_before_the_opening_or_after_the_window(sealed: Tender) -> None:
    assert refused(remedies.rescue, sealed.bids[0]).code == "remedy-unknown"
    opened_box(sealed.played)
    play.until(clock.now() + timedelta(hours=2) + SECOND)
    assert refused(remedies.rescue, sealed.bids[0]).code == "window-over"
    assert settle_window(sealed.played.project) == 3


def test_keys_of_some_parts_only_leave_the_bid_shut(alone: Tender) -> None:
    bid = alone.bids[0]
    said, sig = remedies.signed(bid, "rescue", ["summary", "tech"])
    rescue_bid(said, sig, {row["part"]: {"S": row["S"]} for row in bid["rescue"]}, by=BIDDER)
    assert decrypt_ready(alone.lot)["opened"] == 0 and wants(0, alone) == ["key"]
    found = alone.finding(0)
    assert (found["code"], found["part"], found["stage"]) == ("bidder-key-missing", "price", "sealed")
    assert SealedPart.objects.exclude(identity="").count() == 0


def test_a_lost_body_stays_the_platforms_cause(alone: Tender, tmp_path: Path) -> None:
    bid = alone.bids[0]
    with lost(bid["lid"]["id"], "price") as kept:
        remedies.rescue(bid)
        assert decrypt_ready(alone.lot)["opened"] == 0
        assert alone.verdict(0) == ("sealed", "body-lost", "e", "platform", "撤回")
        (tmp_path / "price.age").write_bytes(kept)
        remedies.restore(bid, "price", tmp_path / "price.age")
        assert decrypt_ready(alone.lot)["opened"] == 1


def test_content_that_is_not_as_required_is_the_bidders_cause(sealed: Tender) -> None:
    supplier = sealed.played.cast.suppliers[0]
    lid, secrets, folder = seal(sealed.played, supplier, lambda parts: parts["price"].pop("price.json"))
    with folder:
        hand_in(lid, secrets)
    opened_box(sealed.played)
    record = {key: value for key, value in lid.items() if not key.startswith("_")}
    kept = [{"part": part, "S": secret.secret.hex(), "S_B": ""} for part, secret in secrets.items()]
    remedies.rescue({"lid": record, "rescue": kept, "box_secret": lid["_secret"]})
    assert decrypt_ready(sealed.lot)["failed"] == 1
    assert SealedBid.objects.get(lid_id=lid["id"]).outcome["rule"] == "a"


# -- trustees for the draws --------------------------------------------------------------------------------------------


def test_a_draw_without_trustees_is_refused_and_they_may_be_named_until_it_is_announced(alone: Tender) -> None:
    played, cast = alone.played, alone.played.cast
    stage.release_all(played, alone.lot)
    confirm_opening(played.project, by=cast["officer"].actor())
    asked: dict[str, Any] = {
        "experts": 4,
        "specialty": "给排水设备",
        "representatives": [cast["judge"].person.public_id],
    }
    asked |= {"supervisor": cast["inspector"].person.public_id, "operator": cast["verifier"].person.public_id}
    assert refused(announce_draw, alone.lot, by=cast["officer"].actor(), **asked).code == "draw-needs-trustees"
    persons = [player.person.public_id for player in cast.trustees]
    seat_trustees.seat_trustees(played.project, by=cast["officer"].actor(), persons=persons)
    assert trustees.without_key(cast.trustees[0].actor()).count() == 1
    assert refused(announce_draw, alone.lot, by=cast["officer"].actor(), **asked).code == "draw-needs-trustees"
    play.with_trustees(played)
    drawn = drawing.announced(played, alone.lot, experts=4, specialty="给排水设备",
                              representatives=asked["representatives"])  # fmt: skip
    policy = drawing.parts(drawn.draw)[0].policy
    check_policy(policy)
    assert (policy["v"], policy["k"], len(policy["trustees"])) == ("seal-policy/1", 3, 4)
    refusal = refused(seat_trustees.seat_trustees, played.project, by=cast["officer"].actor(), persons=persons)
    assert refusal.code == "policy-is-fixed"
    assert refused(play.with_trustees, played).code == "policy-is-fixed"


def test_in_the_other_modes_the_announcement_still_fixes_the_trustees(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast))
    assert refused(play.with_trustees, played).code == "policy-is-fixed"


def test_a_tender_of_this_mode_goes_from_announcement_through_draw_to_ranking(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, sealing="B"))
    lot = played.lots[0]
    for n, supplier in enumerate(cast.suppliers):
        play.bid(played, lot, supplier, total_fen=900_000_00 + n * 1000_00)
    stage.opened(played)
    assert OpenedBid.objects.filter(lot__public_id=lot).count() == 3
    stage.evaluated(played, lot)
    assert Panel.objects.filter(lot__public_id=lot).exists()
    stage.candidates(played, lot)
    stage.awarded(played, lot)
    assert Lot.objects.get(public_id=lot).stage == "awarded" or Lot.objects.get(public_id=lot).stage == "notified"
