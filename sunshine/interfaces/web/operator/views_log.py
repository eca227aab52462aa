"""The log's witnesses: who watches, what they last said, and the alarms that somebody must settle."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from sunshine.flows import watch_log
from sunshine.foundation import clock
from sunshine.foundation.pages import moments
from sunshine.foundation.pages.grid import Column, Grid
from sunshine.foundation.pages.parts import Empty, Fact
from sunshine.foundation.refusal import Refused
from sunshine.foundation.tlog import queries, timestamps
from sunshine.interfaces.web.operator import door
from sunshine.interfaces.web.operator.forms import WitnessForm, refuse
from sunshine.interfaces.web.operator.views import decide

HOME = "operator:witnesses"
STATES = {
    "new": (_("尚未联系"), "neutral"),
    "cosigned": (_("已联署"), "done"),
    "behind": (_("正在追赶"), "now"),
    "unreachable": (_("联系不上"), "hold"),
    "refused": (_("拒绝联署"), "refused"),
    "lying": (_("答复不成立"), "refused"),
}
ALARMS = {
    "witness-ahead": _("见证人见过比现在更长的日志：本平台的日志可能被退回过。"),
    "witness-inconsistent": _("见证人见过另一本日志：本平台的日志可能分叉了。"),
    "witness-forbidden": _("见证人不认本平台的日志密钥。"),
    "witness-unknown-log": _("见证人没有登记本平台的日志。"),
    "witness-answer": _("见证人的答复不符合协议。"),
    "witness-signature": _("见证人的签名不成立。"),
    "timestamp-shape": _("时间戳机构的答复不是时间戳。"),
    "timestamp-message": _("时间戳机构给的是另一份内容的时间戳。"),
    "timestamp-nonce": _("时间戳机构的答复是旧的，不是对这一次请求的。"),
    "timestamp-signature": _("时间戳的签名不成立。"),
    "timestamp-purpose": _("签发时间戳的证书不是专用于时间戳的证书。"),
    "timestamp-time": _("时间戳机构的时间与平台时间相差超过五分钟。"),
    "no-chain": _("时间戳机构的证书不是由所配置的根证书签发的。"),
    "not-valid-then": _("时间戳机构的证书在其给出的时间无效。"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.SETTINGS)
def watching(request: HttpRequest) -> HttpResponseBase:
    """`/operator/witnesses/`: who watches, and a form to name one more."""
    form = WitnessForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            watch_log.add_witness(by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
            messages.success(request, _("已登记。一秒钟左右即开始请其联署；此后发布的密封规则会带上它的公钥。"))
            return redirect(HOME)
        except Refused as refused:
            refuse(form, refused)
    live, newest, stamp = queries.watching(), queries.newest(), timestamps.newest_stamp()
    columns = [
        Column("office", _("见证机构"), "title", second="name"),
        Column("state", _("状态"), "chip", states=STATES),
        Column("size", _("联署到第几条"), "num"),
        Column("cosigned_at", _("最近联署"), "moment"),
        Column("end", _("操作"), "template", template="operator/_end_witness.html"),
    ]
    rows = [
        {
            "office": one.office,
            "name": f"{one.name} · {one.url}",
            "state": one.state or "new",
            "size": f"{one.size:,}",
            "cosigned_at": one.cosigned_at,
            "end": reverse("operator:witness-end", args=[one.public_id]),
        }
        for one in live
    ]
    empty = Empty(
        _("还没有见证人"),
        _(
            "请纪检、审计、行业协会等独立机构运行见证程序，把它显示的公钥登记在这里。没有见证人，日志仍可核对，只是无人代为盯着。"
        ),
    )
    context = {
        "table": Grid(_("见证人"), columns, rows, len(rows), per_page=40, empty=empty),
        "form": form,
        "quorum": queries.quorum(len(live)),
        "size": newest.size if newest else 0,
        "stamp": stamp,
        "stamp_facts": [
            Fact(_("签发机构"), stamp.authority),
            Fact(_("最近一次"), moments.stamp(stamp.at, seconds=True)),
        ]
        if stamp
        else [],
        "timed": timestamps.configured(),
        "silent": timestamps.silent_since(clock.now()) if timestamps.configured() else None,
        "alarms": [(row, ALARMS.get(row.code, row.code)) for row in queries.open_alarms()],
    }
    status = 409 if request.method == "POST" else 200
    return door.page(
        request, "operator/witnesses.html", context, current="witnesses", title=_("日志见证"), status=status
    )


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.SETTINGS)
def end(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """`/operator/witnesses/<id>/end/`: with the reason, which goes into the log."""
    row = next((one for one in queries.watching() if one.public_id == public_id), None)
    if row is None:
        raise Http404
    frame = {"name": f"{row.office} · {row.name}", "label": _("终止见证"), "back": reverse(HOME)}
    return decide(
        request, (watch_log.end_witness, "reason", _("不再由其见证的原因"), ""), public_id, frame, "witnesses"
    )


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.SETTINGS)
def settle(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """`/operator/log-alarms/<id>/`: what was found and done about an alarm."""
    row = next((one for one in queries.open_alarms() if one.public_id == public_id), None)
    if row is None:
        raise Http404
    said = ALARMS.get(row.code, row.code)
    frame = {"name": f"{row.source} · {said}", "label": _("了结警报"), "back": reverse(HOME)}
    spec = (watch_log.settle_log_alarm, "words", _("查明的原因和处理结果"), "")
    return decide(request, spec, public_id, frame, "witnesses")
