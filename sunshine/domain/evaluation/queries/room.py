"""The evaluation room of one member: own work always, others' only when every member has locked."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sunshine.domain.bidding.models import OpenedBid, OpenedDocument
from sunshine.domain.evaluation.models import PanelMember, PriceVerdict, Score, Verdict
from sunshine.domain.parties.models import Expert
from sunshine.foundation.authz import Actor

JOIN = "expert:panel:join"
INSIDE = ("present", "pricing", "locked", "signed")  # after check-in: bidders are known
WORKING = (
    "evaluating",
    "opening_prices",
    "report_drafted",
)  # while files may be opened; afterwards nothing is taken out


@dataclass(frozen=True)
class BidWork:
    """One bid in front of one member: the bid, this member's verdict and scores {criterion: value}."""

    bid: OpenedBid
    verdict: Verdict | None
    scores: dict[str, Score] = field(default_factory=dict)

    def is_done(self, keys: set[str]) -> bool:
        """Judged, and scored on every criterion unless rejected."""
        return self.verdict is not None and (self.verdict.reject or set(self.scores) == keys)


def duties(by: Actor) -> list[PanelMember]:
    """Every seat this person holds or held, newest first; the lot and its project come with it, no bidder does."""
    if JOIN not in by.permissions:
        return []
    rows = PanelMember.objects.filter(person_id=by.person_pk).select_related("panel__lot__project__buyer")
    return list(rows.order_by("-panel__formed_at", "-pk"))


def member(public_id: str, *, by: Actor) -> PanelMember | None:
    """This person's own seat; anybody else's does not exist for them."""
    rows = PanelMember.objects.select_related("panel__lot__project__buyer", "panel__lot__project__agency", "person")
    found = rows.filter(public_id=public_id, person_id=by.person_pk) if JOIN in by.permissions else rows.none()
    return found.first()


def colleagues(member: PanelMember) -> list[dict[str, Any]]:
    """The seats of the panel by number, without names: who has come, who has locked, who has signed."""
    rows = PanelMember.objects.filter(panel_id=member.panel_id).exclude(stage="recused").order_by("number")
    return [
        {
            "public_id": m.public_id,
            "number": m.number,
            "is_expert": m.expert_id is not None,
            "is_chair": m.is_chair,
            "stage": m.stage,
            "own": m.pk == member.pk,
        }
        for m in rows
    ]


def all_locked(seats: list[dict[str, Any]]) -> bool:
    return bool(seats) and all(seat["stage"] in ("locked", "signed") for seat in seats)


def work(member: PanelMember) -> list[BidWork]:
    """The lot's bids with this member's own verdicts and scores. Nothing before check-in, after recusal or when all is over."""
    if member.stage not in INSIDE or member.panel.lot.stage not in WORKING:
        return []
    bids = OpenedBid.objects.filter(lot_id=member.panel.lot_id).prefetch_related("documents__blob")
    verdicts = {v.bid_id: v for v in Verdict.objects.filter(member=member)}
    scores: dict[int, dict[str, Score]] = {}
    for score in Score.objects.filter(member=member):
        scores.setdefault(score.bid_id, {})[score.criterion] = score
    return [BidWork(bid, verdicts.get(bid.pk), scores.get(bid.pk, {})) for bid in bids.order_by("bid__received_at")]


def document(member: PanelMember, bid: str, number: int) -> OpenedDocument | None:
    """The `number`-th file (from 1) of one bid, while this member is in the room and the room is at work."""
    if member.stage not in INSIDE or member.panel.lot.stage not in WORKING or not 0 < number < 10**6:
        return None
    rows = OpenedDocument.objects.filter(opened__lot_id=member.panel.lot_id, opened__public_id=bid)
    return rows.select_related("blob").order_by("id")[number - 1 : number].first()


def scores_table(member: PanelMember, *, by: Actor, at: datetime) -> list[dict[str, Any]]:
    """Every score this member may see now, one row each: all members' after the last lock, before that only the own."""
    if member.stage not in INSIDE:
        return []
    names = {c["key"]: c["name"] for c in member.panel.lot.project.scheme.get("criteria", [])}
    seen = Score.objects.visible_to(by, at).filter(member__panel_id=member.panel_id).select_related("member", "bid")
    return [
        {
            "member": score.member.number,
            "bid": score.bid.public_id,
            "bidder": score.bid.bidder_name,
            "criterion": names.get(score.criterion, score.criterion),
            "key": score.criterion,
            "value": score.value,
        }
        for score in seen.order_by("bid__bid__received_at", "criterion", "member__number")
    ]


def verdicts_table(member: PanelMember, *, at: datetime) -> list[dict[str, Any]]:
    """Every member's verdicts, once all have locked; before that nothing. Of two envelopes those on prices, too."""
    seats = colleagues(member)
    if member.stage not in INSIDE or not all_locked(seats):
        return []
    found = []
    for envelope, verdicts in ((1, Verdict.objects.all()), (2, PriceVerdict.objects.all())):
        rows = verdicts.filter(member__panel_id=member.panel_id).select_related("member", "bid__bid")
        found += [
            {
                "member": v.member.number,
                "bid": v.bid.public_id,
                "bidder": v.bid.bidder_name,
                "reject": getattr(v, "reject", True),  # of a price only rejections are kept
                "reason_code": v.reason_code,
                "reason": v.reason,
                "envelope": envelope,
                "lost": v.bid.bid.stage in ("deemed_withdrawn", "deemed_revoked"),
            }
            for v in rows.exclude(member__stage="recused").order_by("bid__bid__received_at", "member__number")
        ]
    return found


def valid_bids(verdicts: list[dict[str, Any]], members: int) -> int:
    """How many bids are not rejected by more than half of the members, nor lost at the second opening."""
    against: dict[str, dict[int, int]] = {}
    for row in verdicts:
        votes = against.setdefault(row["bid"], {1: 0, 2: 0})
        votes[row["envelope"]] += members if row["lost"] else int(row["reject"])
    return sum(all(2 * n <= members for n in votes.values()) for votes in against.values())


def prices(member: PanelMember) -> list[tuple[OpenedBid, PriceVerdict | None]]:
    """(bid, this member's rejection of its price) of every bid whose second envelope is open, while the panel works."""
    lot = member.panel.lot
    if member.stage not in INSIDE or lot.stage not in WORKING or not hasattr(lot, "price_opening"):
        return []
    own = {verdict.bid_id: verdict for verdict in PriceVerdict.objects.filter(member=member)}
    bids = OpenedBid.objects.filter(lot=lot, bid__lid_id__in=lot.price_opening.lids, bid__stage="opened")
    return [(bid, own.get(bid.pk)) for bid in bids.order_by("bid__received_at")]


def profile(by: Actor) -> Expert | None:
    """The person's own entry in the registry."""
    return Expert.objects.filter(person_id=by.person_pk).first()
