"""The transparency log for programs, as C2SP tlog-tiles asks for it, and one page of it for people."""

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from sunshine.foundation.pages import moments
from sunshine.foundation.pages.parts import Fact, Link
from sunshine.foundation.tlog import queries, timestamps
from sunshine.foundation.vault import testtsa
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.portal.shell import page
from sunshine_proof.canonical import b64
from sunshine_proof.tiles import ENTRIES, WIDTH, Tile, TileError, read_path
from sunshine_proof.tree import leaf_hash

NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})\Z")


@require_GET
def checkpoint(request: HttpRequest) -> HttpResponse:
    """`/log/checkpoint`: the newest signed head. Asked for anew every time."""
    newest = queries.newest()
    if newest is None:
        raise Http404
    return _open(HttpResponse(queries.note_of(newest), content_type="text/plain; charset=utf-8"), "no-cache")


@require_GET
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """`/log/tile/<L>/<N>[.p/<W>]` and `/log/tile/entries/…`: these bytes will never be others."""
    try:
        found = queries.resource(read_path(f"tile/{path}"))
    except TileError as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return _open(HttpResponse(found, content_type="application/octet-stream"), "public, max-age=31536000, immutable")


@require_GET
def timestamp(request: HttpRequest, size: int, kind: str) -> HttpResponse:
    """`/log/timestamps/<size>.tsr`: a time authority's answer; `.txt`: what it stamped; `.note`: the checkpoint, signed."""
    stamp = timestamps.stamp_of(size)
    if stamp is None or kind not in ("tsr", "txt", "note"):
        raise Http404
    content: str | bytes = timestamps.reply(stamp)
    if kind != "tsr":
        content = timestamps.stamped_text(stamp.checkpoint) if kind == "txt" else queries.note_of(stamp.checkpoint)
    media = "application/timestamp-reply" if kind == "tsr" else "text/plain; charset=utf-8"
    return _file(HttpResponse(content, content_type=media), f"{size}.{kind}")


@require_GET
def time_roots(request: HttpRequest) -> HttpResponse:
    """`/log/timestamps/roots.pem`: what the authority's certificates lead to, for comparison."""
    whom = timestamps.authority()
    if whom is None:
        raise Http404
    return _file(HttpResponse(timestamps.roots_pem(whom.roots), content_type="application/x-pem-file"), "roots.pem")


def _file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return _open(response, "no-cache")


def _open(response: HttpResponse, cache: str) -> HttpResponse:
    """For any program on any site, and free of whoever asks."""
    response["Cache-Control"] = cache
    response["Access-Control-Allow-Origin"] = "*"
    response.for_programs = True  # type: ignore[attr-defined]
    return response


@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """`/log/`: what the log is, its newest checkpoint in plain words, and a look at any entry."""
    asked = request.GET.get("entry", "").strip()
    if NUMBER.match(asked):
        return redirect("portal:log-entry", int(asked))
    newest, watching, stamp = queries.newest(), queries.watching(), timestamps.newest_stamp()
    alarms = queries.open_alarms()
    context = {
        "newest": newest,
        "facts": _facts(newest) if newest else [],
        "witnesses": watching,
        "alarms": [one for one in alarms if one.witness_id],
        "time_alarms": [one for one in alarms if not one.witness_id],
        "stamp": stamp,
        "stamp_facts": _stamp_facts(stamp) if stamp else [],
        "own_time": testtsa.enabled(),
        "rehearsal": settings.REHEARSAL,
        "vkey": log_vkey(),
        "asked": asked,
        "origin": request.build_absolute_uri(reverse("portal:log")),
    }
    return page(request, "portal/log.html", context, crumbs=[Link(_("透明日志"))])


def _facts(newest: Any) -> list[Fact]:
    return [
        Fact(_("条目数"), f"{newest.size:,}"),
        Fact(_("签名时间"), moments.stamp(newest.at, seconds=True)),
        Fact(_("树根"), b64(bytes(newest.root))),
    ]


def _stamp_facts(stamp: Any) -> list[Fact]:
    return [
        Fact(_("机构给出的时间"), moments.stamp(stamp.at, seconds=True)),
        Fact(_("证明的内容"), _("到第 %(n)s 条为止的检查点") % {"n": f"{stamp.checkpoint_id:,}"}),
        Fact(_("签发机构"), stamp.authority),
    ]


@require_GET
def entry(request: HttpRequest, index: int) -> HttpResponse:
    """`/log/entries/<n>/`: the 32 bytes that stand there, and how they hang in the tree."""
    newest = queries.newest()
    found = queries.entry(index) if newest and index < newest.size else None
    if newest is None or found is None:
        raise Http404
    width = min(WIDTH, newest.size - index // WIDTH * WIDTH)
    context = {
        "index": index,
        "entry": found.hex(),
        "leaf": b64(leaf_hash(found)),
        "path": [b64(node) for node in queries.tree(newest.size).inclusion(index)],
        "newest": newest,
        "root": b64(bytes(newest.root)),
        "bundle": Tile(ENTRIES, index // WIDTH, width).path.removeprefix("tile/"),
        "before": index - 1 if index else None,
        "after": index + 1 if index + 1 < newest.size else None,
    }
    crumbs = [Link(_("透明日志"), reverse("portal:log")), Link(_("日志第 %(n)s 条") % {"n": index})]
    return page(request, "portal/log_entry.html", context, crumbs=crumbs)
