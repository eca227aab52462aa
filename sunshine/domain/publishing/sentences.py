"""The sentences of notifications: the row keeps the key and the values, so each reader gets their language."""

from typing import Any

from django.utils.translation import gettext_lazy as _

SENTENCES: dict[str, Any] = {
    "verified": _("您的单位“%(name)s”已核验通过。"),
    "verification-refused": _("您的单位“%(name)s”核验未通过：%(reason)s"),
    "plan-waits": _("采购计划“%(title)s”等待您批准。"),
    "plan-approved": _("采购计划“%(title)s”已批准。"),
    "plan-returned": _("采购计划“%(title)s”被退回：%(reason)s"),
    "method-waits": _("项目“%(title)s”的采购方式等待您批准。"),
    "method-approved": _("项目“%(title)s”的采购方式已批准，可以编制文件。"),
    "review-waits": _("项目“%(title)s”等待您进行合规审查。"),
    "review-returned": _("项目“%(title)s”被退回修改：%(reason)s"),
    "reviewed": _("项目“%(title)s”审查通过，可以发布公告。"),
    "trustee-seat": _("您被指定为项目“%(title)s”的开标密钥持有人，请生成密钥。"),
    "documents-changed": _("项目“%(title)s”的招标文件有澄清或修改。"),
    "enquiry-asked": _("项目“%(title)s”有新的匿名提问。"),
    "shares-wanted": _("项目“%(title)s”已开标，请释放您的密钥份额。"),
    "bidders-wanted": _("项目“%(title)s”已开标。如您投了标，请在解密时限内到“我的投标与回执”参与解密。"),
    "bidders-wanted-alone": _(
        "项目“%(title)s”已开标。如您投了标，请在解密时限内到“我的投标与回执”开启您的投标；除您之外没有人能打开它。"
    ),
    "lot-failed": _("“%(title)s”流标：%(reason)s"),
    "draw-announced": _("项目“%(title)s”已公布抽取，请提交您一方的承诺。"),
    "draw-committed": _("项目“%(title)s”的抽取承诺已齐，请在 %(n)s 分钟内揭示您的随机数。"),
    "panel-drawn": _("您被抽取为一个项目的评标委员会成员，请登录确认。"),
    "scores-locked": _("“%(title)s”的全部评委已锁定评分，可以汇总。"),
    "prices-wanted": _("项目“%(title)s”的商务标已宣布开启，请释放商务标的密钥份额。"),
    "prices-wait": _("“%(title)s”的全部评委已锁定技术评审，可以开启商务标。"),
    "prices-opened": _("“%(title)s”的商务标已开启，请查看报价并确认商务标评审。"),
    "report-waits": _("“%(title)s”的评标报告等待您签署。"),
    "report-signed": _("“%(title)s”的评标报告已全部签署，可以公示候选人。"),
    "objection-raised": _("“%(title)s”收到异议，须在 %(due)s 前答复，期间暂停。"),
    "objection-answered": _("您对“%(title)s”的异议已答复。"),
    "award-letter": _("“%(title)s”：您已中标，请查看中标通知书。"),
    "result-letter": _("“%(title)s”：中标结果已产生，请查看您的得分与理由。"),
    "contract-waits": _("“%(title)s”的合同等待您签署。"),
    "contract-signed": _("“%(title)s”的合同已由双方签订。"),
    "key-to-destroy": _("项目“%(title)s”已结束，请销毁您的开标密钥。"),
    "terminated": _("项目“%(title)s”已终止：%(reason)s"),
    "mandate-given": _("“%(name)s”委托贵单位代理采购。"),
    "mandate-ended": _("“%(name)s”已终止对贵单位的采购代理委托。"),
    "log-alarm": _("透明日志警报：见证人 %(name)s 报告 %(code)s，请立即查明。"),
    "time-alarm": _("透明日志警报：时间戳机构的答复不成立（%(code)s），请立即查明。"),
}


def sentence(kind: str, values: dict[str, Any]) -> str:
    """The sentence in the reader's language."""
    return str(SENTENCES[kind]) % values
