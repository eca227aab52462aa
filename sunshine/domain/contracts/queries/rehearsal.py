"""What players need to know after the ranking: when publicity ends, what the contract says."""

from dataclasses import dataclass
from datetime import datetime

from sunshine.domain.contracts.models import Candidate, Contract
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.foundation import calendar
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING


def publicity_end(lot_id: str) -> datetime:
    """The first instant after the candidates' publicity."""
    first = Candidate.objects.select_related("lot__project").filter(lot__public_id=lot_id).earliest("rank")
    days = pack_of(first.lot.project, first.published_at).number("T13", "days", 3)
    return calendar.window_end(current_calendar(), first.published_at.astimezone(BEIJING).date(), days)


@dataclass(frozen=True)
class ContractFacts:
    """Price, term and quality of the awarded bid; and, once drafted, the contract's id, supplier and digest."""

    amount_fen: int
    delivery_days: int
    quality: str
    contract: str = ""
    supplier: str = ""
    digest: str = ""


def contract_of(lot_id: str) -> ContractFacts:
    """The facts a contract must repeat, of a lot that has been awarded."""
    lot = Lot.objects.select_related("award__bid").get(public_id=lot_id)
    bid = lot.award.bid
    drafted = Contract.objects.select_related("supplier").filter(lot=lot).first()
    more = (drafted.public_id, drafted.supplier.public_id, drafted.digest) if drafted else ("", "", "")
    return ContractFacts(lot.award.amount_fen, bid.delivery_days, bid.quality, *more)
