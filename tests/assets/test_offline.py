"""The offline tool as it lies on a bidder's disk: no network, and packages that the house's verifier takes."""

import base64
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from playwright.sync_api import Page, expect

from sunshine_proof.bidbook import Book
from sunshine_proof.bidpackage import open_package
from sunshine_proof.cms import verify_detached
from sunshine_proof.lid import check_next
from sunshine_proof.opening import open_body, open_part, open_share
from sunshine_proof.payload import read_payload
from sunshine_proof.policy import policy_id
from tests.assets.authority import Authority
from tests.assets.door import Door
from tests.assets.tender import BIDDER, PASSPHRASE, PLANTED, TOOL, Desk, Takeaway


@pytest.fixture
def home(tmp_path: Path, authority: Authority) -> Takeaway:
    return Takeaway(tmp_path, authority)


@pytest.fixture
def desk(page: Page, home: Takeaway) -> Desk:
    return Desk(page, home)


def said(desk: Desk, region: str, kind: str) -> object:
    return desk.page.locator(f'[data-says="{region}"] .note.{kind}')


def ready(desk: Desk, book: Path | None = None) -> None:
    desk.open_tender()
    desk.open_book(book)
    desk.use_key()
    desk.fill(desk.document())


def test_a_bid_sealed_from_the_disk_is_whole_in_the_eyes_of_the_house_verifier(desk: Desk, tmp_path: Path) -> None:
    ready(desk)
    package, book = desk.seal()
    home, pid = desk.home, policy_id(desk.home.policy)
    with open_package(package) as found:
        found.check(home.policy)
        lid, bodies = found.record, found.extract(tmp_path)
    for part in lid["parts"]:
        released = {i: open_share(pid, part, i, str(home.identities[i - 1])) for i in (1, 3)}
        outcome = open_part(home.policy, pid, part, released)
        plain = tmp_path / f"{part['part']}.zip"
        assert outcome.opened and open_body(outcome.identity, bodies[part["part"]], plain, part).opened
        with read_payload(plain) as payload:
            roots = [x509.load_pem_x509_certificate(root.encode()) for root in home.authority.roots]
            assert (
                verify_detached(payload.signature, payload.statement_bytes, roots, datetime.now(UTC))
                == home.certificate
            )
            assert payload.statement["bidder"] == BIDDER
            if part["part"] == "tech":
                with payload.open("files/技术方案.pdf") as stream:
                    assert PLANTED.encode() in stream.read()
            if part["part"] == "price":
                assert payload.form("price.json")["total_fen"] == "300102"
    [bid] = Book.open(book, PASSPHRASE).content["bids"]
    assert bid["pending"]["lid"] == lid and bid["box_secret"].encode() not in package.read_bytes()
    rescue = next(one for one in bid["rescue"] if one["part"] == "tech")
    assert open_part(home.policy, pid, lid["parts"][1], {}, rescue=rescue).opened
    assert [url for url in desk.requests if not url.startswith(("file:", "blob:", "data:"))] == []


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """An address nearby, and every byte that came to it. (Chromium opens a silent line before it asks the policy.)"""
    came: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def wait() -> None:
        with suppress(OSError):
            while True:
                line, _ = server.accept()
                line.settimeout(1)
                with suppress(TimeoutError):
                    came.append(line.recv(100))

    threading.Thread(target=wait, daemon=True).start()
    yield f"127.0.0.1:{server.getsockname()[1]}", came
    server.close()


def test_no_connection_of_any_kind_leaves_the_page(desk: Desk, listener: tuple[str, list[bytes]]) -> None:
    desk.page.context.set_offline(False)  # so that only the page's own policy stands in the way
    where, came = listener
    violations = desk.page.evaluate(
        """async (where) => {
          const seen = [];
          document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
          await fetch(`http://${where}/`).catch(() => {});
          await import(`http://${where}/x.js`).catch(() => {});
          const image = new Image();
          await new Promise((done) => { image.onerror = done; image.onload = done; image.src = `http://${where}/x.png`; });
          try { new WebSocket(`ws://${where}/`); } catch {}
          const frame = document.body.appendChild(document.createElement('iframe'));
          frame.src = `http://${where}/`;
          navigator.sendBeacon(`http://${where}/`, 'x');
          await new Promise((done) => setTimeout(done, 1500));
          return seen;
        }""",
        where,
    )
    assert {"connect-src", "img-src", "frame-src"} <= set(violations), violations
    assert any(one.startswith("script-src") for one in violations)
    assert b"".join(came) == b""


def test_the_file_holds_everything_and_names_only_its_own_hashes() -> None:
    text = TOOL.read_text()
    head = text[: text.index("</head>")]
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', head)[1]
    assert "connect-src 'none'" in policy and "default-src 'none'" in policy and "'unsafe-" not in policy
    assert not re.search(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="', text)
    assert not re.search(r"url\((?![\"']?data:)", text[: text.index("</style>")])


def test_the_next_bid_follows_the_last_only_after_its_receipt(desk: Desk, page: Page, tmp_path: Path) -> None:
    ready(desk)
    package, book = desk.seal()
    with open_package(package) as found:
        first = found.record
    (tmp_path / "first.zip").write_bytes(package.read_bytes())
    page.reload()
    desk.open_tender()
    desk.open_book(book)
    expect(page.locator("#book-state")).to_contain_text("还没有回执")
    expect(page.locator("#step-signer")).to_be_hidden()
    page.set_input_files("#receipt-file", desk.home.receipt("ab" * 32))
    expect(said(desk, "book", "error")).to_contain_text("不属于")
    page.set_input_files("#receipt-file", desk.home.receipt(first["id"]))
    expect(said(desk, "book", "success")).to_be_visible()
    expect(page.locator("#receipt-list li")).to_have_count(1)
    desk.use_key()
    desk.fill(desk.document())
    package, book = desk.seal()
    with open_package(package) as found:
        found.check(desk.home.policy)
        check_next(found.record, first)


def test_a_standing_bid_is_withdrawn_with_a_file_of_its_own(desk: Desk, page: Page) -> None:
    ready(desk)
    package, _book = desk.seal()
    with open_package(package) as found:
        first = found.record
    page.set_input_files("#receipt-file", desk.home.receipt(first["id"]))
    expect(page.locator("#withdraw")).to_be_visible()
    page.locator("#withdraw").click()
    expect(page.locator("#result-facts")).to_contain_text("封签")
    expect(page.locator("#save-package")).to_be_disabled()
    desk.save("#save-book")
    with open_package(desk.save("#save-package")) as found:
        found.check(desk.home.policy)
        assert found.withdrawal
        check_next(found.record, first)


def test_a_trustees_key_that_was_slipped_in_stops_everything(desk: Desk, page: Page) -> None:
    home = desk.home
    content = json.loads(home.tender.read_text())
    content["policy"]["trustees"][1]["recipient"] = content["policy"]["trustees"][2]["recipient"]
    home.tender.write_text(json.dumps(content))
    page.set_input_files("#tender-file", home.tender)
    expect(said(desk, "tender", "error")).to_be_visible()
    content = json.loads(json.dumps(home.content))
    other = Takeaway(home.folder / "x" if (home.folder / "x").mkdir() is None else home.folder, home.authority)
    content["policy"]["trustees"][1]["recipient"] = other.policy["trustees"][1]["recipient"]
    home.tender.write_text(json.dumps(content))
    page.set_input_files("#tender-file", [])
    page.set_input_files("#tender-file", home.tender)
    expect(said(desk, "tender", "error")).to_contain_text("“监督”的签名不成立")
    expect(page.locator("#step-book")).to_be_hidden()


def test_an_empty_form_leads_to_its_fields_and_seals_nothing(desk: Desk, page: Page) -> None:
    desk.open_tender()
    desk.open_book()
    desk.use_key()
    page.locator("#form-here button[type=submit]").click()
    expect(page.locator("#errors")).to_be_visible()
    expect(page.locator("#error-list li")).to_have_count(8)
    page.locator("#error-list a").first.click()
    expect(page.locator("#bidder-uscc")).to_be_focused()
    expect(page.locator("#step-sealing")).to_be_hidden()


@pytest.mark.parametrize(("word", "again", "code"), [("short", "short", "12"), (PASSPHRASE, "other", "不一致")])
def test_a_new_book_wants_a_long_passphrase_twice(desk: Desk, page: Page, word: str, again: str, code: str) -> None:
    desk.open_tender()
    page.locator("#book-word").fill(word)
    page.locator("#book-again").fill(again)
    page.locator("#book-form button").click()
    expect(said(desk, "book", "error")).to_contain_text(code)


def test_a_wrong_passphrase_and_a_foreign_certificate_are_told(desk: Desk, page: Page) -> None:
    desk.open_tender()
    desk.open_book()
    page.set_input_files("#signer-file", desk.home.signer)
    page.locator("#signer-word").fill("wrong wrong wrong")
    page.locator("#signer-form button").click()
    expect(said(desk, "signer", "error")).to_contain_text("口令不正确")
    cut = desk.home.folder / "only-key.pem"
    cut.write_text(desk.home.signer.read_text().split("-----BEGIN CERTIFICATE")[0])
    page.set_input_files("#signer-file", cut)
    page.locator("#signer-word").fill(PASSPHRASE)
    page.locator("#signer-form button").click()
    expect(said(desk, "signer", "error")).to_contain_text("没有这把密钥的证书")


def test_a_key_made_here_opens_in_python_and_its_request_proves_possession(desk: Desk, page: Page) -> None:
    desk.open_tender()
    desk.open_book()
    page.locator("#signer-make summary").click()
    for field, text in (("name", "李四"), ("organisation", "李氏机电"), ("word", PASSPHRASE), ("again", PASSPHRASE)):
        page.locator(f"#make-{field}").fill(text)
    offered = []
    page.on("download", lambda one: offered.append(one))
    page.locator("#make-form button").click()
    expect(said(desk, "signer", "success")).to_be_visible()
    page.wait_for_timeout(800)
    texts = {one.suggested_filename: Path(one.path()).read_bytes() for one in offered}
    key = load_pem_private_key(texts["signing-key.pem"], PASSPHRASE.encode())
    request = x509.load_pem_x509_csr(texts["signing-key.csr"])
    assert request.is_signature_valid and request.public_key() == key.public_key()


def test_receipts_packages_and_other_files_are_checked_on_the_other_tab(desk: Desk, page: Page) -> None:
    ready(desk)
    package, book = desk.seal()
    page.locator("#tab-verify").click()
    page.set_input_files("#verify-file", package)
    expect(said(desk, "verify", "success")).to_contain_text("投标包完好")
    page.set_input_files("#verify-file", desk.home.receipt("ab" * 32))
    expect(said(desk, "verify", "success")).to_contain_text("回执成立")
    bent = bytearray(package.read_bytes())
    bent[5000] ^= 1
    (desk.home.folder / "bent.zip").write_bytes(bent)
    page.set_input_files("#verify-file", desk.home.folder / "bent.zip")
    expect(said(desk, "verify", "error")).to_contain_text("与封签不符")
    forged = json.loads(desk.home.receipt("ab" * 32).read_text()) | {"received_at": "2026-01-01T00:00:00Z"}
    (desk.home.folder / "forged.json").write_text(json.dumps(forged))
    page.set_input_files("#verify-file", desk.home.folder / "forged.json")
    expect(said(desk, "verify", "error")).to_contain_text("回执不成立")
    page.set_input_files("#verify-file", book)
    expect(said(desk, "verify", "error")).to_be_visible()


def test_the_tool_speaks_english_after_one_click_and_stays_so(desk: Desk, page: Page) -> None:
    page.locator("#language").click()
    expect(page.locator("h1")).to_have_text("Offline bid tool")
    desk.open_tender()
    missing = page.evaluate(
        "[...document.querySelectorAll('[data-t]')].filter((e) => !e.textContent.trim()).map((e) => e.dataset.t)"
    )
    assert missing == []
    chinese = re.compile(r"[\u4e00-\u9fff]")
    texts = page.locator("main").inner_text().replace("城西水厂取水泵更新", "")
    own = [line for line in texts.split("\n") if chinese.search(line)]
    allowed = ("取水泵", "云岭", "招标人", "监督", "平台")
    assert [line for line in own if not any(word in line for word in allowed)] == []


def test_a_bid_of_the_joint_mode_carries_the_commitment_of_the_bidders_share(
    page: Page, tmp_path: Path, authority: Authority
) -> None:
    desk = Desk(page, Takeaway(tmp_path, authority, bidder_share="required"))
    ready(desk)
    package, book = desk.seal()
    with open_package(package) as found:
        found.check(desk.home.policy)
        assert all("bshare_commit" in part for part in found.record["parts"])
    [bid] = Book.open(book, PASSPHRASE).content["bids"]
    assert all(one["S_B"] for one in bid["rescue"])


def test_a_bid_that_its_bidder_alone_opens_is_sealed_to_nobody(
    page: Page, tmp_path: Path, authority: Authority
) -> None:
    desk = Desk(page, Takeaway(tmp_path, authority, bidder_share="alone"))
    ready(desk)
    expect(page.locator("#tender-facts")).to_contain_text("只有您自己")
    expect(page.locator("#trustee-head")).to_be_hidden()
    package, book = desk.seal()
    with open_package(package) as found:
        found.check(desk.home.policy)
        lid = found.record
    assert all((part["k"], part["commit"], part["share"]) == (0, [], []) for part in lid["parts"])
    [bid] = Book.open(book, PASSPHRASE).content["bids"]
    pid = policy_id(desk.home.policy)
    for part, kept in zip(lid["parts"], bid["rescue"], strict=True):
        assert open_part(desk.home.policy, pid, part, {}, rescue=kept).opened and not kept["S_B"]


INTO_FILES = """globalThis.showSaveFilePicker = async ({ suggestedName }) => {
  const root = await navigator.storage.getDirectory();
  return root.getFileHandle(suggestedName, { create: true });
};"""
READ_BACK = """async (name) => {
  const file = await (await (await navigator.storage.getDirectory()).getFileHandle(name)).getFile();
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""


def test_where_the_browser_can_write_files_the_package_goes_straight_into_one(
    page: Page, home: Takeaway, door: Door, tmp_path: Path
) -> None:
    """Over the loopback, because only there a test can answer the dialog: the file system of the origin stands in."""
    page.add_init_script(INTO_FILES)
    page.route(door.url("/tool"), lambda route: route.fulfill(path=TOOL, content_type="text/html"))
    desk = Desk(page, home, picker=True, url=door.url("/tool"))
    ready(desk)
    page.locator("#form-here button[type=submit]").click()
    expect(page.locator("#result")).to_be_visible()
    name = "bid-L-0000000001.zip"
    assert base64.b64decode(page.evaluate(READ_BACK, name)) == b""  # nothing takes the name before the book is safe
    page.locator("#save-book").click()
    expect(page.locator("#save-package")).to_be_enabled()
    page.locator("#save-package").click()
    expect(said(desk, "sealing", "success")).to_contain_text("投标包已保存")
    (tmp_path / name).write_bytes(base64.b64decode(page.evaluate(READ_BACK, name)))
    with open_package(tmp_path / name) as found:
        found.check(home.policy)
        lid = found.record
    (tmp_path / "book.age").write_bytes(base64.b64decode(page.evaluate(READ_BACK, "bid-book.age")))
    assert Book.open(tmp_path / "book.age", PASSPHRASE).content["bids"][0]["pending"]["lid"] == lid
