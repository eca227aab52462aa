"""The checklist of a draft: every hole, every rule of law it breaks, every thing worth a second look, with its section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sunshine.domain.sourcing import rules
from sunshine.domain.sourcing.models import Project
from sunshine_proof.scheme import SchemeError, check_scheme

SECTIONS = ("basics", "lots", "criteria", "scheme", "timetable", "files", "trustees")
# The holes of `Project.holes` → the section that fills them; what is not listed is filled in the basics.
_HOLES = {
    "缺少评标办法": "scheme",
    "缺少资格条件": "criteria",
    "缺少招标文件": "files",
    "至少需要一个标段": "lots",
    "开标密钥持有人不足四位": "trustees",
    "有开标密钥持有人尚未生成密钥": "trustees",
}
_RULES = {"T01": "timetable", "T02": "timetable", "T08": "lots", "T18": "basics", "T21": "lots", "T27": "basics"}
_FAIRNESS = "招标投标法实施条例 第三十二条"
# 条例 第三十二条: phrases that often carry an unreasonable condition. A human decides; the platform only points.
_SUSPECT = (
    (r"本地|本市|本省|当地|注册地|分支机构|分公司", gettext_lazy("疑似对地域或分支机构设限")),
    (r"国有企业|国企|民营|外资|所有制|上市公司", gettext_lazy("疑似对所有制或组织形式设限")),
    (r"品牌|商标|原产地|原厂|专利", gettext_lazy("疑似指定品牌、商标、专利或原产地")),
    (r"注册资本|市场占有率|纳税|社保", gettext_lazy("疑似以规模、纳税或社保等与履约无关的条件设限")),
    (r"行业业绩|地区业绩|奖项|获奖", gettext_lazy("疑似以特定行政区域或行业的业绩、奖项设限")),
)


@dataclass(frozen=True)
class Finding:
    """One thing to mend or to think over; severity is block or warn."""

    section: str
    severity: str
    text: Any
    article: str = ""
    lot: str = ""


def findings(project: Project, at: datetime) -> list[Finding]:
    """Everything at once, in the order of the sections."""
    found = [*_holes(project), *_law(project, at), *_scheme(project), *_second_look(project)]
    return sorted(found, key=lambda one: (SECTIONS.index(one.section), one.severity))


def _holes(project: Project) -> Iterator[Finding]:
    """The holes as the project names them; the same words, in the reader's language, tell the section."""
    places = {_(words): section for words, section in _HOLES.items()}
    places |= {_("标段%(lot)s没有采购内容") % {"lot": lot.number}: "lots" for lot in project.lots.all()}
    for hole in project.holes():
        yield Finding(places.get(str(hole), "basics"), "block", hole)


def _law(project: Project, at: datetime) -> Iterator[Finding]:
    if (order := rules.timetable_is_in_order(project, by=None, at=at)) is not None:  # type: ignore[arg-type]
        yield Finding("timetable", "block", order.text, order.article)
    for rule in rules.pack_of(project, at).at("announce"):
        if rule.predicate not in rules.ANNOUNCE or (rule.scope == "M" and not project.is_mandatory()):
            continue
        text = rules.ANNOUNCE[rule.predicate](project, rule, at=at)
        if text and not (order is not None and project.bids_due_at is None and rule.id == "T01"):
            yield Finding(_RULES.get(rule.id, "basics"), rule.severity, text, rule.article)


def _scheme(project: Project) -> Iterator[Finding]:
    """A lot may have become mandatory after the scheme was saved: lots are then not drawn (1117号(二))."""
    if not project.scheme:
        return
    try:
        check_scheme(project.scheme, mandatory=project.is_mandatory())
    except SchemeError as error:
        if error.code == "scheme-draw":
            text = _("依法必须招标的项目不得以抽签、摇号等方式决定次序，请改选最后一步。")
            yield Finding("scheme", "block", text, "发改法规规〔2022〕1117号（二）")
        else:
            yield Finding("scheme", "block", _("评标办法不完整，请重新保存。"))


def _second_look(project: Project) -> Iterator[Finding]:
    lots = list(project.lots.all())
    if sum(lot.estimate_fen for lot in lots) > project.budget_fen:
        yield Finding("lots", "warn", _("各标段估算价之和超出项目预算。"))
    for lot in lots:
        if lot.price_cap_fen is not None and lot.price_cap_fen > project.budget_fen:
            text = _("标段%(lot)s的最高投标限价超出项目预算。") % {"lot": lot.number}
            yield Finding("lots", "warn", text, lot=lot.public_id)
    for criterion in project.criteria.all():
        for pattern, why in _SUSPECT:
            if match := re.search(pattern, criterion.text):
                words = {"number": criterion.number, "word": match[0], "why": why}
                text = _("资格条件%(number)s含有“%(word)s”：%(why)s，请确认与合同履行有关。") % words
                yield Finding("criteria", "warn", text, _FAIRNESS)


def is_blocked(found: list[Finding]) -> bool:
    return any(one.severity == "block" for one in found)
