/** 双信封: parts that a policy lets only a second opening open (as proof/…/envelopes.py). */

import { items } from "./shape.js";
import { get, isObject, refuse, same } from "./strict.js";

export const FIRST_LIST = "lot:open-bids";
export const SECOND_LIST = "lot:open-prices";
const SUMMARY = "summary"; // read aloud at the first opening

/** The parts of the second envelope; none where everything is opened at once. */
export const second = (policy) => policy.second_envelope ?? [];

/** The parts that the first opening opens. */
export const first = (policy) => policy.parts.filter((part) => !second(policy).includes(part));

/** `second_envelope`, where given, is some of the parts in their order, and not the summary; throws policy-envelopes. */
export function checkSecond(policy) {
  if (!Object.hasOwn(policy, "second_envelope")) return;
  const later = items(policy.second_envelope, 1, 15, "second_envelope");
  const known = policy.parts.filter((part) => later.includes(part));
  if (!same(later, known) || later.includes(SUMMARY) || known.length === policy.parts.length) {
    refuse("policy-envelopes", "the second envelope has some of the parts, and never the summary");
  }
}

/** The parts that a logged list of lids is about; throws envelope-parts where it claims others than its envelope has. */
export function partsOfList(policy, tag, facts) {
  const own = tag === SECOND_LIST ? second(policy) : first(policy);
  const said = isObject(facts) && Object.hasOwn(facts, "parts") ? get(facts, "parts") : policy.parts;
  if (!same(said, own) || !own.length) refuse("envelope-parts", "the list is not about the parts of its envelope");
  return own;
}
