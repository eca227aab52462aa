"""The bid box: what it takes, and what it refuses from strangers. It is judged by the seal alone."""

import copy
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sunshine.domain.bidding.models import Knock, SealedBid
from sunshine.domain.bidding.rules import PATIENCE
from sunshine.domain.publishing.models import Notice
from sunshine.domain.sourcing.models import Project
from sunshine.flows import submit_bid
from sunshine.flows.clarify import clarify
from sunshine.flows.open_bids import open_bids
from sunshine.foundation import clock
from sunshine.foundation.files import spool
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.tokens import token_of, unasked_token
from sunshine_proof import lid, sealing
from sunshine_proof.policy import policy_id
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, hand_in, opened_box, refused, resign, seal

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def announced_once(ground: play.Cast) -> play.Played:
    return play.announced(play.a_project(ground))


@pytest.fixture
def announced(announced_once: play.Played, db: None) -> play.Played:
    return again(announced_once)


def test_a_bid_one_second_late_is_refused_with_its_article(announced: play.Played) -> None:
    due = Project.objects.get(public_id=announced.project).bids_due_at
    assert due is not None
    supplier = announced.cast["supplier1"]
    play.bid(announced, announced.lots[0], supplier, arrived_at=due - SECOND)
    for late in (due, due + SECOND):
        refusal = refused(play.bid, announced, announced.lots[0], supplier, arrived_at=late)
        assert refusal.code == "bid-late" and "第三十六条" in refusal.article
    assert SealedBid.objects.count() == 1


def test_an_extension_keeps_sealed_bids_effective_and_takes_new_ones(announced: play.Played) -> None:
    lot, cast = announced.lots[0], announced.cast
    first = play.bid(announced, lot, cast["supplier1"])
    old_due = Project.objects.get(public_id=announced.project).bids_due_at
    assert old_due is not None
    later = old_due + timedelta(days=3)
    officer = cast["officer"].actor()
    clarify(announced.project, by=officer, text="延期", affects_preparation=False, changes={"bids_due_at": later})
    play.until(old_due + SECOND)
    assert refused(open_bids, announced.project, by=officer).code == "before-deadline"
    others = [play.bid(announced, lot, cast[key]) for key in ("supplier2", "supplier3")]
    play.until(later + SECOND)
    event = open_bids(announced.project, by=officer)
    assert event.facts["effective_lids"][lot] == sorted(made["lid"]["id"] for made in (first, *others))


def test_a_withdrawn_bid_may_come_again_before_the_deadline(announced: play.Played) -> None:
    lot, supplier = announced.lots[0], announced.cast["supplier1"]
    made = play.bid(announced, lot, supplier)
    withdrawal = lid.build_withdrawal(announced.policies[lot], 2, made["lid"]["id"], made["box_secret"])
    submit_bid.withdraw(withdrawal, token=made["token"], arrived_at=clock.now())
    assert refused(submit_bid.withdraw, withdrawal, token=made["token"], arrived_at=clock.now()).code == "lid-replayed"
    play.bid(announced, lot, supplier, box_secret=made["box_secret"], previous=withdrawal)
    assert [row.stage for row in SealedBid.objects.order_by("seq")] == ["sealed", "withdrawn", "sealed"]


def test_old_lids_gaps_and_foreign_policies_are_refused(announced: play.Played) -> None:
    lot, supplier = announced.lots[0], announced.cast["supplier1"]
    first = play.bid(announced, lot, supplier)
    again_ = refused(submit_bid.submit, first["lid"], {}, token=first["token"], arrived_at=clock.now())
    assert again_.code == "lid-replayed"
    second = play.bid(announced, lot, supplier, box_secret=first["box_secret"], previous=first["lid"])
    assert (
        refused(submit_bid.submit, first["lid"], {}, token=first["token"], arrived_at=clock.now()).code == "lid-chain"
    )
    gap = second["lid"] | {"seq": 3}
    assert refused(play.bid, announced, lot, supplier, box_secret=first["box_secret"], previous=gap).code == "lid-chain"
    wrong_prev = first["lid"] | {"seq": 2}
    assert (
        refused(play.bid, announced, lot, supplier, box_secret=first["box_secret"], previous=wrong_prev).code
        == "lid-chain"
    )
    foreign = first["lid"] | {"policy": policy_id(announced.policies[lot] | {"tender": "P-elsewhere"}).hex()}
    refusal = refused(submit_bid.submit, foreign, {}, token=first["token"], arrived_at=clock.now())
    assert refusal.code == "token-refused"


def test_a_lid_of_one_lot_does_not_fit_into_another_lots_box(cast: play.Cast) -> None:
    played = play.announced(play.a_project(cast, lots=2))
    made = play.bid(played, played.lots[0], cast["supplier1"])
    moved = made["lid"] | {"policy": policy_id(played.policies[played.lots[1]]).hex()}
    assert refused(submit_bid.submit, moved, {}, token=made["token"], arrived_at=clock.now()).code == "token-refused"
    other = unasked_token(played.lots[1], played.policies[played.lots[1]], made["box_secret"])
    assert refused(submit_bid.submit, moved, {}, token=other, arrived_at=clock.now()).code == "lid-id"


@pytest.mark.parametrize("field", ["id", "sig", "box_key", "prev", "seq", "v", "policy"])
def test_a_lid_with_one_changed_byte_is_refused(announced: play.Played, field: str) -> None:
    sealed, secrets, folder = seal(announced, announced.cast["supplier1"])
    with folder:
        value = sealed[field]
        flipped = value + 1 if isinstance(value, int) else ("0" if value[:1] != "0" else "1") + value[1:]
        assert refused(hand_in, sealed | {field: flipped}, secrets).code.startswith(
            ("lid-", "token-refused", "not-hex")
        )
    assert not SealedBid.objects.exists()


@pytest.mark.parametrize(
    "junk", [{}, {"policy": None}, {"policy": "\x00"}, {"policy": ["a"]}, {"policy": "a" * 10_000}, {"v": "seal/1"}]
)
def test_junk_for_a_lid_is_a_refusal_not_an_error(announced: play.Played, junk: dict[str, Any]) -> None:
    assert refused(submit_bid.submit, junk, {}, token=junk, arrived_at=clock.now()).code == "token-refused"
    assert refused(submit_bid.withdraw, junk, token=None, arrived_at=clock.now()).code == "token-refused"


def test_plain_text_in_the_place_of_a_sealed_body_is_refused(announced: play.Played) -> None:
    sealed, secrets, folder = seal(announced, announced.cast["supplier1"])
    with folder:
        plain = Path(folder.name) / "plain.zip"
        plain.write_bytes(b"PK" + bytes(10_000))
        parts = copy.deepcopy(sealed["parts"])
        parts[2] |= {"size": plain.stat().st_size, "sha256": hashlib.sha256(plain.read_bytes()).hexdigest()}
        uploads = secrets | {"price": sealing.PartSecret(b"", None, plain)}
        assert refused(hand_in, resign(announced, sealed, parts), uploads).code == "upload-not-age"
    assert not SealedBid.objects.exists()


def test_an_upload_that_is_not_finished_or_not_its_own_leaves_nothing(announced: play.Played) -> None:
    sealed, secrets, folder = seal(announced, announced.cast["supplier1"])
    with folder:
        uploads = {part: play._upload(kept.body) for part, kept in secrets.items()}
        record = {key: value for key, value in sealed.items() if not key.startswith("_")}
        shown = {"token": sealed["_token"], "arrived_at": clock.now()}
        short = spool.create()
        for wrong in ({}, uploads | {"tech": short}, uploads | {"tech": uploads["price"]}, uploads | {"tech": "../x"}):
            assert refused(submit_bid.submit, record, wrong, **shown).code.startswith("upload-")
    assert not SealedBid.objects.exists()
    assert submit_bid.submit(record, uploads, **shown)["lid"] == sealed["id"]


def test_fewer_than_three_bidders_fail_the_lot_unopened(announced: play.Played) -> None:
    made = play.bid(announced, announced.lots[0], announced.cast["supplier1"])
    play.bid(announced, announced.lots[0], announced.cast["supplier2"])
    play.bid(
        announced, announced.lots[0], announced.cast["supplier1"], box_secret=made["box_secret"], previous=made["lid"]
    )
    lot = opened_box(announced)
    assert not SealedBid.objects.filter(is_effective=True).exists()
    assert Notice.objects.filter(lot__public_id=lot, kind="failure-notice").count() == 1
    for player in announced.cast.trustees:
        assert stage.shares_for(lot, player.actor())["lids"] == []


def test_the_box_is_not_closed_over_a_bid_that_arrived_in_time(announced: play.Played) -> None:
    lot, cast = announced.lots[0], announced.cast
    due = Project.objects.get(public_id=announced.project).bids_due_at
    assert due is not None
    for key in ("supplier1", "supplier2"):
        play.bid(announced, lot, cast[key])
    secret = lid.new_box_secret()
    token_of(cast["supplier3"], lot, announced.policies[lot], secret)
    play.until(due - timedelta(seconds=2))
    with submit_bid.at_the_door() as arrived_at:
        play.until(due + 2 * SECOND)
        refusal = refused(open_bids, announced.project, by=cast["officer"].actor())
        assert refusal.code == "arrivals-in-flight"
        last = play.bid(announced, lot, cast["supplier3"], box_secret=secret, arrived_at=arrived_at)
    event = open_bids(announced.project, by=cast["officer"].actor())
    assert last["lid"]["id"] in event.facts["effective_lids"][lot]


def test_the_box_opens_no_sooner_than_a_second_after_the_deadline(announced: play.Played) -> None:
    due = Project.objects.get(public_id=announced.project).bids_due_at
    assert due is not None
    play.until(due)
    officer = announced.cast["officer"].actor()
    assert refused(open_bids, announced.project, by=officer).code == "arrivals-in-flight"
    play.until(due + SECOND)
    open_bids(announced.project, by=officer)


def test_who_died_at_the_door_holds_nobody_up_for_long(announced: play.Played) -> None:
    due = Project.objects.get(public_id=announced.project).bids_due_at
    assert due is not None
    play.until(due - SECOND)
    died = Knock.objects.create(arrived_at=clock.now())
    late = Knock.objects.create(arrived_at=due + SECOND)  # somebody who came too late is waited for by nobody
    play.until(due + 2 * SECOND)
    officer = announced.cast["officer"].actor()
    assert refused(open_bids, announced.project, by=officer).code == "arrivals-in-flight"
    play.until(died.arrived_at + PATIENCE)
    open_bids(announced.project, by=officer)
    play.until(late.arrived_at + 3 * PATIENCE)
    assert (submit_bid.forget_knocks(), Knock.objects.count()) == (2, 0)
