"""Bids that did not open, or opened in spite of somebody: cause, who, evidence, effect, worded once for every page.

Codes stand in the record (domain/bidding/findings.py); here they get the reader's language.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from sunshine.domain.bidding.lifecycle import WAITING
from sunshine.domain.bidding.models import SealedBid
from sunshine.domain.sourcing.models import Project
from sunshine.foundation.pages.moments import stamp

SHOWN = 16  # digits of a hash on a page; all of it stands in the evidence file
ARTICLE = "电子招标投标办法 第三十一条"
REVOKED = "电子招标投标办法 第三十一条；招标投标法实施条例 第三十五条"

CAUSES = {
    "opened": _("已解密"),
    "inconsistent-dealing": _("密钥份额没有按规则生成，无法用公布的承诺核对"),
    "key-mismatch": _("份额还原出的密钥与封签不符"),
    "body-undecryptable": _("密文与封签一致，但用正确的密钥解不开"),
    "body-lost": _("平台保存的密文与封签不符"),
    "shares-missing": _("解密时限内收到的密钥份额不足"),
    "too-few-shares": _("有效的密钥份额不足"),
    "complaints-unsettled": _("有持有人报告份额有误，尚不能认定责任"),
    "bidder-share-missing": _("投标人没有释放自己的解密份额"),
    "bidder-share-wrong": _("投标人释放的解密份额与其承诺不符"),
    "bidder-key-missing": _("投标人没有开启自己的投标"),
    "bidder-key-wrong": _("投标人提交的密钥不是这份投标的密钥"),
    "form-missing": _("缺少开标一览表或报价表"),
}
_GROUPS = {
    "payload": _("解开后的文件包结构不符合要求"),
    "statement": _("投标声明与封签不一致"),
    "form": _("开标一览表或报价表的格式不符合要求"),
    "cms": _("投标声明的签名不符合要求"),
    "bad": _("投标声明的签名无效"),
    "age": _("密文格式不正确"),
}
REPORTS = {
    "share-undecryptable": _("份额无法用其密钥解开"),
    "share-malformed": _("份额内容不属于这份投标"),
    "share-mismatch": _("份额内容与承诺不一致"),
    "lid-forged": _("平台给出的封签不成立"),
}
PARTS = {"summary": _("开标一览表"), "tech": _("技术文件"), "price": _("报价文件")}
STATES: dict[str, tuple[Any, str]] = {
    "sealed": (_("等待补救"), "hold"),
    "opened": (_("已解密"), "done"),
    "price_opening": (_("等待补救"), "hold"),
    "deemed_withdrawn": (_("视为撤回"), "refused"),
    "deemed_revoked": (_("视为撤销"), "refused"),
}
EFFECTS: dict[str, tuple[Any, str]] = {
    "deemed_revoked": (_("视为撤销投标文件，投标保证金可以不予退还。"), REVOKED),
    "deemed_withdrawn": (_("视为撤回投标文件，退还投标保证金，投标人有权要求责任方赔偿直接损失。"), ARTICLE),
    "opened": (_("投标不受影响，开标继续。"), ""),
}
_IN_WINDOW = {
    "撤销": _("如到解密时限仍未补救，视为撤销投标文件。"),
    "撤回": _("如到解密时限仍未补救，视为撤回投标文件。"),
}
_MAY = {
    "body-lost": _("投标人可在 %(end)s 前到“我的投标与回执”重新上传同一份密文。"),
    "complaints-unsettled": _("投标人可在 %(end)s 前到“我的投标与回执”用自救密钥打开自己的投标，责任随即算清。"),
    "bidder-share-missing": _("投标人须在 %(end)s 前到“我的投标与回执”参与解密。"),
    "bidder-key-missing": _("投标人须在 %(end)s 前到“我的投标与回执”开启自己的投标。"),
}


@dataclass(frozen=True)
class Failure:
    """One bid on the record of failures. ``proofs`` are lines of evidence; ``rule`` is a–e of trust.md, or ""."""

    bid: str
    lid: str
    arrived_at: datetime
    stage: str
    state: tuple[Any, str]
    code: str
    rule: str
    cause: Any
    who: str
    part: Any
    proofs: list[str]
    detail: str
    effect: Any
    article: str
    may: str


def failures(project: Project) -> dict[int, list[Failure]]:
    """{lot: its bids whose opening met a fault}, in the order of arrival; nothing before the opening."""
    found: dict[int, list[Failure]] = defaultdict(list)
    if project.opened_at is None:
        return found
    rows = SealedBid.objects.filter(lot__project=project, is_effective=True).exclude(outcome={})
    rows = rows.exclude(outcome__code="opened", outcome__bad_trustees=[], outcome__rule="")
    bids = list(rows.defer("lid").select_related("lot__price_opening").order_by("arrived_at", "pk"))
    seats = seat_names(project) if bids else {}
    for bid in bids:
        begun = bid.lot.price_opening.opened_at if bid.stage == "price_opening" else project.opened_at
        found[bid.lot_id].append(_failure(bid, seats, begun + project.decrypt_window))
    return found


def seat_names(project: Project) -> dict[int, str]:
    """{seat number: who sits there, in words}."""
    rows = project.seats.select_related("organisation")
    return {seat.i: _named(seat.i, seat.role, seat.organisation.name) for seat in rows}


def seats_of(content: Mapping[str, Any]) -> dict[int, str]:
    """The same from a notice's content; {} for notices that do not name them."""
    return {t["i"]: _named(t["i"], t["role"], t["organisation"]) for t in content.get("trustees", ())}


def _named(i: int, role: str, organisation: str) -> str:
    return str(_("%(i)s 号 %(role)s（%(organisation)s）") % {"i": i, "role": role, "organisation": organisation})


def cause(code: str) -> Any:
    """Why a bid could not be opened, in words; a code nobody worded stays readable as itself."""
    return CAUSES.get(code) or _GROUPS.get(code.partition("-")[0], code)


def _failure(bid: SealedBid, seats: Mapping[int, str], end: datetime) -> Failure:
    found = bid.outcome
    effect, article = EFFECTS.get(bid.stage) or (_IN_WINDOW.get(found["legal"], ""), ARTICLE)
    part = found.get("part", "")
    return Failure(
        bid=bid.public_id,
        lid=bid.lid_id,
        arrived_at=bid.arrived_at,
        stage=bid.stage,
        state=STATES[bid.stage],
        code=found["code"],
        rule=found.get("rule", ""),
        cause=cause(found["code"]) if found["code"] != "opened" else _("有份额或报告被证明有误，没有采用"),
        who=who(found, seats),
        part=PARTS.get(part, part),
        proofs=[line for one in found.get("evidence", ()) for line in _proofs(one, seats)],
        detail=found.get("detail", ""),
        effect=effect,
        article=article,
        may=_may(bid.stage, found, seats, end),
    )


def names(numbers: Any, seats: Mapping[int, str]) -> str:
    return "、".join(seats.get(i, str(i)) for i in numbers)


def who(found: Mapping[str, Any], seats: Mapping[int, str]) -> str:
    """Who caused it, by name where trustees did."""
    if found["code"] == "opened":
        return names(found.get("bad_trustees", ()), seats) or str(_("持有人份额不足，由投标人自救打开"))
    if found["fault"] == "trustee":
        return str(_("开标密钥持有人原因：%(names)s") % {"names": names(found.get("liable", ()), seats)})
    words = {
        "bidder": _("投标人自身原因"),
        "platform": _("平台运营机构原因"),
        "": _("尚不能归责于任何一方"),
    }
    return str(words[found["fault"]])


def _may(stage: str, found: Mapping[str, Any], seats: Mapping[int, str], end: datetime) -> str:
    """What the bidder may do now."""
    if stage in WAITING:
        return str(_MAY[found["code"]] % {"end": stamp(end)}) if found["code"] in _MAY else ""
    if stage == "deemed_revoked":
        return str(_("投标人有不同意见的，应当在开标现场提出异议（招标投标法实施条例 第四十四条）。"))
    if stage != "deemed_withdrawn":
        return ""
    if found["fault"] == "trustee":
        liable = names(found.get("liable", ()), seats)
    else:
        liable = str(_("平台运营机构") if found["fault"] == "platform" else _("经认定的责任方"))
    return str(_("投标人可以凭证据文件向 %(liable)s 索赔直接损失。") % {"liable": liable})


def _proofs(one: Mapping[str, Any], seats: Mapping[int, str]) -> list[str]:
    """The evidence about one part, a line for each fact that departs from the ordinary."""
    odd = one["wrong"] or one["complaints"] or len(one["good"]) < one["k"]
    lines: list[Any] = []
    if len(one["good"]) < one["k"]:
        lines.append(_("需要 %(k)s 份有效份额，收到 %(n)s 份") % {"k": one["k"], "n": len(one["good"])})
    if one["absent"] and len(one["good"]) < one["k"]:
        lines.append(_("没有释放：%(names)s") % {"names": names(one["absent"], seats)})
    for row in one["wrong"]:
        values = {"who": seats.get(row["i"], row["i"]), "expected": row["expected"][:SHOWN], "got": row["got"][:SHOWN]}
        lines.append(_("%(who)s 的份额不对：承诺值应为 %(expected)s…，实为 %(got)s…") % values)
    for row in one["complaints"]:
        values = {"who": seats.get(row["i"], row["i"]), "fault": REPORTS.get(row["fault"], row["fault"])}
        lines.append(_("%(who)s 报告：%(fault)s") % values)
    if one["k"] == 0 and one["bidder_share"] == "missing":
        lines.append(_("只有投标人持有这份密钥，投标人没有提交"))
    elif one["bidder_share"] == "missing" and not odd:
        lines.append(_("持有人份额已够，投标人的份额没有来"))
    if one["rescue"]:
        lines.append(_("投标人提交了自救密钥，与封签相符"))
    if body := one.get("body"):
        values = {"expected": body["expected"][:SHOWN], "got": body["got"][:SHOWN] or "—"}
        lines.append(_("封签载明的密文指纹 %(expected)s…，平台现存 %(got)s") % values)
    part = PARTS.get(one["part"], one["part"])
    return [f"{part}：{line}" for line in lines]


def evidence(project_id: str, bid_id: str) -> dict[str, Any] | None:
    """opening-evidence/1: what anyone needs to compute a finding again, or None. No share of any part is in it."""
    rows = SealedBid.objects.select_related("lot__project", "lot__seal_policy").filter(is_effective=True)
    rows = rows.filter(lot__project__public_id=project_id, lot__project__opened_at__isnull=False)
    bid = rows.exclude(outcome={}).filter(public_id=bid_id).first()
    if bid is None:
        return None
    releases = bid.releases.select_related("seat").order_by("seat__i", "part")
    seats = bid.lot.project.seats.select_related("organisation", "certificate").order_by("i")
    if bid.lot.project.opens_alone:
        seats = seats.none()  # whoever guards the draws has no part in this
    return {
        "v": "opening-evidence/1",
        "project": project_id,
        "lot": bid.lot.public_id,
        "bid": bid.public_id,
        "result": bid.stage,
        "finding": bid.outcome,
        "policy": bid.lot.seal_policy.content,
        "lid": bid.lid,
        "trustees": [
            {
                "i": seat.i,
                "role": seat.role,
                "organisation": seat.organisation.name,
                "certificate": seat.certificate.pem if seat.certificate else "",
            }
            for seat in seats
        ],
        "releases": [
            {
                "i": row.seat.i,
                "part": row.part,
                "fault": row.fault,
                "expected": row.expected,
                "got": row.got,
                "statement": row.statement,
                "signature": row.signature,
            }
            for row in releases
        ],
        "remedies": [
            {"part": row.part, "statement": row.statement, "signature": row.signature}
            for row in bid.bidder_keys.order_by("part")
        ],
    }
