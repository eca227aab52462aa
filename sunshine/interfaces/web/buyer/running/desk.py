"""What every running page shares: who may stand here, the frame around a lot, and what can be done next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sunshine.domain.contracts.queries import buyer_contracts
from sunshine.domain.sourcing.lifecycle import LOT, PROJECT
from sunshine.domain.sourcing.queries import running
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Link, Tab
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.buyer.nav import nav
from sunshine.interfaces.web.buyer.running import words

View = Callable[..., HttpResponseBase]

PAGES = {  # verb of a lot → (name of its page's address, whether it is grave)
    "announce-draw": ("running:panel", False),
    "open-prices": ("running:prices-open", False),
    "confirm-prices": ("running:prices-confirm", False),
    "publish-candidates": ("running:publish", False),
    "award": ("running:award", False),
    "notify": ("running:notify", False),
    "retender": ("running:retender", False),
    "fail": ("running:fail", True),
}

ONLY_TWO_ENVELOPES = ("open-prices",)


@dataclass(frozen=True)
class Act:
    """A button: what can be done now, or why not."""

    verb: str
    label: Any
    url: str
    refusal: Refused | None = None
    primary: bool = False
    grave: bool = False


def at_desk(view: View) -> View:
    """Visitors are asked to log in; who is logged in and has no business here learns nothing."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **given: Any) -> HttpResponseBase:
        if not request.actor.known:  # type: ignore[attr-defined]
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **given)

    return guarded


def project_here(request: HttpRequest, public_id: str) -> Any:
    """The project on this person's desk. Raises NotFound (404)."""
    found = running.project(public_id, by=request.actor)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


def lot_here(request: HttpRequest, public_id: str) -> Any:
    """The lot on this person's desk. Raises NotFound (404)."""
    found = running.lot(public_id, by=request.actor)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    return found


def must(request: HttpRequest, permission: str, subject: Any) -> None:
    """Raise Refused("forbidden") (403) unless the actor holds the permission for this subject."""
    if not request.actor.may(permission, subject):  # type: ignore[attr-defined]
        raise Refused("forbidden", _("您没有办理这件事的权限。"))


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    current: str = "projects",
    crumbs: Sequence[Link] = (),
    status: int = 200,
) -> HttpResponse:
    """A page of this desk with its navigation and breadcrumb."""
    frame = {"door_nav": nav(request, current), "breadcrumb": [Link(_("采购人工作台"), "/buyer/"), *crumbs]}
    return render(request, template, frame | {"now": clock.glance()} | context, status=status)


def project_crumb(project: Any) -> Link:
    return Link(project.title, f"/buyer/projects/{project.public_id}/")


def lot_crumbs(lot: Any, label: Any) -> list[Link]:
    return [project_crumb(lot.project), Link(_("标段%(n)s") % {"n": lot.number}), Link(label)]


def acts(lot: Any, *, by: Actor, at: datetime) -> list[Act]:
    """The lot's next acts that are this person's work, each with its refusal; the first possible one is primary."""
    found = []
    for step, refusal in LOT.possible(lot, by=by, at=at):
        if step.verb in ONLY_TWO_ENVELOPES and (not lot.project.two_envelope or hasattr(lot, "price_opening")):
            continue
        if step.verb in PAGES and not (step.verb == "fail" and lot.stage == "announced"):
            name, grave = PAGES[step.verb]
            found.append(Act(step.verb, step.label, reverse(name, args=[lot.public_id]), refusal, grave=grave))
    if lot.stage == "notified" and by.may("buyer:contract:draft", lot) and buyer_contracts.of_lot(lot) is None:
        held = _held(lot) if lot.hold else None
        found.append(Act("draft-contract", _("起草合同"), reverse("running:contract", args=[lot.public_id]), held))
    found.sort(key=lambda act: act.grave)
    first = next((n for n, act in enumerate(found) if act.refusal is None and not act.grave), None)
    if first is not None:
        one = found[first]
        found[first] = Act(one.verb, one.label, one.url, None, primary=True)
    return found


def _held(lot: Any) -> Refused:
    text = _("已暂停：%(reason)s。答复或解除后才能继续。") % {"reason": lot.hold}
    return Refused("on-hold", text, "招标投标法实施条例 第五十四条")


def refusal(lot: Any, verb: str, request: HttpRequest) -> Refused | None:
    """Why this person may not do the verb to the lot now; a matter for others is a 403 at once."""
    found = LOT.refusal(verb, lot, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if found is not None and found.code == "forbidden":
        raise found
    return found


def project_refusal(project: Any, verb: str, request: HttpRequest) -> Refused | None:
    """The same for a verb of the project."""
    found = PROJECT.refusal(verb, project, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if found is not None and found.code == "forbidden":
        raise found
    return found


TABS = (
    ("panel", _("评标委员会"), "running:panel"),
    ("evaluation", _("评标"), "running:evaluation"),
    ("prices", _("商务标"), "running:prices"),
    ("candidates", _("候选人"), "running:candidates"),
    ("award", _("定标"), "running:award"),
    ("contract", _("合同"), "running:contract"),
)


def lot_page(
    request: HttpRequest,
    template: str,
    lot: Any,
    tab: str,
    label: Any,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """A page about one lot: head with state and hold, tabs, and the next acts beside the work."""
    at = clock.glance()
    found = acts(lot, by=request.actor, at=at)  # type: ignore[attr-defined]
    opening = Tab(_("开标"), reverse("running:hall", args=[lot.project.public_id]))
    shown = [one for one in TABS if one[0] != "prices" or lot.project.two_envelope]
    tabs = [opening] + [Tab(w, reverse(name, args=[lot.public_id]), current=key == tab) for key, w, name in shown]
    frame = {
        "lot": lot,
        "project": lot.project,
        "state": words.lot_state(lot.stage),
        "lot_tabs": tabs,
        # the page of an act carries its own button
        "acts": [act for act in found if act.url != request.path],
        "acting_here": any(act.url == request.path for act in found),
        "tab": tab,
    }
    return page(request, template, frame | context, crumbs=lot_crumbs(lot, label), status=status)


def my_certificates(request: HttpRequest) -> list[str]:
    """The ids of the person's certificates that are good now, for <sun-sign>."""
    rows = certificates.of_person(request.actor.person, at=clock.glance())  # type: ignore[attr-defined]
    return [row.public_id for row in rows]
