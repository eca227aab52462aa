"""A supplier's own results, objections and contracts. Everything is narrowed to the actor's organisation first."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.contracts.models import Contract, Letter, Objection
from sunshine.domain.sourcing.models import Lot, Project
from sunshine.foundation.authz import Actor


@dataclass(frozen=True)
class Difference:
    """One term as the bid has it and as the contract has it."""

    name: str
    bid: str
    contract: str
    kind: str = "text"  # text | money (fen)

    @property
    def same(self) -> bool:
        return self.bid == self.contract


def own_bids(actor: Actor) -> QuerySet[OpenedBid]:
    """The organisation's opened bids, newest first, each with its lot and (if the result is out) its letter."""
    rows = OpenedBid.objects.filter(bidder_id=actor.organisation_pk)
    return rows.select_related("lot__project__buyer", "letter", "bid").order_by("-opened_at", "-id")


def own_bid(actor: Actor, bid_id: str) -> OpenedBid | None:
    return own_bids(actor).prefetch_related("documents__blob").filter(public_id=bid_id).first()


def letter_of(bid: OpenedBid) -> Letter | None:
    """中标通知书 or 中标结果通知书 of one's own bid, once sent."""
    return getattr(bid, "letter", None)


def candidates(bid: OpenedBid) -> list[Any]:
    """The published candidates of the bid's lot."""
    return list(bid.lot.candidates.select_related("bid"))


def objections(actor: Actor) -> QuerySet[Objection]:
    """The objections this organisation raised."""
    rows = Objection.objects.filter(objector_id=actor.organisation_pk).select_related("project", "lot", "evidence")
    return rows.order_by("-raised_at", "-id")


def objection(actor: Actor, objection_id: str) -> Objection | None:
    return objections(actor).filter(public_id=objection_id).first()


def bid_lots(actor: Actor, project: Project) -> list[Lot]:
    """The lots of a project in which the organisation's opened bid stands."""
    opened = OpenedBid.objects.filter(lot__project=project, bidder_id=actor.organisation_pk)
    return list(Lot.objects.filter(pk__in=opened.values("lot_id")))


def contracts(actor: Actor) -> QuerySet[Contract]:
    """Contracts in which the organisation is the seller; drafts the buyer has not signed yet are its own affair."""
    rows = Contract.objects.filter(supplier_id=actor.organisation_pk).exclude(stage="drafted")
    return rows.select_related("lot__project", "buyer").order_by("-drafted_at", "-id")


def contract(actor: Actor, contract_id: str) -> Contract | None:
    rows = contracts(actor).select_related("award__bid").prefetch_related("signatures__person")
    return rows.filter(public_id=contract_id).first()


def waiting_contracts(actor: Actor) -> int:
    """How many contracts wait for this organisation's signature."""
    return contracts(actor).filter(stage="half_signed").count()


def compared(row: Contract) -> list[Difference]:
    """The contract held against the bid, term by term and item by item (条例 57)."""
    bid = row.award.bid
    prices = {line["item"]: line["unit_price"] for line in bid.price.get("lines", [])}
    lines = [
        Difference("amount_fen", str(bid.total_fen), str(row.amount_fen), "money"),
        Difference("delivery_days", str(bid.delivery_days), str(row.delivery_days)),
        Difference("quality", bid.quality, row.quality),
    ]
    lines += [
        Difference(f"{item['number']} {item['name']}", prices.get(item["number"], ""), item["unit_price"])
        for item in row.content.get("items", [])
    ]
    return lines
