"""The elements in their own fragments, in Chromium: from a new certificate to an opened bid, and what goes wrong."""

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyrage
from axe_playwright_python.sync_playwright import Axe
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from sunshine_proof.bidform import check_price, check_summary
from sunshine_proof.opening import open_part, open_share
from sunshine_proof.payload import read_payload
from sunshine_proof.policy import check_trustees
from sunshine_proof.receipt import verify_receipt
from tests.assets.box import (
    BIDDER,
    HEAD,
    KEYRING,
    LOT,
    PASSPHRASE,
    PLANTED,
    Box,
    enrol,
    fragment,
    proof_of,
    said,
    trustee_page,
    unlock,
)
from tests.assets.door import Door


def test_the_trustees_key_signed_in_the_browser_satisfies_the_verifier(box: Box) -> None:
    roots = [x509.load_pem_x509_certificate(root.encode()) for root in box.door.authority.roots]
    issuers = [x509.load_pem_x509_certificate(pem.encode()) for pem in box.door.authority.chain]
    check_trustees(box.policy, [*box.certificates, *issuers], roots, datetime.now(UTC))


def test_a_second_visit_publishes_the_same_key_again(box: Box) -> None:
    box.page.goto(trustee_page(box.door))
    unlock(box.page)
    expect(box.page.locator("[data-ref=has-key]")).to_be_visible()
    box.page.get_by_role("button", name="生成并公布").click()
    expect(said(box.page, "success")).to_be_visible()
    assert box.door.posted[-1][1]["recipient"] == box.trustees[0]["recipient"]


def test_a_bid_is_sealed_replaced_withdrawn_submitted_again_and_opened(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    expect(box.page.locator("[data-ref=total]")).to_have_text("3,001.02")
    first = box.submit()
    receipt = {"lid": box.page.locator("[data-ref=receipt-lid]").inner_text()}
    assert receipt["lid"] == first["id"]
    with box.page.expect_download() as download:
        box.page.get_by_role("button", name="下载回执").click()
    verify_receipt(json.loads(Path(download.value.path()).read_text()), box.door.log_vkey)

    box.fill(tmp_path, price="900")
    second = box.submit()
    assert (second["seq"], second["prev"], second["box_key"]) == (2, first["id"], first["box_key"])

    box.page.locator("[data-ref=standing] summary").click()
    box.page.locator("[data-ref=withdraw-sure]").check()
    box.page.locator("[data-ref=withdraw]").click()
    expect(box.page.locator("[data-ref=standing]")).to_be_hidden()
    assert [record["v"] for record in box.door.records] == ["seal/1", "seal/1", "seal-withdraw/1"]

    box.fill(tmp_path, price="800.5")
    last = box.submit()
    assert last["seq"] == 4
    assert_nothing_leaks(box.door)
    assert box.door.named == [] and len(box.door.grants) == 1
    assert_opens(box, last, tmp_path)
    assert_listed(box, last)


def assert_nothing_leaks(door: Door) -> None:
    stored = b"".join(bytes(body) for body in door.uploads.values()) + json.dumps([door.posted, door.keyring]).encode()
    for secret in (PLANTED, BIDDER["uscc"], "技术方案", "80050", "李四"):
        assert secret.encode() not in stored


def assert_opens(box: Box, lid: dict[str, Any], folder: Path) -> None:
    """The two Python trustees open all three parts, and everything is in there."""
    uploads = next(data["uploads"] for path, data in reversed(box.door.posted) if path == "/box/lids/")
    found: dict[str, Any] = {}
    for part in lid["parts"]:
        ys = {i: open_share(box.pid, part, i, str(box.identities[i - 2])) for i in (2, 3)}
        outcome = open_part(box.policy, box.pid, part, ys)
        assert outcome.opened, outcome
        assert outcome.identity
        identity = pyrage.x25519.Identity.from_str(outcome.identity)
        plain = folder / f"{part['part']}.zip"
        plain.write_bytes(pyrage.decrypt(bytes(box.door.uploads[uploads[part["part"]]]), [identity]))
        with read_payload(plain) as payload:
            assert payload.statement["bidder"] == BIDDER
            found |= {name: payload.form(name) for name in payload.names if name.endswith(".json")}
            if part["part"] == "tech":
                with payload.open("files/技术方案.pdf") as stream:
                    assert PLANTED.encode() in stream.read(1000)
    price = check_price(found["price.json"], LOT)
    assert price.total_matches
    assert (price.total_fen, check_summary(found["summary.json"], LOT).total_fen) == (240153, 240153)


def assert_listed(box: Box, lid: dict[str, Any]) -> None:
    boot = {"keyring_url": KEYRING, "lots": {LOT: {"name": "水泵采购一标段", "url": "/blank"}}}
    box.page.goto(fragment(box.door, "/bids", "sun_bids", boot=boot))
    unlock(box.page)
    row = box.page.locator("[data-ref=bids] tr")
    expect(row.locator("[data-ref=lot]")).to_have_text("水泵采购一标段")
    expect(row.locator("[data-ref=lid]")).to_have_text(lid["id"][:16])
    expect(row.locator("[data-state=standing]")).to_be_visible()
    with box.page.expect_download() as download:
        row.get_by_role("button", name="自救文件").click()
    kept = Path(download.value.path()).read_bytes()
    assert b"AGE-SECRET-KEY" not in kept and download.value.suggested_filename.endswith(".age")
    rescue = json.loads(pyrage.passphrase.decrypt(kept, PASSPHRASE))
    assert [one["part"] for one in rescue["parts"]] == ["summary", "tech", "price"]  # superseded secrets are gone
    assert {one["lid"] for one in rescue["parts"]} == {lid["id"]}
    assert all(one["identity"].startswith("AGE-SECRET-KEY-1") for one in rescue["parts"])


def test_the_first_passphrase_must_be_long_and_typed_twice_alike(page: Page, door: Door) -> None:
    page.goto(fragment(door, "/bids", "sun_bids", boot={"keyring_url": KEYRING}))
    for first, second, text in (("short", "short", "至少 12 个字符"), (PASSPHRASE, PASSPHRASE + "x", "不一致")):
        page.locator("[data-ref=passphrase]").fill(first)
        page.locator("[data-ref=again]").fill(second)
        page.locator("[data-ref=unlock] button").click()
        expect(said(page, "error")).to_contain_text(text)
    assert door.keyring["version"] == 0
    unlock(page)
    expect(page.locator("[data-ref=empty]")).to_be_visible()
    assert door.keyring["version"] == 1


def test_what_is_wrong_with_the_form_is_listed_and_nothing_is_sent(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path, price="1.2345678")
    (tmp_path / "空.pdf").touch()
    (tmp_path / "程序.exe").write_bytes(b"MZ")
    box.page.set_input_files("#seal-tech", [tmp_path / "空.pdf", tmp_path / "程序.exe"])
    box.page.locator("#seal-validity").fill("30")
    box.page.locator("#seal-quality").fill(" ")
    box.page.locator("[data-ref=submit]").click()
    errors = box.page.locator("[data-ref=error-list] a")
    expect(errors).to_have_count(5)
    listed = " ".join(errors.all_inner_texts())
    for text in (
        "最多 6 位小数",
        "“空.pdf”是空文件",
        "“程序.exe”的类型不在允许范围内",
        "90 至 3650 天",
        "质量承诺：请填写",
    ):
        assert text in listed
    errors.first.click()
    expect(box.page.locator("#seal-price-1")).to_be_focused()
    box.fill(tmp_path, price="3333.34")
    box.page.locator("#seal-validity").fill("90")
    box.page.locator("[data-ref=submit]").click()
    expect(errors).to_contain_text(["超过最高投标限价 10,000.00 元"])
    assert box.door.uploads == {}


def test_a_substituted_trustee_key_stops_the_page_before_anything_is_encrypted(box: Box, tmp_path: Path) -> None:
    other = str(pyrage.x25519.Identity.generate().to_public())
    box.policy["trustees"][1]["recipient"] = other
    box.seal_page()
    box.fill(tmp_path)
    box.page.locator("[data-ref=submit]").click()
    expect(said(box.page, "error")).to_contain_text("“监督”的签名不成立")
    expect(box.page.locator("[data-step=keys] [data-state=failed]")).to_be_visible()
    assert box.door.uploads == {}


def test_an_answer_lost_on_the_way_is_asked_for_again_with_the_same_lid(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    box.door.trouble = lambda method, path, offset: "lose" if path == "/box/lids/" else None
    box.page.locator("[data-ref=submit]").click()
    expect(said(box.page, "error")).to_contain_text("网络中断", timeout=60_000)
    box.door.trouble = lambda method, path, offset: None
    box.seal_page()
    expect(said(box.page, "success")).to_contain_text("投标已送达")
    assert len(box.door.records) == 1
    expect(box.page.locator("[data-ref=standing-lid]")).to_have_text(box.door.records[0]["id"])


def test_a_forged_receipt_is_not_taken_for_one(box: Box, tmp_path: Path) -> None:
    box.seal_page()
    box.fill(tmp_path)
    box.door.log_key = Ed25519PrivateKey.generate()
    box.page.locator("[data-ref=submit]").click()
    expect(said(box.page, "error")).to_contain_text("回执验证不通过", timeout=60_000)


def event_proof(door: Door, lid: str) -> str:
    """The `.tlog-proof` of a submission with this lid."""
    return proof_of(door, {"facts": {"lid": lid}, "tag": "bid:submit-bid"})


def test_the_proof_of_the_log_is_waited_for_and_checked_here(box: Box, tmp_path: Path) -> None:
    looks: list[str] = []

    def answer(route: Route) -> None:
        lid = route.request.url.split("/")[-2]
        looks.append(lid)
        if len(looks) == 1:
            return route.fulfill(status=202, json={"state": "waiting"})
        return route.fulfill(body=event_proof(box.door, lid), content_type="text/plain; charset=utf-8")

    box.page.route("**/check/*/proof", answer)
    box.seal_page(check_url="/check/{lid}/")
    box.fill(tmp_path)
    record = box.submit()
    step = box.page.locator("[data-step=log]")
    expect(step.locator("[data-state=complete]")).to_be_visible()
    expect(step.locator("[data-ref=note]")).to_contain_text("第 3 号位置")
    expect(box.page.locator("[data-ref=proof]")).to_have_attribute("href", f"/check/{record['id']}/proof")
    expect(box.page.locator("[data-ref=check]")).to_have_attribute("href", f"/check/{record['id']}/")
    assert looks == [record["id"]] * 2


def test_a_proof_of_another_bid_or_key_is_not_taken_for_ours(box: Box, tmp_path: Path) -> None:
    forged = event_proof(box.door, "0" * 64)
    box.page.route("**/check/*/proof", lambda route: route.fulfill(body=forged, content_type="text/plain"))
    box.seal_page(check_url="/check/{lid}/")
    box.fill(tmp_path)
    box.submit()
    expect(said(box.page, "error")).to_contain_text("日志证明验证不通过")
    expect(box.page.locator("[data-step=log] [data-state=failed]")).to_be_visible()
    expect(box.page.locator("[data-ref=proof]")).to_be_hidden()


def test_a_document_is_signed_into_its_form(page: Page, door: Door) -> None:
    enrol(page, door)
    digest = hashlib.sha256("合同".encode()).hexdigest()
    sign = render_to_string(
        "elements/_sun_sign.html", {"digest": digest, "certificates": '["C-1"]', "label": "签署合同"}
    )
    door.pages["/signed"] = ""
    door.pages["/sign"] = f"{HEAD}<form action=/signed>{sign}</form>"
    page.goto(door.url("/sign"))
    with page.expect_request("**/signed*") as request:
        page.get_by_role("button", name="签署合同").click()
    query = parse_qs(urlsplit(request.value.url).query)
    assert query["certificate"] == ["C-1"]
    message = hashlib.sha256(b"sunshine/1 document\n" + bytes.fromhex(digest)).digest()
    key = door.certificates["C-1"].public_key()
    key.verify(base64.b64decode(query["signature"][0]), message, ec.ECDSA(hashes.SHA256()))


def test_without_a_key_in_this_browser_nothing_is_signed(page: Page, door: Door) -> None:
    context = {"digest": "00" * 32, "certificates": '["C-9"]', "label": "签署"}
    page.goto(fragment(door, "/sign", "sun_sign", **context))
    page.get_by_role("button", name="签署").click()
    expect(said(page, "error")).to_contain_text("本浏览器里没有您的签名密钥")


def test_the_open_sealing_page_has_no_accessibility_violations(box: Box) -> None:
    box.seal_page()
    found = Axe().run(box.page)
    assert found.violations_count == 0, found.generate_report()
