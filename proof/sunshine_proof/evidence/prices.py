"""双信封 in the evidence: prices were opened after the technical result was fixed, and only of those that passed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sunshine_proof import shape
from sunshine_proof.bidform import fen
from sunshine_proof.canonical import jcs
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST, first, parts_of_list, second
from sunshine_proof.evidence.box import UNDECRYPTED, ReadOut, moment, one, second_list
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, LoggedEvent
from sunshine_proof.evidence.log import Said, closing_head, instant

Lot = Mapping[str, Any]
TECHNICAL_KEYS = ("v", "lot", "members", "bids", "rejections")


def has_second(lot: Lot) -> bool:
    """Whether the lot has, or claims to have, a second envelope."""
    return bool(second(lot["policy"])) or "price_closing" in lot


def check_prices(bundle: Bundle, lot: Lot, read: Sequence[ReadOut]) -> tuple[Said, list[ReadOut]]:
    """No share of a price before its list, no price of a bid that is not on it; the list is a part of the first one.

    Returns the opened bids with their prices, as they were logged when they were opened.
    """
    if not second(lot["policy"]):
        raise EvidenceError("envelope-parts", "a second opening where the policy has one envelope")
    event, lids = second_list(bundle, lot)
    if not set(lids) <= {each.lid for each in read}:
        raise EvidenceError("price-list", "a price is to be opened whose bid did not open first")
    _check_releases(bundle, lot, event, lids)
    prices, failed = _opened(bundle, lot, lids), _failed(bundle, lids)
    if set(prices) & failed:
        raise EvidenceError("price-unlisted", "a price that did not open was read out")
    if event is None and "price_closing" in lot:
        raise EvidenceError("price-early", "a closing checkpoint of a second opening that was not")
    waiting = len(lids) - len(prices) - len(failed)
    if waiting and bundle.of(f"lot/{lot['id']}", "lot:confirm-prices"):
        raise EvidenceError("opened-missing", f"{waiting} prices on the list were neither opened nor settled")
    known = [replace(each, total_fen=prices.get(each.lid)) for each in read]
    if event is None:
        zh = f"双信封：第一次开标只开启了 {len(read)} 份商务标以外的部分，没有任何商务标被开启。"
        return (zh, f"Two envelopes: of {len(read)} bids all but the prices is open; no price was opened."), known
    return _said(_closing(bundle, lot, event), lids, prices, len(failed), waiting), known


def _check_releases(bundle: Bundle, lot: Lot, event: LoggedEvent | None, lids: Sequence[str]) -> None:
    """By the lot's own numbers: shares of first parts before the second list, of listed prices after it."""
    first_parts, after = first(lot["policy"]), _seq(event) if event is not None else None
    for release in bundle.of(f"lot/{lot['id']}", "lot:release-share"):
        late = after is not None and _seq(release) > after
        for entry in shape.items(release.facts.get("entries"), 0, 100_000, "entries"):
            lid, part = shape.text(entry["lid"], "lid"), shape.text(entry["part"], "part")
            if part in first_parts:
                continue
            if not late:
                raise EvidenceError("price-early", "a share of a price was released before the second list")
            if lid not in lids:
                raise EvidenceError("price-unlisted", f"a share of the price of {lid}, which is not on the list")


def _seq(event: LoggedEvent) -> int:
    return int(event.event["seq"])


def _opened(bundle: Bundle, lot: Lot, lids: Sequence[str]) -> dict[str, int]:
    """{lid: total in fen} of every price that was opened; each on the list."""
    known = {str(record["id"]) for record in lot["lids"]}
    events = [e for e in bundle.events if e.tag == "bid:decrypt-price" and str(e.facts.get("lid")) in known]
    prices = {str(e.facts["lid"]): fen(e.facts.get("total_fen"), "total_fen") for e in events}
    if len(prices) != len(events) or set(prices) - set(lids):
        raise EvidenceError("price-unlisted", "a price was opened that is not on the list, or twice")
    return prices


def _failed(bundle: Bundle, lids: Sequence[str]) -> set[str]:
    return {str(e.facts.get("lid")) for e in bundle.events if e.tag in UNDECRYPTED} & set(lids)


def _closing(bundle: Bundle, lot: Lot, event: LoggedEvent) -> list[tuple[str, int]]:
    """Who cosigned the checkpoint of the second list; the list is about the second envelope, and came second."""
    parts_of_list(lot["policy"], SECOND_LIST, event.facts)
    opening = one(bundle.of(f"lot/{lot['id']}", FIRST_LIST), "opening")
    if _seq(event) <= _seq(opening) or moment(event.event) < moment(opening.event):
        raise EvidenceError("price-early", "the second opening came before the first")
    closing, seen = closing_head(bundle, lot, "price_closing")
    if event.index >= closing.size:
        raise EvidenceError("price-list", "the closing checkpoint does not hold the list of prices to open")
    early = [name for name, at in seen if at < int(moment(event.event).timestamp())]
    if early:
        raise EvidenceError("closing-early", f"{', '.join(early)} saw the second list before it was made")
    return seen


def _said(
    seen: Sequence[tuple[str, int]], lids: Sequence[str], prices: Mapping[str, int], failed: int, waiting: int
) -> Said:
    zh = f"双信封：技术评审结果先固定入日志，其后才开启名单上的 {len(lids)} 份商务标，已开启 {len(prices)} 份"
    en = (
        f"Two envelopes: the technical result was logged before any of the {len(lids)} listed prices was opened;"
        f" {len(prices)} are open"
    )
    if failed:
        zh, en = f"{zh}，{failed} 份未能解密", f"{en}, {failed} did not open"
    if waiting:
        zh, en = f"{zh}，{waiting} 份仍在等待份额", f"{en}, {waiting} wait for shares"
    if seen:
        last = instant(max(at for _, at in seen))
        zh, en = (
            f"{zh}；{len(seen)} 家见证人签过这份名单（{last}）",
            f"{en}; {len(seen)} witnesses saw the list ({last})",
        )
    return zh + "。技术评审中被否决的没有开启。", en + ". The rejected ones stay shut."


def check_technical(bundle: Bundle, lot: Lot, report: Mapping[str, Any]) -> None:
    """The report's scores and rejections are those fixed before the prices; the list is whom they let pass."""
    event, listed = second_list(bundle, lot)
    if (event is not None) != ("technical" in report):
        raise EvidenceError("technical-changed", "a technical result belongs to a second opening")
    if event is None:
        return
    technical = shape.record(report["technical"], TECHNICAL_KEYS, "technical result")
    if event.facts.get("technical") != hashlib.sha256(jcs(technical)).hexdigest() or technical["lot"] != lot["id"]:
        raise EvidenceError("technical-changed", "the technical result is not the one that was logged with the list")
    found = [
        shape.record(row, ("id", "lid", "rejected"), "bid", ("scores",))
        for row in shape.items(technical["bids"], 0, 10_000, "bids")
    ]
    rows = {shape.text(row["id"], "id"): row for row in found}
    if sorted(shape.text(row["lid"], "lid") for row in rows.values() if row["rejected"] is None) != listed:
        raise EvidenceError("price-list", "the prices to open are not those of the bids that the panel let pass")
    inputs = report["inputs"]
    if inputs["members"] != technical["members"] or {bid["id"] for bid in inputs["bids"]} != set(rows):
        raise EvidenceError("technical-changed", "the report judges other bids, or by other members")
    for bid in inputs["bids"]:
        row = rows[bid["id"]]
        if row["rejected"] is not None and bid.get("rejected") != row["rejected"]:
            raise EvidenceError("technical-changed", f"{bid['id']} was rejected before the prices were opened")
        if bid.get("rejected") is None and bid["scores"] != row["scores"]:
            raise EvidenceError("technical-changed", f"the scores of {bid['id']} changed after the prices were opened")
