"""The result's part of the evidence: the published rule, applied to the panel's inputs, gives ranking and award."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import jcs
from sunshine_proof.evidence import prices
from sunshine_proof.evidence.box import ReadOut, one
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, LoggedEvent
from sunshine_proof.evidence.log import Said
from sunshine_proof.ranking import rank, scheme_id

REPORT_KEYS = (
    "v", "lot", "title", "scheme", "inputs", "result", "bidders", "rejections", "panel", "reasons", "drafted_at",
)  # fmt: skip
Lot = Mapping[str, Any]


def published(bundle: Bundle, lot: Lot) -> LoggedEvent | None:
    """The event that made the candidates public; the last one where a first evaluation was set aside."""
    found = bundle.of(f"lot/{lot['id']}", "lot:publish-candidates")
    return found[-1] if found else None


def check_scheme(bundle: Bundle, lot: Lot) -> Said:
    """The scoring rule is the one that was announced."""
    announced = one(bundle.of(f"project/{bundle.project}", "project:announce"), "announcement")
    if announced.facts.get("scheme") != scheme_id(lot["scheme"]):
        raise EvidenceError("scheme-changed", "the scoring rule is not the one announced")
    return ("评标办法与公告时记入日志的一致。", "The scoring rule is the announced one.")


def check_ranking(bundle: Bundle, lot: Lot, read: Sequence[ReadOut]) -> Said:
    """Same rule and inputs, same ranking; the prices ranked are those that were read aloud."""
    event = published(bundle, lot)
    report = shape.record(lot["report"], REPORT_KEYS, "report", ("technical",))
    if event is None or event.facts.get("report") != hashlib.sha256(jcs(report)).hexdigest():
        raise EvidenceError("report-changed", "the report is not the one whose digest was published")
    if report["lot"] != lot["id"] or report["scheme"] != lot["scheme"]:
        raise EvidenceError("report-foreign", "the report is of another lot or rule")
    _check_bidders(report, read)
    prices.check_technical(bundle, lot, report)
    result = rank(report["scheme"], report["inputs"])
    if jcs(result) != jcs(report["result"]):
        raise EvidenceError("ranking-differs", "the rule gives another ranking than the report")
    first, n = result["bids"][0] if result["bids"] else None, len(result["bids"])
    if first is None:
        return ("报告中没有有效投标。", "No bid in the report is valid.")
    who = _bidder(report, first["id"])["name"]
    return (
        f"按公布的评标办法和评委锁定的分数重新计算，{n} 份有效投标的得分与名次和报告完全一致；"
        f"第一名 {who}，{first['total']} 分。",
        f"The published rule and the locked marks give the same scores and ranks for {n} bids; first: {who},"
        f" {first['total']}.",
    )


def _bidder(report: Mapping[str, Any], bid: str) -> Mapping[str, Any]:
    bidders = report["bidders"]
    if not isinstance(bidders, Mapping) or bid not in bidders:
        raise EvidenceError("bidder-unknown", f"{bid} has no bidder in the report")
    return shape.record(bidders[bid], ("name", "uscc"), "bidder")


def _check_bidders(report: Mapping[str, Any], read: Sequence[ReadOut]) -> None:
    """The report ranks exactly the bids that were opened, each at its own price."""
    inputs = report["inputs"]
    bids = shape.items(inputs.get("bids") if isinstance(inputs, Mapping) else None, 0, 10_000, "bids")
    if not isinstance(report["bidders"], Mapping) or {bid.get("id") for bid in bids} != set(report["bidders"]):
        raise EvidenceError("bidder-unknown", "the report names other bids than it ranks")
    ranked = Counter((_bidder(report, bid["id"])["uscc"], _bidder(report, bid["id"])["name"]) for bid in bids)
    if ranked != Counter((each.uscc, each.name) for each in read):
        raise EvidenceError("bids-differ", "the report does not rank exactly the bids that were opened")
    offered = Counter((each.uscc, str(each.total_fen)) for each in read)
    priced = Counter((_bidder(report, bid["id"])["uscc"], bid["price"]) for bid in bids if bid.get("rejected") is None)
    if priced - offered:
        raise EvidenceError("price-differs", "a bid is ranked at another price than it was opened with")


def check_award(bundle: Bundle, lot: Lot) -> Said:
    """The candidates are the first of the ranking, and one of them won at its own price."""
    event = published(bundle, lot)
    ranked = lot["report"]["result"]["bids"]
    named = event.facts.get("candidates") if event else None
    if not isinstance(named, list) or not named or named != [row["id"] for row in ranked[: len(named)]]:
        raise EvidenceError("candidates-differ", "the candidates are not the first of the ranking")
    zh = f"公示的 {len(named)} 名候选人就是排名的前 {len(named)} 名。"
    en = f"The {len(named)} candidates are the first of the ranking."
    awards = bundle.of(f"lot/{lot['id']}", "lot:award")
    if not awards:
        return (zh + "尚未定标。", en + " There is no award yet.")
    facts = awards[-1].facts
    place = shape.whole(facts.get("rank"), 1, len(named), "rank")
    row = ranked[place - 1]
    if facts.get("bid") != row["id"] or facts.get("amount_fen") != row["price"]:
        raise EvidenceError("award-differs", "the award is not to the candidate of that rank at its price")
    who = _bidder(lot["report"], row["id"])["name"]
    note = ("", "") if place == 1 else ("（改定的理由见定标记录）", " (the reason stands in the record)")
    return (
        f"{zh}中标人是第 {place} 名 {who}，金额与其报价一致{note[0]}。",
        f"{en} Rank {place}, {who}, won at its own price{note[1]}.",
    )
