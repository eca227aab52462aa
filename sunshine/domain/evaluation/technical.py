"""技术评审结果 of a lot with two envelopes: what the panel had locked before any price was known, as data (双信封)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.models import PanelMember, Score, Verdict
from sunshine_proof import ranking
from sunshine_proof.ranking import SchemeError

ARTICLE = "招标投标法实施条例 第五十一条"
UNRANKABLE = ("score-missing", "objective-inconsistent")  # what could not be mended once prices are known


def technical_result(
    lot: Any, members: Sequence[PanelMember], scores: Sequence[Score], verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """technical-result/1: {"v", "lot", "members": [id], "bids": [{"id", "lid", "rejected", "scores"?}], "rejections"}.

    Bids stand in the order in which they were received. Who is rejected by more than half of the members has no scores
    here, and its price stays shut. The digest of this is logged with the list of prices to open.
    """
    bids = list(OpenedBid.objects.filter(lot=lot).select_related("bid").order_by("bid__received_at"))
    rejections = {bid.pk: majority(bid, members, [v for v in verdicts if v.reject]) for bid in bids}
    return {
        "v": "technical-result/1",
        "lot": lot.public_id,
        "members": [member.public_id for member in members],
        "bids": [_row(bid, rejections[bid.pk], scores) for bid in bids],
        "rejections": [row for row in rejections.values() if row],
    }


def majority(bid: OpenedBid, members: Sequence[Any], against: Sequence[Any]) -> dict[str, Any] | None:
    """The rejection of a bid by more than half of the members; its most frequent ground is the reason code."""
    mine = [v for v in against if v.bid_id == bid.pk]
    if 2 * len(mine) <= len(members):
        return None
    codes = [v.reason_code for v in mine]
    return {
        "bid": bid.public_id,
        "bidder": bid.bidder_name,
        "reason_code": max(sorted(set(codes)), key=codes.count),
        "article": ARTICLE,
        "votes": len(mine),
        "reasons": [v.reason for v in mine],
    }


def _row(bid: OpenedBid, rejection: Mapping[str, Any] | None, scores: Sequence[Score]) -> dict[str, Any]:
    head = {"id": bid.public_id, "lid": bid.bid.lid_id}
    if rejection:
        return head | {"rejected": rejection["reason_code"]}
    return head | {"rejected": None, "scores": marks_of(bid, scores)}


def marks_of(bid: OpenedBid, scores: Sequence[Score]) -> dict[str, dict[str, str]]:
    """{criterion: {member: mark as text}} of one bid."""
    marks: dict[str, dict[str, str]] = {}
    for score in scores:
        if score.bid_id == bid.pk:
            marks.setdefault(score.criterion, {})[score.member.public_id] = format(score.value, "f")
    return marks


def passed(technical: Mapping[str, Any]) -> list[str]:
    """The lids whose price is opened, sorted."""
    return sorted(row["lid"] for row in technical["bids"] if row["rejected"] is None)


def unrankable(scheme: Mapping[str, Any], technical: Mapping[str, Any]) -> SchemeError | None:
    """Why the scheme could not rank these scores whatever the prices are: found before it is too late to mend them."""
    bids = [
        {"id": row["id"], "rejected": None, "price": str(place), "scores": row["scores"], "received": place}
        for place, row in enumerate(technical["bids"], 1)
        if row["rejected"] is None
    ]
    try:
        ranking.rank(scheme, {"v": "ranking-input/1", "members": technical["members"], "bids": bids})
    except SchemeError as error:
        return error if error.code in UNRANKABLE else None
    return None
