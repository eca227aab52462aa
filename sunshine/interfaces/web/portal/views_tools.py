"""The tools that work without us: what each is for, how to get it, and how to know that it is the right one."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.domain.bidding.queries import sealing
from sunshine.domain.bidding.queries.tenders import tender_file
from sunshine.domain.publishing.queries.tools import builds
from sunshine.domain.sourcing.queries import public
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.pages.tools import NAME, offline_tool
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.portal.shell import now_of, page


@require_GET
def tools(request: HttpRequest) -> HttpResponse:
    """`/tools/`: downloads, hashes, places in the log, commands."""
    tool = offline_tool()
    known = builds(NAME)
    current = next((one for one in known if tool and one.sha256 == tool.sha256), None)
    context = {"tool": tool, "name": NAME, "current": current, "older": [one for one in known if one is not current]}
    return page(request, "portal/tools.html", context | {"vkey": log_vkey()}, crumbs=[Link(_("离线工具"))])


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """`/tools/sunshine-bid.html`: the file itself, to be kept and opened from the disk, never run from here."""
    tool = offline_tool()
    if tool is None:
        raise Http404
    answer = HttpResponse(tool.path.read_bytes(), content_type="application/octet-stream")
    answer["Content-Disposition"] = f'attachment; filename="{NAME}"'
    answer["Cache-Control"] = "public, no-cache"
    answer["ETag"] = f'"{tool.sha256[:32]}"'
    answer.for_programs = True  # type: ignore[attr-defined]
    return answer


@require_GET
def proof(request: HttpRequest, sha256: str) -> HttpResponse:
    """`/tools/proofs/<sha256>`: the `.tlog-proof` that this build was published; 202 while it waits for its place."""
    build = next((one for one in builds(NAME) if one.sha256 == sha256), None)
    if build is None:
        raise Http404
    if build.place is None:
        return JsonResponse({"state": "waiting"}, status=202)
    answer = HttpResponse(build.place.proof, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{NAME}-{sha256[:8]}.tlog-proof"'
    return answer


@require_GET
def tender(request: HttpRequest, project: str, lot: str) -> HttpResponse:
    """The tender file of a lot: what the offline tools read. Public; who takes it is not asked."""
    found = sealing.lot_to_seal(lot) if public.policy(project, lot, now_of(request)) else None
    if found is None:
        raise Http404
    answer = JsonResponse(tender_file(found), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = f'attachment; filename="tender-{lot}.json"'
    answer["Cache-Control"] = "public, no-cache"
    return answer
