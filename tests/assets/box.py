"""A lot for the elements: fragments served as pages, and a bid box whose trustees are one browser and two programs."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyrage
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from sunshine_proof.blindtoken import public_key_text
from sunshine_proof.canonical import jcs
from sunshine_proof.checkpoint import Checkpoint, checkpoint_text, sign_note
from sunshine_proof.entry import entry_of
from sunshine_proof.eventproof import write_event_proof
from sunshine_proof.policy import box_policy, policy_id, trustee_digest
from sunshine_proof.tree import inclusion_path, leaf_hash, root_of
from tests.assets.door import ORIGIN, Door

PASSPHRASE = "correct horse battery"
TENDER, LOT = "P-0000000001", "L-0000000001"
BIDDER = {"uscc": "91440101MA5TETT00X", "name": "李氏机电（虚构）有限公司"}
PLANTED = "只在标书里出现的一句话"
KEYRING = "/account/keyring/"
TOKEN_URL, PUBLISHED = f"/supplier/lots/{LOT}/token/", f"/projects/{TENDER}/policies/{LOT}.tlog-proof"
HEAD = '<html lang="zh-Hans"><link rel="stylesheet" href="/static/dist/css/app.css"><main><h1>测试</h1><h2>测试</h2>'


def fragment(door: Door, path: str, name: str, **context: Any) -> str:
    """Serve a fragment as a page of its own; its address."""
    door.pages[path] = HEAD + render_to_string(f"elements/_{name}.html", context) + "</main>"
    return door.url(path)


def proof_of(door: Door, event: dict[str, Any]) -> str:
    """The `.tlog-proof` of an event, third of sixteen in the door's log."""
    payloads = [jcs(event if n == 3 else {"tag": f"other:{n}"}) for n in range(16)]
    leaves = [leaf_hash(entry_of(payload, bytes(32))) for payload in payloads]
    note = sign_note(checkpoint_text(Checkpoint(ORIGIN, 16, root_of(leaves))), ORIGIN, door.log_key)
    return write_event_proof(payloads[3], bytes(32), 3, inclusion_path(leaves, 3), note)


def unlock(page: Page, passphrase: str = PASSPHRASE) -> None:
    form = page.locator("[data-ref=unlock]")
    expect(form.locator("button")).to_be_enabled()
    page.locator("[data-ref=passphrase]").fill(passphrase)
    if page.locator("[data-ref=again]").is_visible():
        page.locator("[data-ref=again]").fill(passphrase)
    form.locator("button").click()
    expect(form).to_be_hidden()


def said(page: Page, kind: str) -> Any:
    return page.locator(f"[data-ref=message] .note.{kind}")


def enrol(page: Page, door: Door) -> None:
    boot = {"subject": [{"CN": ["李四"]}, {"O": [BIDDER["name"]]}, {"2.5.4.97": [BIDDER["uscc"]]}], "certificates": []}
    page.goto(fragment(door, "/enrol", "sun_enrol", boot=boot, url="/account/certificates/"))
    page.get_by_role("button", name="在本浏览器申请证书").click()
    expect(said(page, "success")).to_be_visible()
    expect(page.locator("[data-ref=keys] [data-ref=id]")).to_have_text("C-1")


def trustee_page(door: Door) -> str:
    return fragment(
        door,
        "/key",
        "sun_trustee_key",
        project=TENDER,
        tender=TENDER,
        role="招标人",
        url=f"/trustee/projects/{TENDER}/key/",
        keyring_url=KEYRING,
        certificates='["C-1"]',
    )


class Box:
    """One lot whose first trustee is the person in the browser and whose other two are Python."""

    def __init__(self, page: Page, door: Door, second_envelope: Sequence[str] = ()) -> None:
        self.page, self.door = page, door
        enrol(page, door)
        page.goto(trustee_page(door))
        unlock(page)
        page.get_by_role("button", name="生成并公布").click()
        expect(said(page, "success")).to_be_visible()
        _, posted = door.posted[-1]
        first = {"i": 1, "role": "招标人", "recipient": posted["recipient"], "sig": posted["signature"]}
        self.certificates = [door.certificates["C-1"]]
        self.identities = [pyrage.x25519.Identity.generate() for _ in range(2)]
        self.trustees = [{**first, "cert_sha256": self._fingerprint(self.certificates[0])}]
        for i, (role, identity) in enumerate(zip(("监督", "平台"), self.identities, strict=True), 2):
            self.trustees.append(self._sign(i, role, str(identity.to_public())))
        self.policy = box_policy(
            tender=TENDER,
            lot=LOT,
            deadline="2027-03-01T01:00:00Z",
            open_not_before="2027-03-01T01:00:00Z",
            k=2,
            parts=["summary", "tech", "price"],
            trustees=self.trustees,
            log_origin=ORIGIN,
            log_vkey=door.log_vkey,
            second_envelope=second_envelope,
        )
        self.pid = policy_id(self.policy)
        door.policy = self.policy
        door.texts[PUBLISHED] = self.announcement()

    @staticmethod
    def _fingerprint(certificate: x509.Certificate) -> str:
        return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()

    def _sign(self, i: int, role: str, recipient: str) -> dict[str, Any]:
        key, certificate = self.door.authority.leaf(role)
        self.certificates.append(certificate)
        sig = key.sign(trustee_digest(TENDER, role, recipient), ec.ECDSA(hashes.SHA256()))
        digest = self._fingerprint(certificate)
        return {
            "i": i,
            "role": role,
            "recipient": recipient,
            "cert_sha256": digest,
            "sig": base64.b64encode(sig).decode(),
        }

    def announcement(self, **changed: str) -> str:
        """The `.tlog-proof` of the lot's announcement, `changed` where a platform might wish it."""
        facts = {"policy": self.pid.hex(), "token_key": public_key_text(self.door.token_key.public_key())} | changed
        return proof_of(self.door, {"facts": facts, "subject": f"lot/{LOT}", "tag": "lot:announce"})

    def boot(self, **other: Any) -> dict[str, Any]:
        pems = [certificate.public_bytes(Encoding.PEM).decode() for certificate in self.certificates]
        return {
            "policy": self.policy,
            "lot": LOT,
            "pricing": "total",
            "bidder": BIDDER,
            "ca_roots": self.door.authority.roots,
            "trustee_certificates": pems + self.door.authority.chain,
            "keyring_url": KEYRING,
            "box_urls": {"uploads": "/box/uploads/", "lids": "/box/lids/", "withdrawals": "/box/withdrawals/"},
            "token": {
                "key": public_key_text(self.door.token_key.public_key()),
                "url": TOKEN_URL,
                "published": PUBLISHED,
            },
            "certificate": ["C-1"],
            "items": [
                {"no": "1", "name": "水泵", "unit": "台", "quantity": "3"},
                {"no": "2", "name": "阀门", "unit": "个", "quantity": "2.5"},
            ],
            "cap_fen": "1000000",
            "parts": {"tech": {"accept": ".pdf", "max_bytes": 10_000_000}, "price": {"accept": ".pdf,.xlsx"}},
            "validity_days": 90,
            "now": datetime.now(UTC).isoformat(),
            **other,
        }

    def seal_page(self, **other: Any) -> None:
        self.page.goto(fragment(self.door, "/seal", "sun_seal", boot=self.boot(**other)))
        unlock(self.page)

    def fill(self, folder: Path, price: str = "1,000.333333") -> None:
        tech = folder / "技术方案.pdf"
        tech.write_bytes(b"%PDF-1.7\n" + PLANTED.encode() * 200_000)
        page = self.page
        page.locator("#seal-price-1").fill(price)
        page.locator("#seal-price-2").fill("0.01")
        page.locator("#seal-delivery").fill("30")
        page.locator("#seal-quality").fill("合格")
        page.locator("#seal-leader").fill("李四")
        page.set_input_files("#seal-tech", tech)

    def submit(self) -> dict[str, Any]:
        known = len(self.door.records)
        self.page.locator("[data-ref=submit]").click()
        receipt = self.page.locator("[data-ref=receipt]")
        if known:
            expect(receipt).to_be_hidden()  # that of the time before
        expect(receipt).to_be_visible(timeout=60_000)
        assert len(self.door.records) == known + 1
        return self.door.records[-1]
