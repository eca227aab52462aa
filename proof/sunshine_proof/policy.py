"""`seal-policy/1`, `/2` and `seal-extension/1`: who can open, with how many, when; and the only change ever allowed.

seal-policy/1   trustees open: 1 ≤ k ≤ n of them, and with bidder_share "required" the bidder's S_B beside
seal-policy/2   the bidder alone opens: bidder_share "alone", k 0, no trustees; everything else as in the first
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from sunshine_proof import shape
from sunshine_proof.agefile import public_of
from sunshine_proof.canonical import h, jcs, unbase64, unhex
from sunshine_proof.certificates import check_chain, verify_signature
from sunshine_proof.checkpoint import COSIGNATURE, ED25519, decode_vkey
from sunshine_proof.envelopes import check_second
from sunshine_proof.errors import ProofError, speaking

POLICY_KEYS = (
    "v", "tender", "lot", "suite", "deadline", "open_not_before", "k", "bidder_share", "parts", "trustees",
    "log_origin", "log_vkey", "witness_vkeys",
)  # fmt: skip
TRUSTEE_KEYS = ("i", "role", "recipient", "cert_sha256", "sig")
MAX_TRUSTEES = 32
ALONE = "alone"  # bidder_share of seal-policy/2: whoever sealed a part opens it with S, and nobody else can
VERSIONS = {"none": "seal-policy/1", "required": "seal-policy/1", ALONE: "seal-policy/2"}


class SealError(ProofError):
    """A policy, lid, withdrawal or extension that does not follow `seal/1`."""


def policy_id(policy: Mapping[str, Any]) -> bytes:
    """pid = H("seal/1 policy\\n" ‖ JCS(policy)), 32 raw bytes; lower-case hex in JSON."""
    return h("seal/1 policy\n", jcs(policy))


def box_policy(
    *,
    tender: str,
    lot: str,
    deadline: str,
    open_not_before: str,
    k: int,
    parts: Sequence[str],
    trustees: Sequence[Mapping[str, Any]],
    log_origin: str,
    log_vkey: str,
    witness_vkeys: Sequence[str] = (),
    bidder_share: str = "none",
    second_envelope: Sequence[str] = (),
) -> dict[str, Any]:
    """Put together and check the policy of one lot's bid box; raises SealError as check_policy does.

    bidder_share "none" and "required" make a seal-policy/1; "alone" a seal-policy/2, with k 0 and no trustees.
    """
    policy = {
        "v": VERSIONS.get(bidder_share, "seal-policy/1"),
        "tender": tender,
        "lot": lot,
        "suite": "age-x25519",
        "deadline": deadline,
        "open_not_before": open_not_before,
        "k": k,
        "bidder_share": bidder_share,
        "parts": list(parts),
        "trustees": [dict(trustee) for trustee in trustees],
        "log_origin": log_origin,
        "log_vkey": log_vkey,
        "witness_vkeys": list(witness_vkeys),
    }
    if second_envelope:
        policy["second_envelope"] = list(second_envelope)
    check_policy(policy)
    return policy


@speaking(SealError)
def check_policy(policy: Mapping[str, Any]) -> None:
    """Every field of the format, without certificates (see check_trustees for those); raises SealError."""
    found = shape.record(policy, POLICY_KEYS, "policy", ("second_envelope",))
    if found["v"] not in VERSIONS.values() or found["suite"] != "age-x25519":
        raise SealError("policy-version", "only seal-policy/1 and /2 with suite age-x25519 are known")
    shape.text(found["tender"], "tender")
    shape.text(found["lot"], "lot")
    if shape.instant(found["open_not_before"], "open_not_before") < shape.instant(found["deadline"], "deadline"):
        raise SealError("policy-times", "opening must not begin before the deadline")
    share = found["bidder_share"]
    if not isinstance(share, str) or VERSIONS.get(share) != found["v"]:
        raise SealError("policy-bidder-share", "bidder_share is none or required in seal-policy/1, alone in /2")
    parts = [shape.text(part, "part", 32) for part in shape.items(found["parts"], 1, 16, "parts")]
    # part names become file names on the bidder's side
    if len(set(parts)) != len(parts) or not all(part.isascii() and part.isalnum() and part.islower() for part in parts):
        raise SealError("policy-parts", "parts are different names of lower-case letters and digits")
    check_second(found)
    _check_threshold(found)
    _check_log(found)


def _check_threshold(found: Mapping[str, Any]) -> None:
    if found["bidder_share"] == ALONE:
        # exactly nobody: a trustee listed but not needed, or a threshold without trustees, would only mislead
        shape.items(found["trustees"], 0, 0, "trustees")
        shape.whole(found["k"], 0, 0, "k")
        return
    trustees = shape.items(found["trustees"], 1, MAX_TRUSTEES, "trustees")
    shape.whole(found["k"], 1, len(trustees), "k")
    _check_trustee_list(trustees)


def opens_alone(policy: Mapping[str, Any]) -> bool:
    """Whether the bidder alone opens under this policy (seal-policy/2).

    Raises SealError when version, bidder_share, threshold and trustees do not belong together: nothing that only looks
    like a policy without trustees may ever decide that nobody's share is needed.
    """
    alone: bool = policy["bidder_share"] == ALONE
    n, k = len(policy["trustees"]), policy["k"]
    fits = n == k == 0 if alone else 1 <= k <= n
    if policy["v"] != VERSIONS.get(policy["bidder_share"]) or isinstance(k, bool) or not fits:
        raise SealError("policy-bidder-share", "version, bidder_share, k and trustees do not belong together")
    return alone


def _check_trustee_list(trustees: Sequence[object]) -> None:
    seen: dict[str, set[str]] = {"recipient": set(), "cert_sha256": set()}
    for number, item in enumerate(trustees, 1):
        trustee = shape.record(item, TRUSTEE_KEYS, f"trustee {number}")
        if shape.whole(trustee["i"], 1, MAX_TRUSTEES, "i") != number:
            raise SealError("policy-trustees", "trustees are numbered 1..n in order")
        shape.text(trustee["role"], "role")
        public_of(shape.text(trustee["recipient"], "recipient"))
        unhex(trustee["cert_sha256"], 32, "cert_sha256")
        unbase64(trustee["sig"], "sig")
        for field, values in seen.items():
            # one person or key under two numbers would make k smaller than it looks
            if trustee[field] in values:
                raise SealError("policy-trustees", f"two trustees share one {field}")
            values.add(trustee[field])


def _check_log(policy: Mapping[str, Any]) -> None:
    origin = shape.text(policy["log_origin"], "log_origin")
    key = decode_vkey(shape.text(policy["log_vkey"], "log_vkey", 400))
    if key.name != origin or key.type != ED25519:
        raise SealError("policy-log", "log_vkey must be an Ed25519 note key named like log_origin")
    listed = shape.items(policy["witness_vkeys"], 0, 32, "witness_vkeys")
    witnesses = [decode_vkey(shape.text(vkey, "witness", 400)) for vkey in listed]
    if any(w.type != COSIGNATURE for w in witnesses) or len({w.public for w in witnesses}) != len(witnesses):
        raise SealError("policy-log", "witnesses are different cosignature keys")


def trustee_digest(tender: str, role: str, recipient: str) -> bytes:
    """H("seal/1 trustee\\n" ‖ tender ‖ "\\n" ‖ role ‖ "\\n" ‖ recipient): what a trustee's certificate signs."""
    return h("seal/1 trustee\n", tender, "\n", role, "\n", recipient)


@speaking(SealError)
def check_trustees(
    policy: Mapping[str, Any],
    certificates: Iterable[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime | None = None,
) -> None:
    """Every trustee's recipient is signed by its certificate, and that certificate leads to a pinned root.

    `certificates` holds the trustees' certificates and intermediates in any order; `at` is the instant at which
    they must be valid. Without this check a platform could put its own keys in the trustees' place.
    """
    given = list(certificates)
    by_digest = {hashlib.sha256(_der(c)).hexdigest(): c for c in given}
    for trustee in policy["trustees"]:
        certificate = by_digest.get(trustee["cert_sha256"])
        if certificate is None:
            raise SealError("trustee-certificate", f"certificate of trustee {trustee['i']} is missing")
        digest = trustee_digest(policy["tender"], trustee["role"], trustee["recipient"])
        verify_signature(certificate, digest, unbase64(trustee["sig"], "sig"))
        check_chain(certificate, given, roots, at)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def extension_id(extension: Mapping[str, Any]) -> bytes:
    """H("seal/1 extension\\n" ‖ JCS without id and sig), 32 raw bytes."""
    return h("seal/1 extension\n", jcs({key: v for key, v in extension.items() if key not in ("id", "sig")}))


def _extension_message(identifier: bytes) -> bytes:
    # the same two steps as a lid: the signature names its purpose and cannot be mistaken for another one
    return h("seal/1 extension-sig\n", identifier)


@speaking(SealError)
def build_extension(
    policy: Mapping[str, Any], seq: int, deadline: str, open_not_before: str, log_key: Ed25519PrivateKey
) -> dict[str, Any]:
    """The seq-th (1, 2, …) extension of a policy, signed by the log key; times as `2027-03-01T01:00:00Z`."""
    body = {
        "v": "seal-extension/1",
        "policy": policy_id(policy).hex(),
        "seq": seq,
        "deadline": deadline,
        "open_not_before": open_not_before,
    }
    identifier = extension_id(body)
    extension = {**body, "id": identifier.hex(), "sig": log_key.sign(_extension_message(identifier)).hex()}
    check_extension(extension, policy)
    return extension


@speaking(SealError)
def check_extension(extension: Mapping[str, Any], policy: Mapping[str, Any]) -> None:
    """Fields, id and log-key signature of one extension; raises SealError."""
    keys = ("v", "policy", "seq", "deadline", "open_not_before", "id", "sig")
    found = shape.record(extension, keys, "extension")
    if found["v"] != "seal-extension/1" or found["policy"] != policy_id(policy).hex():
        raise SealError("extension-policy", "this extension belongs to another policy")
    shape.whole(found["seq"], 1, 10_000, "seq")
    if shape.instant(found["open_not_before"], "open_not_before") < shape.instant(found["deadline"], "deadline"):
        raise SealError("extension-times", "opening must not begin before the deadline")
    identifier = extension_id(found)
    if unhex(found["id"], 32, "id") != identifier:
        raise SealError("extension-id", "the id is not that of these fields")
    public = Ed25519PublicKey.from_public_bytes(decode_vkey(policy["log_vkey"]).public)
    try:
        public.verify(unhex(found["sig"], 64, "sig"), _extension_message(identifier))
    except InvalidSignature as error:
        raise SealError("extension-signature", "not signed by the log key of the policy") from error


@speaking(SealError)
def effective_times(
    policy: Mapping[str, Any], extensions: Sequence[Mapping[str, Any]] = ()
) -> tuple[datetime, datetime]:
    """(deadline, open_not_before) after all extensions, given in order seq = 1, 2, …; each moves both times later."""
    deadline = shape.instant(policy["deadline"], "deadline")
    opening = shape.instant(policy["open_not_before"], "open_not_before")
    for number, extension in enumerate(extensions, 1):
        check_extension(extension, policy)
        later = shape.instant(extension["deadline"], "deadline")
        later_opening = shape.instant(extension["open_not_before"], "open_not_before")
        if extension["seq"] != number:
            raise SealError("extension-seq", f"extension {number} is numbered {extension['seq']}")
        if later <= deadline or later_opening <= opening:
            raise SealError("extension-times", "an extension moves both times later, never earlier")
        deadline, opening = later, later_opening
    return deadline, opening
