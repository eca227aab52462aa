"""The frame of the supervisor's pages. Everything here reads; nothing here acts."""

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.contracts.queries.supervisor import READ, project
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Link, NavGroup, NavItem, Tab
from sunshine.interfaces.web.gate import View, known, never_cached

PAGES = (("today", _("今日"), "home"), ("projects", _("项目"), "list"), ("inspection", _("监督密钥"), "key"))
TABS = (
    ("project", _("概况")),
    ("history", _("事件记录")),
    ("opening", _("开标")),
    ("evaluation", _("评标")),
    ("results", _("结果与合同")),
)


def overseer(view: View) -> View:
    """Only people who supervise: inspectors and auditors, of a supervising body or inside a buyer."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        actor = request.actor  # type: ignore[attr-defined]
        if READ not in actor.permissions or not actor.active:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return known(guarded)


def project_or_404(request: HttpRequest, public_id: str) -> Any:
    """The project, if it lies in the actor's field of view."""
    found = project(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


def page(
    request: HttpRequest, template: str, context: dict[str, Any], *, current: str, title: Any, above: Any = ()
) -> HttpResponse:
    """One page with the supervisor's navigation and breadcrumb; never kept by a cache."""
    items = [NavItem(word, reverse(f"supervisor:{key}"), icon, current=key == current) for key, word, icon in PAGES]
    crumbs = [Link(_("监督工作区"), reverse("supervisor:today")), *above, Link(title)]
    frame = {
        "door_nav": [NavGroup(_("监督"), items)],
        "breadcrumb": crumbs if current != "today" else None,
        "title": title,
    }
    return never_cached(render(request, template, frame | context))


def project_page(request: HttpRequest, template: str, row: Any, context: dict[str, Any], *, tab: str) -> HttpResponse:
    """One of the tabs of a project."""
    tabs = [Tab(word, reverse(f"supervisor:{key}", args=[row.public_id]), current=key == tab) for key, word in TABS]
    above = [Link(_("项目"), reverse("supervisor:projects"))]
    return page(
        request, template, {"project": row, "tabs": tabs} | context, current="projects", title=row.title, above=above
    )
