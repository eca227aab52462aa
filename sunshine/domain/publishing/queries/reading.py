"""A notice's content as something to read, and two revisions as something to compare: one reading serves both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from sunshine.domain.publishing.queries import failures, plain, words
from sunshine.domain.sourcing.queries.words import method_name
from sunshine.foundation.clock import BEIJING
from sunshine.foundation.pages import figures, moments
from sunshine.foundation.pages.parts import Change

Content = Mapping[str, Any]


@dataclass
class Block:
    """One section of a notice: label and text line by line, then perhaps a table whose ``right`` columns are numbers."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    heads: Sequence[str] = ()
    rows: list[list[str]] = field(default_factory=list)
    right: frozenset[int] = frozenset()

    def add(self, label: str, value: Any) -> None:
        """One line, left out if there is nothing to say."""
        if value not in (None, ""):
            self.facts.append((label, str(value)))

    @property
    def cells(self) -> list[list[tuple[str, str, bool]]]:
        """The table's cells as (head, text, is a number)."""
        return [[(self.heads[i], cell, i in self.right) for i, cell in enumerate(row)] for row in self.rows]


def yuan(fen: Any) -> str:
    """``"123456"`` fen as ``1,234.56 元``; "" stays ""."""
    return f"{figures.grouped(int(fen))} {_('元')}" if fen not in (None, "") else ""


def when(iso: Any) -> str:
    """An ISO instant as people read it; "" stays ""."""
    return moments.stamp(datetime.fromisoformat(iso)) if iso else ""


def until(end: datetime | None) -> str:
    """The end of a period of days: midnight is 24:00 of the day before, the last day on which one may still act."""
    if end is None:
        return ""
    here = end.astimezone(BEIJING)
    if (here.hour, here.minute) != (0, 0):
        return moments.stamp(here)
    return f"{moments.stamp((here - timedelta(days=1)).date())} 24:00"


def yes(value: Any) -> str:
    return _("是") if value else _("否")


def read(content: Content) -> list[Block]:
    """Every block of a notice that has something to say, in the order people ask."""
    blocks = [_amendment(content), _result(content), _who(content)]
    if "bid_deadline" in content:
        blocks += [_how(content), _dates(content), *(_lot(lot) for lot in content["lots"]), *_rest(content)]
    seats = failures.seats_of(content)
    blocks += [_opened(lot, seats) for lot in content.get("lots", ()) if "bids" in lot]
    blocks += [_prices(content, seats), _candidates(content), _rejected(content)]
    return [block for block in blocks if block.facts or block.rows]


def diff(old: Content, new: Content) -> list[Change]:
    """What changed between two revisions, line by line; numbers, dates and tables included, nothing that is only
    about the revision itself."""
    before, after = _flat(old), _flat(new)
    keys = [*after, *(key for key in before if key not in after)]
    return [
        Change(" · ".join(key), before.get(key, ""), after.get(key, ""))
        for key in keys
        if before.get(key, "") != after.get(key, "")
    ]


def _flat(content: Content) -> dict[tuple[str, ...], str]:
    flat: dict[tuple[str, ...], str] = {}
    for block in read({key: value for key, value in content.items() if key != "amendment"}):
        flat.update({(block.title, label): text for label, text in block.facts})
        if block.rows:
            flat[(block.title,)] = "\n".join(" | ".join(cell for cell in row if cell) for row in block.rows)
    return flat


def _amendment(content: Content) -> Block:
    block = Block(_("澄清与修改"))
    change = content.get("amendment") or {}
    block.add(_("第几次"), change.get("seq", ""))
    block.add(_("内容"), change.get("text", ""))
    return block


def _result(content: Content) -> Block:
    """What a result says first: winner and price, contract, failure, termination."""
    block = Block(_("结果"))
    if winner := content.get("winner"):
        block.add(_("中标人"), winner["name"])
        block.add(_("统一社会信用代码"), winner["uscc"])
        block.add(_("中标价"), yuan(content["award_price_fen"]))
        block.add(_("大写"), figures.capital(int(content["award_price_fen"])))
        block.add(_("定标说明"), content.get("reason"))
    elif contract := content.get("contract"):
        block.add(_("合同编号"), contract["id"])
        block.add(_("中标人"), contract["supplier"])
        block.add(_("合同金额"), yuan(contract["amount_fen"]))
        block.add(_("大写"), figures.capital(int(contract["amount_fen"])))
        block.add(_("交货（完工）期"), _("%(n)s 日") % {"n": contract["delivery_days"]})
        block.add(_("质量"), contract["quality"])
        block.add(_("签订时间"), when(contract["signed_at"]))
        block.add(_("合同正文指纹"), contract["digest"])
    else:
        block.add(_("原因"), content.get("reason"))
        block.add(_("轮次"), content.get("round"))
    block.add(_("开标时间"), when(content.get("opened_at")))
    return block


def _who(content: Content) -> Block:
    block = Block(_("采购目的与联系方式"))
    block.add(_("采购目的"), content.get("purpose"))
    block.add(_("采购人"), content["buyer"]["name"])
    block.add(_("统一社会信用代码"), content["buyer"]["uscc"])
    block.add(_("代理机构"), content.get("agency"))
    contact = content.get("contact") or {}
    block.add(_("联系人"), " ".join(part for part in (contact.get("name"), contact.get("phone")) if part))
    block.add(_("异议渠道"), content.get("objection_channel"))
    return block


def _how(content: Content) -> Block:
    block = Block(_("采购方式与资金"))
    block.add(_("采购方式"), method_name(content["method"]["code"]))
    block.add(_("选用理由"), content["method"]["reason"])
    block.add(_("品类"), content["category"])
    block.add(_("地区"), content["region"])
    block.add(_("资金来源"), content["funding"])
    block.add(_("项目预算"), yuan(content["budget_fen"]))
    block.add(_("接受联合体"), yes(content["consortium_allowed"]))
    block.add(_("规则包指纹"), content["rule_pack"])
    return block


def _dates(content: Content) -> Block:
    block = Block(_("时间与地点"))
    available = content["doc_available"]
    if available["from"]:
        block.add(_("招标文件获取"), f"{when(available['from'])} — {when(available['to'])}")
    block.add(_("文件费用"), _("免费，任何账号均可下载，无须报名"))
    block.add(_("提问截止"), when(content["question_deadline"]))
    block.add(_("投标截止"), when(content["bid_deadline"]))
    block.add(_("开标时间"), when(content["opening"]["at"]))
    block.add(_("开标地点"), content["opening"]["place"])
    block.add(_("投标有效期"), _("%(n)s 日") % {"n": content["bid_validity_days"]})
    return block


def _lot(lot: Content) -> Block:
    block = Block(_("标段 %(number)s：%(title)s") % {"number": lot["number"], "title": lot["title"]})
    block.add(_("全局编号"), lot["ocid"])
    block.add(_("轮次"), lot["round"] if lot["round"] > 1 else "")
    block.add(_("依法必须招标"), f"{yes(lot['mandatory'])}（{lot['mandatory_basis']}）")
    block.add(_("估算价"), yuan(lot["estimate_fen"]))
    block.add(_("最高投标限价"), yuan(lot["price_cap_fen"]))
    block.add(_("限价依据"), lot["price_cap_basis"])
    block.add(_("投标保证金"), yuan(lot["bid_bond_fen"]) if lot["bid_bond_fen"] != "0" else _("不收取"))
    block.add(_("交货（完工）期"), _("%(n)s 日") % {"n": lot["delivery_days"]})
    block.add(_("质量要求"), lot["quality"])
    block.heads = (_("序号"), _("名称"), _("规格"), _("数量"), _("单位"))
    block.right = frozenset({3})
    block.rows = [[i["number"], i["name"], i["specification"], i["quantity"], i["unit"]] for i in lot["items"]]
    return block


def _rest(content: Content) -> list[Block]:
    """Qualification, documents, scheme, sealing: what follows the lots of a tender notice."""
    who = Block(_("投标人资格条件"), heads=(_("序号"), _("条件"), _("证明材料")))
    who.rows = [[str(c["id"]), c["text"], c["evidence"]] for c in content["qualification"]]
    files = Block(_("招标文件"), heads=(_("文件"), _("大小（字节）"), _("指纹 SHA-256")), right=frozenset({1}))
    files.rows = [[d["title"], f"{d['size']:,}", d["sha256"]] for d in content["documents"]]
    scheme = content["evaluation"]
    judged = Block(_("评标办法"), heads=(_("评审因素"), _("计分方式"), _("满分")), right=frozenset({2}))
    judged.rows = [[c["name"], c["kind"], plain.mark(c)] for c in plain.criteria(scheme)]
    judged.add(_("怎样排序"), " ".join(plain.scheme(scheme)))
    sealed = Block(_("密封与开标"), heads=(_("席位"), _("密钥持有人"), _("单位")))
    sealed.rows = [[str(t["i"]), t["role"], t["organisation"]] for t in content["trustees"]]
    sealed.add(_("信封"), words.ENVELOPES.get(content.get("envelopes", ""), ""))
    sealed.add(_("密封方式"), words.SEALING.get(content.get("sealing", ""), ""))
    if hours := content.get("decrypt_hours"):
        sealed.add(_("解密时限"), _("开标后 %(n)s 小时") % {"n": hours})
    sealed.add(_("解密补救方案"), content["decrypt_remedy"])
    few = content["too_few_after_decrypt"]
    sealed.add(_("解密后不足三家"), words.TOO_FEW.get(few, few))
    sealed.add(_("履约保证金"), f"{content['performance_bond_percent']} %")
    return [who, files, judged, sealed]


def _opened(lot: Content, seats: Mapping[int, str]) -> Block:
    block = Block(_("标段 %(number)s：%(title)s") % {"number": lot["number"], "title": lot["title"]})
    first_of_two = lot.get("first_of_two", False)
    price_head = () if first_of_two else (_("报价（元）"),)
    block.heads = (_("投标人"), *price_head, _("交货（完工）期"), _("质量"), _("项目负责人"), _("备注"))
    block.right = frozenset() if first_of_two else frozenset({1})
    if first_of_two:
        block.add(_("信封"), _("双信封的第一次开标，商务标另行开启"))
    for bid in lot["bids"]:
        price = figures.grouped(int(bid["total_fen"])) if bid["total_fen"] else bid["rate"]
        remarks = "；".join(str(words.REMARKS.get(code, code)) for code in bid["remarks"])
        days = _("%(n)s 日") % {"n": bid["delivery_days"]}
        told = [] if first_of_two else [price]
        block.rows.append([bid["bidder"], *told, days, bid["quality"], bid["project_leader"], remarks])
    for lost in lot["undecrypted"]:
        block.add(_("未解密 %(bid)s") % {"bid": lost["bid"]}, undecrypted(lost, seats))
    for named in lot.get("named", ()):
        block.add(_("未采用的份额 %(bid)s") % {"bid": named["bid"]}, failures.who(named["cause"], seats))
    if not lot["bids"] and not lot["undecrypted"]:
        block.add(_("开标结果"), words.LOTS.get(lot["stage"], (lot["stage"], ""))[0])
    return block


def _prices(content: Content, seats: Mapping[int, str]) -> Block:
    """The second opening record of a lot with two envelopes."""
    block = Block(_("商务标"), heads=(_("投标人"), _("报价（元）"), _("备注")), right=frozenset({1}))
    if "technical_digest" not in content:
        return block
    for bid in content["bids"]:
        remarks = "；".join(str(words.REMARKS.get(code, code)) for code in bid["remarks"])
        block.rows.append([bid["bidder"], figures.grouped(int(bid["total_fen"])), remarks])
    for lost in content["undecrypted"]:
        block.add(_("未解密 %(bid)s") % {"bid": lost["bidder"]}, undecrypted(lost, seats))
    block.add(_("技术评审中被否决，商务标不开启"), "、".join(row["bidder"] for row in content["shut"]))
    block.add(_("技术评审结果的指纹"), content["technical_digest"])
    return block


def undecrypted(lost: Content, seats: Mapping[int, str]) -> str:
    """Why a bid could not be opened, whose fault it was, and what the law makes of it."""
    found = lost["cause"]
    values = {
        "cause": failures.cause(found.get("code", "")),
        "fault": failures.who(found, seats) if "code" in found else "",
        "effect": words.UNDECRYPTED.get(lost["result"], lost["result"]),
    }
    return _("原因：%(cause)s。责任：%(fault)s。%(effect)s") % values


def _candidates(content: Content) -> Block:
    block = Block(_("中标候选人"), right=frozenset({2, 3}))
    block.heads = (_("名次"), _("候选人"), _("报价（元）"), _("得分"), _("交货（完工）期"), _("质量"), _("项目负责人"))
    for c in content.get("candidates", ()):
        price = figures.grouped(int(c["price_fen"])) if c["price_fen"] not in ("", "None") else ""
        days = _("%(n)s 日") % {"n": c["delivery_days"]}
        block.rows.append([str(c["rank"]), c["name"], price, c["score"], days, c["quality"], c["project_leader"]])
    end = content.get("publicity_until")
    block.add(_("公示截止"), until(datetime.fromisoformat(end) if end else None))
    block.add(_("评标报告指纹"), content.get("report_digest"))
    return block


def _rejected(content: Content) -> Block:
    block = Block(_("被否决的投标"), heads=(_("投标人"), _("理由"), _("依据")))
    for row in content.get("rejected", ()):
        block.rows.append([row["bidder"], "；".join(row["reasons"]), row["article"]])
    return block
