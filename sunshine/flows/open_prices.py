"""第二次开标（双信封）: the panel's technical result is fixed, and only then are prices opened; those it rejected never are."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import rfc8785
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.lifecycle import BID
from sunshine.domain.bidding.models import PriceOpening
from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.models import Score, Verdict
from sunshine.domain.evaluation.technical import passed, technical_result, unrankable
from sunshine.domain.parties.models import Membership
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing import sealing
from sunshine.domain.sourcing.lifecycle import LOT
from sunshine.domain.sourcing.models import Lot
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof import envelopes


@flow(LOT, "open-prices")
def open_prices(lot: Lot, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Fix what the panel has locked, and log whose price is opened with the digest of it (办法 第二十六条).

    Raises Refused: nothing-to-open (every bid was rejected), score-missing, objective-inconsistent.
    """
    members = list(lot.panel.members.select_for_update(of=("self",)).exclude(stage="recused"))
    if any(member.stage != "locked" for member in members):
        raise Refused("scores-not-locked", _("还有评委没有锁定技术评审，商务标不能开启。"))
    scores = list(Score.objects.filter(member__in=members).select_related("bid", "member"))
    verdicts = list(Verdict.objects.filter(member__in=members).select_related("bid", "member"))
    technical = technical_result(lot, members, scores, verdicts)
    lids = passed(technical)
    if not lids:
        raise Refused("nothing-to-open", _("全部投标在技术评审中被否决，没有商务标可以开启，请评标组长汇总。"))
    if error := unrankable(lot.project.scheme, technical):
        text = _("技术评分还不能汇总，开启商务标后将无法更正，请先退回评审：%(detail)s") % {"detail": error.detail}
        raise Refused(error.code, text, "招标投标法实施条例 第四十九条")
    digest = hashlib.sha256(rfc8785.dumps(technical)).hexdigest()
    fixed = {"lids": lids, "technical": technical, "digest": digest}
    PriceOpening.objects.create(lot=lot, opened_at=at, opened_by=str(by), **fixed)
    for bid in lot.sealed_bids.select_for_update().filter(lid_id__in=lids).order_by("lid_id"):
        along(BID, "open-price", bid, by=by, at=at, facts={"lid": bid.lid_id})
    _tell_who_is_wanted(lot, lids, at)
    parts = envelopes.second(lot.seal_policy.content)
    return {"effective_lids": lids, "parts": parts, "technical": digest}


def _tell_who_is_wanted(lot: Lot, lids: Sequence[str], at: datetime) -> None:
    """Trustees, bidders whose price is opened, or both, as the mode says."""
    project, title = lot.project, {"title": lot.project.title}
    if not project.opens_alone:
        tell(project.seats.values_list("person_id", flat=True), "prices-wanted", title, url="/trustee/", at=at)
    if project.sealing != sealing.TRUSTEES:
        bidders = lot.opened_bids.filter(bid__lid_id__in=lids, bidder__isnull=False).values_list("bidder_id", flat=True)
        people = Membership.objects.filter(organisation__in=list(bidders), ended_at=None)
        wanted = "bidders-wanted-alone" if project.opens_alone else "bidders-wanted"
        tell(people.values_list("person_id", flat=True), wanted, title, url="/supplier/bids/", at=at)


@flow(LOT, "confirm-prices")
def confirm_prices(lot: Lot, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Publish the second opening record, and let the panel read the prices (电子招标投标办法 第三十二条)."""
    PriceOpening.objects.filter(lot=lot).update(confirmed_at=at)
    for member in lot.panel.members.filter(stage="locked"):
        along(MEMBER, "read-prices", member, by=by, at=at)
    people = lot.panel.members.exclude(stage="recused").values_list("person_id", flat=True)
    tell(people, "prices-opened", {"title": str(lot)}, url="/expert/", at=at)
    return {"opened": lot.opened_bids.filter(bid__lid_id__in=lot.price_opening.lids, bid__stage="opened").count()}
