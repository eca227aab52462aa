/** What a trustee believes at an opening: the log's own record of which bids are opened, and nobody's word (trust.md §1.3). */

import { quorum } from "./cosignature.js";
import { FIRST_LIST, partsOfList, SECOND_LIST } from "./envelopes.js";
import { Failure } from "./failure.js";
import { verifyEventProof } from "./logproof.js";
import { effectiveTimes } from "./policycheck.js";

const DIGEST = /^[0-9a-f]{64}$/; // of the technical result, which is fixed before any price is opened

/**
 * proof: text of the `.tlog-proof` of the lot's opening: the list of the bids, or of two envelopes the second list, of
 * the bids whose price is opened. first_closing lies beside a second list: who is not on the first is on no other.
 * → {listed: Set of lid ids, parts: of its envelope, index, size, witnessed, witnesses}. Failure closing-forged (not the
 * log's record of this lot, or one that claims what it may not), closing-early (before the policy's time).
 */
export function checkClosing(proof, { policy, extensions, first_closing: before }) {
  let found;
  try {
    found = verifyEventProof(proof, policy.log_vkey);
  } catch (cause) {
    throw new Failure("closing-forged", {}, cause);
  }
  const { event, proof: { index, note, checkpoint } } = found;
  const listed = event.facts?.effective_lids;
  const known = event.tag === FIRST_LIST || (event.tag === SECOND_LIST && DIGEST.test(event.facts.technical));
  if (!known || event.subject !== `lot/${policy.lot}` || !Array.isArray(listed)) throw new Failure("closing-forged");
  let parts;
  try {
    parts = partsOfList(policy, event.tag, event.facts);
  } catch (cause) {
    throw new Failure("closing-forged", {}, cause);
  }
  if (!(Date.parse(event.at) / 1000 >= effectiveTimes(policy, extensions).opening)) throw new Failure("closing-early");
  if (event.tag === SECOND_LIST) {
    const first = checkClosing(before, { policy, extensions });
    const known = first.parts.every((part) => !parts.includes(part)) && listed.every((lid) => first.listed.has(lid));
    if (!known) throw new Failure("closing-forged");
  }
  const witnessed = quorum(note, policy.witness_vkeys, 0).length;
  return { listed: new Set(listed), parts, index, size: checkpoint.size, witnessed, witnesses: policy.witness_vkeys.length };
}
