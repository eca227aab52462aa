"""Time authorities for tests: one of ours, with whatever certificate is asked for, and OpenSSL's."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sunshine_proof.timestamp import build_request, read_request, sign_token

AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
TEXT = "log.example.test\n128\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=\n"
POLICY = "1.2.3.4.1"


@dataclass
class Authority:
    """A root and a certificate for timestamps below it; `at` is where its clock stands."""

    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    at: datetime = AT

    def token(self, text: str = TEXT, nonce: int = 7) -> bytes:
        asked = read_request(build_request(text, nonce))
        return sign_token(asked, self.key, [self.certificate, self.root], at=self.at, serial=1, policy=POLICY)

    def save(self, folder: Path) -> None:
        """root.pem, tsa.pem and tsa.key for OpenSSL."""
        (folder / "root.pem").write_bytes(self.root.public_bytes(Encoding.PEM))
        (folder / "tsa.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        secret = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.key").write_bytes(secret)


def authority(
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    *,
    critical: bool = True,
    days: int = 365,
    name: str = "Test Time Authority",
) -> Authority:
    """A new authority, its certificate valid for so many days around AT."""
    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    above, own = _name("Test Root"), _name(name)
    root = (
        _builder(above, above, root_key.public_key(), 3650)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    builder = _builder(own, above, key.public_key(), days)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    return Authority(root, builder.sign(root_key, hashes.SHA256()), key)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=days))
        .not_valid_after(AT + timedelta(days=days))
    )


CONFIG = f"""
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = ./serial
signer_digest = sha256
default_policy = {POLICY}
digests = sha256
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, timeout=30)


def openssl_reply(folder: Path, request: bytes) -> bytes:
    """The answer of `openssl ts -reply` with the authority saved in `folder`."""
    (folder / "tsa.cnf").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    (folder / "q.tsq").write_bytes(request)
    where = ["-config", "tsa.cnf", "-signer", "tsa.pem", "-inkey", "tsa.key"]
    done = openssl(folder, "ts", "-reply", *where, "-queryfile", "q.tsq", "-out", "r.tsr")
    assert done.returncode == 0, done.stderr
    return (folder / "r.tsr").read_bytes()
