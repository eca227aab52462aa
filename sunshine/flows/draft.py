"""编制采购文件: everything that will be published, saved as often as one likes before the review."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing import sealing
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import Document, Item, Lot, Project, QualificationCriterion
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.ids import new_id
from sunshine.foundation.refusal import Refused

FIELDS = frozenset(
    {
        "title",
        "purpose",
        "region",
        "contact_name",
        "contact_phone",
        "consortium_allowed",
        "performance_bond_percent",
        "objection_channel",
        "contract_terms",
        "scheme",
        "documents_from",
        "documents_to",
        "questions_due_at",
        "bids_due_at",
        "opening_place",
        "bid_validity_days",
        "sealing",
        "envelopes",
        "decrypt_window",
        "decrypt_remedy",
        "too_few_after_decrypt",
    }
)
LOT_FIELDS = frozenset(
    {
        "number",
        "title",
        "mandatory",
        "mandatory_basis",
        "estimate_fen",
        "price_cap_fen",
        "price_cap_basis",
        "bid_bond_fen",
        "delivery_days",
        "quality",
    }
)


@flow(PROJECT, "draft")
def draft(
    project: Project,
    *,
    by: Actor,
    at: datetime,
    fields: Mapping[str, Any] | None = None,
    lots: Sequence[Mapping[str, Any]] | None = None,
    criteria: Sequence[Mapping[str, Any]] | None = None,
    documents: Sequence[Mapping[str, Any]] | None = None,
    remove_documents: Sequence[str] = (),
) -> dict[str, Any]:
    """Save any of the sections; what is not given stays as it is.

    lots       all lots, in order; one with ``id`` changes that lot, one without is new, a missing one is dropped.
               Each may carry ``items`` (all of them).
    documents  files to add: {blob, title, kind}
    """
    for name, value in (fields or {}).items():
        if name not in FIELDS:
            raise Refused("field-unknown", _("不能修改这一项：%(name)s") % {"name": name}, field=name)
        _check(name, value)
        setattr(project, name, value)
    project.drafted_by = str(by)
    project.save()
    if lots is not None:
        _save_lots(project, lots, by=by, at=at)
    if criteria is not None:
        project.criteria.all().delete()
        QualificationCriterion.objects.bulk_create(
            QualificationCriterion(project=project, number=n, **row) for n, row in enumerate(criteria, 1)
        )
    for row in documents or ():
        Document.objects.create(project=project, added_at=at, added_by=str(by), **row)
    project.documents.filter(public_id__in=remove_documents).delete()
    sections = {"fields": sorted(fields or {}), "lots": len(lots or ()), "criteria": len(criteria or ())}
    return {"saved": sections}


def _check(name: str, value: Any) -> None:
    """What the opening later relies on is refused here, whichever door it came through."""
    if name == "sealing" and value not in sealing.MODES:
        raise Refused("sealing-unknown", _("没有这种密封方式。"), field=name)
    if name == "envelopes" and value not in sealing.ENVELOPES:
        raise Refused("envelopes-unknown", _("信封只能是一个或两个。"), field=name)
    if name == "decrypt_window" and not sealing.SHORTEST <= value <= sealing.LONGEST:
        hours = {"least": sealing.SHORTEST // timedelta(hours=1), "most": sealing.LONGEST // timedelta(hours=1)}
        raise Refused("window-out-of-bounds", _("解密时限应在 %(least)s 至 %(most)s 小时之间。") % hours, field=name)


def _save_lots(project: Project, rows: Sequence[Mapping[str, Any]], *, by: Actor, at: datetime) -> None:
    kept = []
    known = {lot.public_id: lot for lot in project.lots.all()}
    # Numbers are unique within the project: park the old ones out of the way before the new ones are given.
    for n, lot in enumerate(known.values()):
        Lot.objects.filter(pk=lot.pk).update(number=1000 + n)
    for number, row in enumerate(rows, 1):
        given = {name: row[name] for name in LOT_FIELDS & set(row)} | {"number": number}
        old = known.get(str(row.get("id", "")))
        if old is None:
            public_id = new_id("L")
            lot = Lot(project=project, public_id=public_id, ocid=f"{settings.OCID_PREFIX}-{public_id}", **given)
            along(LOT, "divide", lot, by=by, at=at, facts={"project": project.public_id, "number": number})
        else:
            lot = old
            for name, value in given.items():
                setattr(lot, name, value)
            lot.save()
        kept.append(lot.pk)
        if (items := row.get("items")) is not None:
            lot.items.all().delete()
            Item.objects.bulk_create(Item(lot=lot, **item) for item in items)
    project.lots.exclude(pk__in=kept).delete()


@flow(PROJECT, "submit-review")
def submit_review(project: Project, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Hand the complete documents to the compliance reviewer."""
    url = f"/buyer/projects/{project.public_id}/"
    tell(holders(project.buyer, "buyer-reviewer"), "review-waits", {"title": project.title}, url=url, at=at)
    return {"lots": project.lots.count()}
