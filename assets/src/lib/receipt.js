/** `receipt/1`: the platform's signed word that a lid or withdrawal arrived, and when. */

import { H, jcs } from "./canonical.js";
import { ED25519, readVkey, signedBy } from "./note.js";
import { record, text } from "./shape.js";
import { refuse, unbase64, unhex } from "./strict.js";

const KEYS = ["v", "lid", "received_at", "log_origin", "sig"];

/** The receipt, when the log of `vkey` signed it; throws receipt-log, receipt-signature, wrong-shape … */
export function readReceipt(receipt, vkey) {
  const { sig, ...content } = record(receipt, KEYS, "receipt");
  const key = readVkey(vkey);
  if (content.v !== "receipt/1" || content.log_origin !== key.name || key.type !== ED25519) {
    refuse("receipt-log", "not a receipt/1 of this log");
  }
  unhex(content.lid, 32, "lid");
  text(content.received_at, "received_at", 40);
  if (!signedBy(key.key, H("sunshine/1 receipt\n", jcs(content)), unbase64(sig, "sig"))) {
    refuse("receipt-signature", "not signed by this log");
  }
  return receipt;
}
