"""A person's own pages: inbox, organisation, certificates, keyring, security."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.parties.lifecycle import ORGANISATION
from sunshine.domain.parties.queries.supplier import own_organisation
from sunshine.domain.parties.roles import ROLES
from sunshine.domain.publishing.queries.account import inbox
from sunshine.flows.register import resubmit
from sunshine.flows.sign_up import read_notifications
from sunshine.foundation import clock
from sunshine.foundation.files import sniff, store
from sunshine.foundation.pages.grid import Asked, Grid
from sunshine.foundation.pages.parts import Fact
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.account.door import DOORS, first_door, page
from sunshine.interfaces.web.account.forms import ResubmitForm
from sunshine.interfaces.web.gate import given, known
from sunshine.interfaces.web.middleware import CHOSEN

PER_PAGE = 50
LICENCE_LIMIT = 20 * 1024 * 1024
STAGES = {
    "registered": "now",
    "active": "done",
    "rejected": "refused",
    "suspended": "hold",
}


@known
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """Where this person's work begins; people without a post are shown how to get one."""
    target = first_door(request.actor)  # type: ignore[attr-defined]
    return redirect(target or "profile:organisation")


@known
@require_GET
def notifications(request: HttpRequest) -> HttpResponse:
    """The inbox, newest first."""
    text = request.GET.get("page", "1")
    number = int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else 1
    lines, total = inbox(request.actor, start=(number - 1) * PER_PAGE, count=PER_PAGE)  # type: ignore[attr-defined]
    # only its page numbers are drawn
    table = Grid(_("通知"), (), lines, total, Asked({}, page=number), per_page=PER_PAGE)
    context = {"lines": lines, "table": table, "some_new": any(not line.read for line in lines)}
    return page(request, "account_door/notifications.html", context, current="notifications", title=_("通知"))


@known
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Mark everything as read."""
    read_notifications(by=request.actor)  # type: ignore[attr-defined]
    return redirect("profile:notifications")


@known
@require_POST
def switch(request: HttpRequest) -> HttpResponseBase:
    """Work for another of one's organisations from now on."""
    wanted = request.POST.get("membership", "")
    posts = list(request.posts)  # type: ignore[attr-defined]
    if any(post.organisation == wanted for post in posts):
        request.session[CHOSEN] = wanted
    target = request.POST.get("next", "")
    # a page of another organisation's work would only answer 404
    stays = target.startswith("/account/") and url_has_allowed_host_and_scheme(target, {request.get_host()})
    return HttpResponseRedirect(target if stays else settings.LOGIN_REDIRECT_URL)


@known
@require_http_methods(["GET", "POST"])
def organisation(request: HttpRequest) -> HttpResponse:
    """Where the registration stands, with the operator's reason; after a refusal, the form to set it right."""
    actor = request.actor  # type: ignore[attr-defined]
    row = own_organisation(actor)
    form = None
    if row is not None and row.stage == "rejected":
        form = ResubmitForm(*given(request), initial=vars(row) | {"licence": None})
        if request.method == "POST" and form.is_valid() and _resubmitted(form, row.public_id, actor):
            messages.success(request, _("已重新提交，等待运营机构核验。"))
            return redirect("profile:organisation")
    context = {
        "organisation": row,
        "form": form,
        "stage": ORGANISATION.stages[row.stage] if row else "",
        "kind": STAGES[row.stage] if row else "neutral",
        "facts": _facts(row) if row else [],
        "roles": [ROLES[key].name for key in sorted(actor.roles) if key in ROLES],
        "posts": [(post, post.organisation == actor.organisation) for post in request.posts],  # type: ignore[attr-defined]
    }
    failed = form is not None and form.is_bound
    return page(
        request,
        "account_door/organisation.html",
        context,
        current="organisation",
        title=_("我的单位"),
        status=422 if failed else 200,
    )


def _resubmitted(form: ResubmitForm, public_id: str, actor: Any) -> bool:
    details = dict(form.cleaned_data)
    upload = details.pop("licence")
    try:
        if upload is not None:
            kinds = frozenset({sniff.PDF, sniff.PNG, sniff.JPEG})
            details["licence"] = store.store(upload, name=upload.name, limit=LICENCE_LIMIT, allowed=kinds)
        resubmit(public_id, by=actor, **details)
    except Refused as refused:
        field = {"file": "licence"}.get(refused.field, refused.field)
        form.add_error(field if field in form.fields else None, str(refused))
        return False
    return True


def _facts(row: Any) -> list[Fact]:
    facts = [
        Fact(_("名称"), row.name),
        Fact(_("统一社会信用代码"), row.uscc),
        Fact(_("上级单位"), row.parent.name if row.parent else ""),
        Fact(_("所在地区"), row.region),
        Fact(_("注册地址"), row.address),
        Fact(_("法定代表人"), row.legal_representative),
        Fact(_("联系人"), row.contact_name),
        Fact(_("联系电话"), row.contact_phone),
    ]
    return [fact for fact in facts if fact.value]


@known
@require_GET
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factor, passkeys, sessions, language: each on its own page."""
    context = {
        "now": clock.glance(),
        "doors": [(DOORS[door], door) for door in DOORS if door in request.actor.doors],  # type: ignore[attr-defined]
        "languages": settings.LANGUAGES,
    }
    return page(request, "account_door/security.html", context, current="security", title=_("账号与安全"))
