"""定标 and its letters: rank one wins; the winner and all others learn it at the same instant (法 45)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.contracts.models import Award, Letter
from sunshine.domain.evaluation.report import sheet_of
from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.domain.sourcing.rules import pack_of
from sunshine.flows._run import flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


@flow(LOT, "award")
def award(lot: Lot, *, by: Actor, at: datetime, rank: int = 1, reason: str = "") -> dict[str, Any]:
    """Decide the winner. Where the law binds (T14), another than rank one needs one of its four reasons, in words."""
    chosen = lot.candidates.filter(rank=rank).select_related("bid").first()
    if chosen is None or chosen.price_fen is None:
        raise Refused("candidate-unknown", _("没有这一名次的候选人。"), field="rank")
    rule = pack_of(lot.project, at).rule("T14")
    if rank != 1 and not reason.strip():
        article = rule.article if rule and lot.mandatory else ""
        text = _("应当确定排名第一的候选人；改定其他候选人须写明法定理由。")
        raise Refused("not-rank-one", text, article, field="reason")
    row = Award.objects.create(
        lot=lot, bid=chosen.bid, amount_fen=chosen.price_fen, reason=reason, awarded_at=at, awarded_by=str(by)
    )
    return {"award": row.public_id, "bid": chosen.bid.public_id, "rank": rank, "amount_fen": str(row.amount_fen)}


@flow(LOT, "notify")
def notify(lot: Lot, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Send every bidder its letter at once, each with its own scores and reasons only (招标投标法 第四十五条)."""
    decided = lot.award
    report = lot.reports.filter(closed_at__isnull=False).order_by("-version").first()
    winner = {"name": decided.bid.bidder_name, "amount_fen": str(decided.amount_fen)}
    for bid in lot.opened_bids.select_related("bidder"):
        kind = "award_letter" if bid.pk == decided.bid_id else "result_letter"
        own = sheet_of(report.content, bid.public_id) if report else {}
        Letter.objects.create(award=decided, bid=bid, kind=kind, content={"winner": winner, "own": own}, sent_at=at)
        if bid.bidder is not None:
            told = kind.replace("_", "-")
            tell(holders(bid.bidder), told, {"title": str(lot)}, url="/supplier/results/", at=at)
    decided.notified_at = at
    decided.save(update_fields=["notified_at"])
    return {"letters": lot.opened_bids.count()}
