"""What bidders may do at the openings now. Everything is told to everybody: asking must not tell whose bid is whose."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from sunshine.domain.bidding.envelopes import asked_of, window_end
from sunshine.domain.bidding.findings import UNTIL_WINDOW_ENDS
from sunshine.domain.bidding.lifecycle import WAITING
from sunshine.domain.bidding.models import BidderKey, SealedBid, ShareRelease
from sunshine.foundation.files.models import Blob
from sunshine_proof.errors import ProofError
from sunshine_proof.policy import ALONE
from sunshine_proof.remedy import check_remedy

TOLD_FOR = timedelta(days=30)  # after an opening


def openings(at: datetime) -> list[tuple[SealedBid, dict[str, Any]]]:
    """(bid, what it needs) of every effective bid that is being opened, or was in the last month.

    wants       "share" (S_B is missing, mode D), "key" (S is missing, mode B), "rescue" (fewer than k good shares yet),
                "body" (lost by the platform)
    part        the part whose body is lost, or ""
    window_end  until when
    asked       the parts of the envelope that is being opened: secrets of no other may be given
    """
    since = at - TOLD_FOR
    lately = Q(lot__project__opened_at__gt=since) | Q(lot__price_opening__opened_at__gt=since)
    rows = SealedBid.objects.filter(lately, is_effective=True)
    related = ("lot__project", "lot__seal_policy", "lot__price_opening")
    bids = list(rows.select_related(*related).order_by("lot_id", "lid_id"))
    waiting = [bid.pk for bid in bids if bid.stage in WAITING]
    good, given = _good(waiting), _given(waiting)
    return [(bid, _needs(bid, good[bid.pk], given.get(bid.pk, {}), at)) for bid in bids]


def _needs(bid: SealedBid, good: Mapping[str, int], given: Mapping[str, set[str]], at: datetime) -> dict[str, Any]:
    project, policy = bid.lot.project, bid.lot.seal_policy.content
    assert project.opened_at is not None
    under_way = window_end(bid.lot)
    end = under_way or project.opened_at + project.decrypt_window
    wants: list[str] = []
    parts = asked_of(bid)
    if bid.stage in WAITING and under_way is not None and at < end:
        if policy["bidder_share"] == "required" and any("bshare" not in given.get(part, ()) for part in parts):
            wants.append("share")
        unsaved = any("secret" not in given.get(part, ()) for part in parts)
        if policy["bidder_share"] == ALONE and unsaved:
            wants.append("key")
        if unsaved and any(good.get(part, 0) < policy["k"] for part in parts):
            wants.append("rescue")
        if bid.outcome.get("code") == "body-lost":
            wants.append("body")
    return {
        "wants": wants,
        "asked": parts,
        "part": bid.outcome.get("part", "") if "body" in wants else "",
        "window_end": end,
        "urgent": bid.outcome.get("code") in UNTIL_WINDOW_ENDS,
    }


def _good(bids: list[int]) -> dict[int, dict[str, int]]:
    """{bid: {part: good shares}}."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = ShareRelease.objects.filter(bid__in=bids).exclude(share="")
    for bid, part, n in rows.values_list("bid", "part").annotate(n=Count("pk")).order_by():
        found[bid][part] = n
    return found


def _given(bids: list[int]) -> dict[int, dict[str, set[str]]]:
    """{bid: {part: of "bshare" and "secret" what its bidder has given}}."""
    found: dict[int, dict[str, set[str]]] = defaultdict(dict)
    rows = BidderKey.objects.filter(bid__in=bids).values_list("bid", "part", "bshare", "secret")
    for bid, part, bshare, secret in rows:
        found[bid][part] = {name for name, value in (("bshare", bshare), ("secret", secret)) if value}
    return found


def body_copy(statement: Mapping[str, Any], sig: str) -> Blob | None:
    """The ciphertext of one part, for the holder of its box key: a copy to keep (rule e); None for anybody else."""
    lid = statement.get("lid")
    known = isinstance(lid, str) and len(lid) == 64 and lid.isalnum()
    bid = SealedBid.objects.filter(lid_id=lid, stage__in=WAITING).first() if known else None
    try:
        parts = check_remedy(statement, sig, bid.lid, "copy-body") if bid else []
    except ProofError:
        return None
    row = bid.parts.select_related("body").filter(part=parts[0]).first() if bid and len(parts) == 1 else None
    return row.body if row else None
