"""Certificates and the keyring: pages for people, JSON for the browser modules <sun-enrol> and every keyring user."""

import base64
import binascii
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods

from sunshine.domain.parties.queries.supplier import own_organisation
from sunshine.flows.keep_keys import enrol_certificate, revoke_certificate, save_keyring
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Confirm
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates, keyrings
from sunshine.interfaces.web.account.door import page
from sunshine.interfaces.web.gate import json_of, known, never_cached, speaks_json, text_of

KEYRING_JSON = 512 * 1024


@ensure_csrf_cookie
def certificate_list(request: HttpRequest) -> HttpResponseBase:
    """GET: my certificates and how to get one. POST {"csr"}: 201 {"id", "certificate", "chain"}."""
    return _issue(request) if request.method == "POST" else _certificates(request)


@speaks_json
def _issue(request: HttpRequest) -> HttpResponseBase:
    row = enrol_certificate(by=request.actor, csr=text_of(json_of(request), "csr"))  # type: ignore[attr-defined]
    answer = {"id": row.public_id, "certificate": row.pem, "chain": certificates.chain_pem()}
    return never_cached(JsonResponse(answer, status=201))


@known
@require_http_methods(["GET", "HEAD"])
def _certificates(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    at = clock.glance()
    rows = certificates.of_person(actor.person, at=at)
    organisation = own_organisation(actor)
    subject = [{"CN": [actor.name]}, {"O": [actor.organisation_name]}]
    if organisation is not None:
        subject.append({"2.5.4.97": [f"NTRCN-{organisation.uscc}"]})
    context = {
        "rows": rows,
        "refusal": enrol_refusal(actor),
        "boot": {"subject": subject, "certificates": [row.public_id for row in rows]},
        "url": reverse("profile:certificates"),
        "now": at,
    }
    return page(request, "account_door/certificates.html", context, current="certificates", title=_("数字证书"))


def enrol_refusal(actor: Actor) -> Refused | None:
    """Why this actor cannot be certified; the flow says the same."""
    if actor.active:
        return None
    return Refused("organisation-not-verified", _("单位核验通过后才能办理数字证书。"), "电子签名法 第十三条")


@known
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, certificate_id: str) -> HttpResponse:
    """Tell what revoking means; then do it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    mine = {row.public_id: row for row in certificates.of_person(actor.person, at=clock.glance())}
    if certificate_id not in mine:
        raise Http404
    if request.method == "POST":
        revoke_certificate(certificate_id, by=actor)
        messages.success(request, _("证书 %(id)s 已吊销。") % {"id": certificate_id})
        return redirect("profile:certificates")
    confirm = Confirm(
        title=_("吊销证书 %(id)s") % {"id": certificate_id},
        label=_("吊销证书"),
        url=request.path,
        cancel_url=reverse("profile:certificates"),
        happens=[
            _("从这一刻起，用这张证书作出的新签名一律无效。"),
            _("此前作出的签名仍然有效。"),
            _("如果您是开标密钥持有人，须先申请新证书才能释放份额；密钥簿不受影响。"),
        ],
        public=[_("证书的吊销时间")],
    )
    return render(request, "confirm.html", {"confirm": confirm})


@speaks_json
@require_http_methods(["GET", "PUT"])
def keyring(request: HttpRequest) -> HttpResponseBase:
    """GET {"version", "blob"}; PUT the same with a new blob → {"version": n + 1}; a stale version is refused."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        known, kept = keyrings.load(actor.person)
        return never_cached(JsonResponse({"version": known, "blob": base64.b64encode(kept).decode()}))
    data = json_of(request, KEYRING_JSON)
    version: Any = data.get("version")
    try:
        blob = base64.b64decode(text_of(data, "blob"), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("malformed", _("密钥簿格式不正确，没有保存。"), field="blob") from None
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise Refused("malformed", _("密钥簿版本不正确，没有保存。"), field="version")
    return never_cached(JsonResponse({"version": save_keyring(by=actor, version=version, blob=blob)}))
