/** The seal policy: its id, and the proof that its trustees' keys were not slipped in by the platform (trust.md §1.3). */

import { fromBase64 } from "./bytes.js";
import { checkChain, readCertificate as readDer, verifySignature } from "./certificates.js";
import { certificateSha256, readCertificate } from "./chain.js";
import { Failure } from "./failure.js";
import { checkPolicy, trusteeMessage } from "./policycheck.js";

export { policyId, trusteeMessage } from "./policycheck.js";

/** Runs a check; what it refuses becomes a Failure with the code that `codes` gives for its own. */
async function as(codes, detail, check) {
  try {
    return await check();
  } catch (failure) {
    throw new Failure(codes[failure.code] ?? codes.other, detail, failure);
  }
}

/**
 * policy; certificates: PEM of the trustees' certificates and of any intermediates; roots: pinned PEM; at: Date.
 * Resolves to [{i, role, name, fingerprint}] or throws Failure (policy-malformed, trustee-certificate-missing,
 * chain-untrusted, certificate-expired, trustee-signature-wrong), each with the trustee's number and role.
 */
export async function verifyPolicy(policy, { certificates, roots, at = new Date() }) {
  await as({ other: "policy-malformed" }, {}, () => checkPolicy(policy));
  const known = new Map(certificates.map(readCertificate).map((one) => [certificateSha256(one), one]));
  const der = (one) => readDer(new Uint8Array(one.rawData));
  const [pool, anchors] = [[...known.values()].map(der), roots.map(readCertificate).map(der)];
  const found = [];
  for (const { i, role, recipient, cert_sha256: digest, sig } of policy.trustees) {
    const detail = { i, role };
    const leaf = known.get(digest);
    if (!leaf) throw new Failure("trustee-certificate-missing", detail);
    const path = { "not-valid-then": "certificate-expired", other: "chain-untrusted" };
    await as(path, detail, () => checkChain(der(leaf), pool, anchors, at.getTime() * 1000));
    const message = trusteeMessage(policy.tender, role, recipient);
    await as({ other: "trustee-signature-wrong" }, detail, () => verifySignature(der(leaf), message, fromBase64(sig)));
    found.push({ ...detail, name: leaf.subjectName.getField("CN")[0] ?? leaf.subject, fingerprint: digest.slice(0, 16) });
  }
  return found;
}
