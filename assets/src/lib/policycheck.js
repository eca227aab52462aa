/** `seal-policy/1`, `/2` and `seal-extension/1`, checked field by field by a stranger (as proof/…/policy.py). */

import { sha256 } from "@noble/hashes/sha2.js";
import { toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { checkRecipient } from "./agecheck.js";
import { checkChain, verifySignature } from "./certificates.js";
import { COSIGNATURE, ED25519, readVkey, signedBy } from "./note.js";
import { checkSecond } from "./envelopes.js";
import { instant, items, record, text, whole } from "./shape.js";
import { refuse, unbase64, unhex } from "./strict.js";

const KEYS = [
  "v", "tender", "lot", "suite", "deadline", "open_not_before", "k", "bidder_share", "parts", "trustees", "log_origin",
  "log_vkey", "witness_vkeys",
]; // prettier-ignore
const TRUSTEE_KEYS = ["i", "role", "recipient", "cert_sha256", "sig"];
const EXTENSION_KEYS = ["v", "policy", "seq", "deadline", "open_not_before", "id", "sig"];
const MOST = 32;
const ALONE = "alone"; // bidder_share of seal-policy/2: whoever sealed a part opens it with S, and nobody else can
const VERSIONS = new Map([["none", "seal-policy/1"], ["required", "seal-policy/1"], [ALONE, "seal-policy/2"]]);

/** → 32 bytes */
export const policyId = (policy) => H("seal/1 policy\n", jcs(policy));

/** The same in hex. */
export const policyHex = (policy) => toHex(policyId(policy));

/** The 32 bytes a trustee signs to say: this recipient is mine, for this tender, in this role. */
export const trusteeMessage = (tender, role, recipient) => H("seal/1 trustee\n", tender, "\n", role, "\n", recipient);

/** Every field of the format; throws policy-…, wrong-shape, age-key … */
export function checkPolicy(policy) {
  const found = record(policy, KEYS, "policy", ["second_envelope"]);
  if (![...VERSIONS.values()].includes(found.v) || found.suite !== "age-x25519") {
    refuse("policy-version", "only seal-policy/1 and /2 are known");
  }
  text(found.tender, "tender");
  text(found.lot, "lot");
  if (instant(found.open_not_before, "open_not_before") < instant(found.deadline, "deadline")) {
    refuse("policy-times", "opening must not begin before the deadline");
  }
  if (VERSIONS.get(found.bidder_share) !== found.v) {
    refuse("policy-bidder-share", "none or required in seal-policy/1, alone in /2");
  }
  const parts = items(found.parts, 1, 16, "parts").map((part) => text(part, "part", 32));
  // a letter is asked for, as Python's islower does
  const named = parts.every((part) => /^[a-z0-9]*[a-z][a-z0-9]*$/.test(part));
  if (new Set(parts).size !== parts.length || !named) refuse("policy-parts", "parts are different lower-case names");
  checkSecond(found);
  checkThreshold(found);
  checkLog(found);
}

function checkThreshold(found) {
  if (found.bidder_share === ALONE) {
    // exactly nobody: a trustee listed but not needed, or a threshold without trustees, would only mislead
    items(found.trustees, 0, 0, "trustees");
    whole(found.k, 0, 0, "k");
    return;
  }
  const trustees = items(found.trustees, 1, MOST, "trustees");
  whole(found.k, 1, trustees.length, "k");
  checkTrusteeList(trustees);
}

/**
 * Does the bidder alone open under this policy (seal-policy/2)? Throws policy-bidder-share when version, bidder_share,
 * threshold and trustees do not belong together: nothing that only looks like a policy without trustees may ever decide
 * that nobody's share is needed.
 */
export function opensAlone({ v, bidder_share: share, k, trustees }) {
  const n = trustees.length;
  const fits = share === ALONE ? n === 0 && k === 0 : Number.isSafeInteger(k) && 1 <= k && k <= n;
  if (VERSIONS.get(share) !== v || !fits) refuse("policy-bidder-share", "version, bidder_share, k and trustees differ");
  return share === ALONE;
}

function checkTrusteeList(trustees) {
  const seen = { recipient: new Set(), cert_sha256: new Set() };
  trustees.forEach((item, at) => {
    const trustee = record(item, TRUSTEE_KEYS, `trustee ${at + 1}`);
    if (whole(trustee.i, 1, MOST, "i") !== at + 1) refuse("policy-trustees", "trustees are numbered 1..n in order");
    text(trustee.role, "role");
    checkRecipient(text(trustee.recipient, "recipient"));
    unhex(trustee.cert_sha256, 32, "cert_sha256");
    unbase64(trustee.sig, "sig");
    for (const [field, values] of Object.entries(seen)) {
      // one person or key under two numbers would make k smaller than it looks
      if (values.has(trustee[field])) refuse("policy-trustees", `two trustees share one ${field}`);
      values.add(trustee[field]);
    }
  });
}

function checkLog(policy) {
  const origin = text(policy.log_origin, "log_origin");
  const key = readVkey(text(policy.log_vkey, "log_vkey", 400));
  if (key.name !== origin || key.type !== ED25519) refuse("policy-log", "log_vkey must be a note key named like log_origin");
  const listed = items(policy.witness_vkeys, 0, 32, "witness_vkeys");
  const witnesses = listed.map((vkey) => readVkey(text(vkey, "witness", 400)));
  const different = new Set(witnesses.map((witness) => toHex(witness.key))).size === witnesses.length;
  if (witnesses.some(({ type }) => type !== COSIGNATURE) || !different) {
    refuse("policy-log", "witnesses are different cosignature keys");
  }
}

/** Every trustee's recipient is signed by its certificate, which led to a root at the instant `at` (microseconds). */
export async function checkTrustees(policy, certificates, roots, at) {
  const known = new Map(certificates.map((certificate) => [toHex(sha256(certificate.der)), certificate]));
  for (const { i, role, recipient, cert_sha256, sig } of policy.trustees) {
    const certificate = known.get(cert_sha256);
    if (!certificate) refuse("trustee-certificate", `certificate of trustee ${i} is missing`);
    await verifySignature(certificate, trusteeMessage(policy.tender, role, recipient), unbase64(sig, "sig"));
    await checkChain(certificate, certificates, roots, at);
  }
}

function checkExtension(extension, policy) {
  const found = record(extension, EXTENSION_KEYS, "extension");
  if (found.v !== "seal-extension/1" || found.policy !== policyHex(policy)) {
    refuse("extension-policy", "this extension belongs to another policy");
  }
  whole(found.seq, 1, 10_000, "seq");
  if (instant(found.open_not_before, "open_not_before") < instant(found.deadline, "deadline")) {
    refuse("extension-times", "opening must not begin before the deadline");
  }
  const { id, sig, ...content } = found;
  const identifier = H("seal/1 extension\n", jcs(content));
  if (toHex(unhex(id, 32, "id")) !== toHex(identifier)) refuse("extension-id", "the id is not that of these fields");
  const key = readVkey(policy.log_vkey).key;
  if (!signedBy(key, H("seal/1 extension-sig\n", identifier), unhex(sig, 64, "sig"))) {
    refuse("extension-signature", "not signed by the log key of the policy");
  }
}

/** {deadline, opening} in seconds since 1970 after all extensions; each moves both times later. */
export function effectiveTimes(policy, extensions) {
  let [deadline, opening] = [instant(policy.deadline, "deadline"), instant(policy.open_not_before, "open_not_before")];
  extensions.forEach((extension, at) => {
    checkExtension(extension, policy);
    const later = instant(extension.deadline, "deadline");
    const laterOpening = instant(extension.open_not_before, "open_not_before");
    if (extension.seq !== at + 1) refuse("extension-seq", `extension ${at + 1} is numbered ${extension.seq}`);
    if (later <= deadline || laterOpening <= opening) refuse("extension-times", "an extension moves both times later");
    [deadline, opening] = [later, laterOpening];
  });
  return { deadline, opening };
}
