"""All checks of one bundle, each with what it found in Chinese and English. They believe nobody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from sunshine_proof.errors import ProofError
from sunshine_proof.evidence import box, chance, log, prices, result
from sunshine_proof.evidence.box import ReadOut
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, read_bundle
from sunshine_proof.evidence.log import Said
from sunshine_proof.receipt import verify_receipt

BROKEN = (KeyError, TypeError, IndexError, AttributeError)  # a field that is missing deep inside what a platform says


@dataclass(frozen=True)
class Finding:
    """One check: its name, the lot it is about ("" for all), whether it holds, and what it found."""

    check: str
    lot: str
    holds: bool
    said: Said
    code: str = ""
    detail: str = ""


@dataclass
class Verdict:
    """What became of all checks; `warnings` are what no file can tell about itself."""

    project: str = ""
    rehearsal: bool = False
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Said] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return bool(self.findings) and all(finding.holds for finding in self.findings)


TITLES = {
    "file": ("文件", "File"),
    "log": ("日志", "Log"),
    "witnesses": ("见证", "Witnesses"),
    "rules": ("密封规则", "Seal policy"),
    "scheme": ("评标办法", "Scoring rule"),
    "box": ("投标箱", "Bid box"),
    "closing": ("关箱", "Closing"),
    "opening": ("开标", "Opening"),
    "draw": ("抽取", "Draw"),
    "prices": ("商务标", "Prices"),
    "ranking": ("排序", "Ranking"),
    "award": ("定标", "Award"),
    "receipts": ("我的回执", "My receipts"),
}


def check_evidence(
    data: bytes,
    *,
    log_vkey: str | None = None,
    roots: Sequence[x509.Certificate] = (),
    receipts: Sequence[Mapping[str, Any]] = (),
) -> Verdict:
    """Judge the bytes of an evidence/1 file. Nothing a stranger puts into it raises: it becomes a finding.

    log_vkey  the key of the log that the reader trusts, from a seal policy or a witness
    roots     the certificate authorities the reader trusts
    receipts  receipt/1 of the reader's own bids: each must be on the list of what was opened, or replaced
    """
    verdict = Verdict()
    try:
        bundle = read_bundle(data, log_vkey)
    except ProofError as error:
        return _stopped(verdict, "file", error)
    verdict.project, verdict.rehearsal = bundle.project, bundle.rehearsal
    verdict.findings.append(Finding("file", "", True, _about(bundle)))
    verdict.warnings += _warnings(bundle, log_vkey, roots)
    trusted = list(roots) or list(bundle.roots)
    if _try(verdict, "log", "", lambda: log.check_log(bundle)) is None:
        return verdict  # what stands in no log proves nothing
    _try(verdict, "witnesses", "", lambda: log.check_witnesses(bundle))
    for lot in bundle.lots:
        _check_lot(verdict, bundle, lot, trusted)
    if receipts:
        _try(verdict, "receipts", "", lambda: check_receipts(bundle, receipts))
    return verdict


def _check_lot(verdict: Verdict, bundle: Bundle, lot: Mapping[str, Any], roots: Sequence[x509.Certificate]) -> None:
    name = str(lot["id"])
    if _try(verdict, "rules", name, lambda: box.check_rules(bundle, lot, roots)) is None:
        return
    if _try(verdict, "scheme", name, lambda: result.check_scheme(bundle, lot)) is None:
        return
    opened = bundle.of(f"lot/{name}", "lot:open-bids")
    if not opened:
        _try(verdict, "box", name, lambda: _still_shut(bundle, lot))
        return
    read: list[ReadOut] = []

    def opening() -> Said:
        said, found = box.check_opening(bundle, lot, roots)
        read.extend(found)
        return said

    def second() -> Said:
        said, found = prices.check_prices(bundle, lot, read)
        read[:] = found
        return said

    steps: list[tuple[str, Callable[[], Said]]] = [
        ("box", lambda: box.check_box(bundle, lot)),
        ("closing", lambda: box.check_closing(bundle, lot)),
        ("opening", opening),
    ]
    if chance.announced(bundle, lot) or lot["draws"]:
        steps.append(("draw", lambda: chance.check_draws(bundle, lot)))
    if prices.has_second(lot):
        steps.append(("prices", second))
    if result.published(bundle, lot) is not None or lot["report"] is not None:
        steps += [
            ("ranking", lambda: result.check_ranking(bundle, lot, read)),
            ("award", lambda: result.check_award(bundle, lot)),
        ]
    for check, judge in steps:
        if _try(verdict, check, name, judge) is None:
            return  # every step stands on the one before


def _still_shut(bundle: Bundle, lot: Mapping[str, Any]) -> Said:
    """Nothing is told of a box that was not opened."""
    if lot["lids"] or lot["opened"] or lot["closing"] or "price_closing" in lot or lot["report"] is not None:
        raise EvidenceError("told-early", "the file tells of bids in a box that was not opened")
    failed = bundle.of(f"lot/{lot['id']}", "lot:fail")
    if failed:
        return ("本标段没有开启任何投标，已流标。", "No bid of this lot was opened; it has failed.")
    return (
        "投标箱尚未开启，文件里没有任何投标的信息。",
        "The box has not been opened; the file tells nothing of any bid.",
    )


def check_receipts(bundle: Bundle, receipts: Sequence[Mapping[str, Any]]) -> Said:
    """Every acknowledged record is in the file: opened, replaced or withdrawn, never missing."""
    known = {record["id"]: lot for lot in bundle.lots for record in lot["lids"]}
    standing = {lid for lot in bundle.lots for lid in box.effective(lot)}
    words: list[Said] = []
    for receipt in receipts:
        lid = verify_receipt(receipt, bundle.log_vkey)["lid"]
        if lid not in known:
            raise EvidenceError("receipt-missing", f"{lid} was acknowledged, and the file does not have it")
        state = ("在开标名单上", "on the list") if lid in standing else ("已被替换或撤回", "replaced or withdrawn")
        words.append((f"{lid[:16]} {state[0]}", f"{lid[:16]} {state[1]}"))
    return ("；".join(zh for zh, _ in words) + "。", "; ".join(en for _, en in words) + ".")


def _about(bundle: Bundle) -> Said:
    return (
        f"项目 {bundle.project} 的公开证据，格式唯一，由日志密钥签发于 {bundle.issued_at}，没有一个字节被改动。",
        f"Public evidence of project {bundle.project}, in its one form, signed by the log's key on {bundle.issued_at};"
        " no byte has changed.",
    )


def _warnings(bundle: Bundle, log_vkey: str | None, roots: Sequence[x509.Certificate]) -> list[Said]:
    found: list[Said] = []
    if bundle.rehearsal:
        found.append(("演练（REHEARSAL）：这不是真实的采购。", "REHEARSAL: this is no real purchase."))
    if log_vkey is None:
        zh = f"日志密钥取自文件本身，请与招标公告或见证人处的核对：{bundle.log_vkey}"
        found.append((zh, f"The log's key is the file's own; compare it with the tender's: {bundle.log_vkey}"))
    if not roots:
        zh = "证书以文件所附的根证书为准；可另行指定您信任的根证书。"
        found.append((zh, "Certificates lead to the roots in the file; name the roots you trust to be sure."))
    return found


def _try(verdict: Verdict, check: str, lot: str, judge: Callable[[], Said]) -> Said | None:
    """Run one check and write down what it found; None where it does not hold."""
    try:
        said = judge()
    except ProofError as error:
        _stopped(verdict, check, error, lot)
        return None
    except BROKEN as error:
        _stopped(verdict, check, EvidenceError("wrong-shape", f"a field is missing or not of its kind: {error!r}"), lot)
        return None
    verdict.findings.append(Finding(check, lot, True, said))
    return said


def _stopped(verdict: Verdict, check: str, error: ProofError, lot: str = "") -> Verdict:
    said = WORDS.get(error.code, ("没有通过核对。", "The check was not passed."))
    verdict.findings.append(Finding(check, lot, False, said, error.code, error.detail))
    return verdict


WORDS: dict[str, Said] = {
    "not-canonical": ("文件不是规定的唯一写法，可能被改动过。", "The file is not in its one form: perhaps changed."),
    "not-json": ("文件不完整或已损坏。", "The file is incomplete or damaged."),
    "wrong-shape": ("文件的内容缺少或多出了字段。", "A field is missing, superfluous or not of its kind."),
    "evidence-signature": ("文件在签发之后被改动过，或不是它所称的日志签发的。",
                           "The file was changed after it was signed, or is not of the log it names."),
    "evidence-log": ("文件属于另一本日志。", "The file is of another log."),
    "note-signature": ("检查点的签名不成立。", "A signature on the checkpoint is false."),
    "tree-proof": ("有一件事不在日志里它所称的位置上。", "An event does not stand in the log where it says."),
    "quorum": ("签过检查点的见证人不足半数以上。", "Too few witnesses have cosigned the checkpoint."),
    "policy-changed": ("密封规则与公告时的不同。", "The seal policy is not the one announced."),
    "scheme-changed": ("评标办法与公告时的不同。", "The scoring rule is not the one announced."),
    "bid-late": ("有一份投标是截止之后收下的。", "A bid was taken in after the deadline."),
    "lid-missing": ("日志里有一份投标，文件里却没有。", "A logged bid is missing from the file."),
    "closing-list": ("开标名单与投标箱里的不符：有投标被加入或抽走。",
                     "The list of opened bids is not what the boxes held: one was added or taken away."),
    "closing-early": ("投标箱在开标时间之前就被打开。", "The box was opened before its time."),
    "opened-early": ("投标箱在开标时间之前就被打开。", "The box was opened before its time."),
    "released-early": ("有开标密钥份额在关箱之前就被交出。", "A share was released before the box was closed."),
    "told-early": ("未开启的投标箱，文件却透露了投标的信息。", "The file tells of bids in a box that was not opened."),
    "body-mismatch": ("打开的不是当初密封的那一份。", "What was opened is not what was sealed."),
    "inconsistent-dealing": ("公布的密钥与密封时的份额不符。", "The published key is not the one that was dealt."),
    "envelope-parts": ("开标名单写的部分与密封规则的信封不符。", "A list is about other parts than its envelope has."),
    "price-early": ("有商务标在技术评审结果固定之前就被开启。",
                    "A price was opened before the technical result was fixed."),
    "price-unlisted": ("开启了不在名单上的商务标。", "A price was opened that is not on the list."),
    "price-list": ("商务标开启名单与通过技术评审的投标不符。",
                   "The prices opened are not those of the bids that passed."),
    "price-in-first-envelope": ("有投标在第一个信封里写了报价。", "A bid told its price in the first envelope."),
    "technical-changed": ("技术评审结果在商务标开启之后被改动过。",
                          "The technical result was changed after the prices were opened."),
    "draw-missing": ("有一次抽取的记录不见了。", "The record of a draw is missing."),
    "draw-unknown": ("有一次抽取没有公布过。", "A draw was never announced."),
    "draw-changed": ("抽取记录与日志里的不同。", "The record of a draw is not the one in the log."),
    "draw-late": ("有承诺是在检查点之后才作出的。", "A party committed after the checkpoint."),
    "draw-result": ("重演抽取，结果不同。", "The replay of a draw gives another result."),
    "report-changed": ("评标报告与公示时的不同。", "The report is not the one published."),
    "ranking-differs": ("按公布的办法重新计算，名次与报告不同。", "The published rule gives another ranking."),
    "bids-differ": ("报告排序的投标与开标的不同。", "The report ranks other bids than those opened."),
    "price-differs": ("有投标按另一个价格排了序。", "A bid was ranked at another price than it was opened with."),
    "candidates-differ": ("公示的候选人不是排名的前几名。", "The candidates are not the first of the ranking."),
    "award-differs": ("中标人或金额与该名次的候选人不符。", "The award is not to that candidate at its price."),
    "receipt-missing": ("平台签收过的一份投标不见了！请保存好回执并向监督部门反映。",
                        "A bid the platform acknowledged is missing! Keep the receipt and tell the supervisors."),
}  # fmt: skip
