"""Preparing and sealing a bid, and the list that only the supplier's own keyring can make. Both work in the browser."""

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries import sealing
from sunshine.domain.bidding.queries.opportunities import lot_names
from sunshine.domain.bidding.queries.tenders import tender_file
from sunshine.domain.parties.queries.supplier import own_organisation
from sunshine.flows.issue_token import issue_token
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at, json_of, never_cached, speaks_json, text_of
from sunshine.interfaces.web.supplier.door import bid_refusal, page

BLINDED_LIMIT = 4096  # bytes of the request for a token
CHECK = "/check/{lid}/"  # the public page of a sealed record; a test holds it against the portal's address


@business_at("supplier")
@ensure_csrf_cookie
@require_GET
def prepare(request: HttpRequest, lot_id: str) -> HttpResponse:
    """Fill in, encrypt and submit; replace or withdraw until the deadline. Says why when none of it is possible."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    found = sealing.lot_to_seal(lot_id)
    if found is None:
        raise Http404
    project = found.lot.project
    held = certificates.of_person(actor.person, at=at)
    refusal = bid_refusal(actor, found.lot, at)
    needs_certificate = refusal is None and not held
    context = {
        "lot": found.lot,
        "project": project,
        "refusal": refusal,
        "needs_certificate": needs_certificate,
        "boot": {} if refusal or needs_certificate else _boot(found, actor, [row.public_id for row in held], at),
        "pid": found.pid,
        "policy": found.policy,
        "decrypt_hours": int(project.decrypt_window / timedelta(hours=1)),
        "now": at,
    }
    title = _("准备投标：%(lot)s") % {"lot": found.lot}
    trail = (Link(project.title, reverse("supplier:project", args=[project.public_id])),)
    return page(request, "supplier/prepare.html", context, current="opportunities", title=title, trail=trail)


def _boot(found: sealing.LotToSeal, actor: Actor, held: list[str], at: Any) -> dict[str, Any]:
    """What <sun-seal> reads (assets/README.md); the same for every supplier but for bidder and certificates."""
    organisation = own_organisation(actor)
    if organisation is None:
        raise Http404
    tender = tender_file(found)
    shared = ("policy", "extensions", "pricing", "ca_roots", "trustee_certificates", "items", "cap_fen")
    return {
        **{key: tender[key] for key in (*shared, "validity_days", "parts")},
        "lot": found.lot.public_id,
        "bidder": {"uscc": organisation.uscc, "name": organisation.name},
        "keyring_url": reverse("profile:keyring"),
        "box_urls": {name: reverse(f"box:{name}") for name in ("uploads", "lids", "withdrawals")},
        "token": {
            "key": found.token_key,
            "url": reverse("supplier:token", args=[found.lot.public_id]),
            "published": reverse("portal:announcement", args=[found.lot.project.public_id, found.lot.public_id]),
        },
        "check_url": CHECK,
        "certificate": held,
        "now": at.isoformat(),
    }


@speaks_json
@require_POST
def token(request: HttpRequest, lot_id: str) -> HttpResponseBase:
    """POST {"blinded"} → {"answer"}: 投标凭证, the last thing that asks who bids; the box itself no longer does."""
    blinded = text_of(json_of(request, BLINDED_LIMIT), "blinded")
    answer = issue_token(by=request.actor, lot=lot_id, blinded=blinded)  # type: ignore[attr-defined]
    return never_cached(JsonResponse({"answer": answer}))


@business_at("supplier")
@ensure_csrf_cookie
@require_GET
def bids(request: HttpRequest) -> HttpResponse:
    """My bids and receipts. The server lists every lot there is; the keyring knows which are mine."""
    lots = {key: {"name": name, "url": reverse("supplier:prepare", args=[key])} for key, name in lot_names().items()}
    box = {name: reverse(f"box:{name}") for name in ("openings", "shares", "rescues", "copies", "bodies")}
    boot = {"keyring_url": reverse("profile:keyring"), "lots": lots, "check_url": CHECK, "box_urls": box}
    context = {"boot": boot}
    return page(request, "supplier/bids.html", context, current="bids", title=_("我的投标与回执"))
