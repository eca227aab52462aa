"""合规审查: the buyer's own review; a human signs, the platform only lints (1117号(一): no pre-approval gate)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.domain.sourcing.models import Project
from sunshine.flows._run import flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused


@flow(PROJECT, "review")
def review(project: Project, *, by: Actor, at: datetime, opinion: str) -> dict[str, Any]:
    """Approve the documents with a written opinion, fair competition included."""
    if not opinion.strip():
        raise Refused("opinion-missing", _("请填写审查意见。"), field="opinion")
    project.reviewed_at, project.reviewed_by, project.review_note = at, str(by), opinion
    project.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
    url = f"/buyer/projects/{project.public_id}/"
    tell(holders(project.buyer, "buyer-publisher"), "reviewed", {"title": project.title}, url=url, at=at)
    return {"opinion": opinion}


@flow(PROJECT, "return-draft")
def return_draft(project: Project, *, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    """Send the documents back to be changed."""
    if not reason.strip():
        raise Refused("reason-missing", _("请写明退回原因。"), field="reason")
    project.reviewed_at, project.reviewed_by, project.review_note = None, "", reason
    project.save(update_fields=["reviewed_at", "reviewed_by", "review_note"])
    values = {"title": project.title, "reason": reason}
    url = f"/buyer/projects/{project.public_id}/"
    tell(holders(project.buyer, "buyer-officer"), "review-returned", values, url=url, at=at)
    return {"reason": reason}
