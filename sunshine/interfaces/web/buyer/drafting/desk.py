"""What every page of the desk does: let the right people in, draw the shell, turn a refusal into words on the page."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.queries import buyer_desk
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.lifecycle import Lifecycle
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.nav import nav

View = Callable[..., HttpResponse]
PROJECT_KINDS = {
    "initiated": "neutral",
    "method_approved": "neutral",
    "draft": "neutral",
    "in_review": "now",
    "reviewed": "now",
    "announced": "now",
    "opening": "now",
    "opened": "done",
    "terminated": "refused",
}
PLAN_KINDS = {"plan_draft": "now", "plan_approved": "done", "plan_returned": "refused"}
LOT_KINDS = {"contract_signed": "done", "failed": "refused", "retendered": "neutral", "terminated": "refused"}


def states(name: str, kinds: Mapping[str, str], otherwise: str = "now") -> dict[str, tuple[Any, str]]:
    """{stage: (word, kind of chip)} of a lifecycle."""
    return {stage: (word, kinds.get(stage, otherwise)) for stage, word in Lifecycle.registry[name].stages.items()}


def desk(view: View) -> View:
    """Only people with work at a buyer's desk; others get a login page, or learn nothing."""

    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if "buyer" not in request.actor.doors:  # type: ignore[attr-defined]
            raise NotFound()
        return view(request, *args, **kwargs)

    return run


def project_or_404(request: HttpRequest, project_id: str) -> Any:
    found = buyer_desk.find_project(actor(request), clock.glance(), project_id)
    if found is None:
        raise NotFound()
    return found


def plan_or_404(request: HttpRequest, plan_id: str) -> Any:
    found = buyer_desk.find_plan(actor(request), clock.glance(), plan_id)
    if found is None:
        raise NotFound()
    return found


def actor(request: HttpRequest) -> Any:
    return request.actor  # type: ignore[attr-defined]


def show(
    request: HttpRequest,
    template: str,
    current: str,
    crumbs: list[Link],
    context: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A page of the desk in the workspace shell."""
    shell = {"door_nav": nav(request, current), "breadcrumb": [Link(_("采购人工作台"), "/buyer/"), *crumbs]}
    return render(request, f"buyer/{template}", {**shell, **(context or {})}, status=status)


def piece(request: HttpRequest, template: str, context: Mapping[str, Any], page: str) -> HttpResponse:
    """A part of a page, asked for while typing; who opens its address by hand is sent to the page it belongs to."""
    if not getattr(request, "htmx", False):
        return redirect(page)
    response = render(request, f"buyer/{template}", dict(context))
    response["Cache-Control"] = "no-store"
    return response


def project_crumbs(project: Any, *more: Link) -> list[Link]:
    return [
        Link(_("采购项目"), "/buyer/projects/"),
        Link(project.title, f"/buyer/projects/{project.public_id}/"),
        *more,
    ]


def refuse(form: forms.Form, refused: Refused) -> None:
    """Put a flow's refusal where it belongs: at its field, else on top. Not found and forbidden go on to the middleware."""
    if refused.code in ("not-found", "forbidden"):
        raise refused
    field = refused.field if refused.field in form.fields else None
    form.add_error(field, str(refused))
    for row in refused.rows:
        form.add_error(None, f"{row.field}：{row.text}")


def say(request: HttpRequest, text: Any) -> None:
    messages.success(request, text)


def is_autosave(request: HttpRequest) -> bool:
    """Whether the page saves by itself while somebody types (see the autosave module of the pages)."""
    return request.headers.get("X-Autosave") == "1"
