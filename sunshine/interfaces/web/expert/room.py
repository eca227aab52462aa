"""The frame of the evaluation room: who may enter, and what each stage of a member's work shows."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.queries import reports
from sunshine.domain.evaluation.queries import room as seats
from sunshine.flows._run import NotFound
from sunshine.flows.score import judged_criteria
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Link, NavGroup, NavItem
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import my_certificates
from sunshine.interfaces.web.buyer.running.shown import shown_bids, shown_report

View = Callable[..., HttpResponseBase]


def in_door(view: View) -> View:
    """Visitors log in; whoever judges nothing gets 403 for the whole door."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        actor = request.actor  # type: ignore[attr-defined]
        if not actor.known:
            return redirect_to_login(request.get_full_path())
        if seats.JOIN not in actor.permissions:
            raise Refused("forbidden", _("这是评标专家的工作台。"))
        return view(request, *args, **given)

    return guarded


def seat_here(request: HttpRequest, member_id: str) -> Any:
    """This person's own seat. Raises NotFound (404), also for every other member of the same panel."""
    found = seats.member(member_id, by=request.actor)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


def url(member: Any, tail: str = "") -> str:
    return f"/expert/members/{member.public_id}/{tail}"


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *crumbs: Link, status: int = 200
) -> HttpResponse:
    """A page of the expert's door."""
    nav = [NavGroup(_("评标"), [NavItem(_("我的评标"), "/expert/", "scale", current=True)])]
    frame = {"door_nav": nav, "breadcrumb": [Link(_("我的评标"), "/expert/"), *crumbs], "now": clock.glance()}
    return render(request, template, frame | context, status=status)


def show(
    request: HttpRequest,
    member: Any,
    *,
    typed: dict[str, dict[str, str]] | None = None,
    errors: dict[str, dict[str, str]] | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The room as this member's stage allows. `typed` and `errors` are {bid: {field: text}} of a refused save."""
    lot = member.panel.lot
    everyone = seats.colleagues(member)
    context: dict[str, Any] = {
        "member": member,
        "lot": lot,
        "project": lot.project,
        "lot_state": words.lot_state(lot.stage),
        "state": words.MEMBERS[member.stage],
        "seats": [seat | {"state": words.MEMBERS[seat["stage"]]} for seat in everyone],
        "everyone_locked": seats.all_locked(everyone),
        "inside": member.stage in seats.INSIDE,
        "report": None,
        "bids": [],
        "rows": [],
        "refused": None,
        "reasons": "",
        "dissent": "",
        "before_prices": lot.project.two_envelope and not hasattr(lot, "price_opening"),
        **more,
    }
    if member.stage in seats.INSIDE and lot.stage in seats.WORKING:
        context["bids"] = shown_bids(lot, lambda bid, n: url(member, f"bids/{bid}/files/{n}/"))
    if member.stage == "pricing":
        context |= price_sheet(request, member, typed or {}, errors or {})
    elif member.stage == "present":
        context |= sheet(member, typed or {}, errors or {})
    elif member.stage in seats.INSIDE:
        context |= _afterwards(request, member, everyone)
    return page(request, "expert/room.html", context, Link(str(lot)), status=status)


def _afterwards(request: HttpRequest, member: Any, everyone: list[dict[str, Any]]) -> dict[str, Any]:
    """After the own lock: who is missing; after the last lock: all scores; then the report to sign."""
    lot, by, at = member.panel.lot, request.actor, clock.glance()  # type: ignore[attr-defined]
    found: dict[str, Any] = {"chairs": False, "signing": False, "table": [], "verdicts": []}
    if not seats.all_locked(everyone):
        return found
    if lot.stage == "evaluating":
        verdicts = seats.verdicts_table(member, at=at)
        against = [row for row in verdicts if row["reject"]]
        found |= {
            "table": grouped(seats.scores_table(member, by=by, at=at)),
            "verdicts": [row | {"ground": words.GROUNDS.get(row["reason_code"], "")} for row in against],
            "valid": seats.valid_bids(verdicts, len(everyone)),
            "chairs": member.is_chair,
        }
        return found
    signing = lot.stage == "report_drafted" and member.stage == "locked"
    return found | {
        **shown_report(reports.newest(lot)),
        "signing": signing,
        "chairs": member.is_chair and lot.stage == "report_drafted",
        "certificates": json.dumps(my_certificates(request)) if signing else "[]",
    }


def grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Scores by bid and criterion: one line with every member's mark."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        line = lines.setdefault((row["bid"], row["key"]), {**row, "marks": []})
        line["marks"].append((row["member"], row["value"]))
    return list(lines.values())


def sheet(member: Any, typed: dict[str, dict[str, str]], errors: dict[str, dict[str, str]]) -> dict[str, Any]:
    """The score sheet: one row a bid, one cell a criterion, what was typed before what is kept."""
    criteria = judged_criteria(member.panel.lot.project.scheme)
    keys = {c["key"] for c in criteria}
    rows = []
    for work in seats.work(member):
        bid = work.bid.public_id
        told, wrong, verdict = typed.get(bid, {}), errors.get(bid, {}), work.verdict
        cells = []
        for criterion in criteria:
            key = criterion["key"]
            kept = work.scores.get(key)
            value = told.get(key, format(kept.value, "f") if kept else "")
            cells.append({"criterion": criterion, "key": key, "value": value, "error": wrong.get(key, "")})
        rows.append(
            {
                "bid": work.bid,
                "cells": cells,
                "code": told.get("reason_code", verdict.reason_code if verdict else ""),
                "reason": told.get("reason", verdict.reason if verdict else ""),
                "reason_error": wrong.get("reason", ""),
                "row_error": wrong.get("", ""),
                "state": row_state(work, keys),
                "is_done": work.is_done(keys),
            }
        )
    return {"criteria": criteria, "rows": rows, "grounds": list(words.GROUNDS.items())}


def price_sheet(
    request: HttpRequest, member: Any, typed: dict[str, dict[str, str]], errors: dict[str, dict[str, str]]
) -> dict[str, Any]:
    """The prices, with this member's rejections; and the scores that stay as they were locked."""
    by, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    rows = []
    for bid, verdict in seats.prices(member):
        told = typed.get(bid.public_id, {})
        rows.append(
            {
                "bid": bid,
                "code": told.get("reason_code", verdict.reason_code if verdict else ""),
                "reason": told.get("reason", verdict.reason if verdict else ""),
                "reason_error": errors.get(bid.public_id, {}).get("reason", ""),
                "remarks": [words.remark(code) for code in bid.remarks],
            }
        )
    table = grouped(seats.scores_table(member, by=by, at=at))
    return {"prices": rows, "grounds": list(words.GROUNDS.items()), "table": table}


def row_state(work: seats.BidWork, keys: set[str]) -> words.Chip:
    """How far one bid is, as a chip."""
    if work.is_done(keys):
        return (_("否决"), "refused") if work.verdict and work.verdict.reject else (_("已评完"), "done")
    return (_("未评完"), "now") if work.verdict or work.scores else (_("未评"), "neutral")


def unfinished(rows: list[dict[str, Any]]) -> Refused | None:
    """Why the sheet cannot be locked yet."""
    left = [row["bid"].bidder_name for row in rows if not row["is_done"]]
    if not left:
        return None
    return Refused("scores-incomplete", _("还没有评完：%(names)s。") % {"names": "、".join(left)})
