/** Lids and withdrawals as a stranger checks them: fields, parts, ids, signatures, the chain (as proof/…/lid.py). */

import { toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { bodySize, checkRecipient, inspectBody } from "./agecheck.js";
import { Failure } from "./failure.js";
import { signedBy } from "./note.js";
import { shareText } from "./seal.js";
import { items, record, text, whole } from "./shape.js";
import { get, isObject, refuse, same, unbase64, unhex } from "./strict.js";

const COMMON = ["v", "policy", "box_key", "seq", "prev", "id", "sig"];
const PART = ["part", "recipient", "size", "sha256", "k", "commit", "share"];
const WITHDRAWAL = "seal-withdraw/1";
const LARGEST = 64 * 2 ** 30;

function checkSignature({ id, sig, ...content }) {
  const identifier = H("seal/1 lid\n", jcs(content));
  if (toHex(unhex(id, 32, "id")) !== toHex(identifier)) refuse("lid-id", "the id is not that of these fields");
  const key = unhex(content.box_key, 32, "box_key");
  if (!signedBy(key, H("seal/1 lid-sig\n", identifier), unhex(sig, 64, "sig"))) {
    refuse("lid-signature", "not signed by the box key");
  }
}

function checkCommon(found, pid, version) {
  if (found.v !== version) refuse("lid-version", `expected ${version}`);
  if (found.policy !== toHex(pid)) refuse("lid-policy", "sealed for another policy");
  unhex(found.box_key, 32, "box_key");
  const seq = whole(found.seq, 1, 1_000_000, "seq");
  if (seq === 1 && found.prev !== "") refuse("lid-chain", "the first lid has no predecessor");
  if (seq > 1) unhex(found.prev, 32, "prev");
}

/** A lid or withdrawal under `policy`, whose id is `pid` (32 bytes); throws lid-…, wrong-shape … */
export function checkRecord(given, policy, pid) {
  const withdrawn = get(given, "v") === WITHDRAWAL;
  const found = record(given, withdrawn ? COMMON : [...COMMON, "parts"], withdrawn ? "withdrawal" : "lid");
  checkCommon(found, pid, withdrawn ? WITHDRAWAL : "seal/1");
  if (withdrawn && found.seq === 1) refuse("lid-chain", "there is nothing to withdraw yet");
  if (!withdrawn) checkParts(items(found.parts, 1, 16, "parts"), policy, pid);
  checkSignature(found);
}

function checkParts(parts, policy, pid) {
  const names = parts.map((part) => (isObject(part) ? (get(part, "part") ?? null) : null));
  if (!same(names, policy.parts)) refuse("lid-parts", "the policy asks for exactly its parts, in this order");
  for (const part of parts) checkPart(part, policy, pid);
  // two parts under one key would open together
  if (new Set(parts.map(({ recipient }) => recipient)).size !== parts.length) refuse("lid-parts", "one key for two parts");
}

function checkPart(part, policy, pid) {
  const required = policy.bidder_share === "required";
  const found = record(part, required ? [...PART, "bshare_commit"] : PART, "part");
  const [recipient, n] = [text(found.recipient, "recipient"), policy.trustees.length];
  checkRecipient(recipient);
  whole(found.size, bodySize(0), LARGEST, "size");
  unhex(found.sha256, 32, "sha256");
  // under a policy of the bidder alone k and n are 0, so that the part must say 0 and list nothing
  if (whole(found.k, Math.min(1, n), n, "k") !== policy.k) refuse("lid-threshold", "k is not that of the policy");
  for (const commit of items(found.commit, n, n, "commit")) unhex(commit, 32, "commit");
  if (required) unhex(found.bshare_commit, 32, "bshare_commit");
  items(found.share, n, n, "share").forEach((share, at) => checkShare(unbase64(share, "share"), pid, recipient, at + 1));
}

function checkShare(raw, pid, recipient, i) {
  try {
    inspectBody(raw);
  } catch (failure) {
    throw failure instanceof Failure ? new Failure("lid-share", failure.detail, failure) : failure;
  }
  const size = bodySize(shareText(pid, recipient, i, new Uint8Array(32)).length);
  if (raw.length !== size) refuse("lid-share", `share ${i} has an impossible size`);
}

/** `found` directly follows `previous` of the same box key (null before the first); throws lid-replayed, lid-chain. */
export function checkNext(found, previous) {
  if (previous === null) {
    if (found.seq !== 1 || found.prev !== "") refuse("lid-chain", "the first record of a box key has no predecessor");
    return;
  }
  if (found.id === previous.id) refuse("lid-replayed", "this very record has already arrived");
  const follows = found.policy === previous.policy && found.box_key === previous.box_key;
  if (!follows || found.seq !== previous.seq + 1 || found.prev !== previous.id) {
    refuse("lid-chain", `expected seq ${previous.seq + 1} after ${previous.id}`);
  }
  if (found.v === WITHDRAWAL && previous.v === WITHDRAWAL) refuse("lid-chain", "the bid is already withdrawn");
}
