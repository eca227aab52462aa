"""Candidates, award and letters as the buyer's desk sees them."""

from datetime import datetime
from typing import Any

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.contracts.models import Award, Candidate, Letter
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.foundation import calendar
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING


def candidates(lot: Lot) -> list[Candidate]:
    """The published candidates in order of rank."""
    return list(Candidate.objects.filter(lot=lot).select_related("bid").order_by("rank"))


def publicity_end(lot: Lot, published_at: datetime, at: datetime) -> datetime:
    """24:00 of the last day of publicity, rolled off rest days: from then on an award is allowed (条例 54)."""
    days = pack_of(lot.project, at).number("T13", "days", 3)
    return calendar.window_end(current_calendar(), published_at.astimezone(BEIJING).date(), days)


def rank_one_binds(lot: Lot, at: datetime) -> str:
    """The article that obliges the buyer to take rank one, or "" where it does not bind this lot (T14)."""
    row = pack_of(lot.project, at).rule("T14")
    return row.article if row is not None and lot.mandatory else ""


def letters_due(lot: Lot, at: datetime) -> int:
    """How many days the contract may take after the letters (T16)."""
    return pack_of(lot.project, at).number("T16", "days", 30)


def award(lot: Lot) -> Award | None:
    return Award.objects.filter(lot=lot).select_related("bid__bidder").first()


def letters(decided: Award) -> list[Letter]:
    """The letters that went out, the winner's first."""
    return list(Letter.objects.filter(award=decided).select_related("bid").order_by("kind", "bid_id"))


def recipients(lot: Lot, decided: Award) -> list[dict[str, Any]]:
    """Who will be told what: every bidder of the lot, and whether its letter says it has won."""
    return [
        {"name": bid.bidder_name, "won": bid.pk == decided.bid_id, "registered": bid.bidder_id is not None}
        for bid in OpenedBid.objects.filter(lot=lot)
    ]
