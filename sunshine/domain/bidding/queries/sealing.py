"""What the sealing page and the bid box read: the policy with its extensions, the trustees' certificates, known lids."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealedBid, SealPolicy
from sunshine.domain.bidding.rules import lateness
from sunshine.domain.sourcing.models import Lot
from sunshine.foundation.audit.models import Event
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog.queries import Place, place_of


@dataclass(frozen=True)
class LotToSeal:
    """One lot's seal policy with what a browser needs to check and to follow it."""

    lot: Lot
    policy: dict[str, Any]
    pid: str
    token_key: str
    extensions: list[dict[str, Any]]
    trustee_certificates: list[str]  # PEM, in the order of the seats
    items: list[dict[str, str]]


def lot_to_seal(lot_id: str) -> LotToSeal | None:
    """The announced lot with its policy; None for one that is not public."""
    rows = Lot.objects.select_related("project__buyer", "seal_policy").prefetch_related("items")
    lot = rows.filter(public_id=lot_id, project__announced_at__isnull=False, seal_policy__isnull=False).first()
    if lot is None:
        return None
    # where the bidder alone opens, whoever sits there guards draws and no bid
    seats = [] if lot.project.opens_alone else lot.project.seats.select_related("certificate")
    return LotToSeal(
        lot,
        lot.seal_policy.content,
        lot.seal_policy.pid,
        lot.seal_policy.token_key,
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


def body_refusal(policy: SealPolicy, part: Any, at: datetime) -> Refused | None:
    """Why the box would not take a body for this part of this policy now; None if it would."""
    if part not in policy.content["parts"]:
        return Refused("part-unknown", _("该标段的投标文件没有这一分册。"), field="part")
    return lateness(policy.lot, at)


def announcement(project_id: str, lot_id: str) -> Place | None:
    """Where the log says what was announced for this lot: its policy and its token key. None while it waits."""
    lots = Lot.objects.filter(public_id=lot_id, project__public_id=project_id, project__announced_at__isnull=False)
    event = Event.objects.filter(subject=f"lot/{lot_id}", tag="lot:announce").first() if lots.exists() else None
    return place_of(event) if event is not None else None
