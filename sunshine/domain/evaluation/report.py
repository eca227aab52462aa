"""评标报告 as data: the scheme, the panel's inputs, every intermediate number, rejections, signatures' digest.

Anyone with the report can recompute the ranking with sunshine_proof.ranking; nothing in it is typed by hand.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.models import PanelMember, PriceVerdict, Score, Verdict
from sunshine.domain.evaluation.technical import majority, marks_of
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.text import in_chinese
from sunshine_proof import ranking

UNDECRYPTED = {"deemed_revoked": "price-revoked", "deemed_withdrawn": "price-withdrawn"}  # the second envelope's fate


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

    A bid is rejected when more than half of the members rejected it; the most frequent ground is its reason code. Of
    two envelopes the technical result stands in it as it was fixed before the prices were opened.
    """
    bids = list(OpenedBid.objects.filter(lot=lot).select_related("bid").order_by("bid__received_at"))
    prices = getattr(lot, "price_opening", None)
    if prices is None:
        against: Sequence[Any] = [v for v in verdicts if v.reject]
        rejections = {bid.pk: majority(bid, members, against) for bid in bids}
    else:
        rejections = {bid.pk: _second_look(bid, prices.technical, members) for bid in bids}
    inputs = {
        "v": "ranking-input/1",
        "members": [member.public_id for member in members],
        "bids": [_input(bid, place, rejections[bid.pk], scores) for place, bid in enumerate(bids, 1)],
    }
    scheme = lot.project.scheme
    result = ranking.rank(scheme, inputs)
    more = {"technical": prices.technical} if prices is not None else {}
    return more | {
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


def _second_look(bid: OpenedBid, technical: Mapping[str, Any], members: Sequence[PanelMember]) -> dict[str, Any] | None:
    """Why a bid of two envelopes is out: rejected before its price was known, its price not opened, or for its price."""
    found = next((row for row in technical["rejections"] if row["bid"] == bid.public_id), None)
    if found is not None:
        return dict(found)
    if bid.bid.stage in UNDECRYPTED:
        return {
            "bid": bid.public_id,
            "bidder": bid.bidder_name,
            "reason_code": UNDECRYPTED[bid.bid.stage],
            "article": "电子招标投标办法 第三十一条",
            "votes": 0,
            "reasons": [in_chinese(BID.stages[bid.bid.stage])],
        }
    return majority(bid, members, list(PriceVerdict.objects.filter(bid=bid, member__in=members).order_by("member")))


def _input(bid: OpenedBid, place: int, rejection: Mapping[str, Any] | None, scores: Sequence[Score]) -> dict[str, Any]:
    if rejection:
        return {"id": bid.public_id, "rejected": rejection["reason_code"]}
    marks = marks_of(bid, scores)
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
