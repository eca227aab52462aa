"""Where a party of a draw commits and reveals: the number is made in its browser and stays there until the reveal."""

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries.sealing import lot_to_seal
from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.publishing.queries import words as public_words
from sunshine.flows.commit_draw import commit_draw
from sunshine.flows.reveal_draw import reveal_draw
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.draws import words
from sunshine.interfaces.web.draws.views import found
from sunshine.interfaces.web.gate import json_of, known, never_cached, speaks_json, text_of
from sunshine.interfaces.web.portal.shell import page


def part_of(request: HttpRequest, draw: str) -> Any:
    """This person's part in the draw, or 404."""
    part = draws.party_of(draw, request.actor)  # type: ignore[attr-defined]
    if part is None:
        raise Http404
    return part


@known
@ensure_csrf_cookie
@require_GET
def party(request: HttpRequest, draw: str) -> HttpResponse:
    """What this party has to do now, and why it cannot do the rest."""
    part = part_of(request, draw)
    view, by, at = found(draw), request.actor, clock.glance()  # type: ignore[attr-defined]
    gone = [bool(party.committed_at) + bool(party.r) for party in view.parties]
    seen = f"{view.draw.stage}-{sum(gone)}"
    if request.headers.get("HX-Request"):  # a page that waits asks whether anything has happened
        same = request.GET.get("seen") == seen
        return never_cached(HttpResponse(status=204, headers={} if same else {"HX-Refresh": "true"}))
    verb = "commit-draw" if view.draw.stage == "announced" else "reveal-draw"
    context = {
        "view": view,
        "draw": view.draw,
        "part": part,
        "project": view.draw.lot.project,
        "stages": public_words.DRAWS,
        "purpose": public_words.DRAW_PURPOSES[view.draw.purpose],
        "timeline": words.timeline(view),
        "verb": verb,
        "refusal": DRAW.refusal(verb, view.draw, by=by, at=at),
        "rescue_from": view.draw.rescue_from(),
        "seen": seen,
        "waiting": view.draw.stage in ("announced", "committed"),
        "boot": _boot(part),
        "now": at,
    }
    crumbs = [Link(_("抽取"), reverse("draws:draw", args=[draw])), Link(_("参加抽取"))]
    return never_cached(page(request, "draws/party.html", context, crumbs=crumbs))


def _boot(part: Any) -> dict[str, Any]:
    """What <sun-draw> needs: whom to seal to and how to know them, what was promised, the checkpoint, the addresses."""
    row = part.draw
    lot = lot_to_seal(row.lot.public_id)
    above = [one.public_bytes(Encoding.PEM).decode() for one in certificates.trusted().intermediates]
    proofs = [reverse("draws:proof", args=[row.public_id, n]) for n in range(1, 1 + row.parties.count())]
    return {
        "draw": row.public_id,
        "p": part.number,
        "announcement": row.announcement,
        "policy": row.policy,
        "trustee_certificates": [*(lot.trustee_certificates if lot else []), *above],
        "ca_roots": certificates.roots_pem(),
        "commit": part.commit,
        "checkpoint": row.checkpoint,
        "vkey": log_vkey(),
        "proofs": proofs,
        "commit_url": reverse("draws:commit", args=[row.public_id]),
        "reveal_url": reverse("draws:reveal", args=[row.public_id]),
    }


@speaks_json
@require_POST
def commit(request: HttpRequest, draw: str) -> HttpResponseBase:
    """POST {"commit", "lid", "body"} → 201 {"commit"}."""
    part_of(request, draw)
    data = json_of(request, 256 * 1024)
    lid = data.get("lid")
    if not isinstance(lid, dict):
        raise Refused("malformed", _("承诺或密封的随机数格式不正确，没有接收任何内容。"), field="lid")
    given = {"commit": text_of(data, "commit"), "body": text_of(data, "body")}
    commit_draw(draw, by=request.actor, lid=lid, **given)  # type: ignore[attr-defined]
    return never_cached(JsonResponse({"commit": given["commit"]}, status=201))


@speaks_json
@require_POST
def reveal(request: HttpRequest, draw: str) -> HttpResponseBase:
    """POST {"r", "checkpoint"} → {"stage"}: drawn, if this was the last number."""
    part_of(request, draw)
    data = json_of(request, 16 * 1024)
    given = {"r": text_of(data, "r"), "checkpoint": text_of(data, "checkpoint")}
    return never_cached(JsonResponse({"stage": reveal_draw(draw, by=request.actor, **given)}))  # type: ignore[attr-defined]
