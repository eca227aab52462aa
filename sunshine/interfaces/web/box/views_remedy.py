"""What a bidder does at the opening, by possession of its box key: no login is asked for, and none is looked at.

Everything posted here is signed by the box key of the bid it speaks of, so that no cookie gives or takes a right.
"""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import check_for_language, get_language, override
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.bidding.queries import remedies
from sunshine.domain.publishing.queries.failures import STATES, cause, seat_names, who
from sunshine.flows._possession import BIDDER
from sunshine.flows.decrypt_bid import decrypt_ready
from sunshine.flows.release_bidder_share import release_bidder_share
from sunshine.flows.rescue_bid import rescue_bid
from sunshine.flows.restore_body import begin_restoring, restore_body
from sunshine.foundation import clock
from sunshine.foundation.files.store import download_response
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.box.views import receive
from sunshine.interfaces.web.gate import answers_json, json_of, never_cached, text_of
from sunshine_proof.errors import ProofError
from sunshine_proof.remedy import read_remedy

FILE = 64 * 1024  # bytes of a remedy file
FILED = {"release-share": release_bidder_share, "rescue": rescue_bid}


@answers_json
@require_GET
def openings(request: HttpRequest) -> HttpResponseBase:
    """GET → {"now", "lids": {lid: {"lot", "state", "cause", "who", "wants", "part", "parts", "window_end", "hall"}}}."""
    at, seats, lids = clock.glance(), {}, {}
    for bid, needs in remedies.openings(at):
        project = bid.lot.project
        if bid.outcome and project.pk not in seats:
            seats[project.pk] = seat_names(project)
        failed = bool(bid.outcome) and bid.outcome["code"] != "opened"
        lids[bid.lid_id] = {
            **needs,
            "window_end": needs["window_end"].isoformat(),
            "lot": f"{project.title} · {bid.lot}",
            "stage": bid.stage,
            "state": str(STATES[bid.stage][0]) if bid.stage != "sealed" or failed else str(_("等待解密")),
            "cause": str(cause(bid.outcome["code"])) if failed else "",
            "who": who(bid.outcome, seats[project.pk]) if failed else "",
            "hall": reverse("supplier:hall", args=[project.public_id]),
            "parts": {
                part["part"]: {name: part[name] for name in ("recipient", "size", "sha256")}
                for part in bid.lid["parts"]
            },
        }
    return never_cached(JsonResponse({"now": at.isoformat(), "lids": lids}))


@csrf_exempt
@answers_json
@require_POST
def shares(request: HttpRequest) -> HttpResponseBase:
    """POST {"statement", "sig", "given": {part: {"S_B"}}} → {"opened"}: the bidder takes part in opening (mode D)."""
    return _given(request, release_bidder_share)


@csrf_exempt
@answers_json
@require_POST
def rescues(request: HttpRequest) -> HttpResponseBase:
    """POST {"statement", "sig", "given": {part: {"S", "S_B"?}}} → {"opened"}: the bidder opens its own bid."""
    return _given(request, rescue_bid)


def _given(request: HttpRequest, act: Any) -> HttpResponseBase:
    data = json_of(request)
    lot = act(_object(data, "statement"), text_of(data, "sig"), _object(data, "given"), by=BIDDER)
    return _tried(lot)


def _tried(lot: str) -> HttpResponseBase:
    return never_cached(JsonResponse({"opened": _opened(lot)}))


def _opened(lot: str) -> int:
    """What was given is kept already; now see what opens with it. Another request may be at it: then it opens there."""
    try:
        return int(decrypt_ready(lot)["opened"])
    except Refused as refused:
        if refused.code != "wrong-stage":
            raise
        return 0


@csrf_exempt
@require_http_methods(["GET", "POST"])
def remedy_file(request: HttpRequest) -> HttpResponse:
    """A page with one form, for the file of `sunshine-bid remedy`; it works without a login and without JavaScript.

    No cookie comes through the box's door, so the language that a reader chose stands in the address.
    """
    language = request.GET.get("language", "")
    with override(language if check_for_language(language) else get_language()):
        return _remedy_page(request)


def _remedy_page(request: HttpRequest) -> HttpResponse:
    done, refusal = "", None
    if request.method == "POST":
        try:
            done = _filed(request.FILES.get("file"))
        except Refused as refused:
            refusal = refused
    status = 409 if refusal else 200
    return never_cached(render(request, "box/remedy.html", {"done": done, "refusal": refusal}, status=status))


def _filed(file: Any) -> str:
    """What became of the file: "opened" or "kept". Raises Refused: file-…, and those of both acts."""
    if file is None:
        raise Refused("file-missing", _("请先选择文件。"))
    if file.size > FILE:
        raise Refused("file-too-large", _("文件太大，不是这里要的文件。"))
    try:
        found = read_remedy(file.read())
    except ProofError as error:
        text = _("文件不完整或不是这里要的文件（%(code)s），没有采用。") % {"code": error.code}
        raise Refused("file-malformed", text) from error
    lot = FILED[found["statement"]["act"]](found["statement"], found["sig"], found["given"], by=BIDDER)
    return "opened" if _opened(lot) else "kept"


def _object(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Refused("malformed", _("请求缺少“%(name)s”。") % {"name": name}, field=name)
    return value


@csrf_exempt
@answers_json
@require_POST
def bodies(request: HttpRequest) -> HttpResponseBase:
    """POST {"statement", "sig"} → 201 {"upload", "received": 0} for a body that the platform has lost."""
    data = json_of(request)
    upload = begin_restoring(_object(data, "statement"), text_of(data, "sig"), by=BIDDER)
    return never_cached(JsonResponse({"upload": upload, "received": 0}, status=201))


@csrf_exempt
@answers_json
@require_http_methods(["GET", "PATCH", "POST"])
def body(request: HttpRequest, upload_id: str) -> HttpResponseBase:
    """GET, PATCH as any upload; POST {"statement", "sig"} → {"opened"} puts the complete bytes back."""
    if request.method != "POST":
        return receive(request, upload_id)
    data = json_of(request)
    return _tried(restore_body(_object(data, "statement"), text_of(data, "sig"), upload_id, by=BIDDER))


@csrf_exempt
@require_POST
def copy(request: HttpRequest) -> HttpResponseBase:
    """A form with statement (JSON) and sig → the ciphertext of one part as a file, for its bidder to keep."""
    try:
        statement = json.loads(request.POST.get("statement", ""))
    except (ValueError, RecursionError):
        statement = None
    found = remedies.body_copy(statement, request.POST.get("sig", "")) if isinstance(statement, dict) else None
    if found is None:
        raise Http404
    return download_response(found, f"{statement['lid'][:8]}-{statement['parts'][0]}.age")
