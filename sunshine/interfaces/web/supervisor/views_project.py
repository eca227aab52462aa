"""One project with everything a supervisor may see: overview, record, opening, evaluation, results."""

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from sunshine.domain.bidding.queries import buyer_opening
from sunshine.domain.contracts.queries import supervisor as queries
from sunshine.domain.contracts.queries import supervisor_history as history_of
from sunshine.domain.evaluation.lifecycle import MEMBER
from sunshine.domain.evaluation.queries import reports
from sunshine.domain.publishing.queries import supervisor as published
from sunshine.domain.publishing.queries import words
from sunshine.domain.publishing.queries.failures import failures
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation import clock, sheets
from sunshine.foundation.files.store import download_response
from sunshine.foundation.pages import moments
from sunshine.foundation.pages.grid import Column, Filter, Grid, ask
from sunshine.foundation.pages.parts import Empty, Fact, Link, TimelineStep
from sunshine.foundation.vault import inspection
from sunshine.interfaces.web.supervisor import door
from sunshine.interfaces.web.supervisor.views import MOST_EXPORTED, STATES, exported

PER_PAGE = 50
KIND_WORDS = {
    "plan": _("计划"),
    "project": _("项目"),
    "lot": _("标段"),
    "bid": _("投标"),
    "member": _("评委"),
    "objection": _("异议"),
    "contract": _("合同"),
}
EXCLUSIONS = {"employer": _("工作单位与投标人或采购人相同"), "avoided-unit": _("本人申报应回避的单位")}
NOTE_WORDS = {
    "project:seat-trustees": _("指定开标密钥持有人"),
    "project:make-key": _("生成开标密钥"),
    "project:destroy-key": _("声明销毁开标密钥"),
    "lot:release-share": _("释放密钥份额"),
    "bid:not-yet-open": _("解密遇到问题，等待补救"),
    "bid:release-bidder-share": _("投标人参与解密"),
    "bid:rescue-bid": _("投标人提交自救密钥"),
    "bid:open-own-bid": _("投标人开启自己的投标"),
    "bid:restore-body": _("投标人重传密文"),
}
DOERS = {
    "clock": _("系统到时自动办理"),
    "bid-box": _("投标箱，开标前不知其人"),
    "bidder-by-key": _("持有投标箱密钥的人"),
    "visitor": _("访客"),
}
MEMBER_STATES = {
    "drawn": (MEMBER.stages["drawn"], "neutral"),
    "present": (MEMBER.stages["present"], "now"),
    "pricing": (MEMBER.stages["pricing"], "now"),
    "locked": (MEMBER.stages["locked"], "done"),
    "signed": (MEMBER.stages["signed"], "done"),
    "recused": (MEMBER.stages["recused"], "refused"),
}


@require_GET
@door.overseer
def project(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The overview: facts, timeline, lots, papers, who did what."""
    row = door.project_or_404(request, public_id)
    at = clock.glance()
    found = queries.overview(row)
    name = found.names

    def who(actor: str) -> str:
        return name.get(actor, actor) or str(_("尚无"))

    facts = [
        Fact(_("采购人"), row.buyer.name),
        Fact(_("代理机构"), row.agency or _("无")),
        Fact(_("采购目的"), row.purpose),
        Fact(_("采购计划"), row.plan.title),
        Fact(_("采购方式"), method_name(row.method), row.method_reason),
        Fact(_("资金来源"), row.funding),
        Fact(_("编制"), who(row.drafted_by)),
        Fact(_("审查"), who(row.reviewed_by), row.review_note),
        Fact(_("发布"), who(row.announced_by)),
        Fact(_("开标"), who(row.opened_by)),
    ]
    lots = [
        {
            "lot": lot,
            "state": words.lot_state(lot, row, at),
            "policy": found.policies.get(lot.pk, ""),
        }
        for lot in found.lots
    ]
    documents = [
        {
            "title": one.title,
            "blob": one.blob,
            "url": reverse("supervisor:document", args=[row.public_id, one.public_id]),
        }
        for one in found.documents
    ]
    context = {
        "state": STATES[row.stage],
        "facts": facts,
        "steps": _steps(row, at),
        "lots": lots,
        "seats": found.seats,
        "documents": documents,
        "enquiries": found.enquiries,
        "amendments": [(one, who(one.issued_by)) for one in found.amendments],
        "notices": [(one, words.NOTICES.get(one.kind, (one.kind, "neutral"))) for one in published.notices(row)],
    }
    return door.project_page(request, "supervisor/project.html", row, context, tab="project")


def _steps(row: Any, at: Any) -> list[TimelineStep]:
    """The procedure as dates: what has happened, what comes next."""
    moments_ = [
        (_("立项"), row.created_at, ""),
        (_("审查通过"), row.reviewed_at, ""),
        (_("发布公告"), row.announced_at, "招标投标法 第十六条"),
        (_("投标截止"), row.bids_due_at, "招标投标法 第二十四条"),
        (_("开标"), row.opened_at, "招标投标法 第三十四条"),
    ]
    done = [when is not None and when <= at for _name, when, _article in moments_]
    now = done.index(False) if False in done else len(done)
    steps = []
    for n, (name, when, article) in enumerate(moments_):
        state = "done" if done[n] else "now" if n == now and row.stage != "terminated" else "todo"
        steps.append(TimelineStep(name, state, when, article))
    if row.stage == "terminated":
        steps.append(TimelineStep(_("终止采购"), "refused"))
    return steps


@require_GET
@door.overseer
def history(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Every event: time, person, tag, facts, and the address where it was kept."""
    row = door.project_or_404(request, public_id)
    columns = [
        Column("at", _("时间"), "moment"),
        Column("label", _("动作"), second="tag"),
        Column("subject", _("对象"), second="seq"),
        Column("by", _("谁"), second="address"),
        Column("facts", _("内容"), "template", template="supervisor/_facts.html"),
    ]
    filters = [
        Filter("verb", _("动作代码")),
        Filter("kind", _("对象"), [(kind, KIND_WORDS[kind]) for kind in history_of.KINDS]),
    ]
    asked = ask(request.GET, columns, filters)
    rows = history_of.events(row, kind=asked.values.get("kind", ""), verb=asked.values.get("verb", ""))
    if kind := request.GET.get("export", ""):
        entries = history_of.entries(row, list(rows[:MOST_EXPORTED]))
        return exported(kind, _now("事件记录"), _sheet(), (_exported(entry) for entry in entries))
    start = (asked.page - 1) * PER_PAGE
    shown = [_entry(entry) for entry in history_of.entries(row, list(rows[start : start + PER_PAGE]))]
    exports = [Link("CSV", asked.query(export="csv", page=None)), Link("XLSX", asked.query(export="xlsx", page=None))]
    table = Grid(_("事件记录"), columns, shown, rows.count(), asked, filters, PER_PAGE, exports)
    return door.project_page(request, "supervisor/history.html", row, {"table": table}, tab="history")


def _entry(entry: history_of.Entry) -> dict[str, Any]:
    kind, _slash, public_id = entry.subject.partition("/")
    return {
        "at": entry.at,
        "label": NOTE_WORDS.get(entry.tag, entry.label),
        "tag": entry.tag,
        "subject": f"{KIND_WORDS.get(kind, kind)} {public_id}",
        "seq": _now("第 %(n)s 条") % {"n": entry.seq},
        "by": DOERS.get(entry.by, entry.by),
        "address": entry.address,
        "facts": entry.facts,
        "hidden": entry.hidden,
    }


def _sheet() -> list[sheets.Column]:
    heads = (_("时间"), _("动作"), _("动作代码"), _("对象"), _("序号"), _("谁"), _("网络地址"), _("内容"))
    keys = ("at", "label", "tag", "subject", "seq", "by", "address", "facts")
    return [sheets.Column(key, str(head), width=24) for key, head in zip(keys, heads, strict=True)]


def _exported(entry: history_of.Entry) -> dict[str, str]:
    facts = _now("全体评委锁定后可见") if entry.hidden else json.dumps(entry.facts, ensure_ascii=False, sort_keys=True)
    return {
        "at": moments.stamp(entry.at, seconds=True),
        "label": str(NOTE_WORDS.get(entry.tag, entry.label)),
        "tag": entry.tag,
        "subject": entry.subject,
        "seq": str(entry.seq),
        "by": str(DOERS.get(entry.by, entry.by)),
        "address": entry.address,
        "facts": facts,
    }


@require_GET
@door.overseer
def opening(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Bids after the opening; before it nothing, not even how many there are."""
    row = door.project_or_404(request, public_id)
    lots = list(row.lots.all())
    halls, found = [], failures(row)
    for one in buyer_opening.hall(row, lots):
        bids = [
            {
                "bid": bid,
                "remarks": [words.REMARKS.get(code, code) for code in bid.remarks],
                "url": reverse("supervisor:bid", args=[row.public_id, bid.public_id]),
            }
            for bid in one.bids
        ]
        halls.append({"hall": one, "bids": bids, "lost": found.get(one.lot.pk, [])})
    context = {
        "halls": halls,
        "is_open": row.stage in ("opening", "opened"),
        "outside": inspection.kept_outside(),
        "visits_url": reverse("supervisor:sealed-visits", args=[row.public_id]),
        "keyring_url": reverse("profile:keyring"),
    }
    return door.project_page(request, "supervisor/opening.html", row, context, tab="opening")


@require_GET
@door.overseer
def bid(request: HttpRequest, public_id: str, bid_id: str) -> HttpResponseBase:
    """One opened bid: its summary, its price lines and its files."""
    row = door.project_or_404(request, public_id)
    found = _opened(row, bid_id)
    columns = [
        Column("item", _("序号")),
        Column("quantity", _("数量"), "num"),
        Column("unit_price", _("单价（元）"), "num"),
    ]
    lines = found.price.get("lines", [])
    context = {
        "bid": found,
        "table": Grid(_("分项报价"), columns, lines, len(lines), per_page=max(len(lines), 1)),
        "files": [
            (one, reverse("supervisor:bid-file", args=[row.public_id, bid_id, n]))
            for n, one in enumerate(found.documents.all(), 1)
        ],
    }
    return door.project_page(request, "supervisor/bid.html", row, context, tab="opening")


def _opened(row: Any, bid_id: str) -> Any:
    for lot in row.lots.all():
        for one in buyer_opening.bids(lot):
            if one.public_id == bid_id:
                return one
    raise Http404


@require_GET
@door.overseer
def bid_file(request: HttpRequest, public_id: str, bid_id: str, number: int) -> HttpResponseBase:
    """One file out of an opened bid."""
    row = door.project_or_404(request, public_id)
    for lot in row.lots.all():
        if found := buyer_opening.document(lot, bid_id, number):
            return download_response(found.blob, found.name)
    raise Http404


@require_GET
@door.overseer
def document(request: HttpRequest, public_id: str, document_id: str) -> HttpResponseBase:
    """One file of the bidding documents."""
    row = door.project_or_404(request, public_id)
    found = queries.document(row, document_id)
    if found is None:
        raise Http404
    return download_response(found.blob, found.title)


@require_GET
@door.overseer
def evaluation(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """How each panel was drawn and how far it is; its report once every member has locked."""
    row = door.project_or_404(request, public_id)
    lots = list(row.lots.all())
    records = queries.panels(lots)
    shown = []
    for lot in lots:
        record = records.get(lot.pk)
        if record is None:
            continue
        # while a panel judges (again), nobody reads what it judged before
        report = None if lot.stage == "evaluating" else reports.closed(lot) or reports.newest(lot)
        excluded = [(one, name, EXCLUSIONS.get(why, why)) for one, name, why in record.excluded]
        members = [(member, MEMBER_STATES[member.stage]) for member in record.members]
        shown.append({"record": record, "report": report, "excluded": excluded, "members": members})
    return door.project_page(request, "supervisor/evaluation.html", row, {"shown": shown}, tab="evaluation")


@require_GET
@door.overseer
def results(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Candidates, objections, awards and contracts."""
    row = door.project_or_404(request, public_id)
    lots = queries.results(list(row.lots.all()))
    objections = [
        (
            one,
            words.OBJECTION_TARGETS.get(one.target, one.target),
            words.OBJECTION_STATES[one.stage],
            words.EFFECTS.get(one.effect, ""),
        )
        for one in queries.objections(row)
    ]
    context = {
        "lots": [one for one in lots if one.candidates or one.award or one.lot.stage in ("failed", "retendered")],
        "objections": objections,
        "empty": Empty(_("还没有结果"), _("公示候选人、定标和签订合同后列在这里。")),
    }
    return door.project_page(request, "supervisor/results.html", row, context, tab="results")
