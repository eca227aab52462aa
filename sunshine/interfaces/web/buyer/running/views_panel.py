"""The panel: announce its draw, watch it, then see who has come, by number only (法 37)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.evaluation.queries import buyer_panel, draws
from sunshine.domain.publishing.queries import words as public_words
from sunshine.flows._run import NotFound
from sunshine.flows.announce_draw import announce_draw, announce_factor
from sunshine.flows.commit_draw import abandon_draw
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, lot_here, lot_page, must, refusal
from sunshine.interfaces.web.buyer.running.forms import AbandonForm, DrawForm, FactorForm, add_refusal

PERMISSION = "buyer:panel:draw"
REVEAL_MINUTES = 30


@at_desk
@require_http_methods(["GET", "POST"])
def panel(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The announcement of the draw (for who may draw), how far it is, and the panel afterwards."""
    lot = lot_here(request, lot_id)
    found = buyer_panel.panel(lot)
    at, by = clock.glance(), request.actor  # type: ignore[attr-defined]
    rule = buyer_panel.rule(lot, at)
    held = draws.of_lot(lot)
    context: dict[str, Any] = {"panel": found, "rule": rule, "form": None, "refused": None}
    context["draws"] = [_shown(request, draw) for draw in held]
    if found is not None:
        context["members"] = [{"row": m, "state": words.MEMBERS[m.stage]} for m in found.members]
        context["excluded"] = [
            (public_words.DRAW_REASONS.get(reason, reason), n) for reason, n in found.excluded.items()
        ]
        return lot_page(request, "buyer/panel/panel.html", lot, "panel", _("评标委员会"), context)
    status = 200
    running = any(draw.purpose == "experts" and draw.stage != "abandoned" for draw in held)
    if by.may(PERMISSION, lot) and lot.stage == "opening" and not (running and request.method == "GET"):
        people = buyer_panel.representatives(lot)
        initial = {"experts": _experts_wanted(rule, len(people)), "reveal_minutes": REVEAL_MINUTES}
        choices: dict[str, Any] = {
            "specialties": buyer_panel.specialties(),
            "people": people,
            "sides": draws.sides(lot),
        }
        form = DrawForm(request.POST or None, initial=initial, **choices)
        context |= {"form": form, "refused": refusal(lot, "announce-draw", request)}
        if request.method == "POST" and form.is_valid():
            try:
                announce_draw(lot_id, by=by, **form.cleaned_data)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("抽取已公布，请提交您一方的承诺；其他两方已收到通知。"))
                return redirect("running:panel", lot_id)
        status = 422 if request.method == "POST" else 200
    elif request.method == "POST":
        must(request, PERMISSION, lot)
        raise refusal(lot, "announce-draw", request) or Refused("wrong-stage", _("现在不能抽取专家。"))
    return lot_page(request, "buyer/panel/panel.html", lot, "panel", _("评标委员会"), context, status=status)


def _shown(request: HttpRequest, draw: Any) -> dict[str, Any]:
    """A draw with its chip, its parties, and what this person may do with it."""
    by, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    verb = "commit-draw" if draw.stage == "announced" else "reveal-draw"
    mine = draws.party_of(draw.public_id, by) is not None
    return {
        "row": draw,
        "purpose": public_words.DRAW_PURPOSES[draw.purpose],
        "state": public_words.DRAWS[draw.stage],
        "verb": verb,
        "label": DRAW.steps[verb].label,
        "mine": mine,
        "refusal": DRAW.refusal(verb, draw, by=by, at=at) if mine else None,
        "url": reverse("draws:party", args=[draw.public_id]),
        "living": draw.stage in ("announced", "committed"),
        "may_abandon": DRAW.refusal("abandon-draw", draw, by=by, at=at) is None,
    }


def _experts_wanted(rule: buyer_panel.PanelRule, people: int) -> int:
    """The smallest lawful panel: one representative where the buyer has any, experts for the rest."""
    return rule.members - min(1, people)


@at_desk
@require_http_methods(["GET", "POST"])
def factor(request: HttpRequest, lot_id: str) -> HttpResponse:
    """抽取随机系数: one of several whole numbers, where the scoring rule of the documents asks for chance."""
    lot = lot_here(request, lot_id)
    refused = refusal(lot, "announce-factor", request)
    initial = {"reveal_minutes": REVEAL_MINUTES}
    form = FactorForm(request.POST or None, initial=initial, sides=draws.sides(lot))
    if request.method == "POST" and form.is_valid():
        try:
            announce_factor(lot_id, by=request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except Refused as no:
            add_refusal(form, no)
        else:
            messages.success(request, _("抽取已公布，请提交您一方的承诺；其他两方已收到通知。"))
            return redirect("running:panel", lot_id)
    context = {"form": form, "refused": refused}
    status = 422 if request.method == "POST" else 200
    return lot_page(request, "buyer/panel/factor.html", lot, "panel", _("抽取随机系数"), context, status=status)


@at_desk
@require_http_methods(["GET", "POST"])
def abandon(request: HttpRequest, lot_id: str, draw_id: str) -> HttpResponse:
    """作废抽取: only before the checkpoint, while nobody knows a number; with a reason that becomes public."""
    lot = lot_here(request, lot_id)
    draw = next((draw for draw in draws.of_lot(lot) if draw.public_id == draw_id), None)
    if draw is None:
        raise NotFound()
    must(request, PERMISSION, lot)
    refused = DRAW.refusal("abandon-draw", draw, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    form = AbandonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            abandon_draw(draw_id, by=request.actor, reason=form.cleaned_data["reason"])  # type: ignore[attr-defined]
        except Refused as no:
            add_refusal(form, no)
        else:
            messages.success(request, _("抽取已作废，可以重新公布。"))
            return redirect("running:panel", lot_id)
    context = {"form": form, "refused": refused, "draw": draw}
    status = 422 if request.method == "POST" else 200
    return lot_page(request, "buyer/panel/abandon.html", lot, "panel", _("作废抽取"), context, status=status)
