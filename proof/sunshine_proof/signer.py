"""A signing key in one PEM file: PKCS#8 private key (mostly encrypted), its certificate, and the chain above it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from sunshine_proof.canonical import b64
from sunshine_proof.certificates import X509_ERRORS, sign_digest, signing_key
from sunshine_proof.cms import sign_detached
from sunshine_proof.errors import ProofError

MAX_SIZE = 256 << 10


class SignerError(ProofError):
    """No usable signing key, another passphrase, or a certificate of another key."""


@dataclass(frozen=True)
class Signer:
    """A P-256 key with its certificate first in `chain`."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain: Sequence[x509.Certificate]

    @property
    def name(self) -> str:
        names = self.chain[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(names[0].value) if names else self.chain[0].subject.rfc4514_string()

    @property
    def certificate_pem(self) -> str:
        return self.chain[0].public_bytes(Encoding.PEM).decode()

    def cms(self, data: bytes) -> bytes:
        """Detached CMS over a statement."""
        return sign_detached(data, self.key, self.chain)

    def sign(self, digest: bytes) -> str:
        """Base64 of the signature over 32 bytes."""
        return b64(sign_digest(self.key, digest))


def read_signer(files: Sequence[str | Path], passphrase: str = "") -> Signer:
    """The key and the certificates found in these PEM files, in any order; SignerError otherwise.

    The key may stand unencrypted, or as an encrypted PKCS#8 of any kind OpenSSL writes.
    """
    data = b"\n".join(_bounded(Path(file)) for file in files)
    try:
        certificates = x509.load_pem_x509_certificates(data) if b"BEGIN CERTIFICATE-" in data else []
    except X509_ERRORS as error:
        raise SignerError("signer-certificate", "a certificate in the file cannot be read") from error
    key = _key(data, passphrase)
    own = [one for one in certificates if _is_of(one, key)]
    if not own:
        raise SignerError("signer-certificate", "the file holds no certificate of this key")
    return Signer(key, [own[0], *(one for one in certificates if one != own[0])])


def _bounded(path: Path) -> bytes:
    with open(path, "rb") as stream:
        data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise SignerError("signer-file", f"{path.name} is too large for a key")
    return data


def _key(data: bytes, passphrase: str) -> ec.EllipticCurvePrivateKey:
    encrypted = b"ENCRYPTED" in data
    try:
        key = load_pem_private_key(_key_block(data), passphrase.encode() if encrypted else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if encrypted:
            raise SignerError("signer-passphrase", "the passphrase is another one, or the file was changed") from error
        raise SignerError("signer-file", "no private key in the file") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SignerError("signer-key", "the key must be P-256")
    return key


def _key_block(data: bytes) -> bytes:
    """The first private key of a file that may hold certificates and curve parameters, too."""
    for kind in (b"ENCRYPTED PRIVATE KEY", b"PRIVATE KEY", b"EC PRIVATE KEY"):
        start, end = data.find(b"-----BEGIN " + kind + b"-----"), data.find(b"-----END " + kind + b"-----")
        if 0 <= start < end:
            return data[start : end + len(kind) + 14] + b"\n"
    raise SignerError("signer-file", "no private key in the file")


def _is_of(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bool:
    try:
        return signing_key(certificate) == key.public_key()
    except ProofError:
        return False


def new_signing_key(passphrase: str, *, name: str, organisation: str) -> tuple[str, str]:
    """(PEM of a fresh key under the passphrase, PEM of the request for its certificate).

    The authority writes the vetted names into the certificate; those in the request only help its clerks.
    """
    if not passphrase:
        raise SignerError("signer-passphrase", "the passphrase is empty")
    key = ec.generate_private_key(ec.SECP256R1())
    kept = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode()))
    try:
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            ]
        )
    except ValueError as error:
        raise SignerError("signer-name", "names have 1 to 64 characters") from error
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return kept.decode(), request.public_bytes(Encoding.PEM).decode()
