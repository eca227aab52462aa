"""流标 and the next round: one lot's failure never touches another's row."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Item, Lot, Project, QualificationCriterion
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import new_id
from sunshine.foundation.refusal import Refused


@flow(LOT, "fail")
def fail(lot: Lot, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Declare that this round of the lot has failed, with the reason that will be public."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明流标原因，公告中会公开。"), field="reason")
    if lot.stage in ("announced",):
        raise Refused("not-opened-yet", _("开标前请使用“终止采购”。"))
    lot.failure_reason = reason
    lot.save(update_fields=["failure_reason"])
    return {"reason": reason, "round": lot.round}


@flow(LOT, "retender")
def retender(lot: Lot, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Begin the next round of a failed lot as a project of its own, with the method already approved."""
    old = lot.project
    kept = ("plan", "buyer", "agency", "title", "purpose", "category", "funding", "region", "budget_fen", "method")
    more = (
        "reason_code",
        "method_reason",
        "contact_name",
        "contact_phone",
        "objection_channel",
        "scheme",
        "contract_terms",
        "envelopes",
        "sealing",
        "decrypt_window",
    )
    fields = {name: getattr(old, name) for name in (*kept, *more)}
    project = Project(**fields, previous=old, created_at=at)
    along(PROJECT, "initiate", project, by=by, at=at, facts={"retender_of": lot.public_id})
    public_id = new_id("L")
    same = ("title", "mandatory", "mandatory_basis", "estimate_fen", "price_cap_fen", "price_cap_basis", "bid_bond_fen")
    again = Lot(
        **{name: getattr(lot, name) for name in (*same, "delivery_days", "quality")},
        project=project,
        public_id=public_id,
        ocid=f"{settings.OCID_PREFIX}-{public_id}",
        number=1,
        round=lot.round + 1,
        previous=lot,
    )
    along(LOT, "divide", again, by=by, at=at, facts={"project": project.public_id, "number": 1, "round": again.round})
    copied = (
        "number",
        "name",
        "classification_scheme",
        "classification",
        "quantity",
        "unit",
        "specification",
        "attributes",
    )
    Item.objects.bulk_create(Item(lot=again, **{n: getattr(item, n) for n in copied}) for item in lot.items.all())
    QualificationCriterion.objects.bulk_create(
        QualificationCriterion(project=project, number=c.number, text=c.text, kind=c.kind, evidence=c.evidence)
        for c in old.criteria.all()
    )
    return {"project": project.public_id, "lot": public_id, "round": again.round}
