"""The files of the bidding documents: added one or many at a time, removed while nothing is public."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.sourcing.queries import buyer_draft
from sunshine.flows._run import NotFound
from sunshine.flows.draft import draft
from sunshine.foundation.files import store
from sunshine.foundation.files.names import clean_name
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import actor, desk, say
from sunshine.interfaces.web.buyer.drafting.views_draft import draft_or_404, show_section

MOST_AT_ONCE = 20
MOST_FILES = 200


def stored(request: HttpRequest, name: str = "files") -> tuple[list[dict[str, Any]], list[Refused]]:
    """The uploaded files as blobs with their titles; and why others were not taken, each with its name."""
    kept: list[dict[str, Any]] = []
    faults: list[Refused] = []
    for upload in request.FILES.getlist(name)[:MOST_AT_ONCE]:
        label = str(upload.name)[:120]
        try:
            blob = store.store(upload, name=str(upload.name), limit=settings.UPLOAD_LIMIT)
            kept.append({"blob": blob, "title": clean_name(str(upload.name))})
        except Refused as refused:
            faults.append(Refused(refused.code, f"{label}：{refused.text}", refused.article, field=name))
    return kept, faults


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, project_id: str) -> HttpResponse:
    """`…/draft/files/`."""
    project = draft_or_404(request, project_id)
    faults: list[Refused] = []
    if request.method == "POST":
        kept, faults = stored(request)
        if len(project.documents.all()) + len(kept) > MOST_FILES:
            faults, kept = [Refused("too-many-files", _("一个项目最多 %(n)s 个文件。") % {"n": MOST_FILES})], []
        if not kept and not faults:
            faults = [Refused("file-missing", _("请选择要上传的文件。"), field="files")]
        if kept:
            draft(project_id, by=actor(request), documents=kept)
            say(request, _("已上传 %(n)s 个文件。") % {"n": len(kept)})
        if not faults:
            return redirect(f"/buyer/projects/{project_id}/draft/files/")
        project = draft_or_404(request, project_id)
    context = {"faults": faults, "limit": store.human(settings.UPLOAD_LIMIT)}
    return show_section(request, project, "files", context, status=422 if faults else 200)


@desk
@require_POST
def remove_file(request: HttpRequest, project_id: str, document_id: str) -> HttpResponse:
    """`…/draft/files/<id>/remove/`."""
    project = draft_or_404(request, project_id)
    one = buyer_draft.document_of(project, document_id)
    if one is None:
        raise NotFound()
    draft(project_id, by=actor(request), remove_documents=[document_id])
    say(request, _("文件“%(title)s”已移除。") % {"title": one.title})
    return redirect(f"/buyer/projects/{project_id}/draft/files/")
