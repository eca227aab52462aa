"""The tender file of a lot (`tender/1`): all that a bidder needs to seal at home. Public, like everything in it."""

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from sunshine.domain.bidding.queries.sealing import LotToSeal
from sunshine.foundation.files import sniff
from sunshine.foundation.vault import certificates

ACCEPT = ",".join(sorted(ending for kind in sniff.DOCUMENTS for ending in sniff.EXTENSIONS[kind]))


def limits(parts: list[str]) -> dict[str, dict[str, Any]]:
    """{part: {"accept", "max_bytes"}}: which documents a part takes, and how large one may be."""
    most = min(settings.BID_LIMIT, settings.UPLOAD_LIMIT)
    return {part: {"accept": ACCEPT, "max_bytes": most} for part in parts}


def trustee_certificates(found: LotToSeal) -> list[str]:
    """PEM of the trustees' certificates and of the intermediates above them; none where the bidder alone opens."""
    if not found.policy["trustees"]:
        return []
    above = [one.public_bytes(Encoding.PEM).decode() for one in certificates.trusted().intermediates]
    return [*found.trustee_certificates, *above]


def tender_file(found: LotToSeal) -> dict[str, Any]:
    """`tender/1` (docs/bid-package.md), the same for everybody."""
    lot, project = found.lot, found.lot.project
    return {
        "v": "tender/1",
        "platform": settings.PUBLIC_URL,
        "project": project.public_id,
        "title": project.title,
        "buyer": project.buyer.name,
        "lot": {"id": lot.public_id, "number": lot.number, "title": lot.title},
        "policy": found.policy,
        "extensions": found.extensions,
        "ca_roots": certificates.roots_pem(),
        "trustee_certificates": trustee_certificates(found),
        "items": found.items,
        "pricing": "total",
        "cap_fen": str(lot.price_cap_fen) if lot.price_cap_fen is not None else None,
        "validity_days": project.bid_validity_days,
        "parts": limits(found.policy["parts"]),
    }
