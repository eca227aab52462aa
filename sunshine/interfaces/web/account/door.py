"""The frame of a person's own pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.publishing.queries.account import unread_count
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Link, NavGroup, NavItem
from sunshine.interfaces.web.gate import never_cached

PAGES = (
    ("notifications", _("通知"), "bell"),
    ("organisation", _("我的单位"), "building"),
    ("certificates", _("数字证书"), "certificate"),
    ("security", _("账号与安全"), "lock"),
)
DOORS = {
    "buyer": "/buyer/",
    "supplier": "/supplier/",
    "expert": "/expert/",
    "supervisor": "/supervisor/",
    "operator": "/operator/",
    "trustee": "/trustee/",
}


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, current: str, title: Any, status: int = 200
) -> HttpResponse:
    """One page with the account's navigation and breadcrumb; never kept by a cache."""
    unread = unread_count(request.actor)  # type: ignore[attr-defined]
    items = [
        NavItem(
            label,
            reverse(f"profile:{name}"),
            icon,
            unread if name == "notifications" else 0,
            name == current,
            name == "notifications",
        )
        for name, label, icon in PAGES
    ]
    frame = {
        "door_nav": [NavGroup(_("我的账号"), items)],
        "breadcrumb": [Link(_("首页"), "/"), Link(_("我的账号"), reverse("profile:security")), Link(title)],
        "title": title,
    }
    return never_cached(render(request, template, frame | context, status=status))


def first_door(actor: Actor) -> str:
    """Where this actor's work begins: the door of the organisation's own kind first."""
    held = [door for door in DOORS if door in actor.doors]
    if actor.kind in held:
        return DOORS[actor.kind]
    return DOORS[held[0]] if held else ""
