"""From where bids came: age files that only the inspecting body's own key reads, in its browser or on its own machine."""

import io
import zipfile
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries import visits as records
from sunshine.domain.parties.queries.actors import named
from sunshine.flows.publish_inspection_key import publish_inspection_key
from sunshine.foundation.authz import Actor
from sunshine.foundation.vault import inspection
from sunshine.interfaces.web.gate import answers_json, json_of, never_cached, speaks_json, text_of
from sunshine.interfaces.web.supervisor import door
from sunshine_proof.canonical import b64


def _opened(request: HttpRequest, public_id: str) -> Any:
    row = door.project_or_404(request, public_id)
    if row.stage not in ("opening", "opened"):
        raise Http404
    return row


@door.overseer
@require_GET
def visits(request: HttpRequest, public_id: str) -> HttpResponse:
    """A ZIP with one `<lid id>.age` for each record in the project's boxes; there is none before the opening."""
    row, out = _opened(request, public_id), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for lid, _bidder, sealed in records.visits(row.public_id):
            archive.writestr(zipfile.ZipInfo(f"{lid}.age"), sealed)
    answer = HttpResponse(out.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="visits-{row.public_id}.zip"'
    return never_cached(answer)


@door.overseer
@answers_json
@require_GET
def sealed_visits(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """GET → {"visits": [{"lid", "bidder", "sealed": base64 of the age file}]}, for <sun-visits>; 404 before the opening."""
    row = _opened(request, public_id)
    found = [{"lid": lid, "bidder": name, "sealed": b64(sealed)} for lid, name, sealed in records.visits(row.public_id)]
    return never_cached(JsonResponse({"visits": found}))


def _may_make(actor: Actor) -> bool:
    return "supervisor:key:create" in actor.permissions and actor.kind == "supervisor"


@door.overseer
@ensure_csrf_cookie
@require_GET
def inspection_key(request: HttpRequest) -> HttpResponse:
    """The key that the box seals visits to: whose it is, and for an inspector of a supervising body a new one."""
    actor, held = request.actor, inspection.published()  # type: ignore[attr-defined]
    context = {
        "outside": inspection.kept_outside(),
        "held": held,
        "published": held.recipient if held else "",
        "holder": named(held.person_ref, held.organisation_ref) if held else None,
        "mine": held is not None and held.person_ref == actor.person,
        "may_make": _may_make(actor),
        "key_url": reverse("supervisor:publish-key"),
        "keyring_url": reverse("profile:keyring"),
    }
    return door.page(request, "supervisor/inspection.html", context, current="inspection", title=_("监督密钥"))


@speaks_json
@require_POST
def publish_key(request: HttpRequest) -> HttpResponseBase:
    """POST {"recipient"} → 201 {"recipient"}."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not _may_make(actor):
        raise Http404
    recipient = text_of(json_of(request, 4096), "recipient")
    publish_inspection_key(by=actor, recipient=recipient)
    return never_cached(JsonResponse({"recipient": recipient}, status=201))
