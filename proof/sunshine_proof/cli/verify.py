"""`sunshine-verify`: checks evidence, a log, a proof, a draw, a timestamp or vectors, and says what it found."""

import argparse
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography import x509

from sunshine_proof.canonical import parse
from sunshine_proof.checkpoint import Checkpoint, parse_checkpoint, verify_note
from sunshine_proof.cli.evidencefile import add_bundle
from sunshine_proof.draw import replay
from sunshine_proof.drawlog import check_logged
from sunshine_proof.errors import ProofError
from sunshine_proof.eventproof import read_event_proof
from sunshine_proof.logaudit import audit_log
from sunshine_proof.timestamp import token_of, verify_token
from sunshine_proof.vectors import run_vectors

TIMEOUT = 30.0  # seconds for one resource
LARGEST = 20_000_000  # bytes of one resource: a bundle of 256 of the longest entries stays below
REHEARSAL = "rehearsal."  # how the names of rehearsals' logs begin
HOLDS, FAILS, MISUSED = 0, 1, 2
WORDS = {  # code → what it means to a person
    "note-signature": ("检查点不是这把密钥签的。", "The checkpoint is not signed with this key."),
    "log-origin": ("检查点属于另一本日志。", "The checkpoint belongs to another log."),
    "log-missing": ("日志缺少应有的文件。", "The log lacks a file it must have."),
    "log-entries": ("日志的条目文件已损坏。", "A file of entries is damaged."),
    "log-tile": ("日志的文件与它的条目不符。", "A file of the log does not follow from its entries."),
    "log-root": ("条目算不出签过名的树根：有条目被更改、插入或抽走。",
                 "The entries do not give the signed root: one was changed, added or taken away."),
    "log-rolled-back": ("日志比以前短：它被退回过。", "The log is shorter than it once was: it was rolled back."),
    "log-forked": ("日志与以前见过的不是同一本：它分叉了。", "The log is not the one seen before: it was forked."),
    "tree-proof": ("这件事不在日志的那个位置上。", "The event does not stand at that place of the log."),
    "event-proof": ("证明文件没有附上事情的内容。", "The proof does not carry what happened."),
    "timestamp-message": ("时间戳证明的不是这个检查点。", "The timestamp is not about this checkpoint."),
    "timestamp-signature": ("时间戳的签名不成立。", "The timestamp's signature is false."),
    "timestamp-purpose": ("签发者的证书不是专用于时间戳的。", "Its certificate is not for timestamps alone."),
    "no-chain": ("签发时间戳的机构不在给出的根证书之下。", "Its authority does not lead to the given roots."),
    "not-valid-then": ("签发者的证书在那一刻无效。", "Its certificate was not valid at that time."),
    "draw-logged": ("公告或承诺不在这个检查点之下。", "Announcement or commitments are not under this checkpoint."),
    "draw-reveal": ("有一方揭示的随机数与承诺不符。", "A party revealed another number than it committed to."),
    "draw-result": ("重放的结果与记录不同。", "The replay gives another result than the record."),
    "proof-format": ("这不是完整的日志证明文件。", "This is not a whole proof from a log."),
}  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """0 everything holds · 1 something does not · 2 the call was wrong."""
    asked = _parser().parse_args(arguments)
    try:
        found: dict[str, Any] = asked.act(asked)
    except ProofError as error:
        found = {"holds": False, "code": error.code, "detail": error.detail}
    except (OSError, UnicodeDecodeError) as error:
        found = {"holds": False, "code": "unreadable", "detail": str(error)}
    if asked.json:
        found.pop("lines", None)
        print(json.dumps(found, ensure_ascii=False, sort_keys=True))
    else:
        _say(found)
    return HOLDS if found["holds"] else FAILS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("sunshine-verify", description=str(__doc__).split(":", 1)[1].strip())
    parser.add_argument("--json", action="store_true", help="one JSON object instead of sentences")
    acts = parser.add_subparsers(required=True, metavar="bundle | log | proof | draw | stamp | vectors")
    add_bundle(acts)
    log = acts.add_parser("log", help="a whole served or exported log")
    log.add_argument("where", help="its folder, or its address (https://…/log/)")
    log.add_argument("--key", required=True, help="the log's verifier key, from any seal policy")
    log.add_argument(
        "--state", type=Path, help="file that remembers what was seen: finds rollbacks and forks next time"
    )
    log.set_defaults(act=_log)
    proof = acts.add_parser("proof", help="a .tlog-proof with its event")
    proof.add_argument("file", type=Path)
    proof.add_argument("--key", required=True, help="the log's verifier key")
    proof.set_defaults(act=_proof)
    stamp = acts.add_parser("stamp", help="a timestamp (.tsr) over a checkpoint")
    stamp.add_argument("file", type=Path)
    stamp.add_argument("--note", type=Path, required=True, help="the checkpoint, signed")
    stamp.add_argument("--key", required=True, help="the log's verifier key")
    stamp.add_argument("--roots", type=Path, required=True, help="PEM file of the authority's roots")
    stamp.set_defaults(act=_stamp)
    draw = acts.add_parser("draw", help="a draw's record, replayed; with its proofs, also that it was logged in time")
    draw.add_argument("file", type=Path, help="draw-record/1")
    draw.add_argument("proofs", type=Path, nargs="*", help="the .tlog-proof of the announcement and of each commitment")
    draw.add_argument("--key", help="the log's verifier key, needed for proofs")
    draw.set_defaults(act=_draw)
    vectors = acts.add_parser("vectors", help="files of test vectors (seal/1, draw/1, Merkle trees)")
    vectors.add_argument("files", type=Path, nargs="+")
    vectors.set_defaults(act=_vectors)
    return parser


def _log(asked: argparse.Namespace) -> dict[str, Any]:
    older = _remembered(asked.state, asked.key) if asked.state else []
    found = audit_log(_fetcher(asked.where), asked.key, older=older, progress=_progress(asked.json))
    head = found.checkpoint
    if asked.state:
        kept = [*_notes(asked.state), found.note]
        fresh = asked.state.with_name(asked.state.name + ".new")
        fresh.write_text(json.dumps({"v": "log-state/1", "checkpoints": list(dict.fromkeys(kept))}, ensure_ascii=False))
        fresh.replace(asked.state)
    said = (
        f"日志 {head.origin}：{head.size} 个条目、{found.resources} 个文件全部相符，树根与签名一致"
        + (f"，并包含以前见过的 {len(older)} 个检查点。" if older else "。"),
        f"Log {head.origin}: {head.size} entries in {found.resources} files agree with the signed root"
        + (f" and contain the {len(older)} checkpoints seen before." if older else "."),
    )
    return {"holds": True, "origin": head.origin, "size": head.size, "root": head.root.hex(), "said": said}


def _notes(state: Path) -> list[str]:
    if not state.exists():
        return []
    found = parse(state.read_bytes())
    if not isinstance(found, dict) or found.get("v") != "log-state/1" or not isinstance(found.get("checkpoints"), list):
        raise ProofError("log-state", f"{state} is not a state of this program")
    return [str(note) for note in found["checkpoints"]]


def _remembered(state: Path, key: str) -> list[Checkpoint]:
    return [parse_checkpoint(verify_note(note, key)) for note in _notes(state)]


def _fetcher(where: str) -> Callable[[str], bytes | None]:
    """Reads resources below an address or a folder."""
    if not where.startswith(("http://", "https://")):
        folder = Path(where)
        if not folder.is_dir():
            raise NotADirectoryError(f"{where}: no such folder")
        return lambda path: (folder / path).read_bytes() if (folder / path).is_file() else None

    def fetch(path: str) -> bytes | None:
        try:
            with urllib.request.urlopen(f"{where.rstrip('/')}/{path}", timeout=TIMEOUT) as answer:
                return bytes(answer.read(LARGEST))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    return fetch


def _progress(quiet: bool) -> Callable[[int], None]:
    """Every ten thousand entries a line on the terminal's error channel, if there is a terminal."""
    if quiet or not sys.stderr.isatty():
        return lambda _: None
    return lambda done: print(f"\r{done:,}", end="", file=sys.stderr) if done % 10_240 == 0 else None


def _proof(asked: argparse.Namespace) -> dict[str, Any]:
    found = read_event_proof(asked.file.read_text(encoding="utf-8"), asked.key)
    head, event = found.proof.checkpoint, found.event
    said = (
        f"证明成立：“{event.get('tag')}”（{event.get('at')}）是日志 {head.origin} 的第 {found.proof.index} 条，"
        f"包含在 {head.size} 个条目的签名检查点中。",
        f"The proof holds: “{event.get('tag')}” ({event.get('at')}) is entry {found.proof.index} of the log "
        f"{head.origin}, within the signed checkpoint of {head.size} entries.",
    )
    return {
        "holds": True,
        "event": dict(event),
        "index": found.proof.index,
        "origin": head.origin,
        "size": head.size,
        "said": said,
    }


def _stamp(asked: argparse.Namespace) -> dict[str, Any]:
    text = verify_note(asked.note.read_text(encoding="utf-8"), asked.key)
    try:
        roots = x509.load_pem_x509_certificates(asked.roots.read_bytes())
    except ValueError as error:
        raise ProofError("roots", "not a PEM file of certificates") from error
    found, head = verify_token(token_of(asked.file.read_bytes()), text, roots), parse_checkpoint(text)
    at = found.at.isoformat()
    said = (
        f"时间戳成立：{found.authority} 证明日志 {head.origin} 最晚在 {at} 已有这 {head.size} 个条目。",
        f"The timestamp holds: {found.authority} says that at {at} the log {head.origin} had {head.size} entries.",
    )
    return {"holds": True, "origin": head.origin, "size": head.size, "at": at, "by": found.authority, "said": said}


def _draw(asked: argparse.Namespace) -> dict[str, Any]:
    record = parse(asked.file.read_bytes(), limit=LARGEST)
    replayed = replay(record)
    if bool(asked.proofs) != bool(asked.key):
        return {"holds": False, "code": "draw-key", "detail": "proofs and --key go together"}
    if asked.key:
        check_logged(record, [one.read_text(encoding="utf-8") for one in asked.proofs], asked.key)
    members, alternates = len(replayed.drawn.members), len(replayed.drawn.alternates)
    logged = ("，公告和承诺都在检查点之前写入了日志", "; announcement and commitments were logged before it")
    more = logged if asked.key else ("", "")
    said = (
        f"抽取成立：从种子 {replayed.seed.hex()[:16]}… 重放出同样的 {members} 名中选者和 {alternates} 名候补"
        f"{more[0]}。",
        f"The draw holds: the seed {replayed.seed.hex()[:16]}… gives the same {members} drawn and {alternates} "
        f"alternates{more[1]}.",
    )
    return {"holds": True, "seed": replayed.seed.hex(), "members": list(replayed.drawn.members), "said": said}


def _vectors(asked: argparse.Namespace) -> dict[str, Any]:
    passed, failed = 0, list[str]()
    for file in asked.files:
        for name, differs in run_vectors(parse(file.read_bytes(), limit=256 << 20)):
            passed += not differs
            failed += [f"{file.name} {name}: {differs}"] if differs else []
    said = (
        f"{passed} 个用例相符，{len(failed)} 个不符。",
        f"{passed} cases agree, {len(failed)} differ.",
    )
    return {"holds": not failed, "passed": passed, "failed": failed, "said": said}


def _say(found: dict[str, Any]) -> None:
    """The verdict in Chinese and English; what differs, line by line. About a rehearsal it says so."""
    if str(found.get("origin", "")).startswith(REHEARSAL):
        print("演练 REHEARSAL")
    for line in [*found.get("lines", []), *(f"  ✗ {line}" for line in found.get("failed", []))]:
        print(line)
    if "code" in found:
        chinese, english = WORDS.get(found["code"], ("没有通过核对。", "The check was not passed."))
        print(f"✗ {chinese}\n  {english}\n  {found['code']}: {found['detail']}")
    else:
        mark = "✓" if found["holds"] else "✗"
        print(f"{mark} {found['said'][0]}\n  {found['said'][1]}")


if __name__ == "__main__":
    sys.exit(main())
