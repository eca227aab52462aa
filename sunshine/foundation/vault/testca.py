"""The embedded test CA: a P-256 root and an issuing CA, marked TEST ONLY. A production start refuses it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.keyfiles import made_once

MARK = "TEST ONLY 仅供测试"
# Fixed, because a rehearsal begins in the past: its certificates must be valid whenever its clock stands.
VALID_FROM, VALID_TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2050, 1, 1, tzinfo=UTC)
LEAF_DAYS = 730
SIGN_ONLY = dict.fromkeys(
    ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
)


@dataclass(frozen=True)
class Authority:
    """The two certificates and the key that issues."""

    root: x509.Certificate
    issuing: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def issue(self, key: ec.EllipticCurvePublicKey, subject: x509.Name, uri: str, at: datetime) -> x509.Certificate:
        """A signing certificate for `key` from `at` (whole second) for two years, with `uri` as its alternative name."""
        start = at.astimezone(UTC).replace(microsecond=0)
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=True, key_cert_sign=False, crl_sign=False, **SIGN_ONLY
        )
        return (
            builder(subject, key, self.issuing.subject, self.key, start, min(start + timedelta(LEAF_DAYS), VALID_TO))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    def crl(self, revoked: list[tuple[int, datetime]], at: datetime) -> bytes:
        """The DER revocation list of (serial, revoked at) pairs, valid for a week from `at`; its number is the time."""
        start = at.astimezone(UTC).replace(microsecond=0)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.issuing.subject)
            .last_update(start)
            .next_update(start + timedelta(days=7))
            .add_extension(x509.CRLNumber(int(start.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for serial, when in revoked:
            row = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when.astimezone(UTC))
            builder = builder.add_revoked_certificate(row.build())
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.DER)


def enabled() -> bool:
    """Only a rehearsal installation that has not switched it off; never production."""
    return bool(settings.REHEARSAL and settings.USE_TEST_CA)


def load() -> Authority:
    """The test CA, made at first use. Raises Refused("test-ca-off") where it must not exist."""
    if not enabled():
        raise Refused("test-ca-off", _("本平台不签发测试证书，请使用电子认证机构签发的证书。"))
    return _load(Path(settings.SECRETS) / "testca")


@lru_cache(maxsize=8)
def _load(folder: Path) -> Authority:
    root_key, issuing_key = key_in(folder / "root.key"), key_in(folder / "issuing.key")
    root_name, issuing_name = name_of("Root CA"), name_of("Issuing CA")

    def root() -> bytes:
        return authority_pem(root_name, root_key.public_key(), root_name, root_key, path_length=1)

    def issuing() -> bytes:
        return authority_pem(issuing_name, issuing_key.public_key(), root_name, root_key, path_length=0)

    return Authority(
        root=x509.load_pem_x509_certificate(made_once(folder / "root.crt", root)),
        issuing=x509.load_pem_x509_certificate(made_once(folder / "issuing.crt", issuing)),
        key=issuing_key,
    )


def key_in(path: Path) -> ec.EllipticCurvePrivateKey:
    def make() -> bytes:
        key = ec.generate_private_key(ec.SECP256R1())
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    key = load_pem_private_key(made_once(path, make), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{path} holds no elliptic-curve key")
    return key


def name_of(role: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, MARK),
            x509.NameAttribute(NameOID.COMMON_NAME, f"{MARK} Sunshine {role}"),
        ]
    )


def authority_pem(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    path_length: int,
) -> bytes:
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_cert_sign=True, crl_sign=True, **SIGN_ONLY
    )
    return (
        builder(subject, key, issuer, issuer_key, VALID_FROM, VALID_TO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .sign(issuer_key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )


def builder(
    subject: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    start: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority, critical=False)
    )
