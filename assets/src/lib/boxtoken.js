/** The right to submit, asked for with a login and shown without one: what is published, what is asked, what comes back. */

import { prepare, unblind } from "./blindtoken.js";
import { toHex } from "./bytes.js";
import { Failure } from "./failure.js";
import { request } from "./http.js";
import { verifyEventProof } from "./logproof.js";

/**
 * A token key that only one bidder was shown would mark its token. So the key must be the one in the log's entry of the
 * announcement, fetched as anybody would fetch it: without cookies. Failure token-key-unpublished | token-key-forged.
 */
export async function checkPublished(address, { policy, policyHex, lot, key }) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" });
  } catch (cause) {
    throw new Failure("network", {}, cause);
  }
  if (answer.status !== 200) throw new Failure("token-key-unpublished");
  let event;
  try {
    ({ event } = verifyEventProof(await answer.text(), policy.log_vkey));
  } catch (cause) {
    throw new Failure("token-key-forged", {}, cause);
  }
  const told = event.tag === "lot:announce" && event.subject === `lot/${lot}`;
  if (!told || event.facts.policy !== policyHex || event.facts.token_key !== key) throw new Failure("token-key-forged");
}

/**
 * The box-token/1 of a keyring entry. right: {key, url, published}; edit(change of the entry) stores the keyring. What is
 * asked is stored before it is sent: the signer answers one number only, and the same answer again when it got lost.
 */
export async function obtain({ right, policy, policyId, lot, entry, edit }) {
  if (entry().token) return entry().token;
  await checkPublished(right.published, { policy, policyHex: toHex(policyId), lot, key: right.key });
  if (!entry().asked) {
    const { blinded, secret } = await prepare(policyId, entry().box_key, right.key);
    await edit((bid) => (bid.asked ??= { blinded, secret }));
  }
  const { blinded, secret } = entry().asked;
  const { answer } = await request(right.url, { method: "POST", json: { blinded } });
  const token = await unblind(policyId, entry().box_key, right.key, secret, answer);
  await edit((bid) => {
    bid.token = token;
    delete bid.asked;
  });
  return token;
}
