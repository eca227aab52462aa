"""投标箱: uploads, lids, withdrawals. Checked here is who may submit; what is submitted never learns by whom.

Nothing in this module logs, keeps in the session or writes anything about the supplier: between a supplier and a
box key there is no trace but the one inside the sealed bid and the one in the supplier's own keyring.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.bidding.queries import sealing
from sunshine.flows import submit_bid
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.files import spool
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import logkey
from sunshine.interfaces.web.gate import json_of, never_cached, speaks_json
from sunshine.interfaces.web.supplier.door import not_a_bidder

CHUNK = 16 * 1024 * 1024  # bytes of one PATCH


def _admit(request: HttpRequest) -> None:
    """Members of a verified supplier with the right to submit; everybody else is turned away before a byte is read."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind != "supplier" or "supplier:bid:submit" not in actor.permissions:
        raise PermissionDenied
    if refused := not_a_bidder(actor):
        raise refused


@speaks_json
@require_POST
def uploads(request: HttpRequest) -> HttpResponseBase:
    """POST {"policy", "part"} → 201 {"upload", "received": 0}."""
    _admit(request)
    data = json_of(request)
    if refused := sealing.box_refusal(data.get("policy"), data.get("part"), clock.now()):
        raise refused
    return never_cached(JsonResponse({"upload": spool.create(), "received": 0}, status=201))


@speaks_json
@require_http_methods(["GET", "PATCH"])
def upload(request: HttpRequest, upload_id: str) -> HttpResponseBase:
    """GET → {"received"}. PATCH ?offset=N with raw bytes → {"received"}; a wrong offset says how far it has come."""
    _admit(request)
    return receive(request, upload_id)


def receive(request: HttpRequest, upload_id: str) -> HttpResponseBase:
    """The answer to GET and PATCH of one upload, whoever was admitted to it."""
    if request.method == "GET":
        return never_cached(JsonResponse({"received": spool.size(upload_id)}))
    offset, length = request.GET.get("offset", ""), request.META.get("CONTENT_LENGTH") or "0"
    if not (offset.isascii() and offset.isdecimal() and len(offset) < 15 and length.isdecimal()):
        raise Refused("malformed", _("上传请求缺少位置或长度。"), field="offset")
    if int(length) > CHUNK:
        raise Refused("chunk-too-large", _("每次最多上传 16 MB，请分块上传。"))
    try:
        received = spool.append(upload_id, int(offset), request, settings.BID_LIMIT)
    except UnreadablePostError:  # the line broke: what arrived is kept, and the next request asks how much that is
        received = spool.size(upload_id)
    return never_cached(JsonResponse({"received": received}))


def lids(request: HttpRequest) -> HttpResponseBase:
    """POST {"lid", "uploads": {part: upload}} → 201 {"receipt"}."""
    arrived_at = clock.now()  # before anything else: this instant decides lateness
    return _take(request, arrived_at, "lid", _submit)


def withdrawals(request: HttpRequest) -> HttpResponseBase:
    """POST {"withdrawal"} → 201 {"receipt"}."""
    arrived_at = clock.now()
    return _take(request, arrived_at, "withdrawal", _withdraw)


def _submit(lid: Mapping[str, Any], data: Mapping[str, Any], arrived_at: datetime) -> dict[str, Any]:
    given = data.get("uploads")
    return submit_bid.submit(lid, given if isinstance(given, dict) else {}, arrived_at=arrived_at)


def _withdraw(withdrawal: Mapping[str, Any], data: Mapping[str, Any], arrived_at: datetime) -> dict[str, Any]:
    return submit_bid.withdraw(withdrawal, arrived_at=arrived_at)


@speaks_json
@require_POST
def _take(
    request: HttpRequest, arrived_at: datetime, name: str, act: Callable[..., dict[str, Any]]
) -> HttpResponseBase:
    _admit(request)
    data = json_of(request)
    record = data.get(name)
    if not isinstance(record, dict):
        raise Refused("malformed", _("请求中没有封签。"), field=name)
    receipt = _receipt_again(record)
    if receipt is None:
        try:
            receipt = act(record, data, arrived_at)
        except Refused:
            # the same record may have been taken meanwhile through another line
            receipt = _receipt_again(record)
            if receipt is None:
                raise
    return never_cached(JsonResponse({"receipt": receipt}, status=201))


def _receipt_again(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """The receipt of a record that the box already holds: Ed25519 gives the very same bytes again."""
    known = sealing.arrival_of(record)
    return logkey.sign_receipt({"lid": record["id"], "received_at": known}) if known else None
