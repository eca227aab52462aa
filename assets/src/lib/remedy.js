/** What a bidder does at the opening, signed with its box key: release its share, rescue its bid, bring a body again. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { createSHA256 } from "hash-wasm";
import { identityOf } from "./agefile.js";
import { fromHex, toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { Failure } from "./failure.js";

const PIECE = 4 * 1024 * 1024; // bytes hashed at a time

/** seal-remedy/1 and its signature by the box key. bid: {policy, box_secret} of the keyring; time: Date. */
export function signRemedy(bid, lid, act, parts, time) {
  const said = { v: "seal-remedy/1", policy: bid.policy, lid, act, parts, time: `${time.toISOString().slice(0, 19)}Z` };
  return { statement: said, sig: toHex(ed25519.sign(H("seal/1 remedy\n", jcs(said)), fromHex(bid.box_secret))) };
}

/**
 * The secrets of one lid as the server takes them: {part: {S_B}} for a share, {part: {S, S_B?}} for a rescue; of no other
 * parts than those asked for: of two envelopes the second's leave this machine at the second opening only.
 */
export function secretsOf(bid, lid, act, asked) {
  const kept = bid.rescue.filter((secret) => secret.lid === lid && asked.includes(secret.part));
  if (kept.length === 0) throw new Failure("no-rescue-key");
  const pick = ({ S, S_B }) => (act === "release-share" ? { S_B } : S_B ? { S, S_B } : { S });
  return Object.fromEntries(kept.map((secret) => [secret.part, pick(secret)]));
}

/**
 * rescue/1: everything that opens one bid and speaks for it, as JSON to be encrypted to the bidder itself. `identity`
 * is the age identity, so that `age -d` opens the bodies without any of our programs.
 */
export function rescueFile(bid) {
  const parts = bid.rescue.map((secret) => ({ ...secret, identity: identityOf(fromHex(secret.S)) }));
  const { lot, policy, box_key, box_secret } = bid;
  return { v: "rescue/1", lot, policy, box_key, box_secret, parts };
}

/** rescue/1 → an entry as the keyring has it; Failure("not-a-rescue-file"). */
export function readRescue(content) {
  const sound = content?.v === "rescue/1" && Array.isArray(content.parts) && content.parts.length > 0;
  if (!sound) throw new Failure("not-a-rescue-file");
  const { lot, policy, box_key, box_secret, parts } = content;
  return { lot, policy, box_key, box_secret, lids: [], rescue: parts.map(({ lid, part, S, S_B }) => ({ lid, part, S, S_B })) };
}

/** Failure("not-that-body") unless the file (a Blob) has the size and the SHA-256 that the lid tells of this part. */
export async function checkBody(file, { size, sha256 }) {
  if (file.size !== size) throw new Failure("not-that-body");
  const hash = await createSHA256();
  for (let at = 0; at < size; at += PIECE) hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
  if (hash.digest("hex") !== sha256) throw new Failure("not-that-body");
}
