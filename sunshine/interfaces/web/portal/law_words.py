"""The rules of the pack in plain words, by id; the numbers are filled in from the pack itself, so they cannot differ."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.method import LawRule

RULES = {
    "T01": _("自招标文件开始发出之日起至投标截止，不得少于 %(days)s 日。"),
    "T02": _("招标文件的获取期不得少于 %(days)s 日。"),
    "T04": _("影响投标文件编制的澄清或修改，须在投标截止 %(days)s 日前通知所有获取文件的人；不足的，顺延截止时间。"),
    "T05": _("对招标文件的异议应在投标截止 %(days)s 日前提出；招标人 %(answer_days)s 日内答复，答复前暂停。"),
    "T06": _("开标在投标截止的同一时刻公开进行；此前任何人不得开启投标文件。"),
    "T07": _("投标人少于 %(bidders)s 个的，不得开标，应当重新招标。"),
    "T08": _("投标保证金不得超过估算价的 %(percent)s%%。"),
    "T10": _("评标委员会为 %(members)s 人以上单数，专家不少于三分之二，随机抽取；有利害关系的回避。"),
    "T12": _("中标候选人不超过 %(candidates)s 个并标明排序；评标报告由全体成员签字，不同意见书面说明理由。"),
    "T13": _("候选人公示不得少于 %(days)s 日；异议 %(answer_days)s 日内答复，答复前暂停。"),
    "T14": _("国有资金占主导的依法必须招标项目，应当确定排名第一的候选人为中标人；法定情形除外。"),
    "T16": _("中标通知书发出之日起 %(days)s 日内，按招标文件和投标文件订立书面合同。"),
    "T18": _("履约保证金不得超过中标合同金额的 %(percent)s%%。"),
    "T21": _("设有最高投标限价的，须公布金额或计算方法；不得规定最低投标限价。"),
    "T27": _("下载招标文件不得设置登记、报名等前置条件。"),
}
SCOPES = {"M": _("依法必须招标的标段"), "A": _("全部标段")}
SEVERITIES = {"block": (_("系统拒绝"), "neutral"), "warn": (_("提醒"), "neutral")}  # colour is for what happened


def said(rule: LawRule) -> Any:
    """The rule as a sentence; a rule without words here shows its code rather than nothing."""
    return RULES[rule.id] % dict(rule.numbers) if rule.id in RULES else rule.code
