"""开标: close the boxes and fix which sealed bids of each lot will be opened; then confirm the record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.bidding.rules import somebody_is_at_the_door
from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing import sealing
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import DocumentReceipt, Lot, Project
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.text import in_chinese
from sunshine_proof import envelopes


@flow(PROJECT, "open-bids")
def open_bids(project: Project, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Fix, per lot, the effective lids at the deadline; a lot with too few bidders fails unopened
    (招标投标法 第二十八条、第三十四条至第三十六条; 条例 第四十四条)."""
    assert project.bids_due_at is not None  # the step's rule has seen that it is over
    if refused := somebody_is_at_the_door(project.bids_due_at, at):
        raise refused
    project.opened_at, project.opened_by = at, str(by)
    project.save(update_fields=["opened_at", "opened_by"])
    closing: dict[str, Any] = {}
    for lot in project.lots.select_for_update().filter(stage="announced").order_by("number"):
        lids = _effective(lot)
        least = lot.number_of_law("T07", "bidders", 1, at)
        if len(lids) < least:
            lot.failure_reason = in_chinese(_("投标人少于%(n)s个，不得开标"), n=least)
            lot.save(update_fields=["failure_reason"])
            along(LOT, "fail", lot, by=by, at=at, facts={"reason": lot.failure_reason, "article": "T07"})
        else:
            SealedBid.objects.filter(pk__in=lids.values()).update(is_effective=True)
            closing[lot.public_id] = sorted(lids)
            facts: dict[str, Any] = {"effective_lids": sorted(lids)}
            if project.two_envelope:  # this list opens nothing of the second envelope
                facts["parts"] = envelopes.first(lot.seal_policy.content)
            along(LOT, "open-bids", lot, by=by, at=at, facts=facts)
    if closing:
        _tell_who_is_wanted(project, at)
    return {"effective_lids": closing}


def _tell_who_is_wanted(project: Project, at: datetime) -> None:
    """Whoever must act now that the boxes are closed hears it: trustees, bidders, or both, as the mode says."""
    title = {"title": project.title}
    if not project.opens_alone:
        tell(project.seats.values_list("person_id", flat=True), "shares-wanted", title, url="/trustee/", at=at)
    if project.sealing != sealing.TRUSTEES:
        # nobody knows who bids: everybody who has the documents hears what a bidder must do
        readers = DocumentReceipt.objects.filter(project=project).values_list("person_id", flat=True)
        wanted = "bidders-wanted-alone" if project.opens_alone else "bidders-wanted"
        tell(readers, wanted, title, url="/supplier/bids/", at=at)


def _effective(lot: Lot) -> Mapping[str, int]:
    """{lid id: primary key} of the newest record of every box that has not been withdrawn."""
    newest: dict[str, SealedBid] = {}
    for row in SealedBid.objects.filter(lot=lot).only("box_key", "seq", "lid_id", "stage").order_by("seq"):
        newest[row.box_key] = row
    return {row.lid_id: row.pk for row in newest.values() if row.stage == "sealed"}


@flow(PROJECT, "confirm-opening")
def confirm_opening(project: Project, *, by: Actor, at: datetime) -> dict[str, Any]:
    """Publish the opening record to everyone (电子招标投标办法 第三十二条)."""
    opened = {lot.public_id: lot.opened_bids.count() for lot in project.lots.filter(stage="opening")}
    return {"opened": opened}
