"""Trustees: make a key before the announcement, release shares after the deadline. Pages in plain words."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from sunshine.domain.bidding.queries import trustee as query
from sunshine.domain.bidding.queries.hall import HallLot, hall
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.grid import Column, Grid, ask
from sunshine.foundation.pages.parts import Empty, Link
from sunshine.foundation.pages.shortcuts import fragment
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at
from sunshine.interfaces.web.trustee.door import page

PER_PAGE = 50
_KINDS = {"announced": "now", "opening": "now", "opened": "done", "terminated": "refused"}
STAGES = {key: (name, _KINDS.get(key, "neutral")) for key, name in PROJECT.stages.items()}
KEYS = {
    "made": (_("已公布"), "done"),
    "gone": (_("已销毁"), "neutral"),
    "missing": (_("未生成"), "hold"),
    "void": (_("未生成"), "neutral"),
}
COLUMNS = (
    Column("title", _("项目"), "title", second="buyer"),
    Column("role", _("席位")),
    Column("key", _("密钥"), "chip", states=KEYS),
    Column("stage", _("阶段"), "chip", states=STAGES),
    Column("due", _("投标截止时间"), "moment"),
)


def _key_state(seat: Any, keyless: set[int]) -> str:
    if seat.destroyed_at is not None:
        return "gone"
    if seat.recipient:
        return "made"
    return "missing" if seat.pk in keyless else "void"


def _row(seat: Any, keyless: set[int]) -> dict[str, Any]:
    project = seat.project
    return {
        "title": project.title,
        "url": reverse("trustee:seat", args=[project.public_id]),
        "buyer": project.buyer.name,
        "role": f"{seat.i} · {seat.role}",
        "key": _key_state(seat, keyless),
        "stage": project.stage,
        "due": project.bids_due_at,
    }


@business_at("trustee")
@require_GET
def seats(request: HttpRequest) -> HttpResponse:
    """What waits for me: shares first, then keys; below it every seat I hold."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = ask(request.GET, COLUMNS)
    start = (asked.page - 1) * PER_PAGE
    rows = query.seats(actor)
    keyless = set(query.without_key(actor).values_list("pk", flat=True))
    empty = Empty(_("您还没有被指定为任何项目的开标密钥持有人"), _("采购人指定后，您会收到通知，这里会列出项目。"))
    context = {
        "tasks": query.tasks(actor),
        "rescues": draws.rescues(actor, clock.now()),
        "keyless": query.without_key(actor)[:PER_PAGE],
        "to_destroy": query.to_destroy(actor)[:PER_PAGE],
        "table": Grid(
            _("我持有密钥的项目"),
            COLUMNS,
            [_row(seat, keyless) for seat in rows[start : start + PER_PAGE]],
            rows.count(),
            asked,
            per_page=PER_PAGE,
            empty=empty,
        ),
    }
    return page(request, "trustee/seats.html", context, title=_("密钥与份额"), current="seats")


def key_refusal(seat: Any, held: list[str]) -> Refused | None:
    """Why this seat's key cannot be made now."""
    if not query.key_may_come(seat):
        return Refused("policy-is-fixed", _("公告发布后，开标密钥持有人及其密钥不可更改。"))
    if not held:
        return Refused("certificate-missing", _("请先在“数字证书”页面用本浏览器申请证书，再生成开标密钥。"))
    return None


@business_at("trustee")
@ensure_csrf_cookie
@require_GET
def seat(request: HttpRequest, project_id: str) -> HttpResponse:
    """One seat: make its key, or see when and why shares will be asked for."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    row = query.seat_of(project_id, actor)
    if row is None:
        raise Http404
    held = [one.public_id for one in certificates.of_person(actor.person, at=at)]
    opening = hall(project_id, actor, at) if row.project.announced_at else None
    context = {
        "seat": row,
        "project": row.project,
        "stages": STAGES,
        "refusal": key_refusal(row, held),
        "needs_certificate": not held,
        "certificates": json.dumps(held),
        "key_url": reverse("trustee:key", args=[project_id]),
        "destroy_url": reverse("trustee:destroyed", args=[project_id]),
        "may_destroy": query.may_be_destroyed(row),
        "key_command": f"sunshine-trustee key --tender {project_id} --role {row.role} --signer key.pem"
        f" --out {project_id}.key --card card.json",
        "destroy_command": f"sunshine-trustee destroy --key {project_id}.key --signer key.pem --out destroyed.json",
        "keyring_url": reverse("profile:keyring"),
        # where the bidder alone opens a key serves draws, and no lot asks for shares
        "lots": opening.lots if opening and not row.project.opens_alone else [],
        "now": at,
    }
    trail = (Link(row.project.title),)
    return page(request, "trustee/seat.html", context, title=row.project.title, trail=trail)


def _lot(project_id: str, lot_id: str, actor: Actor, at: Any) -> HallLot:
    opening = hall(project_id, actor, at)
    if opening is None:
        raise Http404
    return next(lot for lot in opening.lots if lot.id == lot_id)


@business_at("trustee")
@ensure_csrf_cookie
@require_GET
def release(request: HttpRequest, lot_id: str) -> HttpResponse:
    """What is about to happen, in plain words; before the deadline a countdown and the reason."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    found = query.lot_of(lot_id, actor)
    if found is None:
        raise Http404
    lot, mine = found
    held = [one.public_id for one in certificates.of_person(actor.person, at=at)]
    state = _lot(lot.project.public_id, lot_id, actor, at)
    refusal = query.not_yet(lot, at)
    context = {
        "lot": lot,
        "project": lot.project,
        "seat": mine,
        "state": state,
        "refusal": refusal,
        "before": lot.project.bids_due_at is not None and at < lot.project.bids_due_at,
        "needs_certificate": not held,
        "certificates": json.dumps(held),
        "release_command": f"sunshine-trustee release opening-{lot_id}.json --key {lot.project.public_id}.key"
        " --signer key.pem --out release.json",
        "shares_url": reverse("trustee:shares", args=[lot_id]),
        "releases_url": reverse("trustee:releases", args=[lot_id]),
        "keyring_url": reverse("profile:keyring"),
        "state_url": reverse("trustee:state", args=[lot_id]),
        "now": at,
    }
    trail = (Link(lot.project.title, reverse("trustee:seat", args=[lot.project.public_id])), Link(str(lot)))
    return page(request, "trustee/release.html", context, title=_("释放密钥份额"), trail=trail)


@business_at("trustee")
@require_GET
def state(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The fragment that tells who has released, asked for again while the page is open."""
    actor, at = request.actor, clock.now()  # type: ignore[attr-defined]
    found = query.lot_of(lot_id, actor)
    if found is None:
        raise Http404
    lot, mine = found
    context = {
        "state": _lot(lot.project.public_id, lot_id, actor, at),
        "seat": mine,
        "state_url": request.path,
        "now": at,
    }
    return fragment(request, "trustee/_state.html", context)
