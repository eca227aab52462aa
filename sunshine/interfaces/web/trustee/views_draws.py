"""Draws in which a party stayed silent: the trustees open its sealed number, with the same element as for bids."""

import json

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.evaluation.queries import draws as query
from sunshine.flows.open_random import open_random
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at, json_of, never_cached, speaks_json, text_of
from sunshine.interfaces.web.trustee.door import page
from sunshine.interfaces.web.trustee.views_keys import entries_of, holder, object_of


@business_at("trustee")
@ensure_csrf_cookie
@require_GET
def release(request: HttpRequest, draw_id: str) -> HttpResponse:
    """Who has not revealed, and the shares that open its number; before the time is over, the reason why not yet."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    found = query.for_trustee(draw_id, actor)
    if found is None:
        raise Http404
    row, seat = found
    held = [one.public_id for one in certificates.of_person(actor.person, at=at)]
    context = {
        "draw": row,
        "project": row.lot.project,
        "seat": seat,
        "refusal": query.not_yet(row, at),
        "due": row.rescue_from(),
        "silent": [party for party in row.parties.select_related("organisation") if not party.r],
        "left": query.shares(row, seat)["unreleased"] if row.stage == "committed" else 0,
        "k": row.policy["k"],
        "needs_certificate": not held,
        "certificates": json.dumps(held),
        "shares_url": reverse("trustee:draw-shares", args=[draw_id]),
        "releases_url": reverse("trustee:draw-releases", args=[draw_id]),
        "keyring_url": reverse("profile:keyring"),
        "now": at,
    }
    trail = (Link(row.lot.project.title, reverse("trustee:seat", args=[row.lot.project.public_id])), Link(_("抽取")))
    return page(request, "trustee/draw.html", context, title=_("代为开启随机数"), trail=trail)


@speaks_json
@require_GET
def shares(request: HttpRequest, draw_id: str) -> HttpResponseBase:
    """GET → {"policy", "i", "lids", "released"}, when the time to reveal is over and not before."""
    actor = holder(request, "trustee:share:release")
    found = query.for_trustee(draw_id, actor)
    if found is None:
        raise Http404
    row, seat = found
    if refused := query.not_yet(row, clock.now()):
        raise refused
    return never_cached(JsonResponse(query.shares(row, seat)))


@speaks_json
@require_POST
def releases(request: HttpRequest, draw_id: str) -> HttpResponseBase:
    """POST {"releases", "signature", "certificate", "statement"} → {"accepted"}; with enough shares it opens at once."""
    actor = holder(request, "trustee:share:release")
    data = json_of(request)
    accepted = open_random(
        draw_id,
        by=actor,
        releases=entries_of(data.get("releases")),
        statement=object_of(data.get("statement")),
        signature=text_of(data, "signature"),
        certificate=text_of(data, "certificate"),
    )
    return never_cached(JsonResponse({"accepted": accepted}))
