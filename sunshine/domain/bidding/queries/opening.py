"""What a trustee's client fetches, and how far an opening has come."""

from typing import Any

from sunshine.domain.bidding.envelopes import parts_now
from sunshine.domain.bidding.models import SealedBid, SealPolicy, ShareRelease
from sunshine.domain.sourcing.models import TrusteeSeat
from sunshine.foundation.authz import Actor


def shares_for(lot_id: str, actor: Actor) -> dict[str, Any] | None:
    """{"pid", "policy", "i", "lids", "released", "parts"} for the trustee ``actor`` of a lot, or None if it is none of theirs.

    Before the opening ``lids`` is empty, whoever asks and whatever lies in the box.
    """
    policy = SealPolicy.objects.select_related("lot__project").filter(lot__public_id=lot_id).first()
    if policy is None:
        return None
    seat = TrusteeSeat.objects.filter(project=policy.lot.project, person_id=actor.person_pk).first()
    if seat is None:
        return None
    bids = SealedBid.objects.filter(lot=policy.lot, is_effective=True).order_by("lid_id")
    if policy.lot.stage == "opening_prices":
        bids = bids.filter(lid_id__in=policy.lot.price_opening.lids)
    done = ShareRelease.objects.filter(bid__lot=policy.lot, seat=seat)
    return {
        "pid": policy.pid,
        "policy": policy.content,
        "i": seat.i,
        "lids": [bid.lid for bid in bids],
        "parts": parts_now(policy.content, policy.lot.stage),
        "released": [list(pair) for pair in done.values_list("bid__lid_id", "part")],
    }
