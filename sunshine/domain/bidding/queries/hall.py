"""开标大厅: what everybody present may see. Before the opening that is nothing about bids, not even how many there are."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Q, When

from sunshine.domain.bidding.envelopes import parts_now
from sunshine.domain.bidding.findings import WRONG_SHARE
from sunshine.domain.bidding.lifecycle import WAITING
from sunshine.domain.bidding.models import OpenedBid, SealedBid, ShareRelease
from sunshine.domain.sourcing.models import Project
from sunshine.domain.sourcing.sealing import SECOND_ENVELOPE, TWO
from sunshine.foundation.authz import Actor
from sunshine_proof import envelopes


@dataclass(frozen=True)
class Holder:
    """One trustee at the opening of one lot."""

    i: int
    role: str
    organisation: str
    released: int  # good shares given so far
    wanted: int  # shares asked for
    faults: int = 0  # shares this trustee reports it cannot give
    wrong: int = 0  # shares it gave that are not the committed ones


@dataclass
class HallLot:
    """One lot being opened."""

    pk: int
    id: str
    number: int
    title: str
    stage: str
    hold: str
    failure_reason: str
    k: int
    bidder_share: str  # "none", "required" (mode D: the bidder takes part) or "alone" (mode B: it opens by itself)
    holders: list[Holder]
    bids: list[OpenedBid]
    failed: list[SealedBid]
    waiting: int
    total: int
    envelope: int = 0  # of two: which one is being opened (1 or 2), or 0
    prices_at: datetime | None = None  # when the second envelopes were opened
    shut: list[OpenedBid] = field(default_factory=list)  # rejected before: their price is never opened
    read: int = 0  # how many of `total` are open
    failures: list[Any] = field(default_factory=list)  # what met a fault, worded by publishing.queries.failures

    @property
    def released(self) -> int:
        """How many trustees have given everything they were asked for."""
        return sum(1 for holder in self.holders if holder.wanted and holder.released >= holder.wanted)


@dataclass(frozen=True)
class Hall:
    project: Project
    lots: list[HallLot]


def hall(project_id: str, actor: Actor, at: datetime) -> Hall | None:
    """The opening of one announced project; None for one that is not public."""
    rows = Project.objects.visible_to(actor, at).filter(announced_at__isnull=False)
    project = rows.select_related("buyer").filter(public_id=project_id).first()
    if project is None:
        return None
    lots = list(project.lots.select_related("seal_policy", "price_opening"))
    bids, failed, waiting = _bids(project)
    shares = _shares(project)
    seats = list(project.seats.select_related("organisation"))
    shown = []
    for lot in lots:
        policy = lot.seal_policy.content
        total = len(bids[lot.pk]) + len(failed[lot.pk]) + waiting[lot.pk]
        second = getattr(lot, "price_opening", None)
        parts = policy["parts"] if second is None and lot.stage != "opening" else parts_now(policy, lot.stage)
        if second is not None:
            total, parts = len(second.lids), envelopes.second(policy)
        wanted = total * len(parts)
        asked = [] if project.opens_alone else seats
        holders = [_holder(s, wanted, shares[lot.pk, s.pk, second is not None]) for s in asked]
        shown.append(
            HallLot(
                lot.pk,
                lot.public_id,
                lot.number,
                lot.title,
                lot.stage,
                lot.hold,
                lot.failure_reason,
                policy["k"],
                policy["bidder_share"],
                holders,
                bids[lot.pk],
                failed[lot.pk],
                waiting[lot.pk],
                total,
                _envelope(lot, policy),
                second.opened_at if second else None,
                [bid for bid in bids[lot.pk] if _is_shut(bid, second)],
                sum(bid.bid.stage == "opened" and not _is_shut(bid, second) for bid in bids[lot.pk]),
            )
        )
    return Hall(project, shown)


def _is_shut(bid: OpenedBid, second: Any) -> bool:
    return second is not None and bid.bid.lid_id not in second.lids


def _envelope(lot: Any, policy: dict[str, Any]) -> int:
    if not envelopes.second(policy):
        return 0
    return {"opening": 1, "opening_prices": 2}.get(lot.stage, 0)


def _bids(project: Project) -> tuple[dict[int, list[Any]], dict[int, list[Any]], dict[int, int]]:
    """Opened, failed and still sealed effective bids by lot."""
    opened: dict[int, list[Any]] = defaultdict(list)
    failed: dict[int, list[Any]] = defaultdict(list)
    waiting: dict[int, int] = defaultdict(int)
    for bid in OpenedBid.objects.filter(lot__project=project).defer("price", "summary").select_related("bid"):
        opened[bid.lot_id].append(bid)
    effective = SealedBid.objects.filter(lot__project=project, is_effective=True).exclude(stage="opened")
    for row in effective.only("public_id", "lot_id", "stage", "outcome").order_by("lid_id"):
        if row.stage in WAITING:
            waiting[row.lot_id] += 1
        else:
            failed[row.lot_id].append(row)
    return opened, failed, waiting


def _holder(seat: Any, wanted: int, given: dict[str, int]) -> Holder:
    return Holder(
        seat.i,
        seat.role,
        seat.organisation.name,
        given.get("good", 0),
        wanted,
        given.get("faults", 0),
        given.get("wrong", 0),
    )


def _shares(project: Project) -> dict[tuple[int, int, bool], dict[str, int]]:
    """{(lot, seat, of the second envelope): {"good", "faults", "wrong"}}: how many shares were given, reported bad, or
    found wrong."""
    counted: dict[tuple[int, int, bool], dict[str, int]] = defaultdict(dict)
    rows = ShareRelease.objects.filter(seat__project=project, bid__is_effective=True)
    wrong = Q(fault=WRONG_SHARE)
    good, faults = Count("id", filter=~Q(share="")), Count("id", filter=Q(share="") & ~wrong)
    later = Case(When(part__in=SECOND_ENVELOPE, seat__project__envelopes=TWO, then=True), default=False)
    found = rows.annotate(later=later).values_list("bid__lot_id", "seat_id", "later")
    for lot, seat, second, n_good, n_faults, n_wrong in found.annotate(
        good=good, faults=faults, wrong=Count("id", filter=wrong)
    ):
        counted[lot, seat, second] = {"good": n_good, "faults": n_faults, "wrong": n_wrong}
    return counted
