"""What became of one sealed record, for whoever knows its lid's id: received, and in the log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sunshine.domain.bidding.models import SealedBid
from sunshine.foundation.audit.models import Event
from sunshine.foundation.tlog.queries import Place, place_of


@dataclass(frozen=True)
class Arrival:
    """A bid or a withdrawal that the box holds. Neither lot nor bidder is told: the id alone shall say nothing."""

    lid: str
    withdrawal: bool
    arrived_at: datetime
    receipt: dict[str, Any]
    place: Place | None  # None for the second it waits for its place in the log


def arrival(lid: str) -> Arrival | None:
    """The record with this lid id (hex); None for one the box has never taken."""
    row = SealedBid.objects.filter(lid_id=lid).only("public_id", "arrived_at").first()
    if row is None:
        return None
    tags = ("bid:submit-bid", "bid:withdraw-bid")
    event = Event.objects.get(subject=f"bid/{row.public_id}", tag__in=tags)
    withdrawal = event.tag == "bid:withdraw-bid"
    return Arrival(lid, withdrawal, row.arrived_at, event.facts["receipt"], place_of(event))
