"""释放密钥份额: one trustee's shares of one lot's bids, after the deadline, signed."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealedBid, ShareRelease
from sunshine.domain.sourcing.models import Lot, TrusteeSeat
from sunshine.flows._run import NotFound, act, note
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.signatures import LocalVerifier
from sunshine_proof.canonical import CanonicalError, unhex
from sunshine_proof.release import ReleaseError, check_release, check_released_share, release_digest


@act
def release_share(
    lot_id: str,
    *,
    by: Actor,
    at: datetime,
    releases: Sequence[Mapping[str, str]],
    statement: Mapping[str, Any],
    signature: str,
    certificate: str,
) -> int:
    """Take a trustee's shares (or the faults its client found) for effective lids of a lot that is being opened.

    Every share is checked against the bidder's commitment; a repeated release changes nothing. Returns how many
    were new. Raises Refused: not-opened, release-…, signature-….
    """
    rows_of = Lot.objects.select_for_update(of=("self",)).select_related("project", "seal_policy")
    lot = rows_of.filter(public_id=lot_id).first()
    seats = TrusteeSeat.objects.filter(project__lots__public_id=lot_id, person_id=by.person_pk)
    seat = seats.first()
    if lot is None or seat is None or "trustee:share:release" not in by.permissions:
        raise NotFound()
    if lot.stage != "opening":
        raise Refused("not-opened", _("该标段不在开标中，现在不能释放份额。"), "招标投标法 第三十四条")
    entries = _signed(lot, seat, statement, signature, certificate, by, at)
    bids = {bid.lid_id: bid for bid in SealedBid.objects.filter(lot=lot, is_effective=True)}
    done = set(ShareRelease.objects.filter(seat=seat, bid__lot=lot).values_list("bid__lid_id", "part"))
    rows = []
    for given in releases:
        key = (given.get("lid", ""), given.get("part", ""))
        if key not in entries or key[0] not in bids:
            raise Refused("release-unknown", _("份额与签名声明或有效投标不一致。"))
        if key not in done:
            rows.append(_row(lot, seat, bids[key[0]], given, entries[key], statement, signature, at))
    ShareRelease.objects.bulk_create(rows)
    facts = {"i": seat.i, "count": len(rows), "entries": [dict(entry) for entry in entries.values()]}
    note("lot", "release-share", lot.public_id, by=by, at=at, facts=facts)
    return len(rows)


def _signed(
    lot: Lot, seat: TrusteeSeat, statement: Mapping[str, Any], signature: str, certificate: str, by: Actor, at: datetime
) -> dict[tuple[str, str], dict[str, str]]:
    try:
        entries = check_release(statement, lot.seal_policy.pid, seat.i)
        raw = base64.b64decode(signature, validate=True)
    except (ReleaseError, binascii.Error, ValueError) as error:
        raise Refused("release-malformed", _("份额声明格式不正确。")) from error
    LocalVerifier().verify(release_digest(statement), raw, certificates.find(certificate), at=at, person=by.person)
    return entries


def _row(
    lot: Lot,
    seat: TrusteeSeat,
    bid: SealedBid,
    given: Mapping[str, str],
    entry: Mapping[str, str],
    statement: Mapping[str, Any],
    signature: str,
    at: datetime,
) -> ShareRelease:
    part = next(p for p in bid.lid["parts"] if p["part"] == entry["part"])
    share = given.get("y", "")
    if share:
        try:
            check_released_share(bytes.fromhex(lot.seal_policy.pid), part, seat.i, unhex(share, 32, "y"), entry)
        except (ReleaseError, CanonicalError) as error:
            text = _("第%(i)s号持有人的份额与投标人承诺不符，没有采用。") % {"i": seat.i}
            raise Refused("release-share", text) from error
    return ShareRelease(
        bid=bid,
        part=entry["part"],
        seat=seat,
        share=share,
        fault="" if share else entry.get("fault", "share-undecryptable"),
        statement=dict(statement),
        signature=signature,
        released_at=at,
    )
