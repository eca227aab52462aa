"""How codes of the opening and of the lots are worded: one place, for pages, prints and the evaluation room."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.sourcing.lifecycle import LOT

Chip = tuple[Any, str]  # (word, one of parts.KINDS)

_LOT_KINDS = {
    "prepared": "neutral",
    "contract_signed": "done",
    "failed": "refused",
    "retendered": "neutral",
    "terminated": "refused",
}

BIDS: dict[str, Chip] = {
    "sealed": (_("等待解密"), "now"),
    "price_opening": (_("等待解密"), "now"),
    "opened": (_("已解密"), "done"),
    "deemed_withdrawn": (_("视为撤回"), "refused"),
    "deemed_revoked": (_("视为撤销"), "refused"),
}

MEMBERS: dict[str, Chip] = {
    "drawn": (_("待签到"), "neutral"),
    "present": (_("评审中"), "now"),
    "pricing": (_("商务标评审"), "now"),
    "locked": (_("评分已锁定"), "done"),
    "signed": (_("已签署报告"), "done"),
    "recused": (_("已回避"), "refused"),
}

OBJECTIONS: dict[str, Chip] = {
    "raised": (_("待答复"), "hold"),
    "answered": (_("已答复"), "done"),
    "dropped": (_("已撤回"), "neutral"),
}

CONTRACTS: dict[str, Chip] = {
    "drafted": (_("待采购人签署"), "now"),
    "half_signed": (_("待中标人签署"), "now"),
    "signed": (_("双方已签署"), "done"),
}

TARGETS = {"documents": _("招标文件"), "opening": _("开标"), "candidates": _("评标结果")}

REMARKS = {
    "sum-differs": _("分项合计与开标一览表总价不一致，由评标委员会处理"),
    "duplicate-bidder": _("同一投标人在本标段有另一份投标"),
    "above-cap": _("高于最高投标限价"),
    "price-in-first-envelope": _("第一个信封里写了报价，由评标委员会处理"),
    "parts-name-different-bidders": _("各分册载明的投标人不一致"),
    "certificate-unknown": _("签名证书不是在本平台登记的证书"),
    "certificate-revoked": _("签名证书在递交时已被吊销"),
    "signed-by-another-organisation": _("签名证书属于另一单位"),
    "document-refused": _("有文件不符合格式要求，没有收入（%(why)s）"),
}


GROUNDS = {
    "R51-1": _("投标文件未经投标单位盖章和单位负责人签字"),
    "R51-2": _("投标联合体没有提交共同投标协议"),
    "R51-3": _("投标人不符合国家或者招标文件规定的资格条件"),
    "R51-4": _("同一投标人提交两个以上不同的投标文件或者投标报价"),
    "R51-5": _("投标报价低于成本或者高于最高投标限价"),
    "R51-6": _("投标文件没有对招标文件的实质性要求和条件作出响应"),
    "R51-7": _("投标人有串通投标、弄虚作假、行贿等违法行为"),
}

# what a report gives as the reason where the second envelope did not open
LOST = {"price-revoked": _("商务标未能解密，视为撤销"), "price-withdrawn": _("商务标未能解密，视为撤回")}

PARTS = {"summary": _("开标一览表"), "tech": _("技术文件"), "price": _("报价文件")}

EXPERT, REPRESENTATIVE = _("评标专家"), _("采购人代表")


def lot_state(stage: str) -> Chip:
    """The word and the shape of a lot's stage."""
    return LOT.stages[stage], _LOT_KINDS.get(stage, "now")


def remark(code: str) -> Any:
    """A remark of the opening as a phrase; a code nobody worded stays readable as itself."""
    name, _colon, why = code.partition(":")
    words = REMARKS.get(name, code)
    return words % {"why": why} if why and name in REMARKS else words
