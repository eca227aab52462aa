"""评标报告 as data: the scheme, the panel's inputs, every intermediate number, rejections, signatures' digest.

Anyone with the report can recompute the ranking with sunshine_proof.ranking; nothing in it is typed by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.models import PanelMember, Score, Verdict
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.clock import BEIJING
from sunshine_proof import ranking


def compose(
    lot: Lot,
    members: Sequence[PanelMember],
    scores: Sequence[Score],
    verdicts: Sequence[Verdict],
    *,
    reasons: str,
    at: datetime,
) -> dict[str, Any]:
    """evaluation-report/1. Raises sunshine_proof.scheme.SchemeError when the inputs cannot be ranked.

    A bid is rejected when more than half of the members rejected it; the most frequent ground is its reason code.
    """
    bids = list(OpenedBid.objects.filter(lot=lot).select_related("bid").order_by("bid__received_at"))
    rejections = {bid.pk: _rejection(bid, members, verdicts) for bid in bids}
    inputs = {
        "v": "ranking-input/1",
        "members": [member.public_id for member in members],
        "bids": [_input(bid, place, rejections[bid.pk], scores) for place, bid in enumerate(bids, 1)],
    }
    scheme = lot.project.scheme
    result = ranking.rank(scheme, inputs)
    return {
        "v": "evaluation-report/1",
        "lot": lot.public_id,
        "title": lot.title,
        "scheme": scheme,
        "inputs": inputs,
        "result": result,
        "bidders": {bid.public_id: {"name": bid.bidder_name, "uscc": bid.bidder_uscc} for bid in bids},
        "rejections": [row for row in rejections.values() if row],
        "panel": [{"id": m.public_id, "number": m.number, "expert": m.is_expert, "chair": m.is_chair} for m in members],
        "reasons": reasons,
        "drafted_at": at.astimezone(BEIJING).isoformat(timespec="seconds"),
    }


def _rejection(bid: OpenedBid, members: Sequence[PanelMember], verdicts: Sequence[Verdict]) -> dict[str, Any] | None:
    against = [v for v in verdicts if v.bid_id == bid.pk and v.reject]
    if 2 * len(against) <= len(members):
        return None
    codes = [v.reason_code for v in against]
    code = max(sorted(set(codes)), key=codes.count)
    return {
        "bid": bid.public_id,
        "bidder": bid.bidder_name,
        "reason_code": code,
        "article": "招标投标法实施条例 第五十一条",
        "votes": len(against),
        "reasons": [v.reason for v in against],
    }


def _input(bid: OpenedBid, place: int, rejection: Mapping[str, Any] | None, scores: Sequence[Score]) -> dict[str, Any]:
    if rejection:
        return {"id": bid.public_id, "rejected": rejection["reason_code"]}
    marks: dict[str, dict[str, str]] = {}
    for score in scores:
        if score.bid_id == bid.pk:
            marks.setdefault(score.criterion, {})[score.member.public_id] = format(score.value, "f")
    return {"id": bid.public_id, "price": str(bid.total_fen), "scores": marks, "rejected": None, "received": place}


def sheet_of(content: Mapping[str, Any], bid: str) -> dict[str, Any]:
    """What one bidder receives: its own rank, total, score per criterion, or its rejection with the reasons."""
    rejected = next((row for row in content["rejections"] if row["bid"] == bid), None)
    if rejected is not None:
        kept = ("reason_code", "article", "reasons")
        return {"rejected": {name: rejected[name] for name in kept}}
    row = next(row for row in content["result"]["bids"] if row["id"] == bid)
    names = {c["key"]: c["name"] for c in content["scheme"]["criteria"]}
    return {
        "rank": row["rank"],
        "total": row["total"],
        "scores": [{"name": names[key], "score": one["score"]} for key, one in row["scores"].items()],
    }
