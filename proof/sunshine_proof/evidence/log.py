"""The log's part of the evidence: one signed head, everything stands below it, and witnesses have seen it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sunshine_proof.checkpoint import Checkpoint, decode_vkey, parse_checkpoint, split_note, verify_note
from sunshine_proof.cosignature import merge, quorum, witness_key
from sunshine_proof.evidence.bundle import Bundle, EvidenceError, path_of
from sunshine_proof.tree import leaf_hash, verify_consistency, verify_inclusion

Said = tuple[str, str]


def check_log(bundle: Bundle) -> Said:
    """The head is the log's, carries no stranger's signature, and every event stands below it."""
    head = signed_head(bundle.head, bundle)
    for one in bundle.events:
        verify_inclusion(leaf_hash(one.entry), one.index, head.size, one.path, head.root)
    n = len(bundle.events)
    return (
        f"{n} 件事都在日志 {head.origin} 里：检查点由日志的密钥签名，共 {head.size} 条。",
        f"{n} events stand in the log {head.origin}, below a checkpoint of {head.size} entries signed with its key.",
    )


def signed_head(note: str, bundle: Bundle) -> Checkpoint:
    """The checkpoint of a note signed by the log and by nobody but the log and the witnesses the policies name."""
    head = parse_checkpoint(verify_note(note, bundle.log_vkey))
    log = decode_vkey(bundle.log_vkey)
    known = {(log.name, log.id)} | {(key.name, key.id) for key in map(witness_key, witness_vkeys(bundle))}
    if head.origin != log.name:
        raise EvidenceError("log-origin", "the checkpoint is of another log")
    if merge(note, []) != note or any((name, raw[:4]) not in known for name, raw in split_note(note)[1]):
        raise EvidenceError("evidence-note", "a checkpoint carries the log's and its witnesses' signatures, sorted")
    return head


def witness_vkeys(bundle: Bundle) -> list[str]:
    """The witnesses that any of the policies names, each once, sorted."""
    return sorted({key for lot in bundle.lots for key in _watchers(lot)})


def _watchers(lot: Mapping[str, Any]) -> Sequence[str]:
    policy = lot["policy"]
    keys = policy.get("witness_vkeys") if isinstance(policy, Mapping) else None
    return [key for key in keys if isinstance(key, str)] if isinstance(keys, list) else []


def needed(count: int) -> int:
    """How many of `count` witnesses must have cosigned: more than half."""
    return count // 2 + 1


def check_witnesses(bundle: Bundle) -> Said:
    """More than half of the witnesses named before the tender began have seen this head as the longest of one log."""
    vkeys = witness_vkeys(bundle)
    if not vkeys:
        return (
            "密封规则没有指定日志见证人：检查点只由平台自己签名，请与别处见到的检查点比对。",
            "The policies name no witnesses: the checkpoint is signed by the platform alone; compare it elsewhere.",
        )
    seen = quorum(bundle.head, vkeys, needed(len(vkeys)))
    last = instant(max(at for _, at in seen))
    return (
        f"{len(vkeys)} 家见证人中的 {len(seen)} 家签过这个检查点（{last}）：它们见过的是同一本日志。",
        f"{len(seen)} of {len(vkeys)} witnesses cosigned this checkpoint ({last}): all have seen one and the same log.",
    )


def closing_head(
    bundle: Bundle, lot: Mapping[str, Any], which: str = "closing"
) -> tuple[Checkpoint, list[tuple[str, int]]]:
    """(the checkpoint under which the box was closed, who cosigned it when); it lies within the head.

    which  "price_closing" for that of the second of two openings
    """
    if lot.get(which) is None:
        raise EvidenceError("closing-missing", "the lot was opened, and no closing checkpoint is given")
    note, head = lot[which]["note"], signed_head(bundle.head, bundle)
    closing = signed_head(note, bundle)
    path = path_of(lot[which]["path"])
    verify_consistency(closing.size, head.size, closing.root, head.root, path)
    vkeys = lot["policy"]["witness_vkeys"]
    return closing, quorum(note, vkeys, needed(len(vkeys)) if vkeys else 0)


def instant(seconds: int) -> str:
    """Seconds since 1970 as `2027-03-01T01:00:00Z`; beyond what a calendar knows, the number itself."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
