"""双信封 on the pages: what each person sees between the openings, during the second and after it; a price never early."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from sunshine.domain.bidding.models import OpenedBid, SealedBid
from sunshine.domain.evaluation.queries.rehearsal import duties
from sunshine.domain.publishing.queries.evidence import evidence
from sunshine.flows.open_bids import open_bids
from sunshine.flows.open_prices import open_prices
from sunshine.foundation import clock
from sunshine.interfaces.jobs import sequence
from sunshine.interfaces.rehearsal import play, stage
from tests.cast import cast, ground  # noqa: F401

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PRICES = (912_345_67, 923_456_78, 934_567_89)
SPELLED = [text for fen in PRICES for text in (str(fen), f"{fen / 100:,.2f}", f"{fen / 100:.2f}")]


def seen(player: play.Player | None, url: str) -> str:
    client = Client()
    if player is not None:
        client.force_login(player.person, BACKEND)
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return b"".join(answer).decode() if answer.streaming else answer.content.decode()


def press(player: play.Player, url: str, **form: str) -> Any:
    client = Client()
    client.force_login(player.person, BACKEND)
    return client.post(url, form)


@pytest.fixture
def tender(cast: play.Cast) -> play.Played:  # noqa: F811
    played = play.announced(play.a_project(cast, envelopes="two"))
    for supplier, price in zip(cast.suppliers, PRICES, strict=True):
        play.bid(played, played.lots[0], supplier, total_fen=price)
    return played


def everywhere(played: play.Played, members: list[Any]) -> dict[str, str]:
    """{who and where: the page} of all that shows a lot's bids."""
    project, lot, cast = played.project, played.lots[0], played.cast  # noqa: F811
    seats = [duty.member for duty in duties(lot)] if members else []
    pages: list[tuple[str, Any, str]] = [
        ("visitor", None, f"/projects/{project}/"),
        ("visitor", None, "/notices/"),
        ("officer", cast["officer"], f"/buyer/projects/{project}/opening/"),
        ("officer", cast["officer"], f"/buyer/projects/{project}/opening/record/"),
        ("officer", cast["officer"], f"/buyer/projects/{project}/"),
        ("officer", cast["officer"], f"/buyer/lots/{lot}/evaluation/"),
        ("officer", cast["officer"], f"/buyer/lots/{lot}/prices/"),
        ("officer", cast["officer"], "/buyer/"),
        ("supplier", cast["supplier1"], f"/supplier/projects/{project}/"),
        ("supplier", cast["supplier1"], f"/supplier/projects/{project}/opening/"),
        ("officer", cast["officer"], f"/buyer/lots/{lot}/panel/"),
        ("inspector", cast["inspector"], f"/supervisor/projects/{project}/opening/"),
        ("inspector", cast["inspector"], f"/supervisor/projects/{project}/evaluation/"),
        ("inspector", cast["inspector"], f"/supervisor/projects/{project}/"),
        ("supplier", cast["supplier1"], "/supplier/results/"),
        ("keeper", cast["keeper"], f"/trustee/projects/{project}/"),
        ("keeper", cast["keeper"], "/trustee/"),
        ("keeper", cast["keeper"], f"/trustee/lots/{lot}/"),
        *[("member", player, f"/expert/members/{seat}/") for player, seat in zip(members, seats, strict=True)],
    ]
    bid = OpenedBid.objects.filter(lot__public_id=lot).first()
    assert bid is not None
    pages.append(("inspector", cast["inspector"], f"/supervisor/projects/{project}/bids/{bid.public_id}/"))
    return {f"{who} {url}": seen(player, url) for who, player, url in pages}


def test_between_the_openings_no_page_api_or_file_tells_a_price(tender: play.Played) -> None:
    lot = tender.lots[0]
    stage.opened(tender)
    members = stage.panel(tender, lot)
    stage.scored(tender, lot, members)
    shown = everywhere(tender, members)
    while sequence.tick() is not None:
        pass
    shown["evidence"] = (evidence(tender.project, clock.now()) or b"").decode()
    shown["api"] = seen(None, f"/api/v1/projects/{tender.project}")
    shown["rows"] = str(list(OpenedBid.objects.values())) + str(list(SealedBid.objects.values("outcome", "lid")))
    assert [(where, text) for where, page in shown.items() for text in SPELLED if text in page] == []
    assert "商务标没有开启" in shown[f"officer /buyer/lots/{lot}/prices/"]
    assert "商务标未开启" in shown[f"supplier /supplier/projects/{tender.project}/opening/"]
    assert "第一个信封已开启" in shown[f"keeper /trustee/lots/{lot}/"]


def test_the_second_opening_goes_through_its_pages(tender: play.Played) -> None:
    lot, officer = tender.lots[0], tender.cast["officer"]
    stage.opened(tender)
    members = stage.panel(tender, lot)
    out = OpenedBid.objects.get(bidder_uscc=play.uscc_of(tender.cast["supplier1"]))
    stage.scored(tender, lot, members, reject={out.public_id})
    assert "被否决的投标，商务标永远不开启" in seen(officer, f"/buyer/lots/{lot}/prices/open/")
    assert "开启商务标" in seen(officer, "/buyer/")
    assert press(officer, f"/buyer/lots/{lot}/prices/open/").status_code == 302
    assert "第二次开标" in seen(tender.cast["keeper"], f"/trustee/lots/{lot}/")
    assert "商务标正在开启" in seen(members[0], f"/expert/members/{duties(lot)[0].member}/")
    everywhere(tender, members)
    for i, player in enumerate(tender.cast.trustees[:3], 1):
        stage.release(tender, lot, player, i)
    assert press(officer, f"/buyer/lots/{lot}/prices/decrypt/").status_code == 302
    assert press(officer, f"/buyer/lots/{lot}/prices/confirm/").status_code == 302
    record = seen(officer, f"/buyer/lots/{lot}/prices/record/")
    assert "9,234,567.80" not in record and "923,456.78" in record and "912,345.67" not in record
    assert out.bidder_name in record
    public = seen(None, f"/projects/{tender.project}/")
    assert "商务标开标记录" in public and "923,456.78" in public and "912,345.67" not in public
    everywhere(tender, members)
    _panel_reads_the_prices(tender, members)


def _panel_reads_the_prices(tender: play.Played, members: list[Any]) -> None:
    lot = tender.lots[0]
    seats = [duty.member for duty in duties(lot)]
    room = seen(members[0], f"/expert/members/{seats[0]}/")
    assert "商务标评审" in room and "923,456.78" in room
    bid = OpenedBid.objects.get(total_fen=PRICES[2]).public_id
    refused = press(members[0], f"/expert/members/{seats[0]}/prices/{bid}/", reason_code="R51-5", reason="")
    assert refused.status_code == 422 and "写明理由" in refused.content.decode()
    for player, seat in zip(members, seats, strict=True):
        given = {"reason_code": "R51-5", "reason": "报价明显不合理"}
        assert press(player, f"/expert/members/{seat}/prices/{bid}/", **given).status_code == 302
        assert "报价明显不合理" in seen(player, f"/expert/members/{seat}/")
        assert "因报价否决" in seen(player, f"/expert/members/{seat}/lock-prices/")
        assert press(player, f"/expert/members/{seat}/lock-prices/").status_code == 302
    assert "有效投标 1 个" in seen(members[0], f"/expert/members/{seats[0]}/")
    ranked = press(members[0], f"/expert/members/{seats[0]}/rank/", reasons="只有一份有效投标，仍具竞争性")
    assert ranked.status_code == 302
    assert "报价明显不合理" in seen(members[0], f"/expert/members/{seats[0]}/")


def test_the_draft_offers_the_choice_and_the_notice_says_it_in_words(cast: play.Cast) -> None:  # noqa: F811
    played = play.with_trustees(play.a_project(cast))
    page = seen(cast["officer"], f"/buyer/projects/{played.project}/draft/timetable/")
    assert "双信封：先开技术标" in page and "单信封" in page
    played = play.announced(play.a_project(cast, envelopes="two"))
    notices = seen(None, f"/projects/{played.project}/")
    assert "招标公告" in notices
    assert "双信封：先开启技术标" in seen(cast["supplier1"], f"/supplier/projects/{played.project}/")
    prepare = seen(cast["supplier1"], f"/supplier/lots/{played.lots[0]}/bid/")
    assert "只封进商务标" in prepare


def test_at_the_first_opening_everybody_is_told_which_envelope_it_is(tender: play.Played) -> None:
    lot = tender.lots[0]
    assert tender.bids_due_at is not None
    play.until(tender.bids_due_at + timedelta(seconds=1))
    open_bids(tender.project, by=tender.cast["officer"].actor())
    assert "商务标的份额留在您手里" in seen(tender.cast["keeper"], f"/trustee/lots/{lot}/")
    assert "第一次开标" in seen(tender.cast["supplier1"], f"/supplier/projects/{tender.project}/opening/")
    shares = seen(tender.cast["keeper"], f"/trustee/lots/{lot}/shares/")
    assert '"closing"' in shares


def test_a_tender_with_one_envelope_has_no_page_for_prices(cast: play.Cast) -> None:  # noqa: F811
    played = play.announced(play.a_project(cast))
    client = Client()
    client.force_login(cast["officer"].person, BACKEND)
    assert client.get(f"/buyer/lots/{played.lots[0]}/prices/").status_code == 404


def test_the_api_speaks_of_the_second_opening(tender: play.Played) -> None:
    lot = tender.lots[0]
    stage.opened(tender)
    members = stage.panel(tender, lot)
    stage.scored(tender, lot, members)
    open_prices(lot, by=tender.cast["officer"].actor())
    assert "opening_prices" in seen(None, f"/api/v1/projects/{tender.project}")
