"""Whose signature is this? One question, one provider; real CAs and other algorithms plug in behind it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.models import Certificate
from sunshine_proof.certificates import CertificateError, check_chain, document_digest, verify_signature


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed: public ids of the organisation and the person, and the certificate that says so."""

    organisation: str
    person: str
    certificate: Certificate


class SignatureProvider(Protocol):
    """Verdicts on signatures. The platform never signs for anybody: keys stay with the signer (电子签名法 第十三条)."""

    def verify(
        self, digest: bytes, signature: bytes, certificate: Certificate, *, at: datetime, person: str = ""
    ) -> Signer:
        """Who signed the 32-byte `digest` at `at`; with `person`, only that person will do.

        Raises Refused: certificate-of-other-person, certificate-not-trusted, certificate-expired,
        certificate-revoked, signature-invalid.
        """
        ...


class LocalVerifier:
    """ECDSA P-256 with SHA-256, DER, over the 32 bytes as message; chain to our pinned roots; our own revocations."""

    def verify(
        self, digest: bytes, signature: bytes, certificate: Certificate, *, at: datetime, person: str = ""
    ) -> Signer:
        if person and certificate.person_ref != person:
            raise _refused("certificate-of-other-person", _("请使用本人的证书签名。"))
        if not certificate.not_before <= at <= certificate.not_after:
            raise _refused("certificate-expired", _("证书不在有效期内，请更新证书。"))
        if certificate.revoked_at is not None and certificate.revoked_at <= at:
            raise _refused("certificate-revoked", _("证书已被吊销，不能用于签名。"))
        leaf, trust = certificates.parsed(certificate), certificates.trusted()
        try:
            check_chain(leaf, trust.intermediates, trust.roots, at)
        except CertificateError as error:
            text = _("证书不是由本平台信任的电子认证机构签发。")
            raise _refused("certificate-not-trusted", text) from error
        try:
            verify_signature(leaf, digest, signature)
        except CertificateError as error:
            raise _refused("signature-invalid", _("签名无效：内容或密钥与证书不符。")) from error
        return Signer(certificate.organisation_ref, certificate.person_ref, certificate)


def provider() -> SignatureProvider:
    """The provider of this installation."""
    return LocalVerifier()


def verify_document(
    sha256: str, signature: bytes, certificate: Certificate, *, at: datetime, person: str = ""
) -> Signer:
    """Who signed the document with this SHA-256 (hex); the digest is that of `sunshine_proof.document_digest`."""
    digest = document_digest(bytes.fromhex(sha256))
    return provider().verify(digest, signature, certificate, at=at, person=person)


def _refused(code: str, text: object) -> Refused:
    return Refused(code, text, field="certificate" if code.startswith("certificate") else "signature")
