"""The house: who works here in which roles, who acts for whom, and what the platform knows of the organisation."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from sunshine.domain.parties.queries import buyer_people
from sunshine.flows import manage_members
from sunshine.flows._run import NotFound
from sunshine.foundation import clock
from sunshine.foundation.lifecycle import Lifecycle
from sunshine.foundation.pages.parts import Fact, Link
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import actor, desk, refuse, say, show
from sunshine.interfaces.web.buyer.drafting.forms_members import DelegationForm, MandateForm, MemberForm, RolesForm

HOME = "/buyer/members/"


def _crumbs(*more: Link) -> list[Link]:
    return [Link(_("成员与委托"), HOME), *more]


def _may(request: HttpRequest, permission: str) -> Refused | None:
    if permission in actor(request).permissions:
        return None
    return Refused("forbidden", _("由单位管理员办理。"))


def _allowed(request: HttpRequest, permission: str) -> None:
    if _may(request, permission):
        raise NotFound()


@desk
def members(request: HttpRequest) -> HttpResponse:
    """`/buyer/members/`."""
    by = actor(request)
    at = clock.glance()
    context = {
        "members": [(one, buyer_people.role_names(one.roles)) for one in buyer_people.members(by.organisation_pk)],
        "delegations": buyer_people.delegations(by.organisation_pk),
        "mandates": buyer_people.mandates(by.organisation_pk),
        "own": by.organisation_pk,
        "me": by.person,
        "at": at,
        "manage": _may(request, "buyer:member:manage"),
        "mandate": _may(request, "buyer:mandate:give"),
    }
    return show(request, "members.html", "members", _crumbs(), context)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def new_member(request: HttpRequest) -> HttpResponse:
    """`/buyer/members/new/`."""
    _allowed(request, "buyer:member:manage")
    by = actor(request)
    roles = buyer_people.role_choices(by.kind)
    form = MemberForm(request.POST if request.method == "POST" else None, roles=roles)
    if request.method == "POST" and form.is_valid():
        try:
            manage_members.add_member(by=by, **form.cleaned_data)
            say(request, _("成员已加入。"))
            return redirect(HOME)
        except Refused as refused:
            refuse(form, refused)
    context = {"form": form, "roles": roles, "title": _("添加成员"), "who": ""}
    return show(request, "member_form.html", "members", _crumbs(Link(_("添加成员"))), context, status=_status(form))


def _status(form: Any) -> int:
    return 422 if form.is_bound and form.errors else 200


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, person_id: str) -> HttpResponse:
    """`/buyer/members/<person>/`: change the roles."""
    _allowed(request, "buyer:member:manage")
    by = actor(request)
    one = buyer_people.member(by.organisation_pk, person_id)
    if one is None:
        raise NotFound()
    roles = buyer_people.role_choices(by.kind)
    form = RolesForm(request.POST if request.method == "POST" else None, roles=roles, initial={"roles": one.roles})
    if request.method == "POST" and form.is_valid():
        try:
            manage_members.change_roles(by=by, person=person_id, roles=form.cleaned_data["roles"])
            say(request, _("角色已更改，从下一次请求起生效。"))
            return redirect(HOME)
        except Refused as refused:
            refuse(form, refused)
    context = {"form": form, "roles": roles, "title": _("更改角色"), "who": one.person.name}
    return show(request, "member_form.html", "members", _crumbs(Link(one.person.name)), context, status=_status(form))


@desk
@require_POST
def end_member(request: HttpRequest, person_id: str) -> HttpResponse:
    """`/buyer/members/<person>/end/`."""
    _allowed(request, "buyer:member:manage")
    try:
        manage_members.end_membership(by=actor(request), person=person_id)
        say(request, _("该成员已移出本单位，历史记录保留。"))
    except Refused as refused:
        if refused.code in ("not-found", "forbidden"):
            raise
        refusal_message(request, refused)
    return redirect(HOME)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def new_delegation(request: HttpRequest) -> HttpResponse:
    """`/buyer/members/delegations/new/`."""
    return _give(request, DelegationForm, "buyer", _("授权其他单位代为办理"))


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def new_mandate(request: HttpRequest) -> HttpResponse:
    """`/buyer/members/mandates/new/`."""
    return _give(request, MandateForm, "agency", _("委托采购代理机构"))


def _give(request: HttpRequest, form_class: Any, kind: str, title: str) -> HttpResponse:
    _allowed(request, "buyer:mandate:give")
    form = form_class(request.POST if request.method == "POST" else None, initial={"valid_from": clock.glance()})
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        other = buyer_people.active_by_uscc(given.pop("code"), kind)
        if other is None:
            form.add_error("code", _("没有找到这个代码对应的、已核验的单位。"))
        else:
            try:
                if kind == "agency":
                    manage_members.give_mandate(by=actor(request), agency=other.public_id, **given)
                else:
                    manage_members.give_delegation(by=actor(request), taker=other.public_id, **given)
                say(request, _("已登记。"))
                return redirect(HOME)
            except Refused as refused:
                refuse(form, refused)
    context = {"form": form, "title": title}
    return show(request, "give_form.html", "members", _crumbs(Link(title)), context, status=_status(form))


@desk
@require_POST
def end_delegation(request: HttpRequest, record_id: str) -> HttpResponse:
    """`/buyer/members/delegations/<delegation>/end/`."""
    _allowed(request, "buyer:mandate:give")
    manage_members.end_delegation(by=actor(request), delegation=record_id)
    say(request, _("授权已终止，此前依授权办理的事项不受影响。"))
    return redirect(HOME)


@desk
@require_POST
def end_mandate(request: HttpRequest, record_id: str) -> HttpResponse:
    """`/buyer/members/mandates/<mandate>/end/`."""
    _allowed(request, "buyer:mandate:give")
    manage_members.end_mandate(by=actor(request), mandate=record_id)
    say(request, _("委托已终止，已通知代理机构。"))
    return redirect(HOME)


@desk
def organisation(request: HttpRequest) -> HttpResponse:
    """`/buyer/organisation/`: what the platform knows and has verified."""
    found = buyer_people.organisation(actor(request).organisation_pk)
    if found is None:
        raise NotFound()
    kinds = {"registered": "now", "active": "done", "rejected": "refused", "suspended": "refused"}
    words = Lifecycle.registry["organisation"].stages
    context = {
        "organisation": found,
        "states": {stage: (word, kinds[stage]) for stage, word in words.items()},
        "facts": [
            Fact(_("统一社会信用代码"), found.uscc),
            Fact(_("上级单位"), found.parent.name if found.parent else "—"),
            Fact(_("地区"), found.region or "—"),
            Fact(_("地址"), found.address or "—"),
            Fact(_("法定代表人"), found.legal_representative or "—"),
            Fact(_("联系人"), found.contact_name or "—", found.contact_phone),
        ],
    }
    return show(request, "organisation.html", "organisation", [Link(_("单位资料"))], context)
