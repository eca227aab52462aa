"""Timestamps (RFC 3161): a time authority's signed word that a text existed at a time.

What is stamped of a checkpoint is its text exactly as the log signed it, without the signature lines: origin, size and
root, each with its line feed.

    message imprint = SHA-256(UTF-8(text))

Revocation is not looked up: a token proves what its authority said while its certificate was valid.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from asn1crypto import cms as asn1
from asn1crypto import core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sunshine_proof.certificates import X509_ERRORS, CertificateError, check_chain
from sunshine_proof.cmsparts import CmsShapeError, attribute_bytes, attribute_values, signer_certificate, signer_info
from sunshine_proof.errors import speaking

MAX_SIZE = 64 * 1024
MAX_CERTIFICATES = 10
NONCE_BITS = 64
_SHAPE = (*X509_ERRORS, KeyError, AttributeError, IndexError, RecursionError, OverflowError)
_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}


class _Response(core.Sequence):  # type: ignore[misc]
    """TimeStampResp as RFC 3161 has it: whoever refuses sends no token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", asn1.ContentInfo, {"optional": True})]


class TimestampError(CertificateError):
    """Not a timestamp, not of this text, or not by an authority that leads to a pinned root."""


@dataclass(frozen=True)
class Stamped:
    """What a token says: when (UTC), by whom (as its certificate says), under which number and policy."""

    at: datetime
    authority: str
    serial: int
    policy: str


@dataclass(frozen=True)
class Asked:
    """A request: SHA-256 of the text, and the number that its answer must repeat (None when there is none)."""

    imprint: bytes
    nonce: int | None


def build_request(text: str, nonce: int) -> bytes:
    """The DER TimeStampReq over a text; the certificate is asked for, so that the token can be checked alone."""
    imprint = tsp.MessageImprint(
        {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(text.encode()).digest()}
    )
    asked = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "nonce": nonce, "cert_req": True})
    return bytes(asked.dump())


@speaking(TimestampError)
def read_request(der: bytes) -> Asked:
    """What a request asks for; TimestampError("timestamp-shape") unless it is one over a SHA-256."""
    try:
        asked = tsp.TimeStampReq.load(der, strict=True)
        imprint = asked["message_imprint"]
        digest, algorithm = imprint["hashed_message"].native, imprint["hash_algorithm"]["algorithm"].native
        nonce = asked["nonce"].native
    except _SHAPE as error:
        raise TimestampError("timestamp-shape", f"not a TimeStampReq ({type(error).__name__})") from error
    if algorithm != "sha256" or len(digest) != 32:
        raise TimestampError("timestamp-shape", "only SHA-256 is stamped here")
    return Asked(digest, nonce)


@speaking(TimestampError)
def token_of(response: bytes) -> bytes:
    """The token in a DER TimeStampResp; TimestampError("timestamp-refused") when the authority granted none."""
    if len(response) > MAX_SIZE:
        raise TimestampError("timestamp-shape", "too large for a timestamp")
    try:
        found = _Response.load(response, strict=True)
        status, token = found["status"]["status"].native, found["time_stamp_token"]
        granted = not isinstance(token, core.Void)
        der = bytes(token.dump()) if granted else b""
    except _SHAPE as error:
        raise TimestampError("timestamp-shape", f"not a TimeStampResp ({type(error).__name__})") from error
    if status not in ("granted", "granted_with_mods") or not granted:
        raise TimestampError("timestamp-refused", f"the authority answered {status}")
    return der


def response_of(token: bytes) -> bytes:
    """The DER TimeStampResp that carries this token: what `openssl ts -verify -in` reads."""
    carried = asn1.ContentInfo.load(token)
    return bytes(_Response({"status": {"status": "granted"}, "time_stamp_token": carried}).dump())


@speaking(TimestampError)
def verify_token(token: bytes, text: str, roots: Sequence[x509.Certificate], nonce: int | None = None) -> Stamped:
    """What a token says about `text`, when it is genuine and its authority leads to one of `roots`.

    Strict: one signer, whose certificate is included, named by the signed attributes, meant for timestamps alone and
    valid at the time it gives; SHA-256 or better. `nonce` is that of the request when the answer is fresh.
    Raises TimestampError: timestamp-shape, timestamp-message, timestamp-nonce, timestamp-signature,
    timestamp-purpose, no-chain, not-valid-then.
    """
    if len(token) > MAX_SIZE:
        raise TimestampError("timestamp-shape", "too large for a timestamp")
    try:
        signed, signer, certificates = _parts(token)
        content = bytes(signed["encap_content_info"]["content"])
        info = tsp.TSTInfo.load(content, strict=True)
        certificate = signer_certificate(signer, certificates)
        message, algorithm = _signed_bytes(signer, content, certificate)
        signature = signer["signature"].native
        found = _said(info, certificate)
        imprint, repeated = info["message_imprint"], info["nonce"].native
        stamped = (imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native)
    except TimestampError:
        raise
    except CmsShapeError as error:
        raise TimestampError("timestamp-shape", error.detail) from error
    except _SHAPE as error:
        # asn1crypto parses lazily, so a forged structure can surface at any field
        raise TimestampError("timestamp-shape", f"not a timestamp token ({type(error).__name__})") from error
    _verify(certificate, signature, message, algorithm)
    if stamped != ("sha256", hashlib.sha256(text.encode()).digest()):
        raise TimestampError("timestamp-message", "the token is about another text")
    if nonce is not None and repeated != nonce:
        raise TimestampError("timestamp-nonce", "the token answers another request")
    _check_purpose(certificate)
    check_chain(certificate, certificates, roots, found.at)
    return found


def _parts(token: bytes) -> tuple[Any, Any, list[x509.Certificate]]:
    info = asn1.ContentInfo.load(token, strict=True)
    if info["content_type"].native != "signed_data":
        raise TimestampError("timestamp-shape", "not a SignedData")
    signed = info["content"]
    signers, included = list(signed["signer_infos"]), signed["certificates"]
    if signed["encap_content_info"]["content_type"].native != "tst_info" or len(signers) != 1:
        raise TimestampError("timestamp-shape", "one signer over a TSTInfo is asked for")
    if included.native is None or not 1 <= len(included) <= MAX_CERTIFICATES:
        raise TimestampError("timestamp-shape", f"1 to {MAX_CERTIFICATES} certificates are asked for")
    plain = [choice.chosen.dump() for choice in included if choice.name == "certificate"]
    return signed, signers[0], [x509.load_der_x509_certificate(der) for der in plain]


def _signed_bytes(signer: Any, content: bytes, certificate: x509.Certificate) -> tuple[bytes, str]:
    """(what is signed, its hash): signed attributes that name this content and this certificate (RFC 3161 §2.4.2)."""
    digest = signer["digest_algorithm"]["algorithm"].native
    scheme = signer["signature_algorithm"]["algorithm"].native
    # RSA names its hash in the scheme, or leaves it to the digest
    algorithm, kind = (digest, "rsa") if scheme == "rsassa_pkcs1v15" else scheme.partition("_")[::2]
    if digest not in _HASHES or algorithm not in _HASHES or kind not in ("rsa", "ecdsa"):
        raise TimestampError("timestamp-signature", f"{digest} with {scheme} is not taken")
    attributes = signer["signed_attrs"]
    values = attribute_values(attributes)
    if values["content_type"].native != "tst_info":
        raise TimestampError("timestamp-shape", "the signed attributes name another content")
    if values["message_digest"].native != hashlib.new(digest, content).digest():
        raise TimestampError("timestamp-signature", "the signed attributes name another content")
    _check_named(values, certificate.public_bytes(Encoding.DER))
    return attribute_bytes(attributes), algorithm


def _check_named(values: Mapping[str, Any], der: bytes) -> None:
    """The signed attributes name the certificate (RFC 2634, RFC 5035), so that none can be put in its place."""
    named = []
    if "signing_certificate" in values:
        named.append((values["signing_certificate"]["certs"][0]["cert_hash"].native, "sha1"))
    if "signing_certificate_v2" in values:
        first = values["signing_certificate_v2"]["certs"][0]
        named.append((first["cert_hash"].native, first["hash_algorithm"]["algorithm"].native))
    if not named or any(hashlib.new(algorithm, der).digest() != digest for digest, algorithm in named):
        raise TimestampError("timestamp-signature", "the signed attributes name another certificate")


def _said(info: Any, certificate: x509.Certificate) -> Stamped:
    at = info["gen_time"].native
    if info["version"].native != "v1" or not isinstance(at, datetime):
        raise TimestampError("timestamp-shape", "not a TSTInfo of version 1")
    given = [
        certificate.subject.get_attributes_for_oid(oid) for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    ]
    name = " · ".join(str(found[0].value) for found in given if found)
    return Stamped(
        at.astimezone(UTC),
        name or certificate.subject.rfc4514_string(),
        int(info["serial_number"].native),
        str(info["policy"].native),
    )


def _verify(certificate: x509.Certificate, signature: bytes, message: bytes, algorithm: str) -> None:
    try:
        key, digest = certificate.public_key(), _HASHES[algorithm]
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
            key.verify(signature, message, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            raise TimestampError("timestamp-signature", "the key is neither RSA of 2048 bits and more nor elliptic")
    except InvalidSignature as error:
        raise TimestampError("timestamp-signature", "the signature is not of this certificate") from error
    except X509_ERRORS as error:
        if isinstance(error, TimestampError):
            raise
        raise TimestampError("timestamp-signature", "the authority's key cannot be used") from error


def _check_purpose(certificate: x509.Certificate) -> None:
    """RFC 3161 §2.3: the one purpose, and critical."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, *X509_ERRORS):
        found = None
    if found is None or not found.critical or list(found.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise TimestampError("timestamp-purpose", "the certificate is not for timestamps alone")


def sign_token(
    asked: Asked,
    key: ec.EllipticCurvePrivateKey,
    chain: Sequence[x509.Certificate],
    *,
    at: datetime,
    serial: int,
    policy: str,
) -> bytes:
    """The DER token of an authority over a request, ECDSA with SHA-256; `chain` begins with its own certificate."""
    certificates = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain]
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": policy,
            "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": asked.imprint},
            "serial_number": serial,
            "gen_time": at.astimezone(UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
            **({"nonce": asked.nonce} if asked.nonce is not None else {}),
        }
    )
    content = info.dump()
    named = {"hash_algorithm": {"algorithm": "sha256"}, "cert_hash": hashlib.sha256(certificates[0].dump()).digest()}
    attributes = asn1.CMSAttributes(
        [
            asn1.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            asn1.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            asn1.CMSAttribute({"type": "signing_certificate_v2", "values": [{"certs": [named]}]}),
        ]
    )
    signer = signer_info(certificates[0], key, attributes)
    signed = asn1.SignedData(
        {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
            "certificates": certificates,
            "signer_infos": [signer],
        }
    )
    return bytes(asn1.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
