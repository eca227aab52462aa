"""评审: check in, judge, score alone, lock. Nobody sees another's score before all have locked."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import OpenedBid
from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.models import PanelMember, PriceVerdict, Score, Verdict
from sunshine.domain.publishing.tell import holders, tell
from sunshine.flows._alternate import seat_next
from sunshine.flows._run import flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

GROUNDS = tuple(f"R51-{n}" for n in range(1, 8))


@flow(MEMBER, "check-in")
def check_in(member: PanelMember, *, by: Actor, at: datetime, no_interest: bool) -> dict[str, Any]:
    """Arrive, learn the bidders' names, and declare to have no interest in any of them (条例 第四十六条)."""
    if not no_interest:
        raise Refused(
            "declaration-missing", _("请声明与投标人没有利害关系；如有，请申请回避。"), "招标投标法 第三十七条"
        )
    member.checked_in_at = at
    member.save(update_fields=["checked_in_at"])
    return {"no_interest": True}


@flow(MEMBER, "recuse")
def recuse(member: PanelMember, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Leave the panel for a reason; the next in the drawn order takes the seat."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明回避原因。"), field="reason")
    Score.objects.filter(member=member).delete()
    Verdict.objects.filter(member=member).delete()
    return {"reason": reason} | seat_next(member, by=by, at=at)


@flow(MEMBER, "score")
def score(
    member: PanelMember,
    *,
    by: Actor,
    at: datetime,
    bid: str,
    values: Mapping[str, str],
    reasons: Mapping[str, str] | None = None,
    reject: bool = False,
    reason_code: str = "",
    reason: str = "",
) -> dict[str, Any]:
    """Save this member's verdict and scores on one bid; may be changed until the lock.

    values   criterion key → score as text, within 0 and the criterion's full mark, at most two decimals
    """
    row = OpenedBid.objects.filter(lot=member.panel.lot, public_id=bid).first()
    if row is None:
        raise Refused("bid-unknown", _("该标段没有这份投标。"))
    if reject and (reason_code not in GROUNDS or not reason.strip()):
        text = _("否决投标须选择法定情形并写明理由。")
        raise Refused("rejection-reason", text, "招标投标法实施条例 第五十一条", field="reason")
    judged = {"reject": reject, "reason_code": reason_code if reject else "", "reason": reason if reject else ""}
    Verdict.objects.update_or_create(member=member, bid=row, defaults={**judged, "given_at": at})
    marks = {c["key"]: Decimal(c["full_mark"]) for c in judged_criteria(member.panel.lot.project.scheme)}
    for key, mark in values.items():
        value = _mark(mark, marks, key)
        given = {"value": value, "reason": (reasons or {}).get(key, ""), "scored_at": at}
        Score.objects.update_or_create(member=member, bid=row, criterion=key, defaults=given)
    return {"bid": bid, "criteria": sorted(values), "reject": reject}  # no numbers: the record is read before the lock


@flow(MEMBER, "judge-price")
def judge_price(
    member: PanelMember, *, by: Actor, at: datetime, bid: str, reject: bool, reason_code: str = "", reason: str = ""
) -> dict[str, Any]:
    """After the second opening: reject a bid for its price, with ground and reason, or take that back. No score moves."""
    lot = member.panel.lot
    row = lot.opened_bids.filter(public_id=bid, bid__lid_id__in=lot.price_opening.lids, bid__stage="opened").first()
    if row is None:
        raise Refused("bid-unknown", _("该标段没有这份已开启商务标的投标。"))
    if not reject:
        PriceVerdict.objects.filter(member=member, bid=row).delete()
        return {"bid": bid, "reject": False}
    if reason_code not in GROUNDS or not reason.strip():
        text = _("否决投标须选择法定情形并写明理由。")
        raise Refused("rejection-reason", text, "招标投标法实施条例 第五十一条", field="reason")
    given = {"reason_code": reason_code, "reason": reason, "given_at": at}
    PriceVerdict.objects.update_or_create(member=member, bid=row, defaults=given)
    return {"bid": bid, "reject": True}


@flow(MEMBER, "lock-prices")
def lock_prices(member: PanelMember, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Finish with the prices: what was not rejected stands. Then nothing changes any more."""
    return _locked(member, at)


def judged_criteria(scheme: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The criteria that members score; the price is computed."""
    return [c for c in scheme.get("criteria", []) if c["kind"] != "price"]


def _mark(text: str, marks: Mapping[str, Decimal], key: str) -> Decimal:
    if key not in marks:
        raise Refused("criterion-unknown", _("评标办法中没有这一评审因素。"), "招标投标法实施条例 第四十九条")
    try:
        value = Decimal(str(text).strip())
    except InvalidOperation:
        raise Refused("score-format", _("请填写数字。"), field=key) from None
    if not value.is_finite() or value < 0 or value > marks[key] or value != value.quantize(Decimal("0.01")):
        raise Refused("score-range", _("分值应在 0 到 %(full)s 之间，最多两位小数。") % {"full": marks[key]}, field=key)
    return value


@flow(MEMBER, "lock-scores")
def lock_scores(member: PanelMember, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Finish: every bid judged, every criterion of every bid not rejected scored. Then nothing changes any more."""
    lot = member.panel.lot
    keys = {c["key"] for c in judged_criteria(lot.project.scheme)}
    verdicts = {v.bid_id: v for v in member.verdicts.all()}
    for bid in lot.opened_bids.all():
        verdict = verdicts.get(bid.pk)
        scored = set(member.scores.filter(bid=bid).values_list("criterion", flat=True))
        if verdict is None or (not verdict.reject and scored != keys):
            raise Refused("scores-incomplete", _("“%(bidder)s”还没有评完。") % {"bidder": bid.bidder_name})
    return _locked(member, at)


def _locked(member: PanelMember, at: datetime) -> dict[str, Any]:
    """Lock, and tell whoever goes on from here when everybody has: the chair, or who opens the prices."""
    member.locked_at = at
    member.save(update_fields=["locked_at"])
    rest = member.panel.members.exclude(pk=member.pk).filter(stage__in=["drawn", "present", "pricing"])
    if not rest.exists():
        lot = member.panel.lot
        if lot.project.two_envelope and not hasattr(lot, "price_opening"):
            url = f"/buyer/projects/{lot.project.public_id}/opening/"
            tell(holders(lot.project.buyer, "buyer-officer"), "prices-wait", {"title": str(lot)}, url=url, at=at)
            return {"locked": True}
        chair = member.panel.members.filter(is_chair=True).values_list("person_id", flat=True)
        tell(chair, "scores-locked", {"title": str(lot)}, url="/expert/", at=at)
    return {"locked": True}
