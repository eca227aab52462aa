"""What the sealing page and the bid box read: the policy with its extensions, the trustees' certificates, known lids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealedBid, SealPolicy
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.refusal import Refused


@dataclass(frozen=True)
class LotToSeal:
    """One lot's seal policy with what a browser needs to check and to follow it."""

    lot: Lot
    policy: dict[str, Any]
    pid: str
    extensions: list[dict[str, Any]]
    trustee_certificates: list[str]  # PEM, in the order of the seats
    items: list[dict[str, str]]


def lot_to_seal(lot_id: str) -> LotToSeal | None:
    """The announced lot with its policy; None for one that is not public."""
    rows = Lot.objects.select_related("project__buyer", "seal_policy").prefetch_related("items")
    lot = rows.filter(public_id=lot_id, project__announced_at__isnull=False, seal_policy__isnull=False).first()
    if lot is None:
        return None
    seats = lot.project.seats.select_related("certificate")
    return LotToSeal(
        lot,
        lot.seal_policy.content,
        lot.seal_policy.pid,
        [row.content for row in lot.seal_policy.extensions.order_by("seq")],
        [seat.certificate.pem for seat in seats if seat.certificate is not None],
        [
            {"no": i.number, "name": i.name, "unit": i.unit, "quantity": format(i.quantity.normalize(), "f")}
            for i in lot.items.all()
        ],
    )


def arrival_of(record: Mapping[str, Any]) -> datetime | None:
    """When exactly this lid or withdrawal arrived, if it is the newest of its box; None for one never seen.

    A browser whose answer got lost asks again with the very same record and must get the very same receipt.
    Raises Refused("lid-replayed") for a record that another one has followed.
    """
    identifier = record.get("id")
    if not isinstance(identifier, str):
        return None
    row = SealedBid.objects.filter(lid_id=identifier).only("lot_id", "box_key", "seq", "lid", "arrived_at").first()
    if row is None or row.lid != record:
        return None
    if SealedBid.objects.filter(lot_id=row.lot_id, box_key=row.box_key, seq__gt=row.seq).exists():
        raise Refused("lid-replayed", _("这份封签已被后来的投标或撤回替代，不能再次递交。"))
    return row.arrived_at


def box_refusal(pid: Any, part: Any, at: datetime) -> Refused | None:
    """Why the box would not take a body for this part of this policy now; None if it would."""
    row = SealPolicy.objects.select_related("lot__project").filter(pid=pid).first() if isinstance(pid, str) else None
    if row is None:
        return Refused("policy-unknown", _("这份投标文件不是为本平台的任何标段密封的。"))
    if part not in row.content["parts"]:
        return Refused("part-unknown", _("该标段的投标文件没有这一分册。"), field="part")
    return lateness(row.lot, at)


def lateness(lot: Lot, at: datetime) -> Refused | None:
    """Why this lot takes no bids at this instant."""
    if lot.project.accepts_bids(at) and lot.stage == "announced":
        return None
    if lot.project.stage == "announced":
        text = _("投标截止时间已过，投标文件被拒收。")
        return Refused("bid-late", text, "招标投标法实施条例 第三十六条；电子招标投标办法 第二十七条")
    return Refused("not-receiving", _("该标段现在不接收投标。"))
