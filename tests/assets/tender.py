"""A tender to take home, a bidder's key in a file, and the offline tool opened from the disk."""

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from playwright.sync_api import Page, expect

from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.policy import box_policy, trustee_digest
from sunshine_proof.receipt import sign_receipt
from tests.assets.authority import Authority, pem

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "sunshine/interfaces/web/static/dist/tools/sunshine-bid.html"
PASSPHRASE = "correct horse battery"
BIDDER = {"uscc": "91440101MA5TETT00X", "name": "李氏机电（虚构）有限公司"}
ORIGIN = "log.example/sunshine"
PLANTED = "只在标书里出现的一句话"
NO_PICKER = "delete globalThis.showSaveFilePicker"  # a dialog of the system, which no test can answer


class Takeaway:
    """One lot's tender file with three trustees, two of whom open; written into `folder` beside the bidder's key."""

    def __init__(self, folder: Path, authority: Authority, **other: Any) -> None:
        self.folder, self.authority = folder, authority
        self.log_key = Ed25519PrivateKey.generate()
        self.identities = [pyrage.x25519.Identity.generate() for _ in range(3)]
        self.certificates: list[x509.Certificate] = []
        alone = other.get("bidder_share") == "alone"
        roles = () if alone else ("招标人", "监督", "平台")
        day = (datetime.now(UTC) + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.policy = box_policy(
            tender="P-0000000001",
            lot="L-0000000001",
            deadline=day,
            open_not_before=day,
            k=0 if alone else 2,
            parts=["summary", "tech", "price"],
            trustees=[self._seat(i, role) for i, role in enumerate(roles, 1)],
            log_origin=ORIGIN,
            log_vkey=encode_vkey(ORIGIN, self.log_key.public_key().public_bytes_raw()),
            bidder_share=other.pop("bidder_share", "none"),
        )
        self.content = {
            "v": "tender/1",
            "platform": "https://platform.example",
            "project": "P-0000000001",
            "title": "城西水厂取水泵更新",
            "buyer": "云岭水务有限公司（虚构）",
            "lot": {"id": "L-0000000001", "number": 1, "title": "取水泵"},
            "policy": self.policy,
            "extensions": [],
            "ca_roots": authority.roots,
            "trustee_certificates": [] if alone else [*map(pem, self.certificates), *authority.chain],
            "items": [
                {"no": "1", "name": "水泵", "unit": "台", "quantity": "3"},
                {"no": "2", "name": "阀门", "unit": "个", "quantity": "2.5"},
            ],
            "pricing": "total",
            "cap_fen": "1000000",
            "validity_days": 90,
            "parts": {part: {"accept": ".pdf", "max_bytes": 2 * 1024**3} for part in self.policy["parts"]},
            **other,
        }
        self.tender = folder / "tender.json"
        self.tender.write_text(json.dumps(self.content, ensure_ascii=False))
        self.signer = self._signer()

    def _seat(self, i: int, role: str) -> dict[str, Any]:
        key, certificate = self.authority.leaf(role)
        self.certificates.append(certificate)
        recipient = str(self.identities[i - 1].to_public())
        sig = key.sign(trustee_digest("P-0000000001", role, recipient), ec.ECDSA(hashes.SHA256()))
        digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()
        return {
            "i": i,
            "role": role,
            "recipient": recipient,
            "cert_sha256": digest,
            "sig": base64.b64encode(sig).decode(),
        }

    def _signer(self) -> Path:
        key, self.certificate = self.authority.leaf(BIDDER["name"])
        lock = BestAvailableEncryption(PASSPHRASE.encode())
        path = self.folder / "signing-key.pem"
        own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()
        path.write_text(own + pem(self.certificate) + "".join(self.authority.chain))
        return path

    def receipt(self, lid: str) -> Path:
        path = self.folder / f"receipt-{lid[:8]}.json"
        path.write_text(json.dumps(sign_receipt(lid, "2027-02-01T01:00:00Z", ORIGIN, self.log_key)))
        return path


class Desk:
    """A bidder at the offline tool, with the network cut."""

    def __init__(self, page: Page, home: Takeaway, *, picker: bool = False, url: str = "") -> None:
        self.page, self.home, self.requests = page, home, list[str]()
        page.on("request", lambda one: self.requests.append(one.url))
        if not picker:
            page.context.set_offline(True)
            page.add_init_script(NO_PICKER)
        page.goto(url or TOOL.as_uri())
        if page.locator("html").get_attribute("lang") == "en":
            page.locator("#language").click()

    def open_tender(self) -> None:
        self.page.set_input_files("#tender-file", self.home.tender)
        expect(self.page.locator("#tender-shown")).to_be_visible()
        self.page.locator("#roots-ok").check()

    def open_book(self, book: Path | None = None) -> None:
        page = self.page
        if book:
            page.locator("#book-old").check()
            page.set_input_files("#book-file", book)
        else:
            page.locator("#book-again").fill(PASSPHRASE)
        page.locator("#book-word").fill(PASSPHRASE)
        page.locator("#book-form button").click()
        expect(page.locator("#book-shown")).to_be_visible()

    def use_key(self) -> None:
        self.page.set_input_files("#signer-file", self.home.signer)
        self.page.locator("#signer-word").fill(PASSPHRASE)
        self.page.locator("#signer-form button").click()
        expect(self.page.locator("#step-form")).to_be_visible()

    def fill(self, tech: Path) -> None:
        page = self.page
        page.locator("#bidder-name").fill(BIDDER["name"])
        page.locator("#bidder-uscc").fill(BIDDER["uscc"])
        page.locator("#seal-price-1").fill("1,000.333333")
        page.locator("#seal-price-2").fill("0.01")
        page.locator("#seal-delivery").fill("30")
        page.locator("#seal-quality").fill("合格")
        page.locator("#seal-leader").fill("李四")
        page.set_input_files("#seal-tech", tech)

    def document(self, size: int = 2_000_000) -> Path:
        tech = self.home.folder / "技术方案.pdf"
        tech.write_bytes((b"%PDF-1.7\n" + PLANTED.encode() * (size // 30 + 1))[:size])
        return tech

    def save(self, button: str) -> Path:
        """Press a saving button of the result and keep what the browser offers."""
        with self.page.expect_download() as offered:
            self.page.locator(button).click()
        path = self.home.folder / offered.value.suggested_filename
        offered.value.save_as(path)
        return path

    def seal(self) -> tuple[Path, Path]:
        """(package, book)"""
        self.page.locator("#form-here button[type=submit]").click()
        expect(self.page.locator("#result")).to_be_visible(timeout=120_000)
        assert self.page.locator("#save-package").is_disabled()
        book = self.save("#save-book")
        return self.save("#save-package"), book
