"""Our organisation: its entry and certificates, and its people."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.parties.lifecycle import ORGANISATION
from sunshine.domain.parties.queries import supplier as house
from sunshine.flows.manage_members import add_member, change_roles, end_membership
from sunshine.foundation import clock
from sunshine.foundation.authz import Actor
from sunshine.foundation.pages.parts import Confirm, Fact, Link
from sunshine.foundation.refusal import Refused
from sunshine.foundation.vault import certificates
from sunshine.interfaces.web.gate import business_at, given
from sunshine.interfaces.web.supplier.door import page
from sunshine.interfaces.web.supplier.forms import MemberForm, RolesForm

STAGES = {"registered": "now", "active": "done", "rejected": "refused", "suspended": "hold"}
MANAGE = "supplier:member:manage"


@business_at("supplier")
@require_GET
def organisation(request: HttpRequest) -> HttpResponse:
    """What the platform has on record about us, and which of us can sign."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = house.own_organisation(actor)
    if row is None:
        raise Http404
    at = clock.glance()
    facts = [
        Fact(_("名称"), row.name),
        Fact(_("统一社会信用代码"), row.uscc),
        Fact(_("所在地区"), row.region),
        Fact(_("注册地址"), row.address),
        Fact(_("法定代表人"), row.legal_representative),
        Fact(_("联系人"), row.contact_name),
        Fact(_("联系电话"), row.contact_phone),
        Fact(_("企业规模"), {"sme": _("中小企业"), "large": _("大型企业")}.get(row.scale, "")),
        Fact(_("单位简介"), row.about),
    ]
    context = {
        "row": row,
        "stage": ORGANISATION.stages[row.stage],
        "kind": STAGES[row.stage],
        "facts": [fact for fact in facts if fact.value],
        "mine": certificates.of_person(actor.person, at=at),
    }
    return page(request, "supplier/organisation.html", context, current="organisation", title=_("单位与证照"))


def _manager(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if MANAGE not in actor.permissions:
        raise PermissionDenied
    return actor


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def members(request: HttpRequest) -> HttpResponse:
    """Our people and their roles; administrators add people here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    manages = MANAGE in actor.permissions
    choices = house.role_choices(actor.kind)
    form = MemberForm(*given(request), choices=choices)
    if request.method == "POST":
        _manager(request)
        if form.is_valid() and _saved(form, lambda: add_member(by=actor, **form.cleaned_data)):
            messages.success(request, _("已添加成员。"))
            return redirect("supplier:members")
    context = {"rows": house.members(actor), "form": form, "manages": manages, "me": actor.person}
    status = 422 if form.is_bound else 200
    return page(request, "supplier/members.html", context, current="members", title=_("成员"), status=status)


def _saved(form: RolesForm, act: Any) -> bool:
    try:
        act()
    except Refused as refused:
        form.add_error(refused.field if refused.field in form.fields else "roles", str(refused))
        return False
    return True


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def member_roles(request: HttpRequest, person: str) -> HttpResponse:
    """Change a member's roles."""
    actor = _manager(request)
    row = house.member(actor, person)
    if row is None:
        raise Http404
    form = RolesForm(*given(request), choices=house.role_choices(actor.kind), initial={"roles": row.roles})
    if request.method == "POST" and form.is_valid():
        roles = form.cleaned_data["roles"]
        if _saved(form, lambda: change_roles(by=actor, person=person, roles=roles)):
            messages.success(request, _("角色已更改，立即生效。"))
            return redirect("supplier:members")
    trail = (Link(_("成员"), reverse("supplier:members")),)
    context = {"row": row, "form": form}
    status = 422 if form.is_bound else 200
    return page(request, "supplier/member.html", context, current="members", title=row.name, trail=trail, status=status)


@business_at("supplier")
@require_http_methods(["GET", "POST"])
def end_member(request: HttpRequest, person: str) -> HttpResponse:
    """A member leaves; told first, because the person loses access at once."""
    actor = _manager(request)
    row = house.member(actor, person)
    if row is None:
        raise Http404
    back = reverse("supplier:members")
    if request.method == "POST":
        end_membership(by=actor, person=person)
        messages.success(request, _("已结束%(name)s在本单位的任职。") % {"name": row.name})
        return redirect(back)
    own = Refused("not-yourself", _("管理员不能移除自己，请由另一位管理员操作。"))
    confirm = Confirm(
        title=_("结束%(name)s的任职") % {"name": row.name},
        label=_("结束任职"),
        url=request.path,
        cancel_url=back,
        happens=[_("此人立即不能再代表本单位办理任何事项。"), _("此人的账号、密钥簿和已作出的签名不受影响。")],
        refusal=own if person == actor.person else None,
    )
    trail = (Link(_("成员"), back),)
    return page(request, "confirm.html", {"confirm": confirm}, current="members", title=row.name, trail=trail)
