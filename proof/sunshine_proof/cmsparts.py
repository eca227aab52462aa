"""What signatures over data and timestamps share of CMS (RFC 5652): who signed, and what was signed with it."""

from collections.abc import Mapping, Sequence
from typing import Any

from asn1crypto import cms as asn1
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from sunshine_proof.certificates import CertificateError


class CmsShapeError(CertificateError):
    """Its code says what is missing: cms-signer, cms-attributes."""


def signer_info(certificate: asn1_x509.Certificate, key: ec.EllipticCurvePrivateKey, attributes: Any) -> Any:
    """SignerInfo v1: `attributes` (CMSAttributes) signed by the certificate's key, ECDSA with SHA-256."""
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    issued = asn1.IssuerAndSerialNumber(named)
    return asn1.SignerInfo(
        {
            "version": "v1",
            "sid": asn1.SignerIdentifier({"issuer_and_serial_number": issued}),
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.untag().dump(force=True), ec.ECDSA(hashes.SHA256())),
        }
    )


def signer_certificate(signer: Any, certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The one certificate that a SignerInfo names; CmsShapeError("cms-signer") when it is not included exactly once."""
    sid = signer["sid"]
    if sid.name == "issuer_and_serial_number":
        issuer, serial = sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native
        found = [c for c in certificates if c.serial_number == serial and c.issuer.public_bytes() == issuer]
    else:
        found = [c for c in certificates if _key_identifier(c) == sid.chosen.native]
    if len(found) != 1:
        raise CmsShapeError("cms-signer", "the signer's certificate must be included exactly once")
    return found[0]


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def attribute_values(attributes: Any) -> Mapping[str, Any]:
    """{type: its one value}; CmsShapeError("cms-attributes") where a type appears twice or has several values."""
    values: dict[str, Any] = {}
    for attribute in attributes:
        kind = attribute["type"].native
        if kind in values or len(attribute["values"]) != 1:
            raise CmsShapeError("cms-attributes", "a signed attribute appears twice or has several values")
        values[kind] = attribute["values"][0]
    return values


def attribute_bytes(attributes: Any) -> bytes:
    """What the signature is over: an explicit SET OF, not the [0] tag it travels under (RFC 5652 §5.4)."""
    return bytes(attributes.untag().dump())
