"""For trustees whose keys are on their own machines: files out, files in. What comes in goes through the same flows."""

from collections.abc import Callable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries import trustee as query
from sunshine.flows.destroy_key import destroy_key
from sunshine.flows.release_share import release_share
from sunshine.flows.seat_trustees import make_trustee_key
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at, never_cached
from sunshine.interfaces.web.trustee.views_keys import open_ready
from sunshine_proof.errors import ProofError
from sunshine_proof.trusteefiles import read_card, read_destroyed, read_release

CARD, DESTROYED, RELEASE = 64 * 1024, 64 * 1024, 32 * 1024 * 1024  # bytes


@business_at("trustee")
@require_GET
def opening_file(request: HttpRequest, lot_id: str) -> HttpResponse:
    """`opening-file/1`: lids and shares of a lot being opened, with the log's own record of which bids are opened."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = query.lot_of(lot_id, actor)
    if found is None or "trustee:share:release" not in actor.permissions:
        raise Http404
    lot, seat = found
    if refused := query.not_yet(lot, clock.now()):
        raise refused
    content = query.opening_file(lot, seat)
    if content is None:
        raise Refused("not-logged", _("开标事项正在写入透明日志，请几秒钟后再下载。"))
    answer = JsonResponse(content, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = f'attachment; filename="opening-{lot_id}.json"'
    return never_cached(answer)


@business_at("trustee")
@require_POST
def card(request: HttpRequest, project_id: str) -> HttpResponse:
    """Take a key card made by `sunshine-trustee key`."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seat = query.seat_of(project_id, actor)
    if seat is None:
        raise Http404

    def take(data: bytes) -> None:
        given = _parsed(read_card, data)
        if (given["tender"], given["role"]) != (project_id, seat.role):
            raise Refused("card-of-another-seat", _("这张密钥卡是为别的项目或席位做的，没有采用。"))
        signed = {"recipient": given["recipient"], "signature": given["signature"]}
        make_trustee_key(project_id, by=actor, certificate=_certificate(given["certificate"]), **signed)
        messages.success(request, _("开标密钥的公钥已公布；私钥只在您自己的电脑上。"))

    return _taken(request, take, CARD, "trustee:seat", project_id)


@business_at("trustee")
@require_POST
def destroyed_file(request: HttpRequest, project_id: str) -> HttpResponse:
    """Take the statement that `sunshine-trustee destroy` wrote once it had removed the key."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if query.seat_of(project_id, actor) is None:
        raise Http404

    def take(data: bytes) -> None:
        given = _parsed(read_destroyed, data)
        held = _certificate(given["certificate"])
        signed = {"statement": given["statement"], "signature": given["signature"]}
        destroy_key(project_id, by=actor, certificate=held, **signed)
        messages.success(request, _("销毁声明已收下，写入透明日志。"))

    return _taken(request, take, DESTROYED, "trustee:seat", project_id)


@business_at("trustee")
@require_POST
def release_file(request: HttpRequest, lot_id: str) -> HttpResponse:
    """Take a release file made by `sunshine-trustee release`; then open what can be opened."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if query.lot_of(lot_id, actor) is None:
        raise Http404

    def take(data: bytes) -> None:
        given = _parsed(read_release, data)
        if given["lot"] != lot_id:
            raise Refused("release-of-another-lot", _("这份释放文件是为别的标段做的，没有采用。"))
        signed = {"statement": given["statement"], "signature": given["signature"]}
        held = _certificate(given["certificate"])
        accepted = release_share(lot_id, by=actor, releases=given["releases"], certificate=held, **signed)
        open_ready(lot_id)
        messages.success(request, _("已收下的份额：%(n)s 个。") % {"n": accepted})

    return _taken(request, take, RELEASE, "trustee:release", lot_id)


def _taken(request: HttpRequest, take: Callable[[bytes], None], limit: int, back: str, key: str) -> HttpResponse:
    """Hand the uploaded file over; a refusal is told on the page it came from."""
    try:
        given: Any = request.FILES.get("file")
        if given is None:
            raise Refused("file-missing", _("请先选择文件。"))
        if given.size > limit:
            raise Refused("file-too-large", _("文件太大，不是这里要的文件。"))
        take(given.read())
    except Refused as refused:
        if refused.code == "not-found":
            raise
        messages.error(request, str(refused))
    return redirect(back, key)


def _parsed(read: Callable[[bytes], dict[str, Any]], data: bytes) -> dict[str, Any]:
    try:
        return read(data)
    except ProofError as error:
        text = _("文件不完整或不是这里要的文件（%(code)s），没有采用。") % {"code": error.code}
        raise Refused("file-malformed", text) from error


def _certificate(pem: str) -> str:
    """The public id of the certificate in the file."""
    try:
        held = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise Refused("certificate-unknown", _("文件里的证书无法识别。")) from error
    return str(certificates.find_by_der(held.public_bytes(Encoding.DER)).public_id)
