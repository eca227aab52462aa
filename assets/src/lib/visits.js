/** From where bids came: visit/1 records, sealed at the door of the box to the inspectors' age recipient. */

import { Decrypter } from "age-encryption";
import { fromBase64, fromUtf8 } from "./bytes.js";

/** In the keyring an inspector's keys stand among those of its trustee, under a name that no project has. */
export const INSPECTION = "inspection";

/** The inspection keys of a keyring's content, newest last: [{project, recipient, identity}]. */
export const inspectionKeys = (content) => content.trustee.filter(({ project }) => project === INSPECTION);

/**
 * [{lid, bidder, sealed: base64}] → [{lid, bidder, visit | null, fault: "" | "other-key" | "malformed"}]. A record that tells of
 * another lid than the one it is filed under is malformed: it was put there.
 */
export async function openVisits(records, identities) {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  const opened = [];
  for (const { lid, bidder, sealed } of records) {
    const found = { lid, bidder, visit: null, fault: "" };
    try {
      const visit = JSON.parse(fromUtf8(await decrypter.decrypt(fromBase64(sealed))));
      if (visit.v === "visit/1" && visit.lid === lid) found.visit = visit;
      else found.fault = "malformed";
    } catch (cause) {
      found.fault = /no identity matched/.test(cause.message) ? "other-key" : "malformed";
    }
    opened.push(found);
  }
  return opened;
}
