"""The bid box's part of the evidence: fixed rules, nothing late, nothing missing, nothing read but what was sealed."""

import hashlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509

from sunshine_proof import envelopes, shape
from sunshine_proof.agefile import decrypt_bytes
from sunshine_proof.bidform import check_summary
from sunshine_proof.canonical import unbase64, unhex
from sunshine_proof.cms import verify_detached
from sunshine_proof.envelopes import FIRST_LIST, SECOND_LIST, parts_of_list
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, LoggedEvent
from sunshine_proof.evidence.log import Said, closing_head, instant
from sunshine_proof.lid import check_next, check_record
from sunshine_proof.opening import open_part
from sunshine_proof.payload import read_payload
from sunshine_proof.policy import check_policy, check_trustees, effective_times, opens_alone, policy_id
from sunshine_proof.receipt import verify_receipt
from sunshine_proof.statement import check_statement

UNDECRYPTED = ("bid:revoke-undecrypted", "bid:withdraw-undecrypted")
WITHHELD = "bid:withhold-summary"
READ_ALOUD = "summary"
Lot = Mapping[str, Any]


@dataclass(frozen=True)
class ReadOut:
    """What an opened summary says: whose it is and its total in fen (None for a rate, or while its price is shut)."""

    lid: str
    uscc: str
    name: str
    total_fen: int | None


def one(found: Sequence[LoggedEvent], what: str) -> LoggedEvent:
    """The only event of its kind, or EvidenceError."""
    if len(found) != 1:
        raise EvidenceError("event-missing", f"{what}: {len(found)} events where there must be one")
    return found[0]


def moment(event: Mapping[str, Any]) -> datetime:
    """When the event happened, as it says itself: aware."""
    try:
        at = datetime.fromisoformat(str(event.get("at")))
    except ValueError as error:
        raise EvidenceError("event-time", "an event without a time") from error
    if at.tzinfo is None:
        raise EvidenceError("event-time", "a time without its zone is no instant")
    return at


def check_rules(bundle: Bundle, lot: Lot, roots: Sequence[x509.Certificate]) -> Said:
    """The policy is the announced one, of this log and lot; its keys are the trustees' own; times only moved later."""
    policy = lot["policy"]
    check_policy(policy)
    if (policy["tender"], policy["lot"], policy["log_vkey"]) != (bundle.project, lot["id"], bundle.log_vkey):
        raise EvidenceError("policy-foreign", "the seal policy is of another tender, lot or log")
    announced = one(bundle.of(f"project/{bundle.project}", "project:announce"), "announcement")
    given = announced.facts.get("policies")
    if not isinstance(given, Mapping) or given.get(lot["id"]) != policy_id(policy).hex():
        raise EvidenceError("policy-changed", "the seal policy is not the one announced")
    check_trustees(policy, bundle.certificates, roots, moment(announced.event))
    deadline, _ = times(bundle, lot)
    k, n = policy["k"], len(policy["trustees"])
    due = shape.instant_text(deadline)
    if opens_alone(policy):
        return (
            f"密封规则与公告时记入日志的一致；没有密钥持有人，每份投标只有投标人自己能开启。截止 {due}。",
            f"The seal policy is the announced one; there are no trustees, each bid only its bidder can open."
            f" Deadline {due}.",
        )
    return (
        f"密封规则与公告时记入日志的一致；{n} 把开标密钥各由持有人的证书签名，{k} 把方可开启。截止 {due}。",
        f"The seal policy is the announced one; {n} keys, each signed by its trustee's certificate, {k} of them open."
        f" Deadline {due}.",
    )


def times(bundle: Bundle, lot: Lot) -> tuple[datetime, datetime]:
    """(deadline, open_not_before) after the extensions, each of which stands in the log."""
    logged = [
        said[lot["id"]]
        for event in bundle.of(f"project/{bundle.project}", "project:clarify")
        if isinstance(said := event.facts.get("extensions"), Mapping) and lot["id"] in said
    ]
    extensions = shape.items(lot["extensions"], 0, 10_000, "extensions")
    if [extension.get("id") if isinstance(extension, Mapping) else None for extension in extensions] != logged:
        raise EvidenceError("extension-unlogged", "the extensions are not those in the log")
    return effective_times(lot["policy"], extensions)


def check_box(bundle: Bundle, lot: Lot) -> Said:
    """Every sealed record is whole, follows the one before it, came in time and was logged before the opening."""
    deadline, _ = times(bundle, lot)
    opened, arrivals = _opened_at(bundle, lot), bundle.arrivals
    previous: Mapping[str, Any] | None = None
    for record in lot["lids"]:
        check_record(record, lot["policy"])
        if previous is not None and previous["box_key"] != record["box_key"]:
            previous = None
        check_next(record, previous)
        previous = record
        _check_arrival(bundle, record, one(arrivals.get(record["id"], []), "arrival"), deadline, opened)
    n, alive = len(lot["lids"]), len(effective(lot))
    return (
        f"{n} 份密封记录都在截止之前签收、开标之前进入日志；其中 {alive} 份有效，{n - alive} 份已被替换或撤回。",
        f"{n} sealed records were acknowledged before the deadline and logged before the opening; {alive} of them"
        f" stand, {n - alive} were replaced or withdrawn.",
    )


def _opened_at(bundle: Bundle, lot: Lot) -> LoggedEvent:
    return one(bundle.of(f"lot/{lot['id']}", "lot:open-bids"), "opening")


def _check_arrival(
    bundle: Bundle, record: Mapping[str, Any], event: LoggedEvent, deadline: datetime, opening: LoggedEvent
) -> None:
    kind = "bid:withdraw-bid" if record["v"] == "seal-withdraw/1" else "bid:submit-bid"
    receipt = event.facts.get("receipt")
    if event.tag != kind or not isinstance(receipt, Mapping):
        raise EvidenceError("arrival-kind", "the event is not the arrival of this record")
    given = verify_receipt(receipt, bundle.log_vkey)
    if given["lid"] != record["id"]:
        raise EvidenceError("arrival-kind", "the receipt is for another record")
    if shape.instant(given["received_at"], "received_at") >= deadline:
        raise EvidenceError("bid-late", f"{record['id']} arrived at {given['received_at']}, after the deadline")
    if moment(event.event) > moment(opening.event):
        raise EvidenceError("bid-late", f"{record['id']} was taken in after the opening")


def effective(lot: Lot) -> dict[str, Mapping[str, Any]]:
    """{lid id: lid} of the last record of every box that is not a withdrawal."""
    last = {record["box_key"]: record for record in lot["lids"]}
    return {record["id"]: record for record in last.values() if record["v"] == "seal/1"}


def check_closing(bundle: Bundle, lot: Lot) -> Said:
    """The list of what is opened is what the boxes held; the checkpoint that has both came before any key."""
    opening = _opened_at(bundle, lot)
    _, not_before = times(bundle, lot)
    if moment(opening.event) < not_before:
        raise EvidenceError("opened-early", "the box was opened before its time")
    standing = effective(lot)
    parts_of_list(lot["policy"], FIRST_LIST, opening.facts)
    if opening.facts.get("effective_lids") != sorted(standing):
        raise EvidenceError("closing-list", "the list of bids to open is not what the boxes held at the deadline")
    closing, seen = closing_head(bundle, lot)
    late = [lid for lid in standing if one(bundle.arrivals.get(lid, []), "arrival").index >= closing.size]
    if late or opening.index >= closing.size:
        raise EvidenceError("closing-list", "the closing checkpoint does not hold the list and all bids on it")
    early = [name for name, at in seen if at < int(not_before.timestamp())]
    if early:
        raise EvidenceError("closing-early", f"{', '.join(early)} saw the box closed before its time")
    for release in bundle.of(f"lot/{lot['id']}", "lot:release-share"):
        if moment(release.event) < moment(opening.event):
            raise EvidenceError("released-early", "a trustee released its share before the box was closed")
    zh = f"开标名单正是各投标箱当时的 {len(standing)} 份有效投标；关箱检查点（{closing.size} 条）含名单与全部投标"
    en = (
        f"The {len(standing)} bids on the list are what the boxes held; its closing checkpoint ({closing.size} entries)"
    )
    if not seen:
        return zh + "。", en + " holds it with every bid."
    last = instant(max(at for _, at in seen))
    return (
        f"{zh}，{len(seen)} 家见证人签过（{last}）：此后不可能再加入或抽走一份。",
        f"{en} holds it with every bid and was cosigned by {len(seen)} witnesses ({last}): none came or went later.",
    )


def check_opening(bundle: Bundle, lot: Lot, roots: Sequence[x509.Certificate]) -> tuple[Said, list[ReadOut]]:
    """Every opened summary is the sealed one, dealt by the rules and signed; what did not open has its cause."""
    standing = effective(lot)
    opened = {entry["lid"]: entry for entry in lot["opened"]}
    withheld, again = _withheld(bundle, lot), set(second_list(bundle, lot)[1])
    failed = {
        str(event.facts.get("lid")): event
        for event in bundle.events
        # of two envelopes the second may fail where the first has opened
        if event.tag in UNDECRYPTED and event.facts.get("lid") in set(standing) - again
    }
    if len(opened) != len(lot["opened"]) or (set(opened) | set(withheld)) - set(standing):
        raise EvidenceError("opened-unknown", "a part was opened that is not on the list, or twice")
    if set(opened) & set(failed) or set(withheld) & (set(opened) | set(failed)):
        raise EvidenceError("opened-unknown", "a part was opened that did not open, or was withheld")
    waiting = len(standing) - len(opened) - len(failed) - len(withheld)
    if waiting and bundle.of(f"project/{bundle.project}", "project:confirm-opening"):
        raise EvidenceError("opened-missing", f"{waiting} bids on the list were neither opened nor settled")
    found = [
        _read_out(lot, standing[lid], entry, roots, moment(one(bundle.arrivals.get(lid, []), "arrival").event))
        for lid, entry in sorted(opened.items())
    ]
    causes = "、".join(sorted({str(event.facts.get("code")) for event in failed.values()}))
    alone = opens_alone(lot["policy"])
    same = "密钥与封签相符" if alone else "份额与承诺逐字节相符"
    zh = f"{len(found)} 份开标一览表用公布的密钥重新打开：就是当初密封的那份，{same}，声明由投标人签名。"
    en = f"{len(found)} summaries open again with the published keys: byte for byte the sealed ones, signed."
    if failed:
        zh, en = (
            zh + f"{len(failed)} 份未能解密，原因已记录（{causes}）。",
            en + f" {len(failed)} did not open ({causes}).",
        )
    if withheld:
        zh += f"{len(withheld)} 份在第一个信封里写了报价，开标一览表不公开。"
        en += f" {len(withheld)} told a price in the first envelope; their summaries are not public."
    if waiting:
        asked = ("投标人开启", "their bidders") if alone else ("份额", "shares")
        zh, en = zh + f"{waiting} 份仍在等待{asked[0]}。", en + f" {waiting} wait for {asked[1]}."
    return (zh, en), found + list(withheld.values())


def second_list(bundle: Bundle, lot: Lot) -> tuple[LoggedEvent | None, list[str]]:
    """(the event of the second opening, the lids on its list, sorted); (None, []) before it."""
    found = bundle.of(f"lot/{lot['id']}", SECOND_LIST)
    if not found:
        return None, []
    event = one(found, "second opening")
    lids = [shape.text(lid, "lid", 64) for lid in shape.items(event.facts.get("effective_lids"), 1, 100_000, "lids")]
    if lids != sorted(set(lids)):
        raise EvidenceError("price-list", "the list of prices to open is sorted, and names each bid once")
    return event, lids


def _withheld(bundle: Bundle, lot: Lot) -> dict[str, ReadOut]:
    """Bids that told a price in the first of two envelopes: read aloud by name, and shown to nobody."""
    found = [e for e in bundle.events if e.tag == WITHHELD and str(e.facts.get("lid")) in effective(lot)]
    if found and not envelopes.second(lot["policy"]):
        raise EvidenceError("opened-unknown", "a summary is withheld where there is one envelope")
    named = [{key: shape.text(e.facts.get(key), key) for key in ("lid", "uscc", "name")} for e in found]
    return {one["lid"]: ReadOut(one["lid"], one["uscc"], one["name"], None) for one in named}


def _read_out(
    lot: Lot, lid: Mapping[str, Any], entry: Mapping[str, Any], roots: Sequence[x509.Certificate], at: datetime
) -> ReadOut:
    if entry["part"] != READ_ALOUD:
        raise EvidenceError("opened-unknown", "only summaries are read aloud")
    part = next((part for part in lid["parts"] if part["part"] == entry["part"]), None)
    if part is None:
        raise EvidenceError("wrong-shape", "the lid has no such part")
    secret = {"S": unhex(entry["secret"], 32, "secret").hex()}
    if ("bshare" in entry) != (lot["policy"]["bidder_share"] == "required"):
        raise EvidenceError("wrong-shape", "the bidder's share belongs to policies that require it")
    if "bshare" in entry:
        secret["S_B"] = unhex(entry["bshare"], 32, "bshare").hex()
    outcome = open_part(lot["policy"], policy_id(lot["policy"]), part, {}, rescue=secret)
    if outcome.identity is None:
        raise EvidenceError(outcome.code, f"{lid['id']}: {outcome.detail}")
    body = unbase64(entry["body"], "body")
    if (len(body), hashlib.sha256(body).hexdigest()) != (part["size"], part["sha256"]):
        raise EvidenceError("body-mismatch", f"{lid['id']}: the body is not the sealed one")
    with tempfile.TemporaryDirectory(prefix="evidence-") as folder:
        path = Path(folder) / "payload.zip"
        path.write_bytes(decrypt_bytes(outcome.identity, body))
        with read_payload(path) as payload:
            known = {"policy": lid["policy"], "box_key": lid["box_key"], "seq": lid["seq"], "part": entry["part"]}
            statement = check_statement(payload.statement, **known)
            verify_detached(payload.signature, payload.statement_bytes, roots, at=at)
            offer = not envelopes.second(lot["policy"])
            summary = check_summary(payload.form("summary.json"), lot["id"], offer=offer)
    return ReadOut(lid["id"], statement["bidder"]["uscc"], statement["bidder"]["name"], summary.total_fen)
