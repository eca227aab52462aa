"""The frame of the operator's pages, and who may see which of them."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.parties.queries.operator import waiting
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Link, NavGroup, NavItem
from sunshine.interfaces.web.gate import View, known, never_cached

ORGANISATIONS = "operator:organisation:verify"
EXPERTS = "operator:expert:verify"
CONTENT = "operator:content:write"
LOG = "operator:log:read"
SETTINGS = "operator:settings:change"
ANY = (ORGANISATIONS, EXPERTS, CONTENT, LOG, SETTINGS)

PAGES = (
    (
        _("核验"),
        (
            ("today", _("今日"), "home", ANY),
            ("organisations", _("单位核验"), "building", (ORGANISATIONS,)),
            ("experts", _("专家审核"), "team", (EXPERTS,)),
        ),
    ),
    (
        _("平台"),
        (
            ("pages", _("网站内容"), "news", (CONTENT,)),
            ("calendar", _("日历"), "calendar", (SETTINGS,)),
            ("health", _("密钥与运行"), "key", (LOG,)),
            ("witnesses", _("日志见证"), "proof", (SETTINGS,)),
            ("clock", _("演练时钟"), "clock", (SETTINGS,)),
            ("settings", _("平台设置"), "settings", (SETTINGS,)),
        ),
    ),
)


def may(actor: Actor, permissions: Sequence[str]) -> bool:
    return actor.active and any(permission in actor.permissions for permission in permissions)


def keeper(*permissions: str) -> Callable[[View], View]:
    """Only people of a working operator who hold one of these permissions."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not may(request.actor, permissions):  # type: ignore[attr-defined]
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return known(guarded)

    return decorate


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    current: str,
    title: Any,
    above: Link | None = None,
    status: int = 200,
) -> HttpResponse:
    """One page with the operator's navigation and breadcrumb; never kept by a cache."""
    actor = request.actor  # type: ignore[attr-defined]
    counts = waiting()
    groups = []
    for label, items in PAGES:
        shown = [
            NavItem(word, reverse(f"operator:{key}"), icon, counts.get(key, 0), key == current, due=True)
            for key, word, icon, needed in items
            if may(actor, needed) and (key != "clock" or settings.REHEARSAL)
        ]
        if shown:
            groups.append(NavGroup(label, shown))
    crumbs = [Link(_("运营工作区"), reverse("operator:today")), *([above] if above else []), Link(title)]
    frame = {"door_nav": groups, "breadcrumb": crumbs if current != "today" else None, "title": title}
    return never_cached(render(request, template, frame | context, status=status))
