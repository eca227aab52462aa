"""Registration: an account for the person, then the organisation or the expert's application.

Two acts, each whole in itself. If the second is refused, the account stays, the person is logged in and told what to
put right: nobody types a password twice because of a wrong credit code.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.parties.queries.actors import actor_of
from sunshine.flows.register import register
from sunshine.flows.register_expert import apply_expert
from sunshine.flows.sign_up import sign_up
from sunshine.foundation.pages.parts import Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.portal.forms import ExpertForm, OrganisationForm, PersonForm
from sunshine.interfaces.web.portal.shell import for_everyone, page

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
KINDS = {
    "supplier": (
        gettext_lazy("供应商"),
        gettext_lazy("投标、提问、提出异议、签订合同。注册后即可下载招标文件；主体核验通过后可以投标。"),
        "building",
    ),
    "buyer": (gettext_lazy("采购人"), gettext_lazy("编制计划、发布公告、开标、定标、签订合同。"), "gavel"),
    "agency": (gettext_lazy("采购代理机构"), gettext_lazy("在采购人的委托范围内编制文件、组织开标。"), "team"),
    "expert": (gettext_lazy("评标专家"), gettext_lazy("申请进入专家库，申报专业和回避单位，接受抽取。"), "scale"),
}

DONE = {
    "expert": gettext_lazy("申请已提交，审核结果会出现在您的通知里。"),
    "organisation": gettext_lazy("注册成功。主体核验期间，您已经可以下载招标文件。"),
}


@require_GET
@for_everyone
def choose(request: HttpRequest) -> HttpResponse:
    """Who are you? Four ways to register."""
    kinds = [(key, name, text, icon) for key, (name, text, icon) in KINDS.items()]
    return page(request, "portal/register.html", {"kinds": kinds}, crumbs=[Link(_("注册"))])


@require_http_methods(["GET", "POST"])
def register_as(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of one kind of member; somebody already logged in fills in only the second part."""
    if kind not in KINDS:
        raise Http404
    data = request.POST if request.method == "POST" else None
    person_form = None if request.user.is_authenticated else PersonForm(data)
    member_form = (ExpertForm if kind == "expert" else OrganisationForm)(data)
    if data is not None and _valid(person_form, member_form):
        if _signed_up(request, person_form):
            person_form = None
            if _joined(request, kind, member_form):
                messages.success(request, DONE["expert" if kind == "expert" else "organisation"])
                return redirect(reverse("portal:projects") + "?phase=open")
        status = 422
    else:
        status = 422 if data is not None else 200
    name, text, _icon = KINDS[kind]
    context = {"kind": kind, "name": name, "text": text, "person_form": person_form, "member_form": member_form}
    crumbs = [Link(_("注册"), reverse("portal:register")), Link(name)]
    return page(request, "portal/register_as.html", context, crumbs=crumbs, status=status)


def _valid(*all_forms: forms.Form | None) -> bool:
    judged = [form is None or form.is_valid() for form in all_forms]  # every form shows its errors at once
    return all(judged)


def _signed_up(request: HttpRequest, form: PersonForm | None) -> bool:
    """The account exists and the person is logged in; False with the refusal on the form."""
    if form is None:
        return True
    given = {name: form.cleaned_data[name] for name in ("email", "password", "name", "phone")}
    try:
        person = sign_up(by=request.actor, **given)  # type: ignore[attr-defined]
    except Refused as refused:
        _show(form, refused)
        return False
    login(request, person, backend=BACKEND)
    return True


def _joined(request: HttpRequest, kind: str, form: forms.Form) -> bool:
    """The organisation is registered, or the expert has applied; False with the refusal on the form."""
    person: Any = request.user
    actor, _posts = actor_of(person, address=request.META.get("REMOTE_ADDR"))
    given = dict(form.cleaned_data)
    try:
        if kind == "expert":
            apply_expert(by=actor, person=person, **given)
        else:
            name, code = given.pop("organisation"), given.pop("uscc")
            contact = {"contact_name": person.name, "contact_phone": person.phone}
            register(by=actor, kind=kind, name=name, code=code, person=person, **contact, **given)
    except Refused as refused:
        _show(form, refused)
        messages.info(request, _("您的账号已经建立并登录；请改正下面的内容，完成登记。"))
        return False
    return True


def _show(form: forms.Form, refused: Refused) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
