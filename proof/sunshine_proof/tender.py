"""`tender/1`: what a bidder takes home to seal one lot without a network. Everything in it is public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from sunshine_proof import envelopes, shape
from sunshine_proof.bidform import MAX_LINES, decimal, fen
from sunshine_proof.canonical import parse
from sunshine_proof.certificates import X509_ERRORS
from sunshine_proof.errors import ProofError, speaking
from sunshine_proof.policy import check_policy, check_trustees, effective_times, opens_alone, policy_id

_KEYS = (
    "v", "platform", "project", "title", "buyer", "lot", "policy", "extensions", "ca_roots", "trustee_certificates",
    "items", "pricing", "cap_fen", "validity_days", "parts",
)  # fmt: skip
MAX_SIZE = 16 << 20


class TenderError(ProofError):
    """Not a tender file, or one whose policy and trustees do not hold."""


@dataclass(frozen=True)
class Tender:
    """A well-formed tender file.

    content   the JSON as it was read
    pid       the id of its seal policy, hex
    roots     the certificate authorities it names; who wants to be sure compares their fingerprints elsewhere
    """

    content: dict[str, Any]
    pid: str
    roots: tuple[x509.Certificate, ...]
    certificates: tuple[x509.Certificate, ...]

    @property
    def policy(self) -> dict[str, Any]:
        return dict(self.content["policy"])

    @property
    def lot(self) -> str:
        return str(self.content["lot"]["id"])

    @property
    def deadline(self) -> datetime:
        return effective_times(self.policy, self.content["extensions"])[0]

    def fingerprints(self) -> list[tuple[str, str]]:
        """(subject, SHA-256 hex) of every root."""
        return [(root.subject.rfc4514_string(), root.fingerprint(hashes.SHA256()).hex()) for root in self.roots]

    @speaking(TenderError)
    def check_seats(self, at: datetime, roots: Sequence[x509.Certificate] = ()) -> None:
        """Every trustee's key is signed by a certificate that leads to `roots` (the file's own when none are given)."""
        check_trustees(self.policy, self.certificates, roots or self.roots, at)


@speaking(TenderError)
def read_tender(source: str | Path | bytes) -> Tender:
    """Read and check a tender file; TenderError(code, detail) for whatever is not one.

    Checked: every field, the policy, its extensions with their signatures, that policy and lot belong together. The
    trustees' signatures need an instant and roots: see Tender.check_seats.
    """
    data = source if isinstance(source, bytes) else _bounded(Path(source))
    content = shape.record(parse(data, limit=MAX_SIZE), _KEYS, "tender file")
    if content["v"] != "tender/1":
        raise TenderError("tender-version", "only tender/1 is known")
    for field in ("platform", "project", "title", "buyer"):
        shape.text(content[field], field, 400)
    lot = shape.record(content["lot"], ("id", "number", "title"), "lot")
    shape.text(lot["id"], "lot id")
    shape.text(lot["title"], "lot title", 400)
    shape.whole(lot["number"], 1, 10_000, "lot number")
    policy = content["policy"]
    check_policy(policy)
    effective_times(policy, shape.items(content["extensions"], 0, 100, "extensions"))
    if policy["lot"] != lot["id"] or policy["tender"] != content["project"]:
        raise TenderError("tender-policy", "the policy is that of another lot")
    _check_rules(content)
    roots = tuple(_certificate(pem) for pem in shape.items(content["ca_roots"], 1, 100, "ca_roots"))
    # where the bidder alone opens nobody's key has to be vouched for
    least, most = (0, 0) if opens_alone(policy) else (1, 200)
    given = shape.items(content["trustee_certificates"], least, most, "trustee_certificates")
    return Tender(content, policy_id(policy).hex(), roots, tuple(_certificate(pem) for pem in given))


def _bounded(path: Path) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(MAX_SIZE + 1)


def _check_rules(content: Mapping[str, Any]) -> None:
    if content["pricing"] not in ("total", "rate"):
        raise TenderError("tender-pricing", "pricing is total or rate")
    if content["pricing"] == "rate" and envelopes.second(content["policy"]):
        raise TenderError("tender-pricing", "a rate would be told in the first of two envelopes")
    if content["cap_fen"] is not None:
        fen(content["cap_fen"], "cap_fen")
    shape.whole(content["validity_days"], 0, 3_650, "validity_days")
    numbers = set()
    for item in shape.items(content["items"], 0, MAX_LINES, "items"):
        found = shape.record(item, ("no", "name", "unit", "quantity"), "item")
        numbers.add(shape.text(found["no"], "no", 60))
        for field in ("name", "unit"):
            shape.text(found[field], field, 1000)
        decimal(found["quantity"], "quantity")
    if len(numbers) != len(content["items"]):
        raise TenderError("tender-items", "an item's number appears twice")
    parts = shape.record(content["parts"], content["policy"]["parts"], "parts")
    for name, limits in parts.items():
        found = shape.record(limits, ("accept", "max_bytes"), f"limits of {name}")
        shape.whole(found["max_bytes"], 1, 1 << 40, "max_bytes")
        if found["accept"] != "":
            shape.text(found["accept"], "accept", 2000)


def _certificate(pem: object) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(str(pem).encode())
    except X509_ERRORS as error:
        raise TenderError("tender-certificate", "a certificate cannot be read") from error
