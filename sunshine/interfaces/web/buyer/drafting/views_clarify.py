"""After the announcement: clarifications for everybody, answers to anonymous questions."""

from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from sunshine.domain.sourcing.queries import buyer_desk, buyer_draft, buyer_timetable
from sunshine.flows._run import NotFound
from sunshine.flows.ask import answer as answer_flow
from sunshine.flows.clarify import clarify as clarify_flow
from sunshine.foundation import clock
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages.moments import stamp
from sunshine.foundation.pages.parts import Change, Confirm, Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import (
    actor,
    desk,
    piece,
    project_crumbs,
    project_or_404,
    refuse,
    say,
    show,
)
from sunshine.interfaces.web.buyer.drafting.forms_run import AnswerForm, ClarifyForm
from sunshine.interfaces.web.buyer.drafting.texts import FIELDS
from sunshine.interfaces.web.buyer.drafting.views_files import stored

SALT = "sunshine.clarify.files"
AN_HOUR = 3600
PER_PAGE = 20


def _clarifiable(request: HttpRequest, project_id: str) -> Any:
    project = project_or_404(request, project_id)
    refused = buyer_desk.project_step("clarify", project, actor(request), clock.glance())
    if refused is not None:
        raise NotFound() if refused.code == "forbidden" else refused
    return project


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def clarify(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/clarify/`: write it; see what the law makes of the deadline; issue it."""
    project = _clarifiable(request, project_id)
    form = ClarifyForm(request.POST if request.method == "POST" else None, project=project)
    faults: list[Refused] = []
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("sure") == "1":
                return _issue(request, project, form)
            kept, faults = stored(request)
            if not faults:
                return _ask_again(request, project, form, kept)
        except Refused as refused:
            refuse(form, refused)
    context = {"project": project, "form": form, "faults": faults, **_effect(project, form)}
    crumbs = project_crumbs(project, Link(_("澄清修改")))
    return show(request, "clarify.html", "projects", crumbs, context, status=422 if form.is_bound else 200)


def _effect(project: Any, form: ClarifyForm) -> dict[str, Any]:
    """What the law will do to the deadline, as far as the form says."""
    affects, due = False, None
    if form.is_bound:
        form.is_valid()
        affects, due = form.cleaned_data.get("affects") == "1", form.cleaned_data.get("bids_due_at")
    return {
        "effect": buyer_timetable.effect_of_change(project, due, affects, clock.glance()),
        "affects": affects,
        "project": project,
    }


@desk
@require_safe
def clarify_effect(request: HttpRequest, project_id: str) -> HttpResponse:
    """The same as a fragment, asked for while typing."""
    project = _clarifiable(request, project_id)
    context = _effect(project, ClarifyForm(request.GET, project=project))
    return piece(request, "_effect.html", context, f"/buyer/projects/{project_id}/clarify/")


def _ask_again(request: HttpRequest, project: Any, form: ClarifyForm, kept: list[dict[str, Any]]) -> HttpResponse:
    """The page before the act: the change side by side, the deadline after it, who is told."""
    by, effect = actor(request), _effect(project, form)["effect"]
    wanted = form.wanted()
    if effect.due != project.bids_due_at:
        wanted["bids_due_at"] = effect.due
    changes = [Change(FIELDS[name], _words(getattr(project, name)), _words(value)) for name, value in wanted.items()]
    happens = [_("变更公告立即生效，成为招标文件的组成部分。")]
    if effect.extended:
        words = _("距投标截止不足 %(n)s 日，投标截止时间依法顺延至 %(due)s（%(article)s）。")
        happens.append(words % {"n": effect.days, "due": stamp(effect.due), "article": effect.article})
    files = signing.dumps([(row["blob"].sha256, row["title"]) for row in kept], salt=SALT)
    again = {name: request.POST.get(name, "") for name in form.fields}
    confirm = Confirm(
        title=_("澄清修改：%(title)s") % {"title": project.title},
        label=_("发出澄清修改"),
        url=f"/buyer/projects/{project.public_id}/clarify/",
        cancel_url=f"/buyer/projects/{project.public_id}/",
        happens=happens,
        told=[_("所有获取过招标文件的潜在投标人（人数和名单对任何人保密）")],
        public=[form.cleaned_data["text"], *(_("文件：%(title)s") % {"title": row["title"]} for row in kept)],
        signed_by=f"{by.name}，{by.organisation_name}",
        article="招标投标法 第二十三条；招标投标法实施条例 第二十一条",
        hidden=[*again.items(), ("files", files), ("sure", "1")],
    )
    crumbs = project_crumbs(project, Link(_("澄清修改")))
    return show(request, "confirm_act.html", "projects", crumbs, {"confirm": confirm, "changes": changes})


def _words(value: Any) -> str:
    return stamp(value.astimezone(BEIJING)) if hasattr(value, "astimezone") else str(value or "")


def _issue(request: HttpRequest, project: Any, form: ClarifyForm) -> HttpResponse:
    try:
        # signed by us on the page before: nobody may name a blob that is not theirs
        named = signing.loads(request.POST.get("files", ""), salt=SALT, max_age=AN_HOUR)
    except signing.BadSignature as error:
        raise Refused("page-too-old", _("页面已过期，请重新填写。")) from error
    blobs = buyer_draft.blobs_by_hash([sha256 for sha256, _title in named])
    event = clarify_flow(
        project.public_id,
        by=actor(request),
        text=form.cleaned_data["text"],
        affects_preparation=form.cleaned_data["affects"] == "1",
        changes=form.wanted(),
        documents=[{"blob": blobs[sha256], "title": title} for sha256, title in named],
    )
    done = _("变更公告已发布，投标截止时间已依法顺延。") if event.facts["extended"] else _("变更公告已发布。")
    say(request, done)
    return redirect(f"/buyer/projects/{project.public_id}/#amendments")


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/questions/`: anonymous questions; question and answer become visible to everybody."""
    project, by, at = project_or_404(request, project_id), actor(request), clock.glance()
    refusal = buyer_desk.project_step("answer", project, by, at)
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            answer_flow(project_id, by=by, **form.cleaned_data)
            say(request, _("答复已公布。"))
            return redirect(f"/buyer/projects/{project_id}/questions/")
        except Refused as refused:
            refuse(form, refused)
    page = request.GET.get("page", "1")
    number = int(page) if page.isascii() and page.isdigit() and int(page[:6]) > 0 else 1
    rows = list(buyer_desk.questions(project)[(number - 1) * PER_PAGE : number * PER_PAGE + 1])
    context = {
        "project": project,
        "rows": [(row, _answer_form(row, form)) for row in rows[:PER_PAGE]],
        "form": form,
        "refusal": refusal,
        "before": f"?page={number - 1}" if number > 1 else "",
        "after": f"?page={number + 1}" if len(rows) > PER_PAGE else "",
    }
    crumbs = project_crumbs(project, Link(_("提问与答复")))
    return show(request, "questions.html", "projects", crumbs, context, status=422 if form.is_bound else 200)


def _answer_form(row: Any, sent: AnswerForm) -> AnswerForm:
    """Each question's own form; the one that was sent comes back as it was typed."""
    if sent.is_bound and sent.data.get("enquiry") == row.public_id:
        return sent
    return AnswerForm(initial={"enquiry": row.public_id}, auto_id=f"{row.public_id}-%s")
