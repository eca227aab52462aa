"""The draws' part of the evidence: frozen and logged before any number was known, and replayed step by step."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sunshine_proof import shape
from sunshine_proof.canonical import jcs
from sunshine_proof.draw import Replay, announce_hash, replay
from sunshine_proof.evidence.box import one
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, path_of
from sunshine_proof.evidence.log import Said, signed_head
from sunshine_proof.tree import verify_consistency

ANNOUNCED = ("lot:announce-draw", "lot:announce-factor")
GIVEN_UP = ("draw:abandon-draw", "draw:void-draw")
Lot = Mapping[str, Any]


def announced(bundle: Bundle, lot: Lot) -> list[str]:
    """The ids of all draws that were announced for a lot, in their order."""
    found = [event for tag in ANNOUNCED for event in bundle.of(f"lot/{lot['id']}", tag)]
    return [str(event.facts.get("draw")) for event in sorted(found, key=lambda event: event.index)]


def check_draws(bundle: Bundle, lot: Lot) -> Said:
    """Every announced draw was finished by the rules, or given up with a reason; none was repeated in silence."""
    records = {str(item["record"]["announcement"]["draw"]): item for item in lot["draws"]}
    known = announced(bundle, lot)
    if len(records) != len(lot["draws"]) or set(records) - set(known) or len(set(known)) != len(known):
        raise EvidenceError("draw-unknown", "a draw is told of that was not announced, or one twice")
    said: list[Said] = []
    for draw in known:
        given_up = [event for tag in GIVEN_UP for event in bundle.of(f"draw/{draw}", tag)]
        finished = bundle.of(f"draw/{draw}", "draw:finish-draw")
        if draw in records and not given_up:
            said.append(_check_record(bundle, lot, draw, records[draw]))
        elif finished or draw in records:
            raise EvidenceError("draw-missing", f"the record of {draw} is missing, or belongs to a draw given up")
        elif given_up:
            said.append((f"{draw} 已作废，理由在日志里。", f"{draw} was given up; the reason stands in the log."))
        else:
            said.append((f"{draw} 正在进行。", f"{draw} is going on."))
    return "".join(zh for zh, _ in said), " ".join(en for _, en in said)


def _check_record(bundle: Bundle, lot: Lot, draw: str, item: Mapping[str, Any]) -> Said:
    record, subject = item["record"], f"draw/{draw}"
    played = replay(record)
    told = record["announcement"]
    if (told["tender"], told["lot"], told["draw"]) != (bundle.project, lot["id"], draw):
        raise EvidenceError("draw-foreign", "the draw was announced for another lot")
    opening = one(bundle.of(subject, "draw:announce-draw"), f"announcement of {draw}")
    if opening.facts.get("hash") != announce_hash(told).hex() or opening.facts.get("announcement") != told:
        raise EvidenceError("draw-changed", f"{draw} is not the draw that was announced")
    promises = bundle.of(subject, "draw:commit-draw")
    numbered = [(shape.whole(e.facts.get("p"), 1, 99, "p"), e.facts["commit"], e.facts.get("lid")) for e in promises]
    given = sorted(numbered, key=lambda promise: promise[0])
    if given != [(entry["p"], entry["commit"], entry.get("lid")) for entry in record["commitments"]]:
        raise EvidenceError("draw-changed", f"{draw}: other promises stand in the log")
    head, c = signed_head(bundle.head, bundle), signed_head(record["checkpoint"], bundle)
    verify_consistency(c.size, head.size, c.root, head.root, path_of(item["path"]))
    if any(event.index >= c.size for event in (opening, *promises)):
        raise EvidenceError("draw-late", f"{draw}: something was promised after the checkpoint")
    done = one(bundle.of(subject, "draw:finish-draw"), f"end of {draw}")
    if done.facts.get("record") != hashlib.sha256(jcs(record)).hexdigest():
        raise EvidenceError("draw-changed", f"{draw}: the record is not the one in the log")
    return _words(draw, told, played, c.size)


def _words(draw: str, told: Mapping[str, Any], played: Replay, size: int) -> Said:
    pool, out, parties = len(told["pool"]), len(told["exclusions"]), len(told["parties"])
    members, alternates = len(played.drawn.members), len(played.drawn.alternates)
    zh = f"{draw}：{parties} 方的承诺都在检查点（{size} 条）之前记入日志，之后才揭示；"
    en = f"{draw}: {parties} parties had committed before the checkpoint ({size} entries) and revealed after it; "
    if told["purpose"] == "factor":
        drawn = played.drawn.members[0]
        return f"{zh}{pool} 个值中抽出 {drawn}，重演一致。", f"{en}{drawn} of {pool} values; the replay agrees."
    return (
        f"{zh}{pool} 位专家中抽出 {members} 位和 {alternates} 位候补（{out} 位回避），重演一致。",
        f"{en}{members} of {pool} experts and {alternates} alternates ({out} recused); the replay agrees.",
    )
