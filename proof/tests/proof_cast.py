"""Who appears in these tests: a test authority, trustees, a bidder; all fictional."""

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from sunshine_proof.agefile import identity_of, new_secret, recipient_of
from sunshine_proof.canonical import b64
from sunshine_proof.checkpoint import encode_vkey
from sunshine_proof.cms import sign_detached, sign_digest
from sunshine_proof.payload import build_statement, write_payload
from sunshine_proof.seal import box_policy, policy_id, trustee_digest

START, END = dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
NOON = dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC)
ORIGIN = "log.example.test"
BIDDER = {"uscc": "91440101MA59ABCD3X", "name": "李氏机电有限公司"}
PARTS = ["summary", "tech", "price"]


@dataclass
class Person:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    secret: bytes = field(default_factory=new_secret)

    @property
    def identity(self) -> str:
        return identity_of(self.secret)


def issue(
    name: str, issuer: Person | None = None, *, ca: bool = False, path: int | None = None, signs: bool = True
) -> Person:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    )
    usage = x509.KeyUsage(signs and not ca, False, False, False, False, ca, ca, False, False)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(END)
        .add_extension(x509.BasicConstraints(ca, path if ca else None), critical=True)
        .add_extension(usage, critical=True)
    )
    return Person(builder.sign(issuer.key if issuer else key, hashes.SHA256()), key)


ROOT = issue("测试根证书", ca=True)
INTERMEDIATE = issue("测试签发机构", ROOT, ca=True, path=0)
LI = issue("李氏机电有限公司", INTERMEDIATE)
ZHENG = issue("郑某", issue("另一个根", ca=True))
TRUSTEES = [issue(role, INTERMEDIATE) for role in ("招标人", "平台运营", "纪检", "审计")]
LOG_KEY = Ed25519PrivateKey.generate()
LOG_VKEY = encode_vkey(ORIGIN, LOG_KEY.public_key().public_bytes_raw())


def certificate_digest(person: Person) -> str:
    return hashlib.sha256(person.certificate.public_bytes(Encoding.DER)).hexdigest()


def trustee_entry(i: int, person: Person, role: str, tender: str = "P-1") -> dict[str, Any]:
    recipient = recipient_of(person.secret)
    return {
        "i": i,
        "role": role,
        "recipient": recipient,
        "cert_sha256": certificate_digest(person),
        "sig": b64(sign_digest(person.key, trustee_digest(tender, role, recipient))),
    }


def policy(bidder_share: str = "none", k: int = 3) -> dict[str, Any]:
    roles = ("招标人", "平台运营", "纪检", "审计")
    alone = bidder_share == "alone"
    return box_policy(
        tender="P-1",
        lot="L-1",
        deadline="2027-03-01T01:00:00Z",
        open_not_before="2027-03-01T01:00:00Z",
        k=0 if alone else k,
        parts=PARTS,
        trustees=[
            trustee_entry(i, person, role) for i, (person, role) in enumerate(zip(TRUSTEES, roles, strict=True), 1)
        ][: 0 if alone else None],
        log_origin=ORIGIN,
        log_vkey=LOG_VKEY,
        bidder_share=bidder_share,
    )


def sign(data: bytes) -> bytes:
    return sign_detached(data, LI.key, [LI.certificate, INTERMEDIATE.certificate])


def payload(folder: Path, part: str, rules: dict[str, Any], box_key: str, files: dict[str, Any] | None = None) -> Path:
    files = files if files is not None else {"files/技术方案.txt": f"planted string of {part}".encode()}
    statement = build_statement(
        policy=policy_id(rules).hex(), bidder=BIDDER, box_key=box_key, seq=1, part=part, files=files
    )
    path = folder / f"{part}.zip"
    write_payload(path, statement, files, sign)
    return path
