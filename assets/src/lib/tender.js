/** `tender/1`: the file a bidder takes home (docs/bid-package.md). */

import { toHex } from "./bytes.js";
import { certificateSha256, readCertificate } from "./chain.js";
import { second } from "./envelopes.js";
import { Failure } from "./failure.js";
import { readVkey } from "./note.js";
import { policyId } from "./policy.js";

const TEXTS = ["platform", "project", "title", "buyer"];
const isText = (value) => typeof value === "string" && value.length > 0;
const isDecimal = (value) => /^(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(value);

/** Text of the file → {content, policyId, policyHex, roots: [{subject, sha256}], deadline: Date}; Failure tender-malformed. */
export function readTender(text) {
  try {
    const content = JSON.parse(text);
    const { policy, items, lot, ca_roots: roots, extensions } = content;
    const sound =
      content.v === "tender/1" &&
      TEXTS.every((field) => isText(content[field])) &&
      [policy.lot, policy.tender].join("\n") === [lot.id, content.project].join("\n") &&
      isText(lot.title) &&
      ["total", "rate"].includes(content.pricing) &&
      (content.pricing === "total" || !second(policy).length) && // a rate would be told in the summary
      (content.cap_fen === null || /^\d{1,17}$/.test(content.cap_fen)) &&
      items.every(({ no, name, unit, quantity }) => [no, name, unit].every(isText) && isDecimal(quantity)) &&
      new Set(items.map(({ no }) => no)).size === items.length &&
      policy.parts.every((part) => /^[a-z0-9]{1,32}$/.test(part) && content.parts[part]) &&
      roots.length > 0;
    if (!sound) throw new Failure("tender-malformed");
    readVkey(policy.log_vkey);
    const pid = policyId(policy);
    const authorities = roots.map(readCertificate).map((root) => ({ subject: root.subject, sha256: certificateSha256(root) }));
    return { content, policyId: pid, policyHex: toHex(pid), roots: authorities, deadline: new Date((extensions.at(-1) ?? policy).deadline) };
  } catch (cause) {
    throw new Failure("tender-malformed", {}, cause);
  }
}
