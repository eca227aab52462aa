"""`sunshine-bid` at the opening: its file comes over a page without login and opens the bid; no other file does."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from sunshine.domain.bidding.models import BidderKey, SealedBid
from sunshine.flows.open_bids import open_bids
from sunshine.foundation.audit.models import Event
from sunshine.interfaces.rehearsal import play, remedies, stage
from sunshine_proof.lid import new_box_secret
from sunshine_proof.remedy import sign_remedy
from tests.flows.test_bid_package import Supplier
from tests.interfaces.web.supplier.conftest import Door

pytestmark = [pytest.mark.django_db, pytest.mark.whole]
URL = "/box/remedies/"


@pytest.fixture
def played(cast: play.Cast) -> play.Played:
    """Announced, and its bidders take part in decrypting (mode D)."""
    return play.announced(play.a_project(cast, sealing="D"))


@pytest.fixture
def home(played: play.Played, tmp_path: Path, capsys: Any) -> Supplier:
    """A supplier who sealed with `sunshine-bid` and handed the package in."""
    supplier = Supplier(tmp_path, played.cast.suppliers[0], played.lots[0], capsys)
    supplier.hand_in(supplier.package("bid.zip"))
    return supplier


@pytest.fixture
def others(played: play.Played, home: Supplier) -> list[dict[str, Any]]:
    return [play.bid(played, played.lots[0], one) for one in played.cast.suppliers[1:]]


def opening(played: play.Played, trustees: int) -> None:
    assert played.bids_due_at is not None
    play.until(played.bids_due_at + timedelta(seconds=1))
    open_bids(played.project, by=played.cast["officer"].actor())
    stage.release_all(played, played.lots[0], trustees=trustees)


def remedy(home: Supplier, *more: str, out: str = "remedy.json") -> bytes:
    keys = ("--book", home.book, "--passphrase-file", home.folder / "word", "--rehearsal")
    home.run("remedy", "--tender", home.tender, *keys, "--out", home.folder / out, *more)
    return (home.folder / out).read_bytes()


def bring(data: bytes, status: int = 200) -> str:
    """A browser without a session or a token of any kind."""
    client = Client(enforce_csrf_checks=True)
    answer = client.post(URL, {"file": SimpleUploadedFile("remedy.json", data, "application/json")})
    assert answer.status_code == status, answer.content.decode()
    assert not client.cookies and answer["Cache-Control"] == "no-store, private"
    return str(answer.content.decode())


def stage_of(home: Supplier) -> str:
    lid = json.loads((home.folder / "receipt.json").read_text())["lid"]
    return str(SealedBid.objects.get(lid_id=lid).stage)


def test_the_share_from_the_book_opens_the_bid_once_the_trustees_have_released(
    played: play.Played, home: Supplier, others: list[dict[str, Any]]
) -> None:
    opening(played, trustees=3)
    assert stage_of(home) == "sealed"  # three trustees alone open nothing
    told = bring(remedy(home))
    assert "已收下，投标已解密" in told and stage_of(home) == "opened"
    assert Event.objects.filter(tag="bid:release-bidder-share").count() == 1
    assert "已经开启或处理完毕" in bring((home.folder / "remedy.json").read_bytes(), 409)


def test_the_share_may_come_before_the_trustees_and_again(
    played: play.Played, home: Supplier, others: list[dict[str, Any]]
) -> None:
    opening(played, trustees=2)
    given = remedy(home)
    for _again in range(2):
        assert "持有人份额到齐后" in bring(given)
    assert BidderKey.objects.count() == 3 and stage_of(home) == "sealed"
    told = Client().get("/box/openings/").json()["lids"]
    assert sorted(len(one["wants"]) for one in told.values()) == [1, 2, 2]


def test_a_rescue_from_the_book_opens_the_bid_when_trustees_stay_away(
    played: play.Played, home: Supplier, others: list[dict[str, Any]]
) -> None:
    opening(played, trustees=1)
    assert "投标已解密" in bring(remedy(home, "--rescue")) and stage_of(home) == "opened"
    assert Event.objects.filter(tag="bid:rescue-bid").count() == 1


def test_before_the_opening_and_after_the_window_nothing_is_taken(
    played: play.Played, home: Supplier, others: list[dict[str, Any]]
) -> None:
    given = remedy(home)
    assert "没有正在开启的这份投标" in bring(given, 409) or "不再需要" in bring(given, 409)
    opening(played, trustees=1)
    assert not BidderKey.objects.exists()
    assert played.bids_due_at is not None
    play.until(played.bids_due_at + timedelta(days=3))
    assert "解密时限已过" in bring(given, 409) and not BidderKey.objects.exists()


def test_files_of_others_and_altered_files_are_refused_and_nothing_is_kept(
    played: play.Played, home: Supplier, others: list[dict[str, Any]]
) -> None:
    opening(played, trustees=2)
    good = json.loads(remedy(home))
    lid = SealedBid.objects.get(lid_id=good["statement"]["lid"]).lid

    def altered(**change: Any) -> bytes:
        return json.dumps(good | change).encode()

    parts, now = good["statement"]["parts"], good["statement"]["time"]
    statement, sig = sign_remedy(lid, "release-share", parts, now, new_box_secret())
    assert "签名不是这份投标的投标箱密钥" in bring(altered(statement=statement, sig=sig), 409)
    later = good["statement"] | {"time": "2031-01-01T00:00:00Z"}
    assert "签名不是这份投标的投标箱密钥" in bring(altered(statement=later), 409)
    # the same words about somebody else's bid
    foreign = good["statement"] | {"lid": others[0]["lid"]["id"]}
    assert "签名不是" in bring(altered(statement=foreign), 409)
    swapped = {part: {"S_B": row["S_B"]} for part, row in zip(parts, others[0]["rescue"], strict=True)}
    assert "不是这份投标递交时所承诺的" in bring(altered(given=swapped), 409)
    nul = good["statement"] | {"lid": "\0" * 64}
    assert "没有正在开启的这份投标" in bring(altered(statement=nul), 409)
    for data, code in (
        (b"{}", "wrong-shape"),
        (b"[]", "wrong-shape"),
        (b"\xff", "not-json"),
        (altered(v="remedy-file/9"), "remedy-version"),
        (altered(given={}), "remedy-parts"),
        (altered(statement={"act": "copy-body"}), "remedy-act"),
    ):
        told = bring(data, 409)
        assert "没有采用" in told and code in told
    assert "文件太大" in bring(b" " * 70_000, 409)
    assert "请先选择文件" in Client().post(URL).content.decode()
    assert not BidderKey.objects.exists()
    assert "持有人份额到齐后" in bring(altered())


def test_a_rescue_in_a_tender_of_the_trustees_alone_and_a_share_nobody_asked_for(
    cast: play.Cast, tmp_path: Path, capsys: Any
) -> None:
    played = play.announced(play.a_project(cast))
    home = Supplier(tmp_path, played.cast.suppliers[0], played.lots[0], capsys)
    home.hand_in(home.package("bid.zip"))
    bids = [play.bid(played, played.lots[0], one) for one in played.cast.suppliers[1:]]
    opening(played, trustees=2)
    statement, sig = remedies.signed(bids[0], "release-share")
    given = {part: {"S_B": "00" * 32} for part in statement["parts"]}
    file = {"v": "remedy-file/1", "statement": statement, "sig": sig, "given": given}
    assert "不需要投标人参与解密" in bring(json.dumps(file).encode(), 409)
    assert "投标已解密" in bring(remedy(home, "--rescue")) and stage_of(home) == "opened"


def test_the_page_is_the_same_for_everybody_and_the_suppliers_page_leads_to_it(cast: play.Cast, door: Door) -> None:
    logged_in = door(cast.suppliers[0])
    page = Client().get(URL)
    assert page.status_code == 200 and "sunshine-bid remedy" in page.content.decode()
    assert cast.suppliers[0].person.name not in logged_in.get(URL).content.decode()
    assert f'action="{URL}?language=zh-hans"' in logged_in.get("/supplier/bids/").content.decode()
    english = Client().get(f"{URL}?language=en").content.decode()
    assert "Hand in a remedy file" in english and f'action="{URL}?language=en"' in english
    for odd in ("xx", "../en", "en%00", ""):
        assert "递交解密文件" in Client().get(f"{URL}?language={odd}").content.decode()
    assert URL in Client().get("/tools/").content.decode()
