"""释放密钥份额: one trustee's shares of one lot's bids, after the deadline, signed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.envelopes import parts_now
from sunshine.domain.bidding.findings import WRONG_SHARE
from sunshine.domain.bidding.models import SealedBid, ShareRelease
from sunshine.domain.sourcing.models import Lot, TrusteeSeat
from sunshine.flows._run import NotFound, act, note
from sunshine.flows._trustee import signed_release
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine_proof.canonical import CanonicalError, unhex
from sunshine_proof.release import ReleaseError, check_released_share
from sunshine_proof.shares import commit_of


def release_share(
    lot_id: str,
    *,
    by: Actor,
    releases: Sequence[Mapping[str, str]],
    statement: Mapping[str, Any],
    signature: str,
    certificate: str,
) -> int:
    """Take a trustee's shares (or the faults its client found) for effective lids of a lot that is being opened.

    Every share is checked against the bidder's commitment. A wrong one is not used, but it stays on the record with
    both hashes, and its trustee is told at once: a later good share takes its place. A repeated release changes
    nothing. Returns how many were new. Raises Refused: not-opened, release-…, signature-….
    """
    given = {"releases": releases, "statement": statement, "signature": signature, "certificate": certificate}
    seat, fresh, wrong = _take(lot_id, by=by, **given)
    if wrong:
        text = _(
            "第%(i)s号持有人（%(role)s）交出的 %(n)s 个份额与投标人的承诺不符，没有采用，已连同您的签名声明记录在案。"
            "请确认用的是本项目的密钥；在解密时限内可以重新释放正确的份额。"
        ) % {"i": seat.i, "role": seat.role, "n": wrong}
        raise Refused("release-share", text)
    return fresh


@act
def _take(
    lot_id: str,
    *,
    by: Actor,
    at: datetime,
    releases: Sequence[Mapping[str, str]],
    statement: Mapping[str, Any],
    signature: str,
    certificate: str,
) -> tuple[TrusteeSeat, int, int]:
    rows_of = Lot.objects.select_for_update(of=("self",)).select_related("project", "seal_policy")
    lot = rows_of.filter(public_id=lot_id).first()
    seat = TrusteeSeat.objects.filter(project__lots__public_id=lot_id, person_id=by.person_pk).first()
    if lot is None or seat is None or "trustee:share:release" not in by.permissions:
        raise NotFound()
    parts = parts_now(lot.seal_policy.content, lot.stage)
    if not parts:
        raise Refused("not-opened", _("该标段不在开标中，现在不能释放份额。"), "招标投标法 第三十四条")
    if lot.project.opens_alone:
        raise Refused("share-not-asked", _("本项目的投标由投标人自己开启，没有需要释放的份额。"))
    entries = signed_release(lot.seal_policy.pid, seat, statement, signature, certificate, by, at)
    if any(part not in parts for _lid, part in entries):
        text = _("这一部分不在本次开标的名单上，份额没有接收：商务标要等技术评审结果固定之后才开启。")
        raise Refused("part-not-open", text, "电子招标投标办法 第二十六条")
    bids = {bid.lid_id: bid for bid in _listed(lot)}
    known = {(row.bid.lid_id, row.part): row for row in seat.releases.filter(bid__lot=lot).select_related("bid")}
    fresh, wrong = [], []
    for item in releases:
        key = (item.get("lid", ""), item.get("part", ""))
        if key not in entries or key[0] not in bids:
            raise Refused("release-unknown", _("份额与签名声明或有效投标不一致。"))
        row = _row(lot, seat, bids[key[0]], item, entries[key])
        row.statement, row.signature, row.released_at = dict(statement), signature, at
        if row.fault == WRONG_SHARE:
            wrong.append({"lid": key[0], "part": key[1], "expected": row.expected, "got": row.got})
        old = known.get(key)
        if old is not None and (old.share or not row.share):
            continue  # what is good stays; what was wrong gives way to a good share only
        row.pk = old.pk if old is not None else None
        row.save()
        known[key] = row
        fresh.append(row)
    said = {"i": seat.i, "count": sum(1 for row in fresh if row.fault != WRONG_SHARE), "wrong": wrong}
    facts = said | {"entries": [dict(entry) for entry in entries.values()]}
    note("lot", "release-share", lot.public_id, by=by, at=at, facts=facts)
    return seat, len(fresh), len(wrong)


def _listed(lot: Lot) -> QuerySet[SealedBid]:
    """The bids on the list of the opening under way."""
    listed = SealedBid.objects.filter(lot=lot, is_effective=True)
    return listed.filter(lid_id__in=lot.price_opening.lids) if lot.stage == "opening_prices" else listed


def _row(
    lot: Lot, seat: TrusteeSeat, bid: SealedBid, given: Mapping[str, str], entry: Mapping[str, str]
) -> ShareRelease:
    """One release, judged: a good share, a fault its trustee reports, or a share that is not the committed one."""
    part = next((p for p in bid.lid["parts"] if p["part"] == entry["part"]), None)
    share, row = given.get("y", ""), ShareRelease(bid=bid, part=entry["part"], seat=seat)
    if part is None or bool(share) == ("fault" in entry):
        raise Refused("release-unknown", _("份额与签名声明或有效投标不一致。"))
    if not share:
        row.fault = entry["fault"]
        return row
    pid, committed = bytes.fromhex(lot.seal_policy.pid), part["commit"][seat.i - 1]
    try:
        y = unhex(share, 32, "y")
        check_released_share(pid, part, seat.i, y, entry)
        row.share = share
    except CanonicalError as error:
        raise Refused("release-malformed", _("份额声明格式不正确。")) from error
    except ReleaseError:
        row.fault, row.expected = WRONG_SHARE, committed
        row.got = commit_of(pid, part["recipient"], seat.i, y)
        if row.got == committed:  # the share is right and the signed words are not
            raise Refused("release-unknown", _("份额与签名声明或有效投标不一致。")) from None
    return row
