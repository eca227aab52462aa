/** Sealing one part of a bid: a fresh age key, its shares dealt to the trustees, the body encrypted as a stream. */

import { createSHA256 } from "hash-wasm";
import { deterministicFile, encryptStream, recipientOf } from "./agefile.js";
import { toBase64, toHex, utf8, xor } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { opensAlone } from "./policycheck.js";
import { deal } from "./shamir.js";

/** Hex of commit_i over policy id (32 bytes), recipient, trustee number and share y (32 bytes). */
export function commitment(policyId, recipient, i, y) {
  return toHex(H("seal/1 share\n", policyId, `${recipient}\n${i}\n`, y));
}

export const bidderCommitment = (policyId, recipient, S_B) => toHex(H("seal/1 bshare\n", policyId, `${recipient}\n`, S_B));

/** What trustee i finds in its share file, as canonical bytes. */
export function shareText(policyId, recipient, i, y) {
  return utf8(jcs({ v: "seal-share/1", policy: toHex(policyId), bid: recipient, i, y: toHex(y) }));
}

/** The share file of trustee i: a deterministic age file, so that nobody can later dispute who made it. */
export function shareFile(policyId, recipient, trustee, y, S_T) {
  const plain = shareText(policyId, recipient, trustee.i, y);
  return deterministicFile(trustee.recipient, plain, S_T, `${toHex(policyId)} ${recipient} ${trustee.i}`);
}

/**
 * Everything of a part that follows from its secrets: {recipient, k, commit, share, bshare_commit?}. Where the bidder
 * alone opens (seal-policy/2) nothing is dealt: commit and share are empty, and S is the only way in.
 */
export function dealPart(policy, policyId, S, S_B = null) {
  const recipient = recipientOf(S);
  if (opensAlone(policy)) return { recipient, k: 0, commit: [], share: [] };
  const S_T = S_B ? xor(S, S_B) : S;
  const ys = deal(S_T, policyId, policy.k, policy.trustees.length);
  const dealt = {
    recipient,
    k: policy.k,
    commit: policy.trustees.map((trustee) => commitment(policyId, recipient, trustee.i, ys[trustee.i - 1])),
    share: policy.trustees.map((trustee) =>
      toBase64(shareFile(policyId, recipient, trustee, ys[trustee.i - 1], S_T)),
    ),
  };
  if (S_B) dealt.bshare_commit = bidderCommitment(policyId, recipient, S_B);
  return dealt;
}

/**
 * Encrypts `stream` (ReadableStream of bytes) and hands each piece to `sink` (async), which sets the pace: memory
 * stays flat however large the file. → {description: the part's entry in the lid, rescue: {part, S, S_B}}
 */
export async function sealPart(policy, policyId, part, stream, sink) {
  const S = crypto.getRandomValues(new Uint8Array(32));
  const S_B = policy.bidder_share === "required" ? crypto.getRandomValues(new Uint8Array(32)) : null;
  const dealt = dealPart(policy, policyId, S, S_B);
  const hash = await createSHA256();
  let size = 0;
  const reader = (await encryptStream(dealt.recipient, stream)).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      hash.update(value);
      size += value.length;
      await sink(value);
    }
  } catch (failure) {
    await reader.cancel(failure).catch(() => {}); // let the files go; the first failure is the one to tell
    throw failure;
  }
  const rescue = { part, S: toHex(S), S_B: S_B ? toHex(S_B) : "" };
  return { description: { part, ...dealt, size, sha256: hash.digest("hex") }, rescue };
}
