"""投标箱: uploads, lids, withdrawals. Whoever shows the lot's token for its box key is served, and nobody is known.

No login and no cookie reaches these views (blind.py), so there is no authority of the browser's that another site could
borrow: that is why they ask for no CSRF token. What gives the right is in the request itself, the box token
(docs/trust.md), and it is checked before a byte is stored.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.bidding.queries import sealing
from sunshine.domain.bidding.tokens import admitted
from sunshine.flows import submit_bid
from sunshine.foundation import clock
from sunshine.foundation.files import spool
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import logkey
from sunshine.interfaces.web.gate import answers_json, json_of, never_cached

CHUNK = 16 * 1024 * 1024  # bytes of one PATCH
OPEN = 2  # uploads of one token for each part; the oldest gives way
RATE = 120  # uploads begun, or records handed in, by one token in a minute


@csrf_exempt
@answers_json
@require_POST
def uploads(request: HttpRequest) -> HttpResponseBase:
    """POST {"policy", "part", "box_key", "token"} → 201 {"upload", "received": 0}."""
    data = json_of(request)
    policy = admitted(data.get("policy"), data.get("box_key"), data.get("token"))
    if refused := sealing.body_refusal(policy, data.get("part"), clock.now()):
        raise refused
    _in_measure("uploads", data["box_key"])
    upload = spool.create(f"{policy.pid}/{data['box_key']}", OPEN * len(policy.content["parts"]))
    return never_cached(JsonResponse({"upload": upload, "received": 0}, status=201))


@csrf_exempt
@answers_json
@require_http_methods(["GET", "PATCH"])
def upload(request: HttpRequest, upload_id: str) -> HttpResponseBase:
    """GET → {"received"}. PATCH ?offset=N with raw bytes → {"received"}; a wrong offset says how far it has come.

    The id is the right to go on: 128 random bits that only the answer to a token has told.
    """
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


@csrf_exempt
def lids(request: HttpRequest) -> HttpResponseBase:
    """POST {"lid", "uploads": {part: upload}, "token"} → 201 {"receipt"}."""
    with submit_bid.at_the_door() as arrived_at:  # before anything else: this instant decides lateness
        return _take(request, arrived_at, "lid", _submit)


@csrf_exempt
def withdrawals(request: HttpRequest) -> HttpResponseBase:
    """POST {"withdrawal", "token"} → 201 {"receipt"}."""
    with submit_bid.at_the_door() as arrived_at:
        return _take(request, arrived_at, "withdrawal", _withdraw)


def _submit(lid: Mapping[str, Any], data: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    given = data.get("uploads")
    return submit_bid.submit(lid, given if isinstance(given, dict) else {}, token=data.get("token"), **more)


def _withdraw(withdrawal: Mapping[str, Any], data: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return submit_bid.withdraw(withdrawal, token=data.get("token"), **more)


@answers_json
@require_POST
def _take(
    request: HttpRequest, arrived_at: datetime, name: str, act: Callable[..., dict[str, Any]]
) -> HttpResponseBase:
    data = json_of(request)
    record = data.get(name)
    if not isinstance(record, dict):
        raise Refused("malformed", _("请求中没有封签。"), field=name)
    admitted(record.get("policy"), record.get("box_key"), data.get("token"))
    receipt = _receipt_again(record)
    if receipt is None:
        _in_measure("records", record["box_key"])
        visit = request.visit.sealed(str(record.get("id"))[:64], arrived_at)  # type: ignore[attr-defined]
        try:
            receipt = act(record, data, arrived_at=arrived_at, visit=visit)
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


def _in_measure(what: str, box_key: str) -> None:
    """One token's acts of a minute are counted under a digest of its box key; more than RATE of them have to wait."""
    key = f"box/{what}/{hashlib.sha256(box_key.encode()).hexdigest()}"
    cache.add(key, 0, 60)
    try:
        count = cache.incr(key)
    except ValueError:  # the minute ended between the two lines
        return
    if count > RATE:
        raise Refused("too-often", _("这份投标凭证的请求太频繁，请过一分钟再试；已收到的内容不受影响。"))
