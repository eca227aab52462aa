"""The first page, the verification page, and what crawlers ask for."""

import hashlib
import json
from datetime import datetime
from typing import Any

import rfc8785
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.publishing.queries import home as home_queries
from sunshine.domain.publishing.queries import notices, words
from sunshine.domain.sourcing.queries import public
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation.pages import figures, moments
from sunshine.foundation.pages.parts import Link, Tile
from sunshine.foundation.vault.logkey import log_vkey
from sunshine.interfaces.web.portal.shell import for_everyone, now_of, page
from sunshine_proof.eventproof import EventProofError, read_event_proof
from sunshine_proof.receipt import ReceiptError, verify_receipt

PROOF_FLAWS = {
    "note-signature": gettext_lazy("检查点不是本平台签的。"),
    "tree-proof": gettext_lazy("这份内容不在日志的那个位置上。"),
    "proof-origin": gettext_lazy("检查点属于另一本日志。"),
    "event-proof": gettext_lazy("文件里没有附上事情的内容，无法核对。"),
}
LONGEST_PROOF = 1_000_000  # characters


@require_GET
@for_everyone
def home(request: HttpRequest) -> HttpResponse:
    """What is being bought today, and is it honest?"""
    at = now_of(request)
    won = notices.with_outcome(notices.matching({"kind": "award-notice"})).order_by("-published_at", "-id")[:5]
    context = {
        "tiles": tiles(home_queries.figures(at)),
        "open_projects": [card(project, at) for project in public.open_now(at, 6)],
        "newest": [(row, notices.state(row.kind)) for row in notices.newest(8)],
        "results": [(row, int(row.price_text)) for row in won if row.price_text],
        "news": home_queries.pages(("news", "policy"), get_language() or "", 4),
    }
    return page(request, "portal/home.html", context)


def card(project: Any, at: Any) -> dict[str, Any]:
    """A project on a card or in a list row."""
    lots = list(project.lots.all())
    return {
        "title": project.title,
        "number": project.public_id,
        "url": reverse("portal:project", args=[project.public_id]),
        "buyer": project.buyer.name,
        "buyer_url": reverse("portal:buyer", args=[project.buyer.public_id]),
        "purpose": project.purpose,
        "method": method_name(project.method),
        "budget": project.budget_fen,
        "due": project.bids_due_at,
        "announced": project.announced_at,
        "place": project.opening_place,
        "region": project.region,
        "lots": len(lots),
        "state": words.project_state(project, lots, at),
    }


def tiles(found: home_queries.Figures) -> list[Tile]:
    """The five numbers of the first page, each with its definition and what it does not know."""
    yuan, unit = figures.grouped(found.awarded_fen // 1_000_000 * 1_000_000, "万元", 0).rstrip("."), _("万元")
    return [
        Tile(
            _("正在招标"),
            str(found.open_projects),
            _("个项目"),
            definition=_("已发布公告、投标截止时间未到的项目数。"),
        ),
        Tile(
            _("今日开标"),
            str(found.opening_today),
            _("个项目"),
            definition=_("投标截止时间在今天（北京时间）的项目数，不含已终止的。"),
        ),
        Tile(
            _("本年成交"),
            yuan,
            unit,
            definition=_("今年已发出中标通知书的中标价之和，共 %(n)s 个标段，舍去不足一万元的部分。")
            % {"n": found.awards},
        ),
        Tile(
            _("节资率"),
            "—" if found.saved is None else str(found.saved),
            "" if found.saved is None else "%",
            definition=_("（最高投标限价 − 中标价）÷ 最高投标限价，只计今年成交且设有限价的 %(n)s 个标段。")
            % {"n": found.capped},
            unknown=_("%(n)s 个成交标段没有公布限价，未计入。") % {"n": found.uncapped} if found.uncapped else "",
        ),
        Tile(
            _("流标率"),
            "—" if found.failed is None else str(found.failed),
            "" if found.failed is None else "%",
            definition=_("流标的标段 ÷ 已有结果的标段（%(n)s 个，流标或已发中标通知书）。") % {"n": found.ended},
        ),
    ]


@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """Paste a receipt or a notice: what it proves, in plain words. Nothing is kept."""
    text = request.POST.get("proof", "")[:LONGEST_PROOF]
    verdict = judge(text) if text.strip() else None
    context = {"text": text, "verdict": verdict, "vkey": log_vkey(), "empty": request.method == "POST" and not verdict}
    return page(request, "portal/verify.html", context, crumbs=[Link(_("验证"))])


def judge(text: str) -> dict[str, Any]:
    """What a pasted receipt/1, notice/1 or tlog-proof is worth: {"good", "said": sentences, "url"}."""
    if text.lstrip().startswith("c2sp.org/tlog-proof"):
        return _logged(text.lstrip().replace("\r\n", "\n"))
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        return _verdict(False, _("这不是 JSON：请把文件的全部内容原样粘贴。"))
    if isinstance(given, dict) and isinstance(given.get("receipt"), dict):
        given = given["receipt"]
    if isinstance(given, dict) and given.get("v") == "receipt/1":
        return _receipt(given)
    if isinstance(given, dict) and given.get("v") == "notice/1":
        return _notice(given)
    kinds = _("认不出这种凭证：这里可以验证投标回执（receipt/1）、公告内容（notice/1）和日志证明（.tlog-proof）。")
    return _verdict(False, kinds)


def _logged(text: str) -> dict[str, Any]:
    """About the file of an event and its place in the log; a form's text area has taken its last line feed."""
    try:
        found = read_event_proof(text.rstrip("\n") + "\n", log_vkey())
    except EventProofError as error:
        why = PROOF_FLAWS.get(error.code, _("文件不完整或被改动过，请把内容原样粘贴。"))
        return _verdict(False, _("证明不成立：%(why)s") % {"why": why})
    happened = moments.stamp(datetime.fromisoformat(str(found.event["at"])), seconds=True)
    values = {"n": found.proof.index, "tag": found.event["tag"], "at": happened}
    said = _verdict(
        True,
        _("证明成立：这件事（%(tag)s，%(at)s）就是透明日志的第 %(n)s 条。") % values,
        _("平台签过名的检查点共有 %(size)s 个条目，这一条包含在内；从此它不能被更改或抽走。")
        % {"size": found.proof.checkpoint.size},
    )
    return said | {"url": reverse("portal:log-entry", args=[found.proof.index]), "log": True}


def _receipt(given: dict[str, Any]) -> dict[str, Any]:
    try:
        found = verify_receipt(given, log_vkey())
    except ReceiptError as error:
        if error.code == "receipt-log":
            return _verdict(
                False, _("这份回执不是本平台签发的：签发者是 %(who)s。") % {"who": given.get("log_origin", "")}
            )
        return _verdict(False, _("签名不符：这份回执被改动过，或者不是本平台签发的。"))
    arrived = moments.stamp(datetime.fromisoformat(found["received_at"].replace("Z", "+00:00")), seconds=True)
    return _verdict(
        True,
        _("签名有效：本平台于 %(at)s（北京时间）收到了这份密封件。") % {"at": arrived},
        _("密封件编号 %(lid)s。请与您浏览器里保存的编号逐位核对。") % {"lid": found["lid"]},
        _("回执只证明“这份密文在这一刻到达”；它不含投标人的身份，也不透露内容。"),
    )


def _notice(given: dict[str, Any]) -> dict[str, Any]:
    try:
        digest = hashlib.sha256(rfc8785.dumps(given)).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        return _verdict(False, _("内容里有公告不会有的数值，无法计算指纹。"))
    found = notices.public().filter(digest=digest).first()
    if found is None:
        return _verdict(
            False, _("本平台没有发布过这份内容：它与任何一份公告都不完全一致（指纹 %(digest)s）。") % {"digest": digest}
        )
    values = {"title": found.title, "at": moments.stamp(found.published_at, seconds=True)}
    said = _verdict(True, _("一字不差：这就是本平台于 %(at)s 发布的《%(title)s》。") % values, f"SHA-256 {digest}")
    return said | {"url": reverse("portal:notice", args=[found.public_id])}


def _verdict(good: bool, *said: str) -> dict[str, Any]:
    return {"good": good, "said": said, "url": ""}


@require_GET
def robots(request: HttpRequest) -> HttpResponse:
    """Crawlers are welcome at everything public; the doors behind the login have nothing for them."""
    doors = ("account", "accounts", "buyer", "supplier", "trustee", "expert", "supervisor", "operator", "box")
    lines = ["User-agent: *", *(f"Disallow: /{door}/" for door in doors), "Allow: /"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
