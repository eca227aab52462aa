"""A certificate authority of the tests: a root, an intermediate, leaves for anybody who asks."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey
SIGNING, ISSUING = "signing", "issuing"


def pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _usage(kind: str) -> x509.KeyUsage:
    issuing = kind == ISSUING
    return x509.KeyUsage(not issuing, False, False, False, False, issuing, issuing, False, False)


class Authority:
    """root → issuer → leaves, all P-256, valid from a day ago for ten years."""

    def __init__(self) -> None:
        self.root_key, self.issuer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._sign(name("Test root"), self.root_key, name("Test root"), self.root_key, ISSUING)
        self.issuer = self._sign(name("Test issuer"), self.issuer_key, self.root.subject, self.root_key, ISSUING)
        self.chain = [pem(self.issuer)]
        self.roots = [pem(self.root)]

    @staticmethod
    def _sign(
        subject: x509.Name, key: Key, issuer: x509.Name, by: Key, kind: str, days: int = 3650, public: object = None
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        authority = kind == ISSUING
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public or key.public_key())  # type: ignore[arg-type]
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1 if days > 0 else 30))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.BasicConstraints(authority, None), critical=True)
            .add_extension(_usage(kind), critical=True)
            .sign(by, hashes.SHA256())
        )

    def leaf(self, common: str, *, kind: str = SIGNING, days: int = 3650) -> tuple[Key, x509.Certificate]:
        """A fresh key and its certificate from the issuer; kind and days may make it unfit."""
        key = ec.generate_private_key(ec.SECP256R1())
        return key, self._sign(name(common), key, self.issuer.subject, self.issuer_key, kind, days)

    def enrol(self, request: str) -> x509.Certificate:
        """The certificate for a PKCS#10 request, whose own signature must hold."""
        csr = x509.load_pem_x509_csr(request.encode())
        assert csr.is_signature_valid
        key = self.issuer_key
        return self._sign(csr.subject, key, self.issuer.subject, key, SIGNING, public=csr.public_key())
