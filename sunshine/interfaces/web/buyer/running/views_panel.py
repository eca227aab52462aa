"""The panel: draw it by chance, then see who has come, by number only (法 37)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from sunshine.domain.evaluation.queries import buyer_panel
from sunshine.flows.announce_draw import announce_draw
from sunshine.foundation import clock
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.running import words
from sunshine.interfaces.web.buyer.running.desk import at_desk, lot_here, lot_page, must, refusal
from sunshine.interfaces.web.buyer.running.forms import DrawForm, add_refusal

DRAW = "buyer:panel:draw"


@at_desk
@require_http_methods(["GET", "POST"])
def panel(request: HttpRequest, lot_id: str) -> HttpResponse:
    """The draw before it happened (for who may draw), and its record afterwards."""
    lot = lot_here(request, lot_id)
    found = buyer_panel.panel(lot)
    at, by = clock.glance(), request.actor  # type: ignore[attr-defined]
    rule = buyer_panel.rule(lot, at)
    context: dict[str, Any] = {"panel": found, "rule": rule, "form": None, "refused": None}
    if found is not None:
        context["members"] = [{"row": m, "state": words.MEMBERS[m.stage]} for m in found.members]
        context["excluded"] = [(words.EXCLUSIONS.get(reason, reason), n) for reason, n in found.excluded.items()]
        return lot_page(request, "buyer/panel/panel.html", lot, "panel", _("评标委员会"), context)
    status = 200
    if by.may(DRAW, lot) and lot.stage == "opening":
        people = buyer_panel.representatives(lot)
        initial = {"experts": _experts_wanted(rule, len(people))}
        form = DrawForm(request.POST or None, initial=initial, specialties=buyer_panel.specialties(), people=people)
        context |= {"form": form, "refused": refusal(lot, "announce-draw", request)}
        if request.method == "POST" and form.is_valid():
            try:
                announce_draw(lot_id, by=by, **form.cleaned_data)
            except Refused as refused:
                add_refusal(form, refused)
            else:
                messages.success(request, _("评标委员会已抽取，成员已收到通知。"))
                return redirect("running:panel", lot_id)
        status = 422 if request.method == "POST" else 200
    elif request.method == "POST":
        must(request, DRAW, lot)
        raise refusal(lot, "announce-draw", request) or Refused("wrong-stage", _("现在不能抽取专家。"))
    return lot_page(request, "buyer/panel/panel.html", lot, "panel", _("评标委员会"), context, status=status)


def _experts_wanted(rule: buyer_panel.PanelRule, people: int) -> int:
    """The smallest lawful panel: one representative where the buyer has any, experts for the rest."""
    return rule.members - min(1, people)
