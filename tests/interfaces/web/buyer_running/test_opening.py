"""The opening hall: nothing before the deadline, everything afterwards."""

import re
from datetime import timedelta

import pytest

from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.flows import open_bids as opening
from sunshine.flows.object import object_
from sunshine.foundation import clock
from sunshine.interfaces.rehearsal import play, stage
from sunshine.interfaces.rehearsal.tokens import unasked_token
from sunshine_proof.lid import new_box_secret
from tests.interfaces.web.buyer_running.world import enter

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def hall(played: play.Played, tail: str = "") -> str:
    return f"/buyer/projects/{played.project}/opening/{tail}"


def test_before_the_deadline_the_hall_counts_down_and_knows_nothing_about_bids(sealed: play.Played) -> None:
    client = enter(sealed.cast["officer"])
    page = client.get(hall(sealed)).content.decode()
    assert "sun-countdown" in page and "投标截止时间未到" in page
    bids = SealedBid.objects.all()
    assert bids.count() == 3
    assert not any(bid.lid_id[:8] in page or bid.public_id in page or bid.box_key in page for bid in bids)
    seen = client.get(hall(sealed), {"seen": ""}, **HTMX).content
    lot, secret = sealed.lots[0], new_box_secret()
    fourth = unasked_token(lot, sealed.policies[lot], secret)
    play.bid(sealed, lot, sealed.cast.suppliers[0], box_secret=secret, token=fourth)
    strip = re.compile(rb"sun-countdown.*?</sun-countdown>", re.DOTALL)
    assert strip.sub(b"", client.get(hall(sealed), **HTMX).content) == strip.sub(
        b"", seen
    )  # a fourth bid shows nowhere
    early = client.post(hall(sealed, "open/"))
    assert early.status_code == 409 and "招标投标法 第三十四条" in early.content.decode()
    assert client.get(hall(sealed, "record/")).status_code == 409
    for act in ("decrypt/", "settle/", "confirm/"):
        assert client.post(hall(sealed, act)).status_code == 409
    assert Project.objects.get(public_id=sealed.project).stage == "announced"


def test_the_officer_opens_watches_decrypts_and_confirms_through_the_pages(
    sealed: play.Played, django_assert_max_num_queries
) -> None:
    play.until(sealed.bids_due_at + timedelta(seconds=1))
    clock._last.clear()
    client, lot = enter(sealed.cast["officer"]), sealed.lots[0]
    asked = client.get(hall(sealed, "open/")).content.decode()
    assert "四位开标密钥持有人" in asked and "不足三家" in asked
    assert client.post(hall(sealed, "open/")).url == hall(sealed)
    with django_assert_max_num_queries(20):
        page = client.get(hall(sealed)).content.decode()
    assert 'hx-trigger="every 3s"' in page and "0 / 9" in page and "密钥份额还不足" in page
    assert "云岭泵业" not in page
    mark = page.split("?seen=")[1][:16]
    assert client.get(hall(sealed), {"seen": mark}, **HTMX).status_code == 204
    for i, player in enumerate(sealed.cast.trustees[:3], 1):
        stage.release(sealed, lot, player, i)
    fresh = client.get(hall(sealed), {"seen": mark}, **HTMX)
    assert fresh.status_code == 200 and "9 / 9" in fresh.content.decode() and "可以解密" in fresh.content.decode()
    assert "<html" not in fresh.content.decode()
    assert client.post(hall(sealed, "decrypt/")).url == hall(sealed)
    with django_assert_max_num_queries(20):
        page = client.get(hall(sealed)).content.decode()
    assert all(supplier.actor().organisation_name in page for supplier in sealed.cast.suppliers)
    assert "900,000.00" in page and "920,000.00" in page
    assert client.post(hall(sealed, "confirm/")).url == hall(sealed)
    page = client.get(hall(sealed)).content.decode()
    assert "every 3s" not in page and "开标记录已确认" in page
    printed = client.get(hall(sealed, "record/")).content.decode()
    assert "900,000.00" in printed and "已确认" in printed


def test_bids_nobody_can_open_are_settled_only_after_the_window_with_cause_and_effect(sealed: play.Played) -> None:
    play.until(sealed.bids_due_at + timedelta(seconds=1))
    officer, lot = sealed.cast["officer"], sealed.lots[0]
    opening.open_bids(sealed.project, by=officer.actor())
    for i, player in enumerate(sealed.cast.trustees[:2], 1):
        stage.release(sealed, lot, player, i)
    clock._last.clear()
    client = enter(officer)
    assert "解密时限到" in client.get(hall(sealed)).content.decode()
    assert client.post(hall(sealed, "settle/")).status_code == 409
    assert client.post(hall(sealed, "confirm/")).status_code == 409
    play.until(clock.now() + timedelta(hours=2))
    clock._last.clear()
    assert client.get(hall(sealed, "settle/")).status_code == 200
    assert client.post(hall(sealed, "settle/")).status_code == 302
    page = client.get(hall(sealed)).content.decode()
    assert "视为撤回" in page and "密钥份额不足" in page and "开标密钥持有人原因" in page
    assert "要求责任方赔偿直接损失" in page
    assert not SealedBid.objects.filter(stage="sealed", is_effective=True).exists()


def test_an_objection_on_the_spot_is_shown_and_answered_at_the_opening(sealed: play.Played) -> None:
    play.until(sealed.bids_due_at + timedelta(seconds=1))
    opening.open_bids(sealed.project, by=sealed.cast["officer"].actor())
    stage.release_all(sealed, sealed.lots[0])
    bidder = sealed.cast.suppliers[0]
    event = object_(
        by=bidder.actor(), project=sealed.project, lot=sealed.lots[0], target="opening", text="唱标金额与投标函不符<b>"
    )
    clock._last.clear()
    officer, publisher = enter(sealed.cast["officer"]), enter(sealed.cast["publisher"])
    page = officer.get(hall(sealed)).content.decode()
    assert "唱标金额与投标函不符&lt;b&gt;" in page and "待答复" in page
    early = officer.post(hall(sealed, "confirm/"))
    assert early.status_code == 409 and "开标现场的异议还没有答复" in early.content.decode()
    url = f"/buyer/objections/{event.subject_id}/"
    assert officer.post(url, {"effect": "dismissed", "text": "一致"}).status_code == 403
    assert publisher.post(url, {"effect": "", "text": ""}).status_code == 422
    assert (
        publisher.post(url, {"effect": "dismissed", "text": "经核对，唱标金额取自开标一览表，一致。"}).status_code
        == 302
    )
    assert "经核对" in officer.get(hall(sealed, "record/")).content.decode()
    assert Lot.objects.get(public_id=sealed.lots[0]).hold == ""
    assert officer.post(hall(sealed, "confirm/")).status_code == 302


def test_strangers_other_groups_and_visitors_find_nothing(sealed: play.Played, client) -> None:
    lot = f"/buyer/lots/{sealed.lots[0]}/"
    pages = [
        hall(sealed),
        hall(sealed, "open/"),
        hall(sealed, "record/"),
        lot + "panel/",
        lot + "award/",
        lot + "fail/",
    ]
    for page in pages:
        assert client.get(page).url.startswith("/accounts/login/?next=/buyer/")
        for key in ("supplier1", "expert1", "verifier", "inspector", "op_keeper"):
            assert enter(sealed.cast[key]).get(page).status_code == 404, (page, key)
    assert enter(sealed.cast["approver"]).get(hall(sealed)).status_code == 200  # the group above reads
    assert enter(sealed.cast["approver"]).post(hall(sealed, "open/")).status_code == 403
    assert enter(sealed.cast["publisher"]).post(hall(sealed, "open/")).status_code == 403
    for page in ("/buyer/contracts/", "/buyer/objections/"):
        assert enter(sealed.cast["supplier1"]).get(page).status_code == 403
