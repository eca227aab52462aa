"""Which parts of a lot's bids are asked for now: all at one opening, or of two envelopes one after the other (双信封)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from sunshine.domain.sourcing import sealing
from sunshine_proof import envelopes


def parts_now(policy: Mapping[str, Any], lot_stage: str) -> list[str]:
    """The parts whose shares may be released while the lot is in this stage; none outside the openings."""
    if lot_stage == "opening":
        return envelopes.first(policy)
    return envelopes.second(policy) if lot_stage == "opening_prices" else []


def asked_of(bid: Any) -> list[str]:
    """The parts of the envelope that this bid waits to have opened, by its own stage."""
    return parts_now(bid.lot.seal_policy.content, "opening_prices" if bid.stage == "price_opening" else "opening")


def window_end(lot: Any) -> datetime | None:
    """Until when the opening under way may be mended: the window runs from each opening anew; None outside them."""
    if lot.stage == "opening_prices":
        return lot.price_opening.opened_at + lot.project.decrypt_window
    opened_at = lot.project.opened_at
    return opened_at + lot.project.decrypt_window if lot.stage == "opening" and opened_at else None


def waiting(lot: str = "lot__") -> Q:
    """Sealed bids whose envelope is being opened."""
    first = Q(stage="sealed", is_effective=True, **{f"{lot}stage": "opening"})
    return first | Q(stage="price_opening", **{f"{lot}stage": "opening_prices"})


def of_envelope(rows: str) -> Q:
    """For counting ``rows`` (parts, releases, bidder_keys) of SealedBids: those of the envelope that is asked for."""
    later = Q(**{f"{rows}__part__in": sealing.SECOND_ENVELOPE})
    return Q(lot__project__envelopes=sealing.ONE) | (Q(stage="price_opening") & later) | (Q(stage="sealed") & ~later)
