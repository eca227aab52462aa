"""The editor: one page per section, saved on its own and while typing; nothing of it is public before the announcement."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from sunshine.domain.parties.queries import buyer_people
from sunshine.domain.sourcing.queries import buyer_desk, buyer_draft, buyer_findings, buyer_history, buyer_timetable
from sunshine.flows._run import NotFound
from sunshine.flows.draft import draft, submit_review
from sunshine.flows.seat_trustees import SEATS, seat_trustees
from sunshine.foundation import clock
from sunshine.foundation.pages.parts import Change, Link, Section
from sunshine.foundation.pages.shortcuts import refusal_message
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting.desk import (
    actor,
    desk,
    is_autosave,
    piece,
    project_crumbs,
    project_or_404,
    refuse,
    say,
    show,
)
from sunshine.interfaces.web.buyer.drafting.forms_draft import BasicsForm, CriteriaForms, TimetableForm, TrusteesForm
from sunshine.interfaces.web.buyer.drafting.texts import FIELDS, SECTIONS

KEYS = tuple(SECTIONS)


def draft_or_404(request: HttpRequest, project_id: str) -> Any:
    """The project, if this actor may edit it and it is still a draft."""
    project = project_or_404(request, project_id)
    refused = buyer_desk.project_step("draft", project, actor(request), clock.glance())
    if refused is not None:
        raise NotFound() if refused.code == "forbidden" else refused
    return project


def sections(project: Any, current: str) -> list[Section]:
    """The progress list: filled, with something to mend, or still empty."""
    filled = {
        "basics": bool(project.contact_name and project.objection_channel and project.purpose),
        "lots": bool(project.lots.all()) and all(lot.item_count for lot in project.lots.all()),
        "criteria": bool(project.criteria.all()),
        "scheme": bool(project.scheme),
        "timetable": project.bids_due_at is not None and bool(project.opening_place),
        "files": bool(project.documents.all()),
        "trustees": project.opens_alone
        or (len(seats := list(project.seats.all())) == len(SEATS) and all(seat.recipient for seat in seats)),
    }
    home = f"/buyer/projects/{project.public_id}/draft/"
    return [
        Section(SECTIONS[key], f"{home}{key}/", "done" if filled.get(key) else "", 0, key == current) for key in KEYS
    ]


def show_section(
    request: HttpRequest,
    project: Any,
    key: str,
    context: Mapping[str, Any],
    *,
    template: str = "",
    status: int = 200,
) -> HttpResponse:
    """A section's page: its form, and the progress list beside it."""
    place = KEYS.index(key)
    following = KEYS[place + 1] if place + 1 < len(KEYS) else ""
    crumbs = project_crumbs(
        project, Link(_("编制文件"), f"/buyer/projects/{project.public_id}/draft/"), Link(SECTIONS[key])
    )
    shared = {
        "project": project,
        "sections": sections(project, key),
        "section": SECTIONS[key],
        "home": f"/buyer/projects/{project.public_id}/draft/",
        "following": following,
        "seen": buyer_history.last_seq(project),
        "note": project.review_note,
        "clash": None,
    }
    return show(request, template or f"draft_{key}.html", "projects", crumbs, {**shared, **context}, status=status)


def after(request: HttpRequest, project: Any, key: str) -> HttpResponse:
    """Where a saved form leads: the same section, or the next one if that was asked for."""
    place = KEYS.index(key)
    key = KEYS[place + 1] if request.POST.get("then") == "next" and place + 1 < len(KEYS) else key
    return redirect(f"/buyer/projects/{project.public_id}/draft/{key}/")


@desk
def start(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/draft/`: the first section that is not filled."""
    project = draft_or_404(request, project_id)
    first = next((one.url for one in sections(project, "") if not one.mark), "")
    return redirect(first or f"/buyer/projects/{project_id}/draft/check/")


def clash(request: HttpRequest, project: Any, *, fields: Sequence[str] = (), part: str = "") -> Refused | None:
    """Whether somebody else saved the same section since this page was drawn (its hidden ``seen``)."""
    seen = request.POST.get("seen", "")
    if not seen.isascii() or not seen.isdigit():
        return None
    other = buyer_history.saved_since(project, int(seen[:9]), by=str(actor(request)), fields=fields, part=part)
    if other is None:
        return None
    who = buyer_people.names_of([other.by]).get(other.by, _("另一位经办人"))
    text = _("%(who)s在您打开本页之后保存了这一部分。下面是您填写的内容，尚未保存；核对后再次保存将以您的为准。")
    return Refused("edited-meanwhile", text % {"who": who})


def differences(project: Any, form: forms.Form) -> list[Change]:
    """What stands there now and what this form would make of it."""
    rows = []
    for name, value in form.cleaned_data.items():
        now = getattr(project, name, None)
        if now != value and name in FIELDS:
            rows.append(
                Change(FIELDS[name], str(now if now is not None else ""), str(value if value is not None else ""))
            )
    return rows


def _save_fields(
    request: HttpRequest,
    project_id: str,
    key: str,
    make: Callable[[Any, Any], forms.Form],
    values: Callable[[Any], dict[str, Any]],
    more: Callable[[Any, Any], Mapping[str, Any]] = lambda project, form: {},
) -> HttpResponse:
    """A section of plain fields. While typing only what is valid is saved; the button saves all or says what is wrong."""
    project = draft_or_404(request, project_id)
    form = make(project, request.POST if request.method == "POST" else None)
    conflict = None
    if request.method == "POST":
        whole = form.is_valid()
        given = values(form)
        with buyer_draft.turn(project):
            conflict = clash(request, project, fields=list(given))
            if conflict is None and given and (whole or is_autosave(request)):
                try:
                    draft(project_id, by=actor(request), fields=given)
                except Refused as refused:
                    refuse(form, refused)
        if is_autosave(request):
            return HttpResponse(status=409 if conflict else 204 if whole else 422)
        if whole and not form.errors and conflict is None:
            say(request, _("已保存。"))
            return after(request, project, key)
    context = {"form": form, "clash": conflict, **more(project, form)}
    if conflict is not None:
        context["differences"] = differences(project, form)
    status = 409 if conflict else 422 if form.is_bound and form.errors else 200
    return show_section(request, project, key, context, status=status)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def basics(request: HttpRequest, project_id: str) -> HttpResponse:
    """基本信息."""

    def make(project: Any, data: Any) -> BasicsForm:
        limit, article = buyer_draft.number_of_law(project, "T18", "percent", clock.glance())
        start = {name: getattr(project, name) for name in BasicsForm.base_fields}
        start["consortium_allowed"] = "1" if project.consortium_allowed else "0"
        return BasicsForm(data, initial=start, bond_limit=limit, bond_article=article)

    def values(form: Any) -> dict[str, Any]:
        return {name: value for name, value in form.cleaned_data.items() if name not in form.errors}

    return _save_fields(request, project_id, "basics", make, values)


def _timetable_form(project: Any, data: Any) -> TimetableForm:
    start = {name: getattr(project, name, None) for name in TimetableForm.base_fields}
    if project.documents_from is not None and project.documents_from <= clock.glance():
        start["documents_from"] = None  # a moment that has passed means: from the announcement on
    start["decrypt_hours"] = int(project.decrypt_window / timedelta(hours=1))
    return TimetableForm(data, initial=start)


def law_beside(project: Any, form: Any) -> dict[str, Any]:
    """The dates of the form, judged: [(label of the date, the rule about it)]."""
    given = {
        name: form.cleaned_data.get(name) if form.is_bound else getattr(project, name) for name in buyer_timetable.DATES
    }
    lines = buyer_timetable.law_lines(project, given, clock.glance())
    return {"law": [(FIELDS.get(line.field, line.field), line) for line in lines], "project": project}


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def timetable(request: HttpRequest, project_id: str) -> HttpResponse:
    """时间表, with the law beside every date. An unlawful date may be saved in a draft; it is never announced."""
    at = clock.glance()
    return _save_fields(request, project_id, "timetable", _timetable_form, lambda form: form.saved(at), more=law_beside)


@desk
@require_safe
def timetable_law(request: HttpRequest, project_id: str) -> HttpResponse:
    """The law beside the dates as they are typed: a fragment, asked for while typing."""
    project = draft_or_404(request, project_id)
    form = _timetable_form(project, request.GET)
    form.is_valid()
    return piece(request, "_law.html", law_beside(project, form), f"/buyer/projects/{project_id}/draft/timetable/")


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def criteria(request: HttpRequest, project_id: str) -> HttpResponse:
    """资格条件: rows, saved as a whole."""
    project = draft_or_404(request, project_id)
    start = [{"text": c.text, "kind": c.kind, "evidence": c.evidence} for c in project.criteria.all()]
    rows = CriteriaForms(request.POST if request.method == "POST" else None, initial=start)
    conflict = None
    if request.method == "POST" and rows.is_valid():
        given = [
            {"text": row["text"].strip(), "kind": row["kind"] or "legal", "evidence": row["evidence"]}
            for row in rows.cleaned_data
            if row.get("text")
        ]
        with buyer_draft.turn(project):
            conflict = clash(request, project, part="criteria")
            if conflict is None:
                draft(project_id, by=actor(request), criteria=given)
        if is_autosave(request):
            return HttpResponse(status=409 if conflict else 204)
        if conflict is None:
            say(request, _("已保存 %(n)s 条资格条件。") % {"n": len(given)})
            return after(request, project, "criteria")
    if is_autosave(request):
        return HttpResponse(status=422)
    warnings = [one for one in buyer_findings.findings(project, clock.glance()) if one.section == "criteria"]
    status = 409 if conflict else 422 if rows.is_bound and not rows.is_valid() else 200
    context = {"rows": rows, "clash": conflict, "findings": [one for one in warnings if one.severity == "warn"]}
    return show_section(request, project, "criteria", context, status=status)


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def trustees(request: HttpRequest, project_id: str) -> HttpResponse:
    """开标密钥持有人: four persons, and who of them has made the key."""
    project, running = _seats_or_404(request, project_id)
    keepers = buyer_people.keepers(project.buyer)
    allowed = ({"buyer"}, {"operator"}, {"supervisor", "buyer"}, {"supervisor", "buyer"})
    seats = [
        (role, [(k.person, f"{k.name}（{k.organisation}）") for k in keepers if k.kind in kinds])
        for role, kinds in zip(SEATS, allowed, strict=True)
    ]
    taken = list(project.seats.all())
    form = TrusteesForm(
        request.POST if request.method == "POST" else None,
        seats=seats,
        initial={f"seat-{seat.i}": seat.person.public_id for seat in taken},
    )
    if request.method == "POST" and form.is_valid():
        try:
            seat_trustees(project_id, by=actor(request), persons=[form.cleaned_data[f"seat-{i}"] for i in range(1, 5)])
            say(request, _("席位已确定，新指定的持有人会收到通知，请其生成密钥。"))
            return redirect(request.path) if running else after(request, project, "trustees")
        except Refused as refused:
            refuse(form, refused)
    status = 422 if form.is_bound and form.errors else 200
    context = {"form": form, "taken": taken}
    if running:
        section = _("抽取用的密钥持有人")
        crumbs = project_crumbs(project, Link(section))
        return show(
            request,
            "seats.html",
            "projects",
            crumbs,
            {**context, "project": project, "section": section},
            status=status,
        )
    return show_section(request, project, "trustees", context, status=status)


def _seats_or_404(request: HttpRequest, project_id: str) -> tuple[Any, bool]:
    """(project, whether it is announced): where the bidder alone opens seats may be filled until the first draw."""
    project = project_or_404(request, project_id)
    if project.announced_at is None or not project.seats_may_change():
        return draft_or_404(request, project_id), False
    if not actor(request).may("buyer:project:draft", project):
        raise NotFound()
    return project, True


@desk
@require_safe
def check(request: HttpRequest, project_id: str) -> HttpResponse:
    """检查: all holes and everything the law says, each with its section; then the way to the review."""
    project = draft_or_404(request, project_id)
    found = buyer_findings.findings(project, clock.glance())
    context = {
        "blocks": [(SECTIONS[one.section], one) for one in found if one.severity == "block"],
        "warnings": [(SECTIONS[one.section], one) for one in found if one.severity != "block"],
        "refusal": _unfinished(found),
    }
    return show_section(request, project, "check", context)


def _unfinished(found: list[buyer_findings.Finding]) -> Refused | None:
    if not buyer_findings.is_blocked(found):
        return None
    return Refused("project-incomplete", _("请先改正上面列出的问题。"))


@desk
@require_POST
def submit(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/draft/submit/`."""
    project = draft_or_404(request, project_id)
    home = f"/buyer/projects/{project_id}/"
    if refused := _unfinished(buyer_findings.findings(project, clock.glance())):
        refusal_message(request, refused)
        return redirect(f"{home}draft/check/")
    try:
        submit_review(project_id, by=actor(request))
    except Refused as refused:
        if refused.code in ("not-found", "forbidden"):
            raise
        refusal_message(request, refused)
        return redirect(f"{home}draft/check/")
    say(request, _("已提交合规审查。"))
    return redirect(home)
