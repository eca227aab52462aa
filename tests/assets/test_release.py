"""<sun-release>: what a trustee sees and sends after the deadline."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import expect

from sunshine_proof.release import check_release, check_released_share, release_digest
from tests.assets.box import KEYRING, LOT, Box, fragment, proof_of, said, unlock


@pytest.fixture
def closed(box: Box, tmp_path: Path) -> Box:
    """A box with one bid, after the deadline."""
    box.seal_page()
    box.fill(tmp_path)
    box.submit()
    box.door.shares = {"policy": box.policy, "extensions": [], "i": 1, "lids": [box.door.records[0]], "released": []}
    box.door.shares["closing"] = proof_of(box.door, opening([box.door.records[0]["id"]]))
    return box


def opening(lids: list[str], **other: str) -> dict[str, Any]:
    """The event that fixed the list of what is opened."""
    head = {"v": "event/1", "tag": "lot:open-bids", "subject": f"lot/{LOT}", "seq": 5, "by": ""}
    return head | {"at": "2027-03-01T09:30:01.000000+08:00", "facts": {"effective_lids": lids}} | other


def release_page(box: Box) -> None:
    box.page.goto(
        fragment(
            box.door,
            "/release",
            "sun_release",
            shares_url=f"/trustee/lots/{LOT}/shares/",
            releases_url=f"/trustee/lots/{LOT}/releases/",
            keyring_url=KEYRING,
            certificates='["C-1"]',
            now=datetime(2027, 3, 1, 2, 0, tzinfo=UTC),
        )
    )


def test_a_trustee_releases_what_the_verifier_accepts(closed: Box) -> None:
    release_page(closed)
    unlock(closed.page)
    expect(closed.page.locator("[data-ref=summary]")).to_have_text("将释放 1 份投标的 3 个密钥份额。")
    assert not any(path.endswith("/releases/") for path, _ in closed.door.posted)
    closed.page.get_by_role("button", name="签名并释放份额").click()
    expect(said(closed.page, "success")).to_contain_text("已释放 3 个份额")
    path, posted = closed.door.posted[-1]
    assert path.endswith("/releases/")
    entries = check_release(posted["statement"], closed.pid.hex(), 1)
    assert posted["statement"]["time"].startswith("2027-03-01T02:0")
    key = closed.door.certificates["C-1"].public_key()
    message = release_digest(posted["statement"])
    key.verify(base64.b64decode(posted["signature"]), message, ec.ECDSA(hashes.SHA256()))
    [lid] = closed.door.records
    for release, part in zip(posted["releases"], lid["parts"], strict=True):
        entry = entries[(lid["id"], part["part"])]
        check_released_share(closed.pid, part, 1, bytes.fromhex(release["y"]), entry)


def test_a_wrong_passphrase_sends_nothing(closed: Box) -> None:
    sent = len(closed.door.posted)
    release_page(closed)
    closed.page.locator("[data-ref=passphrase]").fill("some other passphrase")
    closed.page.locator("[data-ref=unlock] button").click()
    expect(said(closed.page, "error")).to_contain_text("口令不正确")
    assert len(closed.door.posted) == sent


def test_two_genuine_lids_of_one_box_release_nothing(closed: Box) -> None:
    [lid] = closed.door.records
    closed.door.shares["lids"] = [lid, lid]
    release_page(closed)
    unlock(closed.page)
    expect(said(closed.page, "error")).to_contain_text("同一投标箱的两份投标")
    expect(closed.page.locator("[data-ref=ready]")).to_be_hidden()


def test_a_bid_with_a_spoilt_share_is_reported_and_its_other_parts_go_on(closed: Box) -> None:
    [lid] = closed.door.records
    parts = [dict(part) for part in lid["parts"]]
    closed.door.shares["lids"] = [lid, {**lid, "parts": parts, "id": "00" * 32}]
    release_page(closed)
    unlock(closed.page)
    expect(closed.page.locator("[data-ref=fault-list] li")).to_have_count(3)
    expect(closed.page.locator("[data-ref=fault-list]")).to_contain_text("封签的编号或签名不成立")
    closed.page.get_by_role("button", name="签名并释放份额").click()
    expect(said(closed.page, "success")).to_be_visible()
    assert len(closed.door.posted[-1][1]["releases"]) == 3


def test_a_bid_that_is_not_on_the_logged_list_stays_shut(closed: Box) -> None:
    [lid] = closed.door.records
    closed.door.shares["closing"] = proof_of(closed.door, opening(["00" * 32]))
    release_page(closed)
    unlock(closed.page)
    expect(closed.page.locator("[data-ref=fault-list]")).to_contain_text("不在日志的开标名单上")
    expect(closed.page.locator("[data-ref=fault-list]")).to_contain_text(lid["id"][:16])
    expect(closed.page.locator("[data-ref=release]")).to_be_hidden()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"subject": "lot/L-0000000002"}, "不是日志里的记录"),
        ({"tag": "lot:announce"}, "不是日志里的记录"),
        ({"at": "2027-02-28T09:30:01.000000+08:00"}, "早于密封规则的开启时间"),
    ],
)
def test_a_list_of_another_lot_or_of_too_early_a_time_opens_nothing(
    closed: Box, other: dict[str, str], words: str
) -> None:
    closed.door.shares["closing"] = proof_of(closed.door, opening([closed.door.records[0]["id"]], **other))
    release_page(closed)
    unlock(closed.page)
    expect(said(closed.page, "error")).to_contain_text(words)
    expect(closed.page.locator("[data-ref=ready]")).to_be_hidden()


def test_a_list_signed_by_another_log_opens_nothing(closed: Box) -> None:
    proof = closed.door.shares["closing"]
    closed.door.shares["closing"] = proof.replace("effective", "Effective")[:-8] + "AAAAAAA\n"
    release_page(closed)
    unlock(closed.page)
    expect(said(closed.page, "error")).to_contain_text("不是日志里的记录")


def test_the_trustee_waits_while_the_list_waits_for_its_place_in_the_log(closed: Box) -> None:
    proof = closed.door.shares["closing"]
    closed.door.shares["closing"] = None
    release_page(closed)
    unlock(closed.page)
    expect(closed.page.locator("[data-ref=progress-words]")).to_contain_text("正在等待开标名单写入日志")
    closed.door.shares["closing"] = proof
    expect(closed.page.locator("[data-ref=closing]")).to_contain_text("开标名单是日志的第 3 条")
