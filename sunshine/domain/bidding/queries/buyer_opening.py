"""The opening hall as the buyer's desk shows it. Before the opening it knows nothing: not even how many bids there are."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from sunshine.domain.bidding.findings import WRONG_SHARE
from sunshine.domain.bidding.lifecycle import WAITING
from sunshine.domain.bidding.models import OpenedBid, OpenedDocument, SealedBid, SealPolicy, ShareRelease
from sunshine.domain.sourcing.models import Lot, Project
from sunshine_proof import envelopes

UNDECRYPTED = ("deemed_withdrawn", "deemed_revoked")


@dataclass(frozen=True)
class LidRow:
    """One sealed bid that is being opened; `shares` is the number of shares of its slowest part."""

    public_id: str
    lid: str
    arrived_at: datetime
    stage: str
    shares: int
    outcome: dict[str, Any]

    @property
    def tried(self) -> bool:
        """Whether opening it has been tried in vain; of two envelopes the first one's success is none."""
        return bool(self.outcome) and self.outcome["code"] != "opened"


@dataclass(frozen=True)
class TrusteeRow:
    """How far one trustee has released the shares of one lot: `released` of `total` parts, `faults` reported."""

    i: int
    role: str
    organisation: str
    released: int
    faults: int
    total: int
    last_at: datetime | None
    wrong: int = 0  # of the faults: shares that are not the committed ones

    @property
    def done(self) -> bool:
        return self.total > 0 and self.released + self.faults >= self.total


@dataclass(frozen=True)
class LotHall:
    """One lot in the hall: `threshold` shares open a part."""

    lot: Lot
    threshold: int = 0
    lids: list[LidRow] = field(default_factory=list)
    trustees: list[TrusteeRow] = field(default_factory=list)
    bids: list[OpenedBid] = field(default_factory=list)

    @property
    def undecrypted(self) -> list[LidRow]:
        return [row for row in self.lids if row.stage in UNDECRYPTED]

    @property
    def waiting(self) -> int:
        return sum(row.stage in WAITING for row in self.lids)

    @property
    def ready(self) -> int:
        """How many waiting bids have enough shares to be decrypted now, and have not been tried in vain."""
        untried = [row for row in self.lids if row.stage in WAITING and not row.tried]
        return sum(row.shares >= self.threshold > 0 for row in untried)


def hall(project: Project, lots: list[Lot]) -> list[LotHall]:
    """Every lot of a project being opened or opened. For an earlier stage only the lots, with nothing about bids."""
    if project.stage not in ("opening", "opened"):
        return [LotHall(lot) for lot in lots]
    effective = SealedBid.objects.filter(lot__in=lots, is_effective=True)
    policies = dict(SealPolicy.objects.filter(lot__in=lots).values_list("lot_id", "content"))
    parts = sorted({part for content in policies.values() for part in envelopes.first(content)})
    lids, trustees = _lids(effective, parts), _trustees(project, effective, parts)
    read = defaultdict(list)
    for bid in OpenedBid.objects.filter(lot__in=lots).select_related("bid").order_by("bid__arrived_at", "id"):
        read[bid.lot_id].append(bid)
    threshold = {lot: int(content["k"]) for lot, content in policies.items()}
    return [
        LotHall(lot, threshold.get(lot.pk, 0), lids[lot.pk], trustees[lot.pk] if lids[lot.pk] else [], read[lot.pk])
        for lot in lots
    ]


def price_hall(lot: Lot) -> LotHall:
    """The second opening of a lot with two envelopes: only the bids on its list, and only their second envelope."""
    second = lot.price_opening
    listed = SealedBid.objects.filter(lot=lot, lid_id__in=second.lids)
    policy = lot.seal_policy.content
    parts = envelopes.second(policy)
    lids, trustees = _lids(listed, parts), _trustees(lot.project, listed, parts)
    read = OpenedBid.objects.filter(bid__in=listed.order_by(), bid__stage="opened").select_related("bid")
    rows = list(read.order_by("bid__arrived_at", "id"))
    return LotHall(lot, int(policy["k"]), lids[lot.pk], trustees[lot.pk], rows)


def still_shut(lot: Lot) -> list[OpenedBid]:
    """The bids whose second envelope is never opened: the panel had rejected them before."""
    rows = OpenedBid.objects.filter(lot=lot).exclude(bid__lid_id__in=lot.price_opening.lids)
    return list(rows.order_by("bid__arrived_at", "id"))


def _lids(effective: Any, asked: list[str]) -> dict[int, list[LidRow]]:
    given: dict[int, list[int]] = defaultdict(list)
    shares = ShareRelease.objects.filter(bid__in=effective.order_by(), part__in=asked).exclude(share="")
    for bid, _part, n in shares.values_list("bid", "part").annotate(n=Count("pk")).order_by():
        given[bid].append(n)
    rows: dict[int, list[LidRow]] = defaultdict(list)
    n_parts = Count("parts", filter=Q(parts__part__in=asked))
    columns = ("pk", "lot_id", "public_id", "lid_id", "arrived_at", "stage", "outcome")
    for bid in effective.annotate(n_parts=n_parts).order_by("arrived_at", "pk").values(*columns, "n_parts"):
        parts = given[bid["pk"]]
        least = min(parts) if len(parts) == bid["n_parts"] and parts else 0
        row = LidRow(bid["public_id"], bid["lid_id"], bid["arrived_at"], bid["stage"], least, bid["outcome"])
        rows[bid["lot_id"]].append(row)
    return rows


def _trustees(project: Project, effective: Any, asked: list[str]) -> dict[int, list[TrusteeRow]]:
    n = Count("parts", filter=Q(parts__part__in=asked))
    totals = dict(effective.values_list("lot_id").annotate(n=n).order_by())
    done: dict[tuple[int, int], dict[str, Any]] = {
        (row["bid__lot_id"], row["seat_id"]): dict(row)
        for row in ShareRelease.objects.filter(bid__in=effective.order_by(), part__in=asked)
        .values("bid__lot_id", "seat_id")
        .annotate(
            shares=Count("pk", filter=~Q(share="")),
            faults=Count("pk", filter=Q(share="")),
            wrong=Count("pk", filter=Q(fault=WRONG_SHARE)),
            last=Max("released_at"),
        )
        .order_by()
    }
    rows: dict[int, list[TrusteeRow]] = defaultdict(list)
    seats = [] if project.opens_alone else list(project.seats.select_related("organisation").order_by("i"))
    for lot, total in totals.items():
        for seat in seats:
            got = done.get((lot, seat.pk), {"shares": 0, "faults": 0, "wrong": 0, "last": None})
            row = TrusteeRow(
                seat.i,
                seat.role,
                seat.organisation.name,
                got["shares"],
                got["faults"],
                total,
                got["last"],
                got["wrong"],
            )
            rows[lot].append(row)
    return rows


def bids(lot: Lot) -> list[OpenedBid]:
    """The opened bids of a lot in the order they were received, with their documents."""
    return list(
        OpenedBid.objects.filter(lot=lot)
        .select_related("bid")
        .prefetch_related("documents__blob")
        .order_by("bid__received_at")
    )


def document(lot: Lot, bid: str, number: int) -> OpenedDocument | None:
    """The `number`-th file (from 1, in the order they lay in the bid) of one opened bid of this lot."""
    rows = OpenedDocument.objects.filter(opened__lot=lot, opened__public_id=bid).select_related("blob")
    return rows.order_by("id")[number - 1 : number].first() if 0 < number < 10**6 else None
