"""Questions and answers on the documents: asked anonymously, answered to all (法 22, 办法 22)."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.tell import holders, tell
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.domain.sourcing.models import DocumentReceipt, Enquiry, Project
from sunshine.flows._run import NotFound, act, flow
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused

LONGEST = 4000  # characters


@act
def ask(project_id: str, *, by: Actor, at: datetime, text: str) -> Enquiry:
    """Ask about the documents. Nothing about the asker is kept, not even in the event record."""
    project = Project.objects.filter(public_id=project_id).first()
    if project is None or not by.may("supplier:enquiry:ask", project):
        raise NotFound()
    if not project.accepts_questions(at):
        raise Refused("questions-closed", _("提问期已过。"))
    if not text.strip() or len(text) > LONGEST:
        raise Refused("text-missing", _("请填写问题，不超过 %(n)s 字。") % {"n": LONGEST}, field="text")
    enquiry = Enquiry.objects.create(project=project, text=text.strip(), asked_at=at)
    url = f"/buyer/projects/{project.public_id}/"
    tell(holders(project.buyer, "buyer-officer"), "enquiry-asked", {"title": project.title}, url=url, at=at)
    return enquiry


@flow(PROJECT, "answer")
def answer(project: Project, *, by: Actor, at: datetime, enquiry: str, text: str) -> dict[str, Any]:
    """Answer one question; question and answer become visible to everyone."""
    row = project.enquiries.filter(public_id=enquiry, answered_at=None).first()
    if row is None:
        raise Refused("already-answered", _("该提问已答复或不存在。"))
    if not text.strip():
        raise Refused("text-missing", _("请填写答复。"), field="text")
    row.answer, row.answered_at, row.answered_by = text.strip(), at, str(by)
    row.save()
    return {"enquiry": enquiry, "answer": text}


@act
def download(project_id: str, *, by: Actor, at: datetime) -> Project:
    """Obtain the documents: any account may, verified or not (办法 20); noted so that changes reach the person."""
    project = Project.objects.filter(public_id=project_id).first()
    if project is None or not by.known or not project.documents_available(at):
        raise NotFound()
    DocumentReceipt.objects.get_or_create(person_id=by.person_pk, project=project, defaults={"at": at})
    return project
