"""A package sealed elsewhere, handed in on the sealing page: the same box, the same receipt, no secret of the bid here."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sunshine_proof.bidpackage import open_package, write_package
from sunshine_proof.cms import sign_detached
from sunshine_proof.keyring import decode_keyring
from sunshine_proof.lid import box_key_of, build_withdrawal, new_box_secret
from sunshine_proof.payload import build_statement, write_payload
from sunshine_proof.policy import policy_id
from sunshine_proof.sealing import seal_bid
from tests.assets.box import BIDDER, PASSPHRASE, Box, said


class Home:
    """What a supplier sealed at home for the lot of this box."""

    def __init__(self, folder: Path, box: Box):
        self.folder, self.box, self.secret = folder, box, new_box_secret()
        self.key, self.certificate = box.door.authority.leaf(BIDDER["name"])

    def package(self, seq: int = 1, prev: str = "") -> Path:
        parts, pid = {}, policy_id(self.box.policy).hex()
        for part in self.box.policy["parts"]:
            files = {"files/a.txt": part.encode() * 50_000}
            said = build_statement(
                policy=pid, bidder=BIDDER, box_key=box_key_of(self.secret), seq=seq, part=part, files=files
            )
            parts[part] = self.folder / f"{part}.zip"
            write_payload(parts[part], said, files, lambda data: sign_detached(data, self.key, [self.certificate]))
        lid, kept = seal_bid(self.box.policy, parts, self.folder, self.secret, seq, prev)
        out = self.folder / f"bid-{seq}.zip"
        write_package(out, lid, {part: one.body for part, one in kept.items()})
        return out

    def withdrawal(self, seq: int, prev: str) -> Path:
        out = self.folder / "withdrawal.zip"
        write_package(out, build_withdrawal(self.box.policy, seq, prev, self.secret), {})
        return out


@pytest.fixture
def home(tmp_path: Path, box: Box) -> Home:
    return Home(tmp_path, box)


def hand_in(box: Box, package: Path) -> None:
    details = box.page.locator("[data-ref=package]")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    box.page.set_input_files("#seal-package", package)
    box.page.locator("[data-ref=hand-in]").click()


def test_a_package_is_checked_handed_in_and_receipted(box: Box, home: Home) -> None:
    package = home.package()
    box.seal_page()
    hand_in(box, package)
    expect(box.page.locator("[data-ref=receipt]")).to_be_visible()
    with open_package(package) as found:
        assert box.door.records == [found.record]
    expect(box.page.locator("[data-ref=foreign]")).to_be_visible()
    expect(box.page.locator("[data-ref=form]")).to_be_hidden()
    expect(box.page.locator("[data-ref=withdraw-sure]")).to_be_disabled()


def test_the_keyring_learns_the_receipt_and_no_secret(box: Box, home: Home) -> None:
    import base64

    box.seal_page()
    hand_in(box, home.package())
    expect(box.page.locator("[data-ref=receipt]")).to_be_visible()
    kept = decode_keyring(base64.b64decode(box.door.keyring["blob"]), PASSPHRASE)
    [bid] = kept["bids"]
    assert bid["box_secret"] == "" and bid["rescue"] == [] and bid["lids"][0]["receipt"]["lid"] == bid["lids"][0]["id"]
    assert home.secret.hex() not in json.dumps(kept)


def test_replacement_and_withdrawal_from_home_follow_in_the_same_chain(box: Box, home: Home) -> None:
    box.seal_page()
    hand_in(box, home.package())
    expect(box.page.locator("[data-ref=receipt]")).to_be_visible()
    hand_in(box, home.package(2, box.door.records[0]["id"]))
    expect(box.page.locator("[data-ref=standing-lid]")).not_to_have_text(box.door.records[0]["id"])
    expect(box.page.locator("[data-ref=receipt]")).to_be_visible()
    hand_in(box, home.withdrawal(3, box.door.records[1]["id"]))
    expect(box.page.locator("[data-ref=standing]")).to_be_hidden()
    assert [record["v"] for record in box.door.records] == ["seal/1", "seal/1", "seal-withdraw/1"]


@pytest.mark.parametrize(
    ("bend", "words"),
    [
        (lambda data: data[:-3], "不是投标包"),
        (lambda data: b"PK" + bytes(100), "不是投标包"),
        (lambda data: b"", "不是投标包"),
        (lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:], "与封签不符"),
        (lambda data: data.replace(b'"seq":1', b'"seq":2'), "没有递交"),
    ],
)
def test_a_damaged_package_is_named_and_nothing_is_sent(box: Box, home: Home, bend: object, words: str) -> None:
    path = home.package()
    path.write_bytes(bend(path.read_bytes()))  # type: ignore[operator]
    box.seal_page()
    hand_in(box, path)
    expect(said(box.page, "error")).to_contain_text(words)
    assert box.door.records == [] and not any("/box/" in where for where, _ in box.door.posted)


def test_a_package_for_another_policy_is_refused_before_anything_is_sent(box: Box, home: Home) -> None:
    package = home.package()
    box.policy = {**box.policy, "k": 3}
    box.seal_page()
    hand_in(box, package)
    expect(said(box.page, "error")).to_contain_text("别的标段")


def test_a_bid_of_this_browser_is_not_mixed_with_a_package_of_another_box(box: Box, home: Home, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    box.submit()
    hand_in(box, home.package())
    expect(said(box.page, "error")).to_contain_text("另一把投标箱密钥")
    assert len(box.door.records) == 1
