"""公示候选人: the ranked candidates, at most three, with an end of publicity that holidays push back (条例 54)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.contracts.models import Candidate
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.flows._run import flow
from sunshine.foundation import calendar
from sunshine.foundation.authz import Actor
from sunshine.foundation.calendars.current import current_calendar
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.refusal import Refused


@flow(LOT, "publish-candidates")
def publish_candidates(lot: Lot, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Publish the first candidates of the signed report. There is no way to publish others."""
    report = lot.reports.filter(closed_at__isnull=False).order_by("-version").first()
    ranked = report.content["result"]["bids"] if report else []
    if not ranked:
        raise Refused("no-valid-bid", _("没有有效投标，请宣布流标后重新招标。"), "招标投标法 第四十二条")
    pack = pack_of(lot.project, at)
    bids = {bid.public_id: bid for bid in OpenedBid.objects.filter(lot=lot)}
    first = ranked[: pack.number("T12", "candidates", 3)]
    for row in first:
        bid = bids[row["id"]]
        price = bid.total_fen
        Candidate.objects.create(
            lot=lot, rank=row["rank"], bid=bid, total=Decimal(row["total"]), price_fen=price, published_at=at
        )
    days = pack.number("T13", "days", 3)
    until = calendar.window_end(current_calendar(), at.astimezone(BEIJING).date(), days)
    named = [row["id"] for row in first]
    return {"publicity_until": until.isoformat(), "report": report.digest if report else "", "candidates": named}
