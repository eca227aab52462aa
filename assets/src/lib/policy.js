/** The seal policy: its id, and the proof that its trustees' keys were not slipped in by the platform (trust.md §1.3). */

import { recipientBytes } from "./agefile.js";
import { fromBase64 } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { certificateSha256, readCertificate, verifyChain } from "./chain.js";
import { verifyMessage } from "./certs.js";
import { Failure } from "./failure.js";

/** → 32 bytes */
export const policyId = (policy) => H("seal/1 policy\n", jcs(policy));

/** The 32 bytes a trustee signs to say: this recipient is mine, for this tender, in this role. */
export const trusteeMessage = (tender, role, recipient) => H("seal/1 trustee\n", tender, "\n", role, "\n", recipient);

function checkShape(policy) {
  const { k, trustees } = policy;
  const sound =
    policy.v === "seal-policy/1" &&
    policy.suite === "age-x25519" &&
    ["none", "required"].includes(policy.bidder_share) &&
    Array.isArray(trustees) &&
    Number.isInteger(k) &&
    k >= 1 &&
    k <= trustees.length &&
    trustees.every((trustee, index) => trustee.i === index + 1) &&
    // one key or person under two numbers would make k smaller than it looks
    ["recipient", "cert_sha256"].every((field) => new Set(trustees.map((each) => each[field])).size === trustees.length);
  if (!sound) throw new Failure("policy-malformed");
  for (const trustee of trustees) recipientBytes(trustee.recipient);
}

/**
 * policy; certificates: PEM of the trustees' certificates and of any intermediates; roots: pinned PEM; at: Date.
 * Resolves to [{i, role, name, fingerprint}] or throws Failure (policy-malformed, trustee-certificate-missing,
 * chain-untrusted, certificate-expired, trustee-signature-wrong), each with the trustee's number and role.
 */
export async function verifyPolicy(policy, { certificates, roots, at = new Date() }) {
  checkShape(policy);
  const pool = certificates.map(readCertificate);
  const found = [];
  for (const trustee of policy.trustees) {
    const detail = { i: trustee.i, role: trustee.role };
    const leaf = pool.find((certificate) => certificateSha256(certificate) === trustee.cert_sha256);
    if (!leaf) throw new Failure("trustee-certificate-missing", detail);
    try {
      await verifyChain(leaf, { pool, roots, at });
    } catch (failure) {
      throw new Failure(failure.code ?? "chain-untrusted", detail, failure);
    }
    const message = trusteeMessage(policy.tender, trustee.role, trustee.recipient);
    if (!(await verifyMessage(leaf, message, fromBase64(trustee.sig)))) throw new Failure("trustee-signature-wrong", detail);
    const name = leaf.subjectName.getField("CN")[0] ?? leaf.subject;
    found.push({ ...detail, name, fingerprint: trustee.cert_sha256.slice(0, 16) });
  }
  return found;
}
