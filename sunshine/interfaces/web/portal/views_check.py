"""The public page behind a receipt's QR code: has this sealed record arrived, and does it stand in the log?"""

import re

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from sunshine.domain.bidding.queries.receipts import Arrival, arrival
from sunshine.flows.mail_proof import mail_proof
from sunshine.foundation.authz import VISITOR
from sunshine.foundation.pages.parts import Link, TimelineStep
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, timestamps
from sunshine.interfaces.web.portal.forms import MailProofForm
from sunshine.interfaces.web.portal.shell import page

LID = re.compile(r"[0-9a-f]{64}\Z")


def _found(lid: str) -> Arrival:
    found = arrival(lid) if LID.match(lid) else None
    if found is None:
        raise Http404
    return found


@require_GET
def check(request: HttpRequest, lid: str) -> HttpResponse:
    """`/check/<lid>/`: for a person, in three steps."""
    return _page(request, _found(lid), MailProofForm())


def _page(request: HttpRequest, found: Arrival, form: MailProofForm, status: int = 200) -> HttpResponse:
    address = request.build_absolute_uri(reverse("portal:check", args=[found.lid]))
    context = {"found": found, "steps": _steps(found), "address": address, "waiting": found.place is None}
    context |= {"form": form, "mailed": "mailed" in request.GET}
    answer = page(request, "portal/check.html", context, crumbs=[Link(_("回执核对"))])
    answer.status_code = status
    return _fresh(answer)


@require_POST
def mail(request: HttpRequest, lid: str) -> HttpResponse:
    """`/check/<lid>/mail`: the proof goes to a mailbox. Who is logged in is not looked at, and not kept."""
    found, form = _found(lid), MailProofForm(request.POST)
    if form.is_valid():
        try:
            mail_proof(by=VISITOR, lid=lid, language=get_language(), **form.cleaned_data)
        except Refused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            return redirect(reverse("portal:check", args=[lid]) + "?mailed=1#mail")
    return _page(request, found, form, status=409)


def _steps(found: Arrival) -> list[TimelineStep]:
    place, watching = found.place, len(queries.watching())
    steps = [
        TimelineStep(
            _("平台已签收"), "done", found.arrived_at, note=_("以送达时刻判断是否逾期；回执由平台日志密钥签名。")
        ),
        TimelineStep(
            _("已写入透明日志") if place else _("正在写入透明日志"),
            "done" if place else "now",
            place.since if place else None,
            document=Link(_("第 %(n)s 号位置") % {"n": place.index}, reverse("portal:log-entry", args=[place.index]))
            if place
            else None,
            note=_("从此不能被更改、插入或抽走。") if place else _("大约一秒钟后完成，请刷新本页。"),
        ),
    ]
    if watching:
        seen = place.checkpoint.cosigned if place else 0
        enough = seen >= queries.quorum(watching)
        words = _("%(n)s 位见证人中的 %(k)s 位已经核对并联署。") % {"n": watching, "k": seen}
        steps.append(TimelineStep(_("见证人联署"), "done" if enough else "now" if place else "todo", note=words))
    return [*steps, *_stamped(found)]


def _stamped(found: Arrival) -> list[TimelineStep]:
    """The first timestamp by which the record certainly stood."""
    stamp = timestamps.first_after(found.place.index + 1) if found.place else None
    if stamp is None:
        return []
    link = Link(_("下载时间戳"), reverse("portal:log-timestamp", args=[stamp.checkpoint_id, "tsr"]))
    return [TimelineStep(_("已有时间戳"), "done", stamp.at, document=link, note=stamp.authority)]


@require_GET
def proof(request: HttpRequest, lid: str) -> HttpResponse:
    """`/check/<lid>/proof`: the `.tlog-proof`, or 202 while the record waits for its place."""
    place = _found(lid).place
    if place is None:
        return _fresh(JsonResponse({"state": "waiting"}, status=202))
    answer = HttpResponse(place.proof, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{lid[:16]}.tlog-proof"'
    return _fresh(answer)


@require_GET
def receipt(request: HttpRequest, lid: str) -> HttpResponse:
    """`/check/<lid>/receipt.json`: the signed receipt/1 once more."""
    return _fresh(JsonResponse(_found(lid).receipt))


def _fresh(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
