"""终止采购: ended by the buyer with a notice to all (条例 第三十一条)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import tell
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.models import DocumentReceipt, Project
from sunshine.flows._run import along, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


@flow(PROJECT, "terminate")
def terminate(project: Project, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """End the whole procedure. Lots already awarded are untouched: an award binds."""
    if not reason.strip():
        raise Refused(
            "reason-missing", _("请写明终止原因，公告中会公开。"), "招标投标法实施条例 第三十一条", field="reason"
        )
    lots = list(project.lots.select_for_update().order_by("number"))  # an award of the same moment comes first or after
    open_lots = [lot for lot in lots if lot.stage in LOT.steps["terminate"].source]
    if lots and not open_lots:
        raise Refused("nothing-to-terminate", _("各标段均已结束，无可终止。"))
    for lot in open_lots:
        along(LOT, "terminate", lot, by=by, at=at, facts={"reason": reason})
    informed = DocumentReceipt.objects.filter(project=project).values_list("person_id", flat=True)
    values = {"title": project.title, "reason": reason}
    tell(informed, "terminated", values, url=f"/projects/{project.public_id}/", at=at)
    return {"reason": reason, "lots": [lot.public_id for lot in open_lots]}
