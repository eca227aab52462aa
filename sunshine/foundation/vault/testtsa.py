"""The embedded time authority of rehearsals: RFC 3161 on the rehearsal clock, marked TEST ONLY.

It proves nothing, for whoever runs the log runs it; it shows how tokens are asked for, kept and checked. A production
start refuses its certificates.
"""

import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault.keyfiles import made_once
from sunshine.foundation.vault.testca import (
    SIGN_ONLY,
    VALID_FROM,
    VALID_TO,
    authority_pem,
    builder,
    key_in,
    name_of,
)
from sunshine_proof.bounded import Heard
from sunshine_proof.timestamp import read_request, response_of, sign_token

POLICY = "2.25.1"  # below the arc for identifiers nobody needs to register


@dataclass(frozen=True)
class TimeAuthority:
    """The root that clients pin, the certificate below it, and its key."""

    root: x509.Certificate
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def enabled() -> bool:
    """Only in a rehearsal installation that names no other authority; never in production."""
    return bool(settings.REHEARSAL and not settings.TIMESTAMP_URL)


def load() -> TimeAuthority:
    """The authority, made at first use. Raises Refused("test-tsa-off") where it must not exist."""
    if not enabled():
        raise Refused("test-tsa-off", _("本平台不签发演练时间戳，请使用独立的时间戳机构。"))
    return _load(Path(settings.SECRETS) / "testtsa")


def answer(url: str, body: bytes, kind: str, deadline: float, limit: int) -> Heard:
    """What the authority answers to a request, in this process (a sunshine_proof.bounded.Post)."""
    here = load()
    asked, serial = read_request(body), 1 + secrets.randbits(63)
    token = sign_token(asked, here.key, [here.certificate], at=clock.now(), serial=serial, policy=POLICY)
    return Heard(200, "application/timestamp-reply", response_of(token))


@lru_cache(maxsize=8)
def _load(folder: Path) -> TimeAuthority:
    root_key, key = key_in(folder / "root.key"), key_in(folder / "tsa.key")
    above = name_of("Time Root")

    def root() -> bytes:
        return authority_pem(above, root_key.public_key(), above, root_key, path_length=0)

    def own() -> bytes:
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=True, key_cert_sign=False, crl_sign=False, **SIGN_ONLY
        )
        return (
            builder(name_of("Time Authority"), key.public_key(), above, root_key, VALID_FROM, VALID_TO)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .sign(root_key, hashes.SHA256())
            .public_bytes(Encoding.PEM)
        )

    return TimeAuthority(
        root=x509.load_pem_x509_certificate(made_once(folder / "root.crt", root)),
        certificate=x509.load_pem_x509_certificate(made_once(folder / "tsa.crt", own)),
        key=key,
    )
