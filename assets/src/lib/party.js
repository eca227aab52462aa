/** A party's part in a draw (trust.md §3): a number, its commitment, the number sealed to the trustees, the reveal. */

import { concat, toBase64, toHex } from "./bytes.js";
import { checkpointHash, commitment } from "./draw.js";
import { Failure } from "./failure.js";
import { makeBoxKey, makeLid } from "./lid.js";
import { verifyEventProof } from "./logproof.js";
import { splitNote } from "./note.js";
import { policyId } from "./policy.js";
import { opensAlone } from "./policycheck.js";
import { sealPart } from "./seal.js";

/** r: 32 bytes → {commit, lid, body}: what the platform gets; the number itself only the trustees together could open. */
export async function makeCommitment({ draw, p, policy, r }) {
  const pid = policyId(policy);
  const pieces = [];
  const { description } = await sealPart(policy, pid, policy.parts[0], new Blob([r]).stream(), async (piece) => {
    pieces.push(piece.slice());
  });
  const lid = makeLid(pid, [description], { seq: 1, prev: "", boxSecret: makeBoxKey().secret });
  return { commit: commitment(draw, p, r), lid, body: toBase64(concat(...pieces)) };
}

/** The policy shown is the one announced; Failure("policy-differs") otherwise. */
export function checkAnnounced(announcement, policy, draw) {
  // under a policy without trustees nobody could open the number of a party that stays silent
  if (opensAlone(policy)) throw new Failure("policy-differs");
  const same = announcement.policy === toHex(policyId(policy)) && announcement.draw === draw;
  if (!same) throw new Failure("policy-differs");
}

/**
 * proofs: texts of `.tlog-proof`. The commitment stands in the log under this checkpoint, both signed by the log of
 * `vkey`; Failure("not-logged") otherwise. → H(C) as hex, what a reveal names.
 */
export function provenCheckpoint({ draw, p, commit, checkpoint, proofs, vkey }) {
  const own = proofs.some((text) => {
    try {
      const { event, proof } = verifyEventProof(text, vkey);
      const mine = event.tag === "draw:commit-draw" && event.subject === `draw/${draw}`;
      const same = splitNote(proof.note).text === splitNote(checkpoint).text;
      return mine && same && event.facts.p === p && event.facts.commit === commit;
    } catch {
      return false; // another party's proof may be whatever it is: ours must be there
    }
  });
  if (!own) throw new Failure("not-logged");
  return toHex(checkpointHash(checkpoint));
}
