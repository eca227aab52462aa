"""The frame of the supplier's pages: navigation, chips, and the reasons that several pages give."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.rules import lateness, not_a_bidder
from sunshine.domain.contracts.queries.supplier import waiting_contracts
from sunshine.domain.sourcing.lifecycle import PROJECT
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Link, NavGroup, NavItem
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.gate import never_cached

NAV = (
    (
        _("投标"),
        (
            ("today", _("今天"), "home"),
            ("opportunities", _("商机"), "search"),
            ("bids", _("我的投标与回执"), "seal"),
        ),
    ),
    (
        _("结果与履约"),
        (
            ("results", _("开标与结果"), "scale"),
            ("objections", _("异议"), "gavel"),
            ("contracts", _("合同"), "contract"),
        ),
    ),
    (
        _("本单位"),
        (
            ("organisation", _("单位与证照"), "building"),
            ("members", _("成员"), "team"),
        ),
    ),
)
_PROJECT_KINDS = {"announced": "now", "opening": "now", "opened": "done", "terminated": "refused"}
PROJECT_CHIPS = {key: (name, _PROJECT_KINDS.get(key, "neutral")) for key, name in PROJECT.stages.items()}


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    current: str,
    title: Any,
    trail: tuple[Link, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """One page with the door's navigation and breadcrumb; never kept by a cache."""
    signing = waiting_contracts(request.actor)  # type: ignore[attr-defined]
    groups = [
        NavGroup(
            label,
            [
                NavItem(
                    word,
                    reverse(f"supplier:{name}"),
                    icon,
                    signing if name == "contracts" else 0,
                    name == current,
                    name == "contracts",
                )
                for name, word, icon in items
            ],
        )
        for label, items in NAV
    ]
    frame = {
        "door_nav": groups,
        "breadcrumb": [Link(_("供应商工作区"), reverse("supplier:today")), *trail, Link(title)],
        "title": title,
    }
    return never_cached(render(request, template, frame | context, status=status))


def bid_refusal(actor: Actor, lot: Any, at: Any) -> Refused | None:
    """Why this actor cannot bid for this lot now."""
    return not_a_bidder(actor) or lateness(lot, at)
