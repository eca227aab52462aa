"""Today, and the verification of organisations and experts."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from sunshine.domain.evaluation.queries import draws
from sunshine.domain.parties.lifecycle import EXPERT, ORGANISATION
from sunshine.domain.parties.queries import operator as parties
from sunshine.domain.publishing.queries import operator as desk
from sunshine.flows import register_expert, verify_organisation
from sunshine.foundation import clock
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Fact, Link, Tile
from sunshine.foundation.refusal import Refused
from sunshine.interfaces.web.operator import door
from sunshine.interfaces.web.operator.forms import WordsForm, refuse

PER_PAGE = 50
SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}
ORGANISATION_STATES = {
    "registered": (ORGANISATION.stages["registered"], "now"),
    "active": (ORGANISATION.stages["active"], "done"),
    "rejected": (ORGANISATION.stages["rejected"], "refused"),
    "suspended": (ORGANISATION.stages["suspended"], "hold"),
}
EXPERT_STATES = {
    "applied": (EXPERT.stages["applied"], "now"),
    "listed": (EXPERT.stages["listed"], "done"),
    "refused": (EXPERT.stages["refused"], "refused"),
    "suspended": (EXPERT.stages["suspended"], "hold"),
    "left": (EXPERT.stages["left"], "neutral"),
}
KINDS = {
    "buyer": _("采购人"),
    "agency": _("代理机构"),
    "supplier": _("供应商"),
    "supervisor": _("监督机构"),
    "operator": _("平台运营机构"),
    "registry": _("专家库"),
}
_BASIS = _("核验依据")
_REASON = _("原因")
# verb → (flow, its argument or "", label of that argument, help)
ORGANISATION_ACTS: dict[str, tuple[Any, str, Any, Any]] = {
    "verify-organisation": (
        verify_organisation.verify_organisation,
        "evidence",
        _BASIS,
        _("看了哪些材料、怎样核对的。记入档案，申请人看不到。"),
    ),
    "reject-organisation": (
        verify_organisation.reject_organisation,
        "reason",
        _REASON,
        _("会原样告诉申请人，请写明怎样改正。"),
    ),
    "suspend": (verify_organisation.suspend, "reason", _REASON, _("停用后该单位不能办理任何业务，历史记录仍公开。")),
    "reinstate": (verify_organisation.reinstate, "", "", ""),
}
EXPERT_ACTS: dict[str, tuple[Any, str, Any, Any]] = {
    "verify-expert": (register_expert.verify_expert, "evidence", _BASIS, _("看了哪些证书与经历材料。")),
    "refuse-expert": (register_expert.refuse_expert, "reason", _REASON, ""),
    "suspend-expert": (register_expert.suspend_expert, "reason", _REASON, _("暂停期间不会被抽取。")),
    "reinstate-expert": (register_expert.reinstate_expert, "", "", ""),
    "retire-expert": (register_expert.retire_expert, "reason", _REASON, _("退库后不能恢复。")),
}


@require_GET
@door.keeper(*door.ANY)
def today(request: HttpRequest) -> HttpResponseBase:
    """What waits for the operator."""
    actor, at = request.actor, clock.glance()  # type: ignore[attr-defined]
    waiting, active = parties.waiting(), parties.by_kind()
    troubles = desk.outbox(at) if door.may(actor, [door.LOG]) else []
    tiles = [
        Tile(_("待核验单位"), waiting["organisations"], definition=_("已注册、还没有核验结论的单位数。")),
        Tile(_("待审核专家"), waiting["experts"], definition=_("已申请、还没有审核结论的专家数。")),
        Tile(_("已核验供应商"), active.get("supplier", 0), definition=_("核验通过、未停用的供应商单位数。")),
        Tile(_("已核验采购人"), active.get("buyer", 0), definition=_("核验通过、未停用的采购人单位数。")),
        Tile(
            _("未送达"),
            sum(topic.failed for topic in troubles),
            definition=_("重试八次仍未送达的通知、邮件和索引任务数；与密封投标有关的任务不计入。"),
        ),
    ]
    context: dict[str, Any] = {"tiles": tiles, "troubles": any(topic.failed for topic in troubles)}
    context["draw_parts"] = draws.waiting_for(actor)
    if door.may(actor, [door.ORGANISATIONS]):
        rows = list(parties.organisations(stage="registered")[:10])
        hint = _("有单位注册或重新提交后，会在这里按等待时间排列。")
        context["organisations"] = Grid(
            _("等待核验的单位"),
            _organisation_columns(),
            [_organisation_row(row) for row in rows],
            waiting["organisations"],
            empty=Empty(_("没有等待核验的单位"), hint),
            per_page=max(waiting["organisations"], 1),
            id="organisations",
        )
    if door.may(actor, [door.EXPERTS]):
        found = list(parties.experts(stage="applied")[:10])
        context["experts"] = Grid(
            _("等待审核的专家"),
            _expert_columns(),
            [_expert_row(row) for row in found],
            waiting["experts"],
            empty=Empty(_("没有等待审核的专家"), _("有专家申请入库后，会在这里按等待时间排列。")),
            per_page=max(waiting["experts"], 1),
            id="experts",
        )
    return door.page(request, "operator/today.html", context, current="today", title=_("今日"))


def _organisation_columns() -> list[Column]:
    return [
        Column("name", _("单位"), "title", second="uscc"),
        Column("kind", _("类别")),
        Column("stage", _("状态"), "chip", states=ORGANISATION_STATES),
        Column("registered_at", _("登记时间"), "moment", sort=True),
    ]


def _organisation_row(row: Any) -> dict[str, Any]:
    url = reverse("operator:organisation", args=[row.public_id])
    shown = {name: getattr(row, name) for name in ("name", "uscc", "stage", "registered_at")}
    return shown | {"kind": KINDS.get(row.kind, row.kind), "url": url}


def _expert_columns() -> list[Column]:
    return [
        Column("name", _("姓名"), "title", second="employer"),
        Column("title", _("职称")),
        Column("specialties", _("专业")),
        Column("stage", _("状态"), "chip", states=EXPERT_STATES),
        Column("applied_at", _("申请时间"), "moment", sort=True),
    ]


def _expert_row(row: Any) -> dict[str, Any]:
    shown = {name: getattr(row, name) for name in ("employer", "title", "stage", "applied_at")}
    url = reverse("operator:expert", args=[row.public_id])
    return shown | {"name": row.person.name, "specialties": "、".join(row.specialties), "url": url}


@require_GET
@door.keeper(door.ORGANISATIONS)
def organisations(request: HttpRequest) -> HttpResponseBase:
    """All organisations; the queue is the filter 待核验."""
    columns = _organisation_columns()
    filters = [
        Filter("q", _("名称、信用代码或编号"), find=True),
        Filter("stage", _("状态"), [(key, word) for key, (word, _kind) in ORGANISATION_STATES.items()]),
        Filter("kind", _("类别"), list(KINDS.items())),
    ]
    asked = ask(request.GET, columns, filters)
    values = asked.values
    rows = parties.organisations(
        stage=values.get("stage", ""), kind=values.get("kind", ""), find=values.get("q", ""), order=asked.sort
    )
    start = (asked.page - 1) * PER_PAGE
    shown = [_organisation_row(row) for row in rows[start : start + PER_PAGE]]
    table = Grid(_("单位"), columns, shown, rows.count(), asked, filters, PER_PAGE)
    lead = _("核验初始录入的信息是否真实，并说明依据；不得借核验设置门槛。")
    context = {"table": table, "lead": lead}
    return door.page(request, "operator/list.html", context, current="organisations", title=_("单位核验"))


@require_GET
@door.keeper(door.EXPERTS)
def experts(request: HttpRequest) -> HttpResponseBase:
    """All experts; the queue is the filter 待审核."""
    columns = _expert_columns()
    filters = [
        Filter("q", _("姓名、单位、专业或编号"), find=True),
        Filter("stage", _("状态"), [(key, word) for key, (word, _kind) in EXPERT_STATES.items()]),
    ]
    asked = ask(request.GET, columns, filters)
    rows = parties.experts(stage=asked.values.get("stage", ""), find=asked.values.get("q", ""), order=asked.sort)
    start = (asked.page - 1) * PER_PAGE
    shown = [_expert_row(row) for row in rows[start : start + PER_PAGE]]
    table = Grid(_("专家"), columns, shown, rows.count(), asked, filters, PER_PAGE)
    lead = _("审核专家的职称、经历和回避声明；抽取只从在库专家中进行。")
    context = {"table": table, "lead": lead}
    return door.page(request, "operator/list.html", context, current="experts", title=_("专家审核"))


@require_GET
@door.keeper(door.ORGANISATIONS)
def organisation(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One organisation with everything the decision rests on."""
    case = parties.organisation(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if case is None:
        raise Http404
    row = case.organisation
    facts = [
        Fact(_("类别"), KINDS.get(row.kind, row.kind)),
        Fact(
            _("统一社会信用代码"),
            row.uscc,
            _("校验码不符：%s") % case.code_fault if case.code_fault else _("校验码相符"),
        ),
        Fact(_("上级单位"), row.parent or _("无")),
        Fact(_("法定代表人"), row.legal_representative or _("未填写")),
        Fact(_("地区与地址"), f"{row.region} {row.address}".strip() or _("未填写")),
        Fact(_("联系人"), f"{row.contact_name} {row.contact_phone}".strip() or _("未填写")),
        Fact(_("规模"), {"sme": _("中小企业"), "large": _("大型企业")}.get(row.scale, _("未填写"))),
        Fact(_("简介"), row.about or _("未填写")),
    ]
    context = {
        "case": case,
        "row": row,
        "facts": facts,
        "states": ORGANISATION_STATES,
        "acts": _acts(case.possible, "operator:organisation-act", public_id),
        "licence": {"sha256": row.licence.sha256, "size": row.licence.size, "media_type": row.licence.media_type}
        if row.licence
        else None,
    }
    above = Link(_("单位核验"), reverse("operator:organisations"))
    return door.page(
        request, "operator/organisation.html", context, current="organisations", title=row.name, above=above
    )


@require_GET
@door.keeper(door.EXPERTS)
def expert(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One expert with everything the decision rests on."""
    case = parties.expert(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if case is None:
        raise Http404
    row = case.expert
    facts = [
        Fact(_("职称"), row.title),
        Fact(_("从业年限"), row.years),
        Fact(_("工作单位"), row.employer, row.employer_uscc),
        Fact(_("专业"), "、".join(row.specialties)),
        Fact(_("应回避的单位"), "、".join(row.avoided_units) or _("未申报")),
        Fact(_("邮箱"), row.person.email),
        Fact(_("电话"), row.person.phone or _("未填写")),
    ]
    acts = _acts(case.possible, "operator:expert-act", public_id)
    context = {"case": case, "row": row, "facts": facts, "states": EXPERT_STATES, "acts": acts}
    above = Link(_("专家审核"), reverse("operator:experts"))
    return door.page(request, "operator/expert.html", context, current="experts", title=row.person.name, above=above)


def _acts(possible: parties.Possible, name: str, public_id: str) -> list[dict[str, Any]]:
    """The buttons: the step forward is the sun-coloured one."""
    forward = ("verify-organisation", "verify-expert", "reinstate", "reinstate-expert")
    return [
        {
            "verb": step.verb,
            "label": step.label,
            "url": reverse(name, args=[public_id, step.verb]),
            "refusal": refusal,
            "primary": step.verb in forward,
        }
        for step, refusal in possible
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.ORGANISATIONS)
def organisation_act(request: HttpRequest, public_id: str, verb: str) -> HttpResponseBase:
    """The page of one decision on an organisation."""
    case = parties.organisation(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if case is None or verb not in ORGANISATION_ACTS:
        raise Http404
    back = reverse("operator:organisation", args=[public_id])
    refusal = ORGANISATION.refusal(verb, case.organisation, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    frame = {"name": case.organisation.name, "label": ORGANISATION.steps[verb].label, "refusal": refusal, "back": back}
    return decide(request, ORGANISATION_ACTS[verb], public_id, frame, "organisations")


@require_http_methods(["GET", "HEAD", "POST"])
@door.keeper(door.EXPERTS)
def expert_act(request: HttpRequest, public_id: str, verb: str) -> HttpResponseBase:
    """The page of one decision on an expert."""
    case = parties.expert(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if case is None or verb not in EXPERT_ACTS:
        raise Http404
    back = reverse("operator:expert", args=[public_id])
    refusal = EXPERT.refusal(verb, case.expert, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    frame = {"name": case.expert.person.name, "label": EXPERT.steps[verb].label, "refusal": refusal, "back": back}
    return decide(request, EXPERT_ACTS[verb], public_id, frame, "experts")


def decide(
    request: HttpRequest, spec: tuple[Any, str, Any, Any], public_id: str, frame: dict[str, Any], current: str
) -> HttpResponseBase:
    """The page of one decision. spec: (act, the argument its words go to, their label, help); frame: name, label, back."""
    act, argument, label, help_text = spec
    form = WordsForm(request.POST or None, label=label, help_text=help_text) if argument else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            given = {argument: form.cleaned_data["words"]} if form is not None else {}
            act(public_id, by=request.actor, **given)  # type: ignore[attr-defined]
            return redirect(frame["back"])
        except Refused as refused:
            if form is None:
                raise
            refuse(form, refused)
    status = 409 if request.method == "POST" else 200
    above = Link(frame["name"], frame["back"])
    context = frame | {"form": form}
    return door.page(
        request, "operator/decide.html", context, current=current, title=frame["label"], above=above, status=status
    )


@require_GET
@door.keeper(door.ORGANISATIONS)
def licence(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The licence file an applicant handed in."""
    case = parties.organisation(public_id, by=request.actor, at=clock.glance())  # type: ignore[attr-defined]
    if case is None or case.organisation.licence is None:
        raise Http404
    blob = case.organisation.licence
    return download_response(blob, case.organisation.uscc + SUFFIXES.get(blob.media_type, ""))
