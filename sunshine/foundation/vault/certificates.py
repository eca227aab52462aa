"""Issue, find, trust and revoke certificates. The acts around them (who may, when, with what event) are flows."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import testca
from sunshine.foundation.vault.models import Certificate

MAX_CSR = 8192  # characters; a P-256 request has about 500


class VettedPerson(Protocol):
    """Who the certificate names; the platform has verified these, the request's own subject is not read."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...


class VettedOrganisation(Protocol):
    """For whom the person acts."""

    @property
    def public_id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def uscc(self) -> str: ...


@dataclass(frozen=True)
class Trust:
    """What signatures may lead to: pinned roots, and intermediates that help to get there."""

    roots: tuple[x509.Certificate, ...]
    intermediates: tuple[x509.Certificate, ...]


def issue(csr_pem: str, *, person: VettedPerson, organisation: VettedOrganisation, at: datetime) -> Certificate:
    """Certify the P-256 key of a PKCS#10 request (its signature proves possession) with vetted names, and keep it.

    Raises Refused: csr-invalid, key-already-certified (another person holds it), test-ca-off.
    """
    authority, key = testca.load(), _proved_key(csr_pem)
    fingerprint = _key_sha256(key)
    if Certificate.objects.filter(key_sha256=fingerprint).exclude(person_ref=person.public_id).exists():
        raise Refused("key-already-certified", _("此密钥已属于他人，请在浏览器中重新生成密钥。"), field="csr")
    made = authority.issue(key, _subject(person, organisation), f"urn:sunshine:person:{person.public_id}", at)
    return Certificate.objects.create(
        person_ref=person.public_id,
        organisation_ref=organisation.public_id,
        serial=f"{made.serial_number:x}",
        subject=made.subject.rfc4514_string(),
        issuer=made.issuer.rfc4514_string(),
        not_before=made.not_valid_before_utc,
        not_after=made.not_valid_after_utc,
        sha256=hashlib.sha256(made.public_bytes(Encoding.DER)).hexdigest(),
        key_sha256=fingerprint,
        pem=made.public_bytes(Encoding.PEM).decode(),
        created_at=at,
    )


def revoke(certificate: Certificate, *, by: str, at: datetime) -> None:
    """Revoke for good; `by` is the person's public id. Signatures made before `at` stay good.

    Raises Refused("certificate-revoked") when it already was.
    """
    row = Certificate.objects.filter(pk=certificate.pk, revoked_at=None)
    if row.update(revoked_at=at, revoked_by=by) != 1:
        raise Refused("certificate-revoked", _("该证书此前已被吊销。"))
    certificate.revoked_at, certificate.revoked_by = at, by


def crl(at: datetime) -> bytes:
    """The test CA's revocation list at `at`, DER."""
    authority = testca.load()
    rows = Certificate.objects.filter(issuer=authority.issuing.subject.rfc4514_string(), revoked_at__lte=at)
    revoked = [(int(serial, 16), when) for serial, when in rows.values_list("serial", "revoked_at") if when]
    return authority.crl(revoked, at)


def find(public_id: str) -> Certificate:
    """The certificate with this public id. Raises Refused("certificate-unknown")."""
    return _one(Certificate.objects.filter(public_id=public_id).first())


def find_by_der(der: bytes) -> Certificate:
    """The certificate with exactly these bytes. Raises Refused("certificate-unknown")."""
    return _one(Certificate.objects.filter(sha256=hashlib.sha256(der).hexdigest()).first())


def of_person(person_ref: str, *, at: datetime) -> list[Certificate]:
    """The person's certificates that may sign at `at`, newest first."""
    valid = Certificate.objects.filter(person_ref=person_ref, not_before__lte=at, not_after__gte=at)
    return [row for row in valid if row.revoked_at is None or row.revoked_at > at]


def parsed(certificate: Certificate) -> x509.Certificate:
    """The X.509 object of a row."""
    return x509.load_pem_x509_certificate(certificate.pem.encode())


def trusted() -> Trust:
    """Pinned roots and intermediates: the configured PEM files, and in rehearsals the test CA."""
    trust = configured_trust(tuple(settings.TRUSTED_CA_FILES))
    if not testca.enabled():
        return trust
    authority = testca.load()
    return Trust((*trust.roots, authority.root), (*trust.intermediates, authority.issuing))


def chain_pem() -> list[str]:
    """The test CA's chain under a leaf it issued: issuing CA, then root."""
    authority = testca.load()
    return [one.public_bytes(Encoding.PEM).decode() for one in (authority.issuing, authority.root)]


def roots_pem() -> list[str]:
    """Every pinned root: what browsers and offline tools check trustees' certificates against."""
    return [root.public_bytes(Encoding.PEM).decode() for root in trusted().roots]


@lru_cache(maxsize=8)
def configured_trust(paths: tuple[str, ...]) -> Trust:
    """The certificates of these PEM files, self-issued ones as roots. Raises OSError, ValueError."""
    found = [one for path in paths for one in x509.load_pem_x509_certificates(Path(path).read_bytes())]
    roots = tuple(one for one in found if one.issuer == one.subject)
    return Trust(roots, tuple(one for one in found if one.issuer != one.subject))


def _one(row: Certificate | None) -> Certificate:
    if row is None:
        raise Refused("certificate-unknown", _("平台没有登记这张证书。"), field="certificate")
    return row


def _proved_key(csr_pem: str) -> ec.EllipticCurvePublicKey:
    invalid = Refused("csr-invalid", _("证书申请无效：应为由 P-256 密钥自签的 PKCS#10 申请。"), field="csr")
    if len(csr_pem) > MAX_CSR:
        raise invalid
    try:
        request = x509.load_pem_x509_csr(csr_pem.encode())
        key = request.public_key()
        proved = request.is_signature_valid
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise invalid from error
    if not proved or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise invalid
    return key


def _key_sha256(key: ec.EllipticCurvePublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _subject(person: VettedPerson, organisation: VettedOrganisation) -> x509.Name:
    # ETSI EN 319 412-1 §5.1.4: national trade register, country, the register's own number. Real CAs differ in the OID.
    register = x509.ObjectIdentifier(
        getattr(settings, "ORGANISATION_OID", NameOID.ORGANIZATION_IDENTIFIER.dotted_string)
    )
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _fit(organisation.name)),
            x509.NameAttribute(register, f"NTRCN-{organisation.uscc}"),
            x509.NameAttribute(NameOID.SERIAL_NUMBER, person.public_id),
            x509.NameAttribute(NameOID.COMMON_NAME, _fit(person.name)),
        ]
    )


def _fit(name: str) -> str:
    """RFC 5280 gives names 64 characters; the library counts bytes. Identity is in the numbers, not the names."""
    return name.encode()[:64].decode("utf-8", "ignore")
