"""<sun-release>: what a trustee sees and sends after the deadline."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import expect

from sunshine_proof.release import check_release, check_released_share, release_digest
from tests.assets.box import KEYRING, LOT, Box, fragment, said, unlock


@pytest.fixture
def closed(box: Box, tmp_path: Path) -> Box:
    """A box with one bid, after the deadline."""
    box.seal_page()
    box.fill(tmp_path)
    box.submit()
    box.door.shares = {"policy": box.policy, "i": 1, "lids": [box.door.records[0]], "released": []}
    return box


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
