"""What keys are called in public: kinds of notices, states of lots and projects, codes of opening and objections."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.evaluation.lifecycle import DRAW
from sunshine.domain.sourcing.lifecycle import PROJECT

State = tuple[Any, str]  # (word, kind of chip)

NOTICES: dict[str, State] = {
    "tender-notice": (_("招标公告"), "now"),
    "amendment-notice": (_("变更公告"), "neutral"),
    "opening-record": (_("开标记录"), "done"),
    "price-opening-record": (_("商务标开标记录"), "done"),
    "candidate-notice": (_("中标候选人公示"), "now"),
    "award-notice": (_("中标结果公告"), "done"),
    "contract-notice": (_("合同公告"), "done"),
    "failure-notice": (_("流标公告"), "refused"),
    "termination-notice": (_("终止公告"), "refused"),
}
_EVALUATING = (_("评标中"), "now")
LOTS: dict[str, State] = {
    "prepared": (_("准备中"), "neutral"),
    "announced": (_("投标接收中"), "now"),
    "opening": (_("开标中"), "now"),
    # what a panel is just doing is nobody's business before its report is published
    "evaluating": _EVALUATING,
    "opening_prices": (_("商务标开启中"), "now"),
    "report_drafted": _EVALUATING,
    "report_signed": _EVALUATING,
    "candidates_published": (_("候选人公示中"), "now"),
    "awarded": (_("已定标"), "done"),
    "notified": (_("已发中标通知书"), "done"),
    "contract_signed": (_("合同已签订"), "done"),
    "failed": (_("流标"), "refused"),
    "retendered": (_("流标，已重新招标"), "refused"),
    "terminated": (_("已终止"), "refused"),
}
ORDER = tuple(LOTS)[: tuple(LOTS).index("failed")]
WAITING = (_("等待开标"), "now")
HELD = (_("异议暂停"), "hold")
REMARKS = {
    "sum-differs": _("分项合计与报价总额不一致"),
    "duplicate-bidder": _("同一投标人递交了两份不同的投标"),
    "above-cap": _("报价超过最高投标限价"),
    "price-in-first-envelope": _("第一个信封里写了报价，由评标委员会处理"),
}
UNDECRYPTED = {
    "deemed_withdrawn": _("视为撤回投标文件：不是投标人的原因，投标人有权要求责任方赔偿直接损失。"),
    "deemed_revoked": _("视为撤销投标文件：投标人自身原因。"),
}
FAULTS = {
    "bidder": _("投标人"),
    "trustee": _("开标密钥持有人"),
    "platform": _("平台"),
    "": _("尚未认定"),
}
OBJECTION_TARGETS = {"documents": _("招标文件"), "opening": _("开标"), "candidates": _("评标结果")}
OBJECTION_STATES: dict[str, State] = {
    "raised": (_("待答复"), "hold"),
    "answered": (_("已答复"), "done"),
    "dropped": (_("异议人已撤回"), "neutral"),
}
EFFECTS = {"dismissed": _("异议不成立"), "upheld": _("异议成立")}
SEALING = {
    "T": _("持有人共同开启：截止后密钥持有人中规定人数释放份额即可解密，投标人不必参与。"),
    "D": _(
        "投标人参与解密：密钥持有人释放份额之外，投标人须在解密时限内到“我的投标与回执”释放自己的份额；"
        "未在时限内释放的，视为撤销投标文件。"
    ),
    "B": _(
        "投标人自己开启：没有密钥持有人，只有投标人自己的密钥能打开其投标；投标人须在解密时限内到“我的投标与回执”开启，"
        "未在时限内开启的，视为撤销投标文件。"
    ),
}
ENVELOPES = {
    "one": _("单信封：投标文件在开标时一次开启。"),
    "two": _(
        "双信封：先开启技术标；评标委员会锁定技术评审、结果写入日志之后，再开启通过者的商务标（报价）。"
        "开标一览表和技术文件中不得出现报价；技术评审中被否决的投标，商务标不开启。"
    ),
}
TOO_FEW = {"continue": _("继续评标，由评标委员会论证竞争是否充分"), "fail": _("重新招标")}


def lot_state(lot: Any, project: Any, at: datetime) -> State:
    """What the public calls the state of a lot at an instant: windows open and close by the clock, not by an act."""
    if lot.hold:
        return HELD
    if lot.stage == "announced" and not project.accepts_bids(at):
        return WAITING
    return LOTS[lot.stage]


def project_state(project: Any, lots: list[Any], at: datetime) -> State:
    """The state of the whole: a hold first, then the least advanced lot that is still alive."""
    if project.hold:
        return HELD
    if project.stage == "announced":
        return LOTS["announced"] if project.accepts_bids(at) else WAITING
    if project.stage == "opening":
        return LOTS["opening"]
    if project.stage == "terminated":
        return LOTS["terminated"]
    if project.stage != "opened":
        return (PROJECT.stages[project.stage], "neutral")
    living = [lot for lot in lots if lot.stage in ORDER]
    if not living:
        return LOTS["failed"]
    first = min(living, key=lambda lot: ORDER.index(lot.stage))
    return _EVALUATING if first.stage == "opening" else lot_state(first, project, at)


_DRAW_KINDS = {"announced": "now", "committed": "now", "drawn": "done", "abandoned": "refused"}
DRAWS: dict[str, State] = {stage: (word, _DRAW_KINDS[stage]) for stage, word in DRAW.stages.items()}
DRAW_PURPOSES = {"experts": _("抽取评标专家"), "factor": _("抽取随机系数")}
DRAW_REASONS = {"employer": _("现任职单位与本标段有关"), "avoided-unit": _("事先申报的回避单位")}
