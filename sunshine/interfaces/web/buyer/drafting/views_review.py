"""From draft to public: the review, the announcement, and the end before its time."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sunshine.domain.sourcing.queries import buyer_desk, buyer_draft, buyer_findings, buyer_timetable
from sunshine.flows._run import NotFound
from sunshine.flows.announce import announce as announce_flow
from sunshine.flows.review import return_draft
from sunshine.flows.review import review as review_flow
from sunshine.flows.terminate import terminate as terminate_flow
from sunshine.foundation import clock
from sunshine.foundation.pages.moments import stamp
from sunshine.foundation.pages.parts import Confirm, Fact, Link
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.buyer.drafting import forms_scheme
from sunshine.interfaces.web.buyer.drafting.desk import (
    actor,
    desk,
    project_crumbs,
    project_or_404,
    refuse,
    say,
    show,
)
from sunshine.interfaces.web.buyer.drafting.forms_run import OpinionForm, TerminateForm
from sunshine.interfaces.web.buyer.drafting.texts import (
    CRITERION_KINDS,
    ENVELOPES,
    FIELDS,
    KINDS,
    LAST_TIE,
    SEALING,
    SECTIONS,
    TOO_FEW,
)
from sunshine.interfaces.web.buyer.drafting.views_projects import facts


def published(project: Any) -> dict[str, Any]:
    """Everything of a project as the notice will say it, for the review and before the announcement."""
    scheme = project.scheme or {}
    kinds = dict(CRITERION_KINDS) | {"price": _("价格分（低价优先）")}
    names = {f"criterion:{c['key']}": c["name"] for c in scheme.get("criteria", [])}
    steps = {"total": _("总分高者"), "price": _("报价低者"), **dict(LAST_TIE), **names}
    at = clock.glance()
    dates = {name: getattr(project, name) for name in buyer_timetable.DATES}
    return {
        "facts": facts(project),
        "rules": _rules(project),
        "lots": buyer_draft.lots_with_items(project),
        "criteria": [(c, dict(KINDS).get(c.kind, c.kind)) for c in project.criteria.all()],
        "scheme": [(c, kinds[c["kind"]]) for c in scheme.get("criteria", [])],
        "ties": [steps.get(step, step) for step in scheme.get("ties", [])],
        "example": forms_scheme.example(
            str(forms_scheme.start_of(scheme)["price_mark"]),
            scheme.get("rounding", {}).get("decimals", 2),
            scheme.get("rounding", {}).get("mode", "half-up"),
        ),
        "law": [(FIELDS.get(x.field, x.field), x) for x in buyer_timetable.law_lines(project, dates, at)],
    }


def _rules(project: Any) -> list[Fact]:
    hours = int(project.decrypt_window.total_seconds() // 3600)
    return [
        Fact(FIELDS["consortium_allowed"], _("接受") if project.consortium_allowed else _("不接受")),
        Fact(FIELDS["performance_bond_percent"], f"{project.performance_bond_percent} %"),
        Fact(FIELDS["bid_validity_days"], _("%(n)s 日") % {"n": project.bid_validity_days}),
        Fact(FIELDS["objection_channel"], project.objection_channel or "—"),
        Fact(FIELDS["envelopes"], dict(ENVELOPES)[project.envelopes]),
        Fact(FIELDS["sealing"], dict(SEALING)[project.sealing]),
        Fact(FIELDS["decrypt_window"], _("%(n)s 小时") % {"n": hours}),
        Fact(FIELDS["decrypt_remedy"], project.decrypt_remedy or "—"),
        Fact(FIELDS["too_few_after_decrypt"], dict(TOO_FEW).get(project.too_few_after_decrypt, "")),
        Fact(FIELDS["contract_terms"], project.contract_terms or "—"),
    ]


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/review/`: read everything, write an opinion, approve or return."""
    project, by, at = project_or_404(request, project_id), actor(request), clock.glance()
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        opinion = form.cleaned_data["opinion"]
        try:
            if request.POST.get("decision") == "approve":
                review_flow(project_id, by=by, opinion=opinion)
                say(request, _("审查通过，由公告发布人发布。"))
            else:
                return_draft(project_id, by=by, reason=opinion)
                say(request, _("已退回修改，经办人会收到意见。"))
            return redirect(f"/buyer/projects/{project_id}/")
        except Refused as refused:
            refuse(form, refused)
    found = buyer_findings.findings(project, at)
    context = {
        "project": project,
        "form": form,
        "approve": buyer_desk.project_step("review", project, by, at),
        "back": buyer_desk.project_step("return-draft", project, by, at),
        "findings": [(SECTIONS[one.section], one) for one in found],
        **published(project),
    }
    status = 422 if form.is_bound else 200
    return show(
        request, "review.html", "approvals", project_crumbs(project, Link(_("合规审查"))), context, status=status
    )


def _confirmed(
    request: HttpRequest, project: Any, act: Callable[[], Any], target: str, done: Any
) -> HttpResponse | Refused:
    """Do an act that cannot be undone. A second click finds it done and is shown the same page as the first."""
    try:
        act()
        say(request, done)
    except Refused as refused:
        if refused.code in ("not-found", "forbidden"):
            raise
        again = buyer_desk.find_project(actor(request), clock.glance(), project.public_id)
        if refused.code != "wrong-stage" or again is None or again.stage != target:
            return refused
        say(request, _("此前已经办理完毕。"))
    return redirect(f"/buyer/projects/{project.public_id}/")


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def announce(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/announce/`: what becomes public, what is fixed for good, who is told; then the button."""
    project, by = project_or_404(request, project_id), actor(request)
    if not by.may("buyer:project:announce", project):
        raise NotFound()
    refusal = None
    if request.method == "POST":
        done = _confirmed(request, project, lambda: announce_flow(project_id, by=by), "announced", _("公告已发布。"))
        if isinstance(done, HttpResponse):
            return done
        refusal = done
    at = clock.glance()
    refusal = refusal or buyer_desk.project_step("announce", project, by, at)
    context = {"confirm": _announcement(project, by, refusal), "project": project, **published(project)}
    crumbs = project_crumbs(project, Link(_("发布公告")))
    return show(request, "announce.html", "projects", crumbs, context, status=409 if request.method == "POST" else 200)


def _announcement(project: Any, by: Any, refusal: Refused | None) -> Confirm:
    due = stamp(project.bids_due_at) if project.bids_due_at else "—"
    lots, papers = len(project.lots.all()), len(project.documents.all())
    return Confirm(
        title=_("发布公告：%(title)s") % {"title": project.title},
        label=_("发布公告"),
        url=f"/buyer/projects/{project.public_id}/announce/",
        cancel_url=f"/buyer/projects/{project.public_id}/",
        happens=[
            _("招标公告立即生效，此后只能以澄清修改变更，原文永久保留。"),
            _("适用的规则和各标段的密封规则自此固定，不能更换；每份投标只有投标人自己能开启。")
            if project.opens_alone
            else _("适用的规则、各标段的密封规则和四位开标密钥持有人自此固定，不能更换。"),
            _("投标箱开放到 %(due)s；此前任何人都不能查看投标内容。") % {"due": due},
        ],
        told=[
            _("公告对所有人公开，不需要登录；任何注册账号都能下载文件。"),
            _("监督机构在其工作区看到本项目。"),
        ],
        public=[
            _("采购目的、采购人、采购方式及理由、%(lots)s 个标段的采购内容与限价") % {"lots": lots},
            _("资格条件、评标办法、时间表、异议渠道和 %(n)s 个文件") % {"n": papers},
        ],
        signed_by=f"{by.name}，{by.organisation_name}",
        article="招标投标法 第二十四条；电子招标投标办法 第十七条",
        refusal=refusal,
    )


@desk
@require_http_methods(["GET", "HEAD", "POST"])
def terminate(request: HttpRequest, project_id: str) -> HttpResponse:
    """`/buyer/projects/<id>/terminate/`: the reason first, then the page that tells everything, then the act."""
    project, by, at = project_or_404(request, project_id), actor(request), clock.glance()
    if not by.may("buyer:project:terminate", project):
        raise NotFound()
    form = TerminateForm(request.POST if request.method == "POST" else None)
    refusal = buyer_desk.project_step("terminate", project, by, at)
    crumbs = project_crumbs(project, Link(_("终止采购")))
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        if request.POST.get("sure") == "1":
            done = _confirmed(
                request,
                project,
                lambda: terminate_flow(project_id, by=by, reason=reason),
                "terminated",
                _("采购已终止。"),
            )
            if isinstance(done, HttpResponse):
                return done
            refusal = done
        confirm = _termination(project, by, reason, refusal)
        return show(
            request, "confirm_act.html", "projects", crumbs, {"confirm": confirm}, status=409 if refusal else 200
        )
    context = {"project": project, "form": form, "refusal": refusal}
    return show(request, "terminate.html", "projects", crumbs, context, status=422 if form.is_bound else 200)


def _termination(project: Any, by: Any, reason: str, refusal: Refused | None) -> Confirm:
    was_public = project.announced_at is not None
    return Confirm(
        title=_("终止采购：%(title)s") % {"title": project.title},
        label=_("终止采购"),
        url=f"/buyer/projects/{project.public_id}/terminate/",
        cancel_url=f"/buyer/projects/{project.public_id}/",
        happens=[
            _("整个项目和尚未定标的各标段立即终止；已经定标的标段不受影响。"),
            _("已收取的投标保证金及银行同期存款利息应当退还。"),
        ],
        told=[_("所有获取过招标文件的潜在投标人")] if was_public else [_("本单位项目成员")],
        public=[_("终止公告，含终止原因：%(reason)s") % {"reason": reason}],
        signed_by=f"{by.name}，{by.organisation_name}",
        article="招标投标法实施条例 第三十一条",
        refusal=refusal,
        hidden=[("reason", reason), ("sure", "1")],
    )
