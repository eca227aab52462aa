"""Projects: the list, the page that tells one project whole, its documents and questions, openings, buyers."""

import mimetypes
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sunshine.domain.bidding.queries import sealing
from sunshine.domain.evaluation.queries import draws
from sunshine.domain.publishing.queries import failures
from sunshine.domain.publishing.queries import words as public_words
from sunshine.domain.publishing.queries.story import ProjectStory, project_story
from sunshine.domain.sourcing.queries import public
from sunshine.flows import ask as ask_flow
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.grid import Column, Filter, Grid
from sunshine.foundation.pages.parts import Empty, Fact, Link, Tab, Tile
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.portal.forms import QuestionForm
from sunshine.interfaces.web.portal.shell import asked_of, for_everyone, now_of, page
from sunshine.interfaces.web.portal.views import card

PER_PAGE = 20
COLUMNS = (
    Column("title", gettext_lazy("项目"), "title", second="number"),
    Column("state", gettext_lazy("状态"), "template", template="portal/_state_cell.html"),
    Column("buyer", gettext_lazy("采购人")),
    Column("budget", gettext_lazy("项目预算"), "money", unit="万元"),
    Column("lots", gettext_lazy("标段"), "num"),
    Column("due", gettext_lazy("投标截止"), "moment"),
    Column("announced", gettext_lazy("公告时间"), "moment"),
)
PHASES = [
    ("open", gettext_lazy("投标接收中")),
    ("running", gettext_lazy("开标与评标")),
    ("ended", gettext_lazy("已有结果")),
]
DAYS_AHEAD = 7


@require_GET
@for_everyone
def listing(request: HttpRequest) -> HttpResponse:
    """Every announced project, the newest first."""
    filters = [Filter("q", gettext_lazy("项目或采购人"), find=True), Filter("phase", gettext_lazy("阶段"), PHASES)]
    asked = asked_of(request, COLUMNS, filters)
    at = now_of(request)
    rows, total = public.listing(asked.values, at, asked.page, PER_PAGE)
    table = Grid(
        _("采购项目"),
        COLUMNS,
        [card(row, at) for row in rows],
        total,
        asked,
        filters=filters,
        per_page=PER_PAGE,
        empty=Empty(_("还没有公开的项目"), _("项目发布招标公告后出现在这里。")),
        id="projects",
    )
    context = {"table": table, "title": _("采购项目"), "lead": _("一个项目一页，从公告到合同。")}
    return page(request, "portal/list.html", context, crumbs=[Link(_("采购项目"))])


@require_GET
@for_everyone
def project(request: HttpRequest, project: str) -> HttpResponse:
    """One project from announcement to contract; the same for everyone, with the reader's own acts beside it."""
    return _project_page(request, _story(request, project), QuestionForm())


def _story(request: HttpRequest, public_id: str) -> ProjectStory:
    story = project_story(public_id, request.actor, now_of(request))  # type: ignore[attr-defined]
    if story is None:
        raise Http404
    return story


def _project_page(request: HttpRequest, story: ProjectStory, form: QuestionForm, status: int = 200) -> HttpResponse:
    actor: Any = request.actor  # type: ignore[attr-defined]
    here = reverse("portal:project", args=[story.project.public_id])
    can_ask = story.takes_questions and actor.may("supplier:enquiry:ask", story.project)
    context = {
        "story": story,
        "project": story.project,
        "tabs": _tabs(story),
        "draws": [
            (draw, public_words.DRAW_PURPOSES[draw.purpose]) for draw in draws.of_project(story.project.public_id)
        ],
        "draw_stages": public_words.DRAWS,
        "form": form,
        "can_ask": can_ask,
        "known": actor.known,
        "login_url": f"{reverse('account_login')}?next={quote(here)}",
        "bids_url": f"/supplier/projects/{story.project.public_id}/"
        if actor.may("supplier:bid:submit", story.project)
        else "",
        "work_url": _work_url(actor, story.project),
        "evidence": _evidence(story),
    }
    crumbs = [Link(_("采购项目"), reverse("portal:projects")), Link(story.project.title)]
    return page(request, "portal/project.html", context, crumbs=crumbs, status=status)


def _evidence(story: ProjectStory) -> dict[str, Any]:
    """What the element that checks the evidence is told: where the file is, and how the page calls the lots."""
    number = story.project.public_id
    return {
        "url": reverse("portal:evidence", args=[number]),
        "name": f"{number}.evidence.json",
        "boot": {
            "lots": {
                line.lot.public_id: _("标段 %(n)s %(title)s") % {"n": line.lot.number, "title": line.lot.title}
                for line in story.lots
            }
        },
    }


def _work_url(actor: Any, project: Any) -> str:
    """Where this reader works on the project, if anywhere."""
    if actor.may("buyer:project:read", project):
        return f"/buyer/projects/{project.public_id}/"
    return f"/supervisor/projects/{project.public_id}/" if actor.may("supervisor:project:read", project) else ""


def _tabs(story: ProjectStory) -> list[Tab]:
    """Jumps within the page, for what there is."""
    found = [
        Tab(_("标段"), "#lots", len(story.lots)),
        Tab(_("招标文件"), "#documents", len(story.documents)),
        Tab(_("提问与答复"), "#questions", len(story.enquiries)),
        Tab(_("评标与密封规则"), "#rules"),
        Tab(_("公告与变更"), "#notices", len(story.notices)),
    ]
    if story.objections:
        found.append(Tab(_("异议"), "#objections", len(story.objections)))
    return [*found, Tab(_("证明"), "#proof")]


@require_POST
def ask_question(request: HttpRequest, project: str) -> HttpResponse:
    """Ask about the documents; nothing about the asker is kept."""
    if not request.user.is_authenticated:
        return _to_login(reverse("portal:project", args=[project]))
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            ask_flow.ask(project, by=request.actor, text=form.cleaned_data["text"])  # type: ignore[attr-defined]
        except Refused as refused:
            if refused.code == "not-found":
                raise
            form.add_error("text", str(refused))
        else:
            messages.success(request, _("问题已匿名送达采购人。答复会同时对所有人公开。"))
            return redirect(reverse("portal:project", args=[project]) + "#questions")
    return _project_page(request, _story(request, project), form, status=422)


@require_http_methods(["GET", "POST"])
def document(request: HttpRequest, project: str, document: str) -> HttpResponseBase:
    """One file of the bidding documents, for any account, verified or not (办法 20). GET only asks; POST gives it."""
    here = reverse("portal:document", args=[project, document])
    if not request.user.is_authenticated:
        return _to_login(here)
    actor = request.actor  # type: ignore[attr-defined]
    found = public.document(project, document, actor, now_of(request))
    if found is None:
        raise Http404
    if request.method == "POST":
        ask_flow.download(project, by=actor)
        return download_response(found.blob, _file_name(found), inline=False)
    crumbs = [Link(found.project.title, reverse("portal:project", args=[project])), Link(found.title)]
    return page(request, "portal/document.html", {"document": found}, crumbs=crumbs)


def _file_name(found: Any) -> str:
    """The title as a file name; a title without an ending gets the one of its type."""
    ending = mimetypes.guess_extension(found.blob.media_type) or ""
    return found.title if "." in found.title[-6:] else found.title + ending


def _to_login(target: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('account_login')}?next={quote(target)}")


@require_GET
def policy(request: HttpRequest, project: str, lot: str) -> HttpResponse:
    """The seal policy of a lot as JSON: what every share and every lid is bound to."""
    found = public.policy(project, lot, now_of(request))
    if found is None:
        raise Http404
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'inline; filename="seal-policy-{lot}.json"'
    response["Cache-Control"] = "public, no-cache"
    return response


@require_GET
def announcement(request: HttpRequest, project: str, lot: str) -> HttpResponse:
    """The `.tlog-proof` of a lot's announcement: its policy's id and the key of its box tokens, as the log has them.

    A bidder's browser asks for it without cookies, so that nobody can be shown a key of his own.
    """
    place = sealing.announcement(project, lot)
    if place is None:
        raise Http404
    response = HttpResponse(place.proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="announcement-{lot}.tlog-proof"'
    response["Cache-Control"] = "public, no-cache"
    response.for_programs = True  # type: ignore[attr-defined]
    return response


@require_GET
def failure(request: HttpRequest, project: str, bid: str) -> HttpResponse:
    """Why a bid did not open, or who gave a wrong share: the finding with the signed statements it rests on, as JSON."""
    found = failures.evidence(project, bid)
    if found is None:
        raise Http404
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="evidence-{bid}.json"'
    response["Cache-Control"] = "public, no-cache"
    return response


@require_GET
@for_everyone
def openings(request: HttpRequest) -> HttpResponse:
    """Today's openings and those of the week, by the hour."""
    at = now_of(request)
    days: dict[Any, list[dict[str, Any]]] = {at.astimezone(BEIJING).date(): []}
    for row in public.openings(at, DAYS_AHEAD):
        if row.bids_due_at is not None:
            days.setdefault(row.bids_due_at.astimezone(BEIJING).date(), []).append(card(row, at))
    context = {"days": list(days.items()), "today": at.astimezone(BEIJING).date()}
    return page(request, "portal/openings.html", context, crumbs=[Link(_("开标安排"))])


@require_GET
@for_everyone
def buyer(request: HttpRequest, buyer: str) -> HttpResponse:
    """Who this buyer is, what it buys, and how its lots end."""
    at = now_of(request)
    asked = asked_of(request, COLUMNS)
    profile = public.buyer(buyer, at, asked.page, PER_PAGE)
    if profile is None:
        raise Http404
    who = profile.organisation
    facts = [
        Fact(_("统一社会信用代码"), who.uscc),
        Fact(_("所属集团"), who.parent.name if who.parent else "—"),
        Fact(_("地区"), who.region or "—"),
        Fact(_("主体核验"), _("已核验") if who.verified_at else _("待核验")),
    ]
    lots = profile.lots
    tiles = [
        Tile(_("公开项目"), str(profile.total), definition=_("已发布公告的全部项目。")),
        Tile(_("进行中标段"), str(lots["running"]), definition=_("还没有签订合同、流标或终止的标段。")),
        Tile(_("已签合同标段"), str(lots["contracted"]), definition=_("合同由双方签订并公开的标段。")),
        Tile(_("流标标段"), str(lots["failed"]), definition=_("本轮没有结果的标段，含之后重新招标的。")),
    ]
    table = Grid(
        _("采购项目"),
        COLUMNS,
        [card(row, at) for row in profile.projects],
        profile.total,
        asked,
        per_page=PER_PAGE,
        empty=Empty(_("还没有公开的项目"), _("该采购人发布招标公告后，项目会列在这里。")),
        id="projects",
    )
    context = {"buyer": who, "facts": facts, "tiles": tiles, "table": table}
    crumbs = [Link(_("采购项目"), reverse("portal:projects")), Link(who.name)]
    return page(request, "portal/buyer.html", context, crumbs=crumbs)
