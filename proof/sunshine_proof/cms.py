"""Detached CMS signatures (RFC 5652) of the one kind we take: one signer, ECDSA P-256, SHA-256."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from asn1crypto import cms as asn1
from asn1crypto import core
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from sunshine_proof.certificates import (
    X509_ERRORS,
    CertificateError,
    check_chain,
    document_digest,
    organization_identifier,
    organization_name,
    sign_digest,
    signing_key,
    verify_signature,
)
from sunshine_proof.cmsparts import CmsShapeError, attribute_bytes, attribute_values, signer_certificate, signer_info
from sunshine_proof.errors import speaking

__all__ = [
    "CertificateError",
    "CmsError",
    "document_digest",
    "organization_identifier",
    "organization_name",
    "sign_detached",
    "sign_digest",
    "verify_detached",
    "verify_signature",
]

MAX_SIZE = 256 * 1024
MAX_CERTIFICATES = 10


class CmsError(CertificateError):
    """Not a detached signature of our kind over this data, or not by a certificate of a pinned root."""


def sign_detached(data: bytes, key: ec.EllipticCurvePrivateKey, cert_chain: Sequence[x509.Certificate]) -> bytes:
    """DER SignedData over `data`, without `data` inside; `cert_chain` begins with the signer's certificate.

    The signing time is left out: a sealed bid must not tell more than its documents, and the log fixes the time.
    """
    if signing_key(cert_chain[0]) != key.public_key():
        raise CmsError("bad-key", "the first certificate is not that of the key")
    certificates = [asn1_x509.Certificate.load(c.public_bytes(Encoding.DER)) for c in cert_chain]
    attributes = asn1.CMSAttributes(
        [
            asn1.CMSAttribute({"type": "content_type", "values": ["data"]}),
            asn1.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(data).digest()]}),
        ]
    )
    signer = signer_info(certificates[0], key, attributes)
    signed = asn1.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "data"},
            "certificates": certificates,
            "signer_infos": [signer],
        }
    )
    return bytes(asn1.ContentInfo({"content_type": "signed_data", "content": signed}).dump())


@speaking(CmsError)
def verify_detached(
    p7s: bytes, data: bytes, roots: Sequence[x509.Certificate], at: datetime | None = None
) -> x509.Certificate:
    """The signer's certificate, when `p7s` is its signature over `data` and it leads to one of `roots`.

    Strict: no trailing bytes, no content inside, exactly one signer, whose certificate is included;
    signed attributes, if any, name this data. `at` as in certificates.check_chain. Raises CmsError.
    """
    if len(p7s) > MAX_SIZE:
        raise CmsError("cms-shape", "too large for a signature")
    try:
        signed, signer, certificates = _parts(p7s)
        certificate = signer_certificate(signer, certificates)
        message = _signed_bytes(signer, signed, data)
        signature = signer["signature"].native
    except (CmsError, CmsShapeError):
        raise
    except (*X509_ERRORS, KeyError, AttributeError, IndexError, RecursionError) as error:
        # asn1crypto parses lazily, so a forged structure can surface at any field
        raise CmsError("cms-shape", f"not a DER SignedData ({type(error).__name__})") from error
    try:
        signing_key(certificate).verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise CmsError("bad-signature", "the signature is not of this certificate over this data") from error
    check_chain(certificate, certificates, roots, at)
    return certificate


def _parts(p7s: bytes) -> tuple[Any, Any, list[x509.Certificate]]:
    info = asn1.ContentInfo.load(p7s, strict=True)
    if info["content_type"].native != "signed_data":
        raise CmsError("cms-shape", "not a SignedData")
    signed = info["content"]
    if signed["encap_content_info"]["content_type"].native != "data" or not isinstance(
        signed["encap_content_info"]["content"].native, type(None)
    ):
        raise CmsError("cms-shape", "the signature must be detached from plain data")
    signers, included = list(signed["signer_infos"]), signed["certificates"]
    if len(signers) != 1 or signed["crls"].native is not None:
        raise CmsError("cms-shape", "exactly one signer and no revocation lists are asked for")
    if included.native is None or not 1 <= len(included) <= MAX_CERTIFICATES:
        raise CmsError("cms-shape", f"1 to {MAX_CERTIFICATES} certificates are asked for")
    if any(choice.name != "certificate" for choice in included):
        raise CmsError("cms-shape", "only X.509 certificates are taken")
    return signed, signers[0], [x509.load_der_x509_certificate(choice.chosen.dump()) for choice in included]


def _signed_bytes(signer: Any, signed: Any, data: bytes) -> bytes:
    """The bytes under the signature: the data itself, or the signed attributes that name it (RFC 5652 §5.4)."""
    digests = [algorithm["algorithm"].native for algorithm in signed["digest_algorithms"]]
    if signer["digest_algorithm"]["algorithm"].native != "sha256" or digests != ["sha256"]:
        raise CmsError("cms-algorithm", "the digest must be SHA-256")
    if signer["signature_algorithm"]["algorithm"].native != "sha256_ecdsa":
        raise CmsError("cms-algorithm", "the signature must be ECDSA with SHA-256")
    attributes = signer["signed_attrs"]
    if isinstance(attributes, core.Void):
        return data
    values = {kind: value.native for kind, value in attribute_values(attributes).items()}
    if values.get("content_type") != "data" or values.get("message_digest") != hashlib.sha256(data).digest():
        raise CmsError("bad-signature", "the signed attributes name other data")
    return attribute_bytes(attributes)
