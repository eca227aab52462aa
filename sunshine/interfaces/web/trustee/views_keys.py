"""What <sun-trustee-key> and <sun-release> talk to: the key, the shares, the releases. Everything signed, all JSON."""

import logging
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries import trustee as query
from sunshine.flows.decrypt_bid import decrypt_ready
from sunshine.flows.destroy_key import destroy_key
from sunshine.flows.release_share import release_share
from sunshine.flows.seat_trustees import make_trustee_key
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.gate import json_of, never_cached, speaks_json, text_of

LOGGER = logging.getLogger(__name__)
TOGETHER = 5  # four trustees may press the button in the same second


def holder(request: HttpRequest, permission: str) -> Actor:
    """Who asks, if they hold the permission; 404 for everybody else."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if permission not in actor.permissions:
        raise Http404
    return actor


@speaks_json
@require_POST
def key(request: HttpRequest, project_id: str) -> HttpResponseBase:
    """POST {"recipient", "signature", "certificate"} → 201 {"recipient"}."""
    actor = holder(request, "trustee:key:create")
    data = json_of(request)
    recipient = text_of(data, "recipient")
    make_trustee_key(
        project_id,
        by=actor,
        recipient=recipient,
        signature=text_of(data, "signature"),
        certificate=text_of(data, "certificate"),
    )
    return never_cached(JsonResponse({"recipient": recipient}, status=201))


@speaks_json
@require_POST
def destroyed(request: HttpRequest, project_id: str) -> HttpResponseBase:
    """POST {"statement", "signature", "certificate"} → 201 {"destroyed": recipient}."""
    actor = holder(request, "trustee:key:create")
    data = json_of(request)
    statement = object_of(data.get("statement"))
    destroy_key(
        project_id,
        by=actor,
        statement=statement,
        signature=text_of(data, "signature"),
        certificate=text_of(data, "certificate"),
    )
    return never_cached(JsonResponse({"destroyed": statement["recipient"]}, status=201))


@speaks_json
@require_GET
def shares(request: HttpRequest, lot_id: str) -> HttpResponseBase:
    """GET → {"policy", "extensions", "i", "lids", "released", "closing", "first_closing"?}, from the opening on and not before.

    closing  the `.tlog-proof` of the list of the bids to open; null for the second it waits for its place in the log
    """
    actor = holder(request, "trustee:share:release")
    found = query.lot_of(lot_id, actor)
    if found is None:
        raise Http404
    lot, seat = found
    if refused := query.not_yet(lot, clock.now()):
        raise refused
    return never_cached(JsonResponse(query.shares(lot, seat) | query.closing(lot)))


@speaks_json
@require_POST
def releases(request: HttpRequest, lot_id: str) -> HttpResponseBase:
    """POST {"releases", "signature", "certificate", "statement"} → {"accepted"}; then open what can be opened."""
    actor = holder(request, "trustee:share:release")
    data = json_of(request)
    try:
        accepted = release_share(
            lot_id,
            by=actor,
            releases=entries_of(data.get("releases")),
            statement=object_of(data.get("statement")),
            signature=text_of(data, "signature"),
            certificate=text_of(data, "certificate"),
        )
    except Refused as refused:
        if refused.code == "release-share":  # the wrong ones are on record, the good ones of the batch are kept
            open_ready(lot_id)
        raise
    return never_cached(JsonResponse({"accepted": accepted, "opening": open_ready(lot_id)}))


def entries_of(value: Any) -> list[dict[str, str]]:
    """The releases of a request: objects of texts. Raises Refused("malformed")."""
    entries = value if isinstance(value, list) else []
    if not entries or not all(
        isinstance(one, dict) and all(isinstance(text, str) for text in one.values()) for one in entries
    ):
        raise Refused("malformed", _("份额声明格式不正确。"), field="releases")
    return entries


def object_of(value: Any) -> dict[str, Any]:
    """The signed statement of a request. Raises Refused("malformed")."""
    if not isinstance(value, dict):
        raise Refused("malformed", _("声明格式不正确。"), field="statement")
    return value


def open_ready(lot_id: str) -> dict[str, int]:
    """Open every bid that now has enough shares. The shares are kept already: whatever happens here undoes nothing.

    Another trustee's request may open the same bid at the same moment; then the next round finds it open.
    """
    for _round in range(TOGETHER):
        try:
            return decrypt_ready(lot_id)
        except Refused as refused:
            if refused.code != "wrong-stage":
                raise
    LOGGER.warning("bids of %s are still being opened elsewhere", lot_id)
    return {}
