/** What a trustee believes at an opening: the log's own record of which bids are opened, and nobody's word (trust.md §1.3). */

import { quorum } from "./cosignature.js";
import { Failure } from "./failure.js";
import { verifyEventProof } from "./logproof.js";
import { effectiveTimes } from "./policycheck.js";

/**
 * proof: text of the `.tlog-proof` of the lot's opening. → {listed: Set of lid ids, index, size, witnessed, witnesses}.
 * Failure closing-forged (not the log's record of this lot), closing-early (before the policy's time).
 */
export function checkClosing(proof, { policy, extensions }) {
  let found;
  try {
    found = verifyEventProof(proof, policy.log_vkey);
  } catch (cause) {
    throw new Failure("closing-forged", {}, cause);
  }
  const { event, proof: { index, note, checkpoint } } = found;
  const listed = event.facts?.effective_lids;
  if (event.tag !== "lot:open-bids" || event.subject !== `lot/${policy.lot}` || !Array.isArray(listed)) {
    throw new Failure("closing-forged");
  }
  if (!(Date.parse(event.at) / 1000 >= effectiveTimes(policy, extensions).opening)) throw new Failure("closing-early");
  const witnessed = quorum(note, policy.witness_vkeys, 0).length;
  return { listed: new Set(listed), index, size: checkpoint.size, witnessed, witnesses: policy.witness_vkeys.length };
}
