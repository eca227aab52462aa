"""The frame of the trustee's pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.foundation.pages.parts import Link, NavGroup, NavItem
from sunshine.interfaces.web.gate import never_cached


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    title: Any,
    current: str = "",
    trail: tuple[Link, ...] = (),
) -> HttpResponse:
    """One page with the door's navigation and breadcrumb; never kept by a cache."""
    items = [
        NavItem(_("密钥与份额"), reverse("trustee:seats"), "key", current=current == "seats"),
        NavItem(_("数字证书"), reverse("profile:certificates"), "certificate"),
    ]
    frame = {
        "door_nav": [NavGroup(_("开标密钥持有人"), items)],
        "breadcrumb": [Link(_("密钥与份额"), reverse("trustee:seats") if trail else ""), *trail],
        "title": title,
    }
    return never_cached(render(request, template, frame | context))
