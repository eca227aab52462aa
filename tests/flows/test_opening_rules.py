"""Opening: trustees, shares, the decrypt window, and what the platform may lose (rules b, c, e of the seal format)."""

import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from sunshine.domain.bidding.models import OpenedBid, SealedBid, SealedPart, ShareRelease
from sunshine.domain.sourcing.models import Project
from sunshine.flows import submit_bid
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import confirm_opening, open_bids
from sunshine.flows.release_share import release_share
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof import lid, shares
from sunshine_proof.agefile import identity_of, new_secret
from sunshine_proof.opening import open_share
from sunshine_proof.policy import policy_id
from sunshine_proof.release import build_release, release_digest
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, opened_box, outcome_of, refused

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def with_bids_once(ground: play.Cast) -> play.Played:
    """Three good bids in the box."""
    played = play.announced(play.a_project(ground))
    for n, supplier in enumerate(played.cast.suppliers):
        play.bid(played, played.lots[0], supplier, total_fen=900_000_00 + n)
    return played


@pytest.fixture
def with_bids(with_bids_once: play.Played, db: None) -> play.Played:
    return again(with_bids_once)


# -- what the trustees do --------------------------------------------------------------------------------------------


def test_fewer_than_three_shares_wait_and_the_third_opens(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    assert stage.release_all(with_bids, lot, trustees=2) == {"opened": 0, "failed": 0, "waiting": 3}
    assert not OpenedBid.objects.exists() and not SealedPart.objects.exclude(identity="").exists()
    assert refused(confirm_opening, with_bids.project, by=with_bids.cast["officer"].actor()).code == (
        "opening-not-finished"
    )
    stage.release(with_bids, lot, with_bids.cast.trustees[3], 4)
    assert decrypt_ready(lot) == {"opened": 3, "failed": 0, "waiting": 0}


def test_no_share_leaves_before_the_opening_and_no_stranger_gives_one(with_bids: play.Played) -> None:
    lot, cast = with_bids.lots[0], with_bids.cast
    mine = {"releases": [], "statement": {}, "signature": "", "certificate": ""}
    assert refused(release_share, lot, by=cast["keeper"].actor(), **mine).code == "not-opened"
    opened_box(with_bids)
    for key in ("officer", "supplier1", "inspector", "verifier", "expert1"):
        assert refused(release_share, lot, by=cast[key].actor(), **mine).code == "not-found"


def release_with(played: play.Played, i: int, change: Callable[[bytes], bytes]) -> Refused | int:
    """Trustee i hands over ``change(y)`` under a truthful statement."""
    player, lot = played.cast.trustees[i - 1], played.lots[0]
    policy = played.policies[lot]
    pid = policy_id(policy)
    given, stated = [], []
    for bid in SealedBid.objects.filter(is_effective=True).order_by("lid_id"):
        for part in bid.lid["parts"]:
            y = open_share(pid, part, i, player.trustee_keys[played.project])
            entry = {"lid": bid.lid_id, "part": part["part"]}
            given.append(entry | {"y": change(y).hex()})
            stated.append(entry | {"commit": shares.commit_of(pid, part["recipient"], i, y)})
    said = build_release(
        pid.hex(), i, stated, clock.now().astimezone(play.clock.BEIJING).strftime("%Y-%m-%dT%H:%M:%SZ")
    )
    try:
        return int(
            release_share(lot, by=player.actor(), releases=given, statement=said, **player.sign(release_digest(said)))
        )
    except Refused as refusal:
        return refusal


def test_a_wrong_share_is_refused_naming_its_trustee_and_the_good_ones_open(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    refusal = release_with(with_bids, 2, lambda y: bytes([y[0] ^ 1]) + y[1:])
    assert isinstance(refusal, Refused) and refusal.code == "release-share" and "2" in str(refusal.text)
    rows = ShareRelease.objects.all()
    assert {(row.share, row.fault) for row in rows} == {("", "share-wrong")}
    assert all(len(row.expected) == len(row.got) == 64 and row.expected != row.got for row in rows)
    for i in (1, 3, 4):
        stage.release(with_bids, lot, with_bids.cast.trustees[i - 1], i)
    assert decrypt_ready(lot)["opened"] == 3


def test_a_share_under_somebody_elses_signature_is_refused(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    keeper, other = with_bids.cast.trustees[:2]
    other_key, other_certificate = other.key, other.certificate
    thief = play.Player(keeper.name, keeper.email, keeper.person, keeper.organisation, other_key, other_certificate)
    thief.trustee_keys = keeper.trustee_keys
    assert refused(stage.release, with_bids, lot, thief, 1).code == "certificate-of-other-person"
    thief.certificate = keeper.certificate
    assert refused(stage.release, with_bids, lot, thief, 1).code == "signature-invalid"


def test_a_second_release_changes_nothing(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    keeper = with_bids.cast.trustees[0]
    assert stage.release(with_bids, lot, keeper, 1) == 9
    assert stage.release(with_bids, lot, keeper, 1) == 0
    assert ShareRelease.objects.count() == 9


def test_a_false_complaint_is_laid_at_its_trustees_door(with_bids: play.Played) -> None:
    """Rule b: the second trustee calls good shares undecryptable; three others open and prove it."""
    lot, trustees = opened_box(with_bids), with_bids.cast.trustees
    stranger = copy.copy(trustees[1])
    stranger.trustee_keys = {with_bids.project: identity_of(new_secret())}
    stage.release(with_bids, lot, stranger, 2)
    assert set(ShareRelease.objects.values_list("fault", flat=True)) == {"share-undecryptable"}
    for i in (1, 3, 4):
        stage.release(with_bids, lot, trustees[i - 1], i)
    assert decrypt_ready(lot)["opened"] == 3


def test_missing_shares_count_as_withdrawn_only_after_the_window(with_bids: play.Played) -> None:
    """Rule c: nobody calls it the bidders' fault (视为撤回)."""
    lot = opened_box(with_bids)
    stage.release_all(with_bids, lot, trustees=2)
    assert settle_window(with_bids.project) == 0
    play.until(clock.now() + timedelta(hours=2) + SECOND)
    assert settle_window(with_bids.project) == 3
    for row in SealedBid.objects.all():
        assert outcome_of(row.lid_id) == ("deemed_withdrawn", "too-few-shares", "trustee", "撤回")
    assert settle_window(with_bids.project) == 0
    confirm_opening(with_bids.project, by=with_bids.cast["officer"].actor())


# -- what the platform may lose --------------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["gone", "changed"])
def test_a_body_the_platform_lost_is_nobody_elses_fault_and_stops_nobody(with_bids: play.Played, loss: str) -> None:
    """Rule e: after the window the bid counts as withdrawn (撤回), by the platform's fault."""
    lot = opened_box(with_bids)
    victim = SealedBid.objects.order_by("lid_id").first()
    assert victim is not None
    path = Path(settings.BLOBS) / victim.parts.get(part="price").body.path
    kept = path.read_bytes()
    try:
        path.unlink()
        if loss == "changed":
            path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        assert stage.release_all(with_bids, lot) == {"opened": 2, "failed": 0, "waiting": 1}
        play.until(clock.now() + timedelta(hours=2) + SECOND)
        assert settle_window(with_bids.project) == 1
    finally:
        path.write_bytes(kept)
    assert outcome_of(victim.lid_id) == ("deemed_withdrawn", "body-lost", "platform", "撤回")


def test_a_disk_that_fails_for_one_bid_stops_no_other(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    victim = SealedBid.objects.order_by("lid_id").first()
    assert victim is not None
    path = Path(settings.BLOBS) / victim.parts.get(part="summary").body.path
    kept = path.read_bytes()
    path.unlink()
    path.mkdir()  # reading it is an error of the file system, not a missing file
    try:
        assert stage.release_all(with_bids, lot) == {"opened": 2, "failed": 0, "waiting": 1}
    finally:
        path.rmdir()
        path.write_bytes(kept)
    assert decrypt_ready(lot)["opened"] == 1


def test_a_body_found_again_in_the_window_is_opened(with_bids: play.Played) -> None:
    lot = opened_box(with_bids)
    victim = SealedBid.objects.order_by("lid_id").first()
    assert victim is not None
    path = Path(settings.BLOBS) / victim.parts.get(part="tech").body.path
    kept = path.read_bytes()
    path.unlink()
    try:
        stage.release_all(with_bids, lot)
    finally:
        path.write_bytes(kept)
    assert decrypt_ready(lot) == {"opened": 1, "failed": 0, "waiting": 0}


# -- the opening as a whole ------------------------------------------------------------------------------------------


def test_nobody_opens_before_the_deadline_and_only_the_officer_after_it(with_bids: play.Played) -> None:
    cast = with_bids.cast
    refusal = refused(open_bids, with_bids.project, by=cast["officer"].actor())
    assert (refusal.code, refusal.article) == ("before-deadline", "招标投标法 第三十四条")
    play.until(Project.objects.get(public_id=with_bids.project).bids_due_at + SECOND)
    for key in ("publisher", "reviewer", "keeper", "supplier1", "inspector", "verifier"):
        assert refused(open_bids, with_bids.project, by=cast[key].actor()).code == "forbidden"
    open_bids(with_bids.project, by=cast["officer"].actor())


def test_of_a_replaced_bid_only_the_newest_is_opened_and_a_withdrawn_one_never(with_bids: play.Played) -> None:
    lot, cast = with_bids.lots[0], with_bids.cast
    policy = with_bids.policies[lot]
    more = [lid.new_box_secret(), lid.new_box_secret()]  # two boxes beside the three that are there already
    rights = [{"box_secret": secret, "token": unasked_token(lot, policy, secret)} for secret in more]
    kept = play.bid(with_bids, lot, cast["supplier1"], total_fen=1_00, **rights[0])
    newest = play.bid(with_bids, lot, cast["supplier1"], total_fen=2_00, previous=kept["lid"], **rights[0])
    gone = play.bid(with_bids, lot, cast["supplier2"], total_fen=3_00, **rights[1])
    withdrawal = lid.build_withdrawal(policy, 2, gone["lid"]["id"], gone["box_secret"])
    receipt = submit_bid.withdraw(withdrawal, token=gone["token"], arrived_at=clock.now())
    assert receipt["lid"] == withdrawal["id"]
    stage.release_all(with_bids, opened_box(with_bids))
    assert set(OpenedBid.objects.values_list("bid__lid_id", flat=True)) >= {newest["lid"]["id"]}
    assert not OpenedBid.objects.filter(total_fen__in=[1_00, 3_00]).exists()
    for old in (kept["lid"]["id"], gone["lid"]["id"]):
        row = SealedBid.objects.get(lid_id=old)
        assert not row.is_effective and not row.parts.exclude(identity="").exists() and not row.releases.exists()
