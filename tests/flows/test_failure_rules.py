"""The failure rules a–e of seal/1 as the product plays them: cause, evidence, legal effect, and the others go on."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from sunshine.domain.bidding.models import BidderKey, SealedBid, SealedPart, ShareRelease
from sunshine.domain.publishing.models import Notice, Notification
from sunshine.flows._possession import BIDDER
from sunshine.flows.ask import download
from sunshine.flows.decrypt_bid import decrypt_ready, settle_window
from sunshine.flows.open_bids import confirm_opening
from sunshine.flows.release_bidder_share import release_bidder_share
from sunshine.flows.rescue_bid import rescue_bid
from sunshine.flows.restore_body import restore_body
from sunshine.foundation import clock
from sunshine.foundation.audit.models import Event
from sunshine.foundation.files import spool
from sunshine.interfaces.rehearsal import play, remedies, stage
from sunshine_proof.agefile import identity_of, new_secret
from sunshine_proof.lid import new_box_secret
from sunshine_proof.remedy import sign_remedy
from tests.flows.conftest import again
from tests.flows.crooked import SECOND, hand_in, opened_box, refused, resign, seal
from tests.flows.test_opening_rules import release_with

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
TWO_HOURS = timedelta(hours=2)


class Tender:
    """A played tender with three bids in its box."""

    def __init__(self, played: play.Played, bids: list[dict[str, Any]]):
        self.played, self.bids = played, bids

    @property
    def lot(self) -> str:
        return self.played.lots[0]

    def release(self, *numbers: int) -> None:
        for i in numbers:
            stage.release(self.played, self.lot, self.played.cast.trustees[i - 1], i)

    def finding(self, n: int) -> dict[str, Any]:
        row = SealedBid.objects.get(lid_id=self.bids[n]["lid"]["id"])
        return {"stage": row.stage, **row.outcome}

    def verdict(self, n: int) -> tuple[str, str, str, str, str]:
        found = self.finding(n)
        return found["stage"], found["code"], found["rule"], found["fault"], found["legal"]

    def end_of_window(self) -> int:
        play.until(clock.now() + TWO_HOURS + SECOND)
        return settle_window(self.played.project)


def tender(ground: play.Cast, **fields: Any) -> Tender:
    played = play.announced(play.a_project(ground, **fields))
    suppliers = enumerate(played.cast.suppliers)
    return Tender(played, [play.bid(played, played.lots[0], one, total_fen=900_000_00 + n) for n, one in suppliers])


@pytest.fixture(scope="module")
def common_once(ground: play.Cast) -> Tender:
    return tender(ground)


@pytest.fixture(scope="module")
def joint_once(ground: play.Cast) -> Tender:
    return tender(ground, sealing="D", title="联合解密的水泵采购")


@pytest.fixture
def common(common_once: Tender, db: None) -> Tender:
    """Mode T, the box opened."""
    made = Tender(again(common_once.played), common_once.bids)
    opened_box(made.played)
    return made


@pytest.fixture
def joint(joint_once: Tender, db: None) -> Tender:
    """Mode D, the box opened."""
    made = Tender(again(joint_once.played), joint_once.bids)
    opened_box(made.played)
    return made


@contextmanager
def lost(lid: str, part: str) -> Iterator[bytes]:
    """The platform has lost one body; the bytes that were there."""
    path = Path(settings.BLOBS) / SealedPart.objects.get(bid__lid_id=lid, part=part).body.path
    kept = path.read_bytes()
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    try:
        yield kept
    finally:
        path.write_bytes(kept)


# -- a wrong share, an absent trustee, too few: rules b and c -----------------------------------------------------------


def test_a_lying_trustee_is_left_out_and_named_while_three_others_open(common: Tender) -> None:
    release_with(common.played, 2, lambda y: bytes([y[0] ^ 1]) + y[1:])
    common.release(1, 3, 4)
    assert decrypt_ready(common.lot) == {"opened": 3, "failed": 0, "waiting": 0}
    found = common.finding(0)
    assert (found["code"], found["rule"], found["fault"], found["bad_trustees"]) == ("opened", "c", "", [2])
    proof = found["evidence"][0]["wrong"][0]
    assert proof["i"] == 2 and len({proof["expected"], proof["got"]}) == 2
    event = Event.objects.filter(tag="lot:release-share").order_by("pk")[0]
    assert len(event.facts["wrong"]) == 9 and event.facts["count"] == 0


def test_a_trustee_may_correct_a_wrong_share_and_is_then_not_blamed(common: Tender) -> None:
    release_with(common.played, 2, lambda y: bytes(32))
    common.release(2, 1, 3)
    assert decrypt_ready(common.lot)["opened"] == 3
    assert common.finding(0)["bad_trustees"] == [] and common.finding(0)["rule"] == ""


def test_a_trustee_with_another_tenders_key_is_named_once_the_others_open(common: Tender) -> None:
    stranger = copy.copy(common.played.cast.trustees[1])
    stranger.trustee_keys = {common.played.project: identity_of(new_secret())}
    stage.release(common.played, common.lot, stranger, 2)
    common.release(1, 3, 4)
    decrypt_ready(common.lot)
    found = common.finding(1)
    assert (found["code"], found["rule"], found["bad_trustees"]) == ("opened", "b", [2])
    assert found["evidence"][0]["complaints"] == [{"i": 2, "fault": "share-undecryptable"}]


def test_one_absent_and_one_lying_leave_two_and_only_the_rescued_bid_goes_on(common: Tender) -> None:
    common.release(1, 2)
    release_with(common.played, 3, lambda y: bytes(32))
    assert decrypt_ready(common.lot) == {"opened": 0, "failed": 0, "waiting": 3}
    assert remedies.rescue(common.bids[0]) == common.lot
    assert decrypt_ready(common.lot) == {"opened": 1, "failed": 0, "waiting": 2}
    assert common.verdict(0)[:3] == ("opened", "opened", "c") and common.finding(0)["bad_trustees"] == [3]
    assert common.end_of_window() == 2
    for n in (1, 2):
        assert common.verdict(n) == ("deemed_withdrawn", "too-few-shares", "c", "trustee", "撤回")
        found = common.finding(n)
        assert found["liable"] == [3, 4] and found["bad_trustees"] == [3]
        assert (found["evidence"][0]["good"], found["evidence"][0]["absent"]) == ([1, 2], [4])
    confirm_opening(common.played.project, by=common.played.cast["officer"].actor())


def test_complaints_stay_nobodys_fault_until_a_rescue_settles_them(common: Tender) -> None:
    """Rule b: three trustees report; one bidder proves that its shares were good, the other bids are withdrawn."""
    for i in (1, 2, 3):
        stranger = copy.copy(common.played.cast.trustees[i - 1])
        stranger.trustee_keys = {common.played.project: identity_of(new_secret())}
        stage.release(common.played, common.lot, stranger, i)
    decrypt_ready(common.lot)
    assert common.verdict(0) == ("sealed", "complaints-unsettled", "b", "", "撤回")
    told = Event.objects.filter(tag="bid:not-yet-open").count()
    decrypt_ready(common.lot)
    assert Event.objects.filter(tag="bid:not-yet-open").count() == told == 3
    remedies.rescue(common.bids[0])
    decrypt_ready(common.lot)
    assert common.verdict(0)[1] == "opened" and common.finding(0)["bad_trustees"] == [1, 2, 3]
    assert common.end_of_window() == 2
    assert common.verdict(1) == ("deemed_withdrawn", "complaints-unsettled", "b", "", "撤回")
    assert common.finding(1)["liable"] == []


# -- the bidder's own cause: rules a and d -----------------------------------------------------------------------------


def test_a_rescue_that_proves_a_crooked_dealing_convicts_its_bidder(ground: play.Cast, db: None) -> None:
    """Rule a by way of rule b: the fourth commitment was never dealt, and nobody could see it before S was known."""
    made = tender(ground, title="份额造假的项目")
    sealed, secrets, folder = seal(made.played, made.played.cast.suppliers[0])
    parts = copy.deepcopy(sealed["parts"])
    parts[0]["commit"][3] = "00" * 32
    forged = resign(made.played, sealed, parts)
    with folder:
        hand_in(forged, secrets)
    bid = {"lid": forged, "box_secret": sealed["_secret"]}
    bid["rescue"] = [{"part": p, "S": k.secret.hex(), "S_B": None} for p, k in secrets.items()]
    opened_box(made.played)
    remedies.rescue(bid)
    assert decrypt_ready(made.lot)["failed"] == 1
    row = SealedBid.objects.get(lid_id=forged["id"])
    found = (row.stage, row.outcome["code"], row.outcome["rule"], row.outcome["fault"], row.outcome["legal"])
    assert found == ("deemed_revoked", "inconsistent-dealing", "a", "bidder", "撤销")


def test_in_mode_d_the_trustees_alone_open_nothing(joint: Tender) -> None:
    joint.release(1, 2, 3, 4)
    assert decrypt_ready(joint.lot) == {"opened": 0, "failed": 0, "waiting": 3}
    assert not SealedPart.objects.exclude(identity="").exists()
    assert joint.verdict(0) == ("sealed", "bidder-share-missing", "d", "bidder", "撤销")


def test_in_mode_d_who_comes_is_opened_and_who_does_not_is_revoked(joint: Tender) -> None:
    remedies.give_share(joint.bids[0])
    joint.release(1, 2, 3)
    remedies.give_share(joint.bids[1])
    assert decrypt_ready(joint.lot) == {"opened": 2, "failed": 0, "waiting": 1}
    assert settle_window(joint.played.project) == 0
    assert joint.end_of_window() == 1
    assert joint.verdict(2) == ("deemed_revoked", "bidder-share-missing", "d", "bidder", "撤销")
    assert joint.finding(2)["evidence"][0]["bidder_share"] == "missing" and joint.finding(2)["liable"] == []
    confirm_opening(joint.played.project, by=joint.played.cast["officer"].actor())


def test_in_mode_d_too_few_trustees_are_no_fault_of_a_bidder_who_came_or_not(joint: Tender) -> None:
    remedies.give_share(joint.bids[0])
    joint.release(1, 2)
    assert joint.end_of_window() == 3
    for n in (0, 1):
        assert joint.verdict(n) == ("deemed_withdrawn", "too-few-shares", "c", "trustee", "撤回")
        assert joint.finding(n)["liable"] == [3, 4]


def test_in_mode_d_a_rescue_brings_both_secrets(joint: Tender) -> None:
    joint.release(1)
    bid = joint.bids[0]
    only_s = {row["part"]: {"S": row["S"]} for row in bid["rescue"]}
    assert refused(rescue_bid, *remedies.signed(bid, "rescue"), only_s, by=BIDDER).code == "remedy-share"
    remedies.rescue(bid)
    assert decrypt_ready(joint.lot)["opened"] == 1


# -- the platform's cause: rule e --------------------------------------------------------------------------------------


def test_a_lost_body_is_told_at_once_and_opens_when_the_bidder_brings_it_again(common: Tender, tmp_path: Path) -> None:
    bid = common.bids[0]
    with lost(bid["lid"]["id"], "price") as kept:
        common.release(1, 2, 3)
        assert decrypt_ready(common.lot) == {"opened": 2, "failed": 0, "waiting": 1}
        assert common.verdict(0) == ("sealed", "body-lost", "e", "platform", "撤回")
        body = common.finding(0)["evidence"][-1]["body"]
        assert body["expected"] == bid["lid"]["parts"][2]["sha256"] != body["got"]
        (tmp_path / "price.age").write_bytes(kept)
        assert remedies.restore(bid, "price", tmp_path / "price.age") == common.lot
        assert decrypt_ready(common.lot)["opened"] == 1
    event = Event.objects.get(tag="bid:restore-body")
    assert event.facts["was_lost"] is True and event.facts["part"] == "price"


def test_only_the_bytes_of_the_logged_hash_are_taken_back(common: Tender, tmp_path: Path) -> None:
    bid = common.bids[0]
    (tmp_path / "other.age").write_bytes(b"age-encryption.org/v1\n" + bytes(3000))
    assert refused(remedies.restore, bid, "price", tmp_path / "other.age").code == "body-is-there"
    with lost(bid["lid"]["id"], "price") as kept:
        common.release(1, 2, 3)
        decrypt_ready(common.lot)
        assert refused(remedies.restore, bid, "summary", tmp_path / "other.age").code == "body-is-there"
        assert refused(remedies.restore, bid, "price", tmp_path / "other.age").code == "upload-hash"
        (tmp_path / "other.age").write_bytes(b"x" + kept[1:])
        assert refused(remedies.restore, bid, "price", tmp_path / "other.age").code == "upload-hash"
        assert common.end_of_window() >= 1
    assert common.verdict(0)[0] == "deemed_withdrawn"


# -- who may bring a remedy, and when ----------------------------------------------------------------------------------


def test_nobody_but_the_box_key_brings_a_remedy(common: Tender) -> None:
    bid = common.bids[0]
    for secret, code in ((new_box_secret(), "remedy-signature"), (common.bids[1]["box_secret"], "remedy-signature")):
        assert refused(remedies.rescue, bid | {"box_secret": secret}).code == code
    others = bid | {"rescue": common.bids[1]["rescue"]}
    assert refused(remedies.rescue, others).code == "remedy-key"
    assert refused(remedies.give_share, bid).code == "bidder-share-not-asked"
    assert not BidderKey.objects.exists()


@pytest.mark.parametrize(
    "statement",
    [{}, {"lid": 7}, {"lid": "\0" * 64}, {"lid": None, "v": []}, {"lid": "é" * 64}],
)
def test_no_statement_however_odd_is_more_than_refused(common: Tender, statement: dict[str, Any]) -> None:
    for act in (release_bidder_share, rescue_bid):
        assert refused(act, statement, "", {}, by=BIDDER).code == "remedy-unknown"
    assert refused(restore_body, statement, "", "x", by=BIDDER).code == "remedy-unknown"


def test_a_real_lid_with_odd_fields_is_refused(common: Tender) -> None:
    bid = common.bids[0]
    good, sig = remedies.signed(bid, "rescue")
    for change in ({"parts": []}, {"parts": ["price", "price"]}, {"parts": [None]}, {"time": "now"}, {"more": 1}):
        assert refused(rescue_bid, good | change, sig, {}, by=BIDDER).code == "remedy-malformed"
    for wrong in ("", "zz", "00" * 64, "é" * 128):
        assert refused(rescue_bid, good, wrong, {}, by=BIDDER).code.startswith("remedy-")
    for given in ({}, {"summary": 7}, {"summary": {"S": "ab"}}, {"summary": {"S": "zz" * 32}}):
        assert refused(rescue_bid, good, sig, given, by=BIDDER).code.startswith("remedy-")
    said, for_other_act = sign_remedy(bid["lid"], "release-share", ["summary"], good["time"], bid["box_secret"])
    assert refused(rescue_bid, said, for_other_act, {}, by=BIDDER).code == "remedy-malformed"


def test_an_opened_bid_and_one_whose_window_is_over_take_no_remedy(common: Tender) -> None:
    remedies.rescue(common.bids[0])
    decrypt_ready(common.lot)
    assert refused(remedies.rescue, common.bids[0]).code == "remedy-not-wanted"
    play.until(clock.now() + TWO_HOURS + SECOND)
    assert refused(remedies.rescue, common.bids[1]).code == "window-over"


def test_a_replaced_and_a_withdrawn_bid_cannot_be_rescued_into_the_opening(ground: play.Cast, db: None) -> None:
    made = tender(ground, title="替换链")
    first = made.bids[0]
    supplier, lot = made.played.cast.suppliers[0], made.lot
    play.bid(made.played, lot, supplier, box_secret=first["box_secret"], previous=first["lid"], total_fen=1)
    opened_box(made.played)
    assert refused(remedies.rescue, first).code == "remedy-unknown"


def test_a_strangers_upload_is_no_body(common: Tender) -> None:
    bid = common.bids[0]
    with lost(bid["lid"]["id"], "summary"):
        common.release(1, 2, 3)
        decrypt_ready(common.lot)
        said = remedies.signed(bid, "restore-body", ["summary"])
        for upload in ("", "../../etc/passwd", "0" * 32, spool.create()):
            assert refused(restore_body, *said, upload, by=BIDDER).code in ("upload-unknown", "upload-hash")


# -- where shares go ---------------------------------------------------------------------------------------------------


def test_no_share_and_no_bidders_secret_reaches_the_log(joint: Tender) -> None:
    remedies.give_share(joint.bids[0])
    joint.release(1, 2)
    remedies.rescue(joint.bids[1])
    decrypt_ready(joint.lot)
    secrets = {row.share for row in ShareRelease.objects.all()}
    for row in BidderKey.objects.all():
        secrets |= {row.bshare, row.secret}
    said = " ".join(str(facts) for facts in Event.objects.values_list("facts", flat=True))
    assert len(secrets) > 18 and not [one for one in secrets if one and one in said]


# -- what the draft chooses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sealing": "A"}, "sealing-unknown"),
        ({"sealing": ""}, "sealing-unknown"),
        ({"decrypt_window": timedelta(minutes=59)}, "window-out-of-bounds"),
        ({"decrypt_window": timedelta(hours=73)}, "window-out-of-bounds"),
    ],
)
def test_a_draft_takes_known_modes_and_windows_only(cast: play.Cast, fields: dict[str, Any], code: str) -> None:
    assert refused(play.a_project, cast, **fields).code == code


def test_the_window_is_the_projects_own(ground: play.Cast, db: None) -> None:
    made = tender(ground, title="六小时的解密时限", decrypt_window=timedelta(hours=6))
    opened_box(made.played)
    play.until(clock.now() + timedelta(hours=5))
    assert settle_window(made.played.project) == 0
    remedies.rescue(made.bids[0])
    play.until(clock.now() + timedelta(hours=1))
    assert settle_window(made.played.project) == 2


def test_the_chosen_mode_binds_the_policy_and_stands_in_the_notice(joint_once: Tender, db: None) -> None:
    policy = joint_once.played.policies[joint_once.lot]
    assert policy["bidder_share"] == "required" and policy["k"] == 3
    notice = Notice.objects.get(project__public_id=joint_once.played.project, kind="tender-notice")
    assert (notice.content["sealing"], notice.content["decrypt_hours"]) == ("D", 2)


def test_the_opening_record_names_who_caused_what(common: Tender) -> None:
    common.release(1, 2)
    release_with(common.played, 3, lambda y: bytes(32))
    remedies.rescue(common.bids[0])
    common.end_of_window()
    confirm_opening(common.played.project, by=common.played.cast["officer"].actor())
    content = Notice.objects.get(project__public_id=common.played.project, kind="opening-record").content
    [lot] = content["lots"]
    assert len(lot["undecrypted"]) == 2 and lot["undecrypted"][0]["cause"]["liable"] == [3, 4]
    assert [row["cause"]["rule"] for row in lot["named"]] == ["c"]
    assert {row["i"] for row in content["trustees"]} == {1, 2, 3, 4}


def test_in_mode_d_whoever_has_the_documents_hears_of_the_opening(ground: play.Cast, db: None) -> None:
    made = tender(ground, sealing="D", title="通知投标人参与解密")
    download(made.played.project, by=made.played.cast.suppliers[0].actor())
    opened_box(made.played)
    told = Notification.objects.filter(kind="bidders-wanted")
    assert [row.person_id for row in told] == [made.played.cast.suppliers[0].person.pk]
