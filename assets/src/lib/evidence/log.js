/** The log's part of the evidence: one signed head, everything stands below it, and witnesses have seen it (log.py). */

import { toHex } from "../bytes.js";
import { quorum, sortedNote, witnessKey } from "../cosignature.js";
import { readCheckpoint, readVkey, splitNote, verifyNote } from "../note.js";
import { get, isObject, byPoints, refuse } from "../strict.js";
import { leafHash, verifyConsistency, verifyInclusion } from "../tree.js";
import { pathOf } from "./bundle.js";

/** The head is the log's, carries no stranger's signature, and every event stands below it. */
export function checkLog(bundle) {
  const head = signedHead(bundle.head, bundle);
  for (const { entry, index, path } of bundle.events) {
    verifyInclusion(leafHash(entry), index, head.size, path, head.root);
  }
  const n = bundle.events.length;
  return [
    `${n} 件事都在日志 ${head.origin} 里：检查点由日志的密钥签名，共 ${head.size} 条。`,
    `${n} events stand in the log ${head.origin}, below a checkpoint of ${head.size} entries signed with its key.`,
  ];
}

/** The checkpoint of a note signed by the log and by nobody but the log and the witnesses the policies name. */
export function signedHead(note, bundle) {
  const head = readCheckpoint(verifyNote(note, bundle.logVkey));
  const log = readVkey(bundle.logVkey);
  const label = (name, id) => `${name} ${toHex(id)}`;
  const known = new Set([log, ...witnessVkeys(bundle).map(witnessKey)].map(({ name, id }) => label(name, id)));
  if (head.origin !== log.name) refuse("log-origin", "the checkpoint is of another log");
  const signers = splitNote(note).signatures.map(({ name, raw }) => label(name, raw.subarray(0, 4)));
  if (sortedNote(note) !== note || signers.some((signer) => !known.has(signer))) {
    refuse("evidence-note", "a checkpoint carries the log's and its witnesses' signatures, sorted");
  }
  return head;
}

/** The witnesses that any of the policies names, each once, sorted. */
function witnessVkeys(bundle) {
  const named = bundle.lots.flatMap(({ policy }) => {
    const keys = isObject(policy) ? get(policy, "witness_vkeys") : null;
    return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
  });
  return [...new Set(named)].sort(byPoints);
}

/** How many of `count` witnesses must have cosigned: more than half. */
const needed = (count) => Math.floor(count / 2) + 1;

const latest = (seen) => instantOf(seen.reduce((last, { at }) => (at > last ? at : last), 0n));

/** More than half of the witnesses named before the tender began have seen this head as the longest of one log. */
export function checkWitnesses(bundle) {
  const vkeys = witnessVkeys(bundle);
  if (!vkeys.length) {
    return [
      "密封规则没有指定日志见证人：检查点只由平台自己签名，请与别处见到的检查点比对。",
      "The policies name no witnesses: the checkpoint is signed by the platform alone; compare it elsewhere.",
    ];
  }
  const seen = quorum(bundle.head, vkeys, needed(vkeys.length));
  const last = latest(seen);
  return [
    `${vkeys.length} 家见证人中的 ${seen.length} 家签过这个检查点（${last}）：它们见过的是同一本日志。`,
    `${seen.length} of ${vkeys.length} witnesses cosigned this checkpoint (${last}): all have seen one and the same log.`,
  ];
}

/** {closing: the checkpoint under which the box was closed, seen: who cosigned it when}; it lies within the head. */
export function closingHead(bundle, lot, which = "closing") {
  const given = lot[which] ?? refuse("closing-missing", "the lot was opened, and no closing checkpoint is given");
  const head = signedHead(bundle.head, bundle);
  const closing = signedHead(given.note, bundle);
  verifyConsistency(closing.size, head.size, closing.root, head.root, pathOf(given.path));
  const vkeys = lot.policy.witness_vkeys;
  const seen = quorum(given.note, vkeys, vkeys.length ? needed(vkeys.length) : 0);
  return { closing, seen, last: seen.length ? latest(seen) : "" };
}

/** Seconds since 1970 (BigInt) as `2027-03-01T01:00:00Z`; beyond what a calendar knows, the number itself. */
function instantOf(seconds) {
  if (seconds > 253402300799n) return String(seconds);
  return new Date(Number(seconds) * 1000).toISOString().slice(0, 19) + "Z";
}
