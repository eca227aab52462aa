"""X.509 paths to pinned roots, and ECDSA P-256 signatures over 32-byte digests (RFC 5280, FIPS 186-5)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID, NameOID

from sunshine_proof.canonical import h
from sunshine_proof.errors import ProofError

_MAX_DEPTH = 5
_KNOWN_CRITICAL = {
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.EXTENDED_KEY_USAGE,
    ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
}


Kind = TypeVar("Kind", bound=x509.ExtensionType)


# cryptography parses lazily and its refusals share no base class
X509_ERRORS = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class CertificateError(ProofError):
    """A certificate that leads to no pinned root, or a signature that is not its."""


def document_digest(sha256: bytes) -> bytes:
    """H("sunshine/1 document\\n" ‖ raw SHA-256 of the document): the 32 bytes that a document signature signs."""
    if len(sha256) != 32:
        raise CertificateError("bad-digest", "a SHA-256 is 32 raw bytes")
    return h("sunshine/1 document\n", sha256)


def sign_digest(key: ec.EllipticCurvePrivateKey, digest: bytes) -> bytes:
    """DER ECDSA-SHA256 signature over the 32 bytes as message: what a browser's WebCrypto key makes, too."""
    if not isinstance(key.curve, ec.SECP256R1) or len(digest) != 32:
        raise CertificateError("bad-key", "signatures are P-256 over 32 bytes")
    return key.sign(digest, ec.ECDSA(hashes.SHA256()))


def verify_signature(certificate: x509.Certificate, digest: bytes, signature: bytes) -> None:
    """Check a DER ECDSA-SHA256 signature over 32 bytes; raises CertificateError("bad-signature").

    Says nothing about whose certificate it is: see check_chain.
    """
    if len(digest) != 32:
        raise CertificateError("bad-digest", "signatures are over 32 bytes")
    try:
        signing_key(certificate).verify(signature, digest, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise CertificateError("bad-signature", "the signature is not of this certificate over this digest") from error


def signing_key(certificate: x509.Certificate) -> ec.EllipticCurvePublicKey:
    """The certificate's P-256 key; other curves and algorithms raise CertificateError("bad-key")."""
    try:
        key = certificate.public_key()
    except X509_ERRORS as error:
        raise CertificateError("bad-key", "the certificate's key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise CertificateError("bad-key", "the certificate must hold a P-256 key")
    return key


def check_chain(
    certificate: x509.Certificate,
    intermediates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime | None = None,
) -> list[x509.Certificate]:
    """The path certificate → … → one of `roots`, at most 5 long; raises CertificateError("no-chain").

    `at` (aware) is the instant at which every certificate of the path must be valid; None leaves time to the
    caller, who may hold better evidence of when the signature was made. The leaf must be allowed to sign,
    issuers must be CAs allowed to sign certificates, and no critical extension may be unknown to us.
    """
    _check_own(certificate, at)
    usage = _extension(certificate, x509.KeyUsage)
    if usage is not None and not (usage.digital_signature or usage.content_commitment):
        raise CertificateError("no-chain", "the certificate is not for signatures")
    path = _climb([certificate], intermediates, roots, at)
    if path is None:
        raise CertificateError("no-chain", "the certificate leads to none of the pinned roots")
    return path


def _climb(
    path: list[x509.Certificate],
    intermediates: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime | None,
) -> list[x509.Certificate] | None:
    for root in roots:
        if _issued(path, root, at):
            return [*path, root]
    if len(path) + 1 >= _MAX_DEPTH:
        return None
    for issuer in intermediates:
        if issuer not in path and _issued(path, issuer, at):
            found = _climb([*path, issuer], intermediates, roots, at)
            if found is not None:
                return found
    return None


def _issued(path: list[x509.Certificate], issuer: x509.Certificate, at: datetime | None) -> bool:
    """Whether `issuer` may and did issue the last certificate of the path."""
    try:
        path[-1].verify_directly_issued_by(issuer)
        _check_own(issuer, at)
        constraints, usage = _extension(issuer, x509.BasicConstraints), _extension(issuer, x509.KeyUsage)
    except (*X509_ERRORS, InvalidSignature):
        return False
    if constraints is None or not constraints.ca or (usage is not None and not usage.key_cert_sign):
        return False
    # path[0] is the leaf: every further certificate below this issuer is an intermediate
    return constraints.path_length is None or len(path) - 1 <= constraints.path_length


def _check_own(certificate: x509.Certificate, at: datetime | None) -> None:
    if at is not None and not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise CertificateError("not-valid-then", "a certificate of the path was not valid at that instant")
    try:
        unknown = [e.oid for e in certificate.extensions if e.critical and e.oid not in _KNOWN_CRITICAL]
    except X509_ERRORS as error:
        raise CertificateError("no-chain", "the certificate's extensions cannot be read") from error
    if unknown:
        raise CertificateError("no-chain", f"critical extension {unknown[0].dotted_string} is not known here")


def _extension(certificate: x509.Certificate, kind: type[Kind]) -> Kind | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def organization_identifier(certificate: x509.Certificate, oid: str = "2.5.4.97") -> str:
    """The credit code in the subject ("" if there is none); the OID differs between certificate authorities."""
    names = certificate.subject.get_attributes_for_oid(x509.ObjectIdentifier(oid))
    return str(names[0].value) if len(names) == 1 else ""


def organization_name(certificate: x509.Certificate) -> str:
    """The organisation in the subject ("" if there is none)."""
    names = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(names[0].value) if len(names) == 1 else ""
