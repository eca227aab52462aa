/** Opening: a trustee takes out its shares and says what it found; anyone recomputes a whole part (trust.md §1.3). */

import { decryptBytes, identityOf, recipientOf } from "./agefile.js";
import { equal, fromBase64, fromHex, fromUtf8, toHex, xor } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { verifyLid } from "./lid.js";
import { opensAlone } from "./policycheck.js";
import { bidderCommitment, commitment, dealPart, shareFile, shareText } from "./seal.js";
import { combine, deal } from "./shamir.js";

/**
 * Trustee i's share y (32 bytes) of a lid's part (rule b). Failure share-undecryptable, share-malformed (not the
 * canonical text of this policy, bid and trustee) or share-mismatch (not the committed one): what the trustee reports.
 */
export async function openShare(policyId, part, i, identity) {
  const about = { part: part.part };
  let plain;
  try {
    plain = await decryptBytes(fromBase64(part.share[i - 1]), identity);
  } catch (cause) {
    throw new Failure("share-undecryptable", about, cause);
  }
  let y;
  try {
    y = fromHex(JSON.parse(fromUtf8(plain)).y);
  } catch (cause) {
    throw new Failure("share-malformed", about, cause);
  }
  if (y.length !== 32 || !equal(plain, shareText(policyId, part.recipient, i, y))) throw new Failure("share-malformed", about);
  if (commitment(policyId, part.recipient, i, y) !== part.commit[i - 1]) throw new Failure("share-mismatch", about);
  return y;
}

/**
 * Opens trustee i's shares of every effective lid, skipping what it released before. A bad share becomes a fault of
 * that bid alone and never stops its neighbours. A lid whose own signature fails is not the bidder's doing (the box
 * checked it): nothing of it is released, it is only shown. → {releases, statement, forged: [{lid, part}]}
 * Failure lid-replaced: a box has one effective lid; whoever shows two asks for a replaced or withdrawn bid.
 */
export async function prepareReleases({ policyId, i, lids, parts, released, identity, time, onProgress = () => {} }) {
  const genuine = lids.filter((lid) => isGenuine(lid, policyId));
  if (new Set(genuine.map(({ box_key }) => box_key)).size !== genuine.length) throw new Failure("lid-replaced");
  const done = new Set(released.map(([lid, part]) => `${lid} ${part}`));
  const wanted = lids.flatMap((lid) => lid.parts.filter(({ part }) => parts.includes(part)).map((part) => ({ lid, part })));
  const open = wanted.filter(({ lid, part }) => !done.has(`${lid.id} ${part.part}`));
  const [releases, said, forged] = [[], [], []];
  for (const [index, { lid, part }] of open.entries()) {
    const about = { lid: lid.id, part: part.part };
    try {
      verifyLid(lid, policyId);
      const y = await openShare(policyId, part, i, identity);
      releases.push({ ...about, y: toHex(y) });
      said.push({ ...about, commit: part.commit[i - 1] });
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      const lists = failure.code === "lid-forged" ? [forged] : [releases, said];
      for (const list of lists) list.push({ ...about, fault: failure.code });
    }
    onProgress(index + 1, open.length);
  }
  return { releases, forged, statement: { v: "seal-release/1", policy: toHex(policyId), i, releases: said, time } };
}

/** Is this lid what its box key signed under this policy? */
export function isGenuine(lid, policyId) {
  try {
    verifyLid(lid, policyId);
    return true;
  } catch {
    return false;
  }
}

/** The 32 bytes a trustee signs over its statement. */
export const releaseMessage = (statement) => H("seal/1 release\n", jcs(statement));

/**
 * Recomputes a part from `released` (Map i → y) and, in mode D, the bidder's share: every commitment and every share
 * file byte for byte (rules a–d). → {identity, S} or Failure: too-few-shares {wrong: [i]}, inconsistent-dealing,
 * bidder-share-missing, bidder-share-wrong, key-mismatch; bidder-key-missing where no share can open (seal-policy/2).
 */
export function openPart(policy, policyId, part, released, S_B = null) {
  if (opensAlone(policy)) throw new Failure("bidder-key-missing");
  checkDealt(policy, part);
  const matches = (i, y) => commitment(policyId, part.recipient, i, y) === part.commit[i - 1];
  const good = [...released].filter(([i, y]) => matches(i, y));
  const wrong = [...released].filter(([i, y]) => !matches(i, y)).map(([i]) => i);
  if (good.length < policy.k) throw new Failure("too-few-shares", { wrong });
  const S_T = combine(new Map(good.slice(0, policy.k)));
  const ys = deal(S_T, policyId, policy.k, policy.trustees.length);
  if (!ys.every((y, index) => matches(index + 1, y))) throw new Failure("inconsistent-dealing");
  for (const trustee of policy.trustees) {
    const expected = shareFile(policyId, part.recipient, trustee, ys[trustee.i - 1], S_T);
    if (!equal(expected, fromBase64(part.share[trustee.i - 1]))) throw new Failure("inconsistent-dealing", { i: trustee.i });
  }
  const S = policy.bidder_share === "required" ? withBidderShare(policyId, part, S_T, S_B) : S_T;
  if (recipientOf(S) !== part.recipient) throw new Failure("key-mismatch");
  return { identity: identityOf(S), S };
}

/** The part has the threshold and the number of commitments and share files that the policy asks for. */
function checkDealt({ k, trustees }, part) {
  const lengths = [part.commit, part.share].map((list) => list.length);
  if (part.k !== k || lengths.some((length) => length !== trustees.length)) throw new Failure("inconsistent-dealing");
}

function withBidderShare(policyId, part, S_T, S_B) {
  if (!S_B) throw new Failure("bidder-share-missing");
  if (bidderCommitment(policyId, part.recipient, S_B) !== part.bshare_commit) throw new Failure("bidder-share-wrong");
  return xor(S_T, S_B);
}

/**
 * Re-derives everything the bidder dealt from the published key S (32 bytes) and, in mode D, S_B, as after an opening.
 * → identity, or Failure: too-few-shares or bidder-key-wrong (another key), bidder-share-wrong, inconsistent-dealing.
 */
export function openWithSecret(policy, policyId, part, S, S_B = null) {
  const other = opensAlone(policy) ? "bidder-key-wrong" : "too-few-shares";
  checkDealt(policy, part);
  if (recipientOf(S) !== part.recipient) throw new Failure(other, { detail: "not the key of this part" });
  if (S_B && bidderCommitment(policyId, part.recipient, S_B) !== part.bshare_commit) throw new Failure("bidder-share-wrong");
  const dealt = dealPart(policy, policyId, S, S_B);
  const sound = ["commit", "share"].every((field) => jcs(dealt[field]) === jcs(part[field]));
  if (!sound) throw new Failure("inconsistent-dealing", { detail: "commitments or share files not dealt by the rules" });
  return identityOf(S);
}
