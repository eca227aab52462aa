/** From a certificate up to a pinned root: signatures, dates, CA flags. Revocation is the server's to check. */

import "reflect-metadata"; // see certs.js
import { sha256 } from "@noble/hashes/sha2.js";
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate } from "@peculiar/x509";
import { toHex } from "./bytes.js";
import { Failure } from "./failure.js";

const LONGEST = 4;

export const readCertificate = (pem) => new X509Certificate(pem);
export const certificateSha256 = (certificate) => toHex(sha256(new Uint8Array(certificate.rawData)));

function mayBeUsedFor(certificate, flags) {
  const usage = certificate.getExtension(KeyUsagesExtension);
  return !usage || (usage.usages & flags) !== 0;
}

/** May it issue, with `below` intermediates between it and the leaf? */
function isAuthority(certificate, below) {
  const constraints = certificate.getExtension(BasicConstraintsExtension);
  const room = constraints?.pathLength ?? below;
  return constraints?.ca === true && below <= room && mayBeUsedFor(certificate, KeyUsageFlags.keyCertSign);
}

const inTime = (certificate, at) => certificate.notBefore <= at && at <= certificate.notAfter;

/**
 * leaf: X509Certificate; pool: X509Certificates that may stand between; roots: pinned PEM texts; at: Date.
 * Resolves to the chain, leaf first, root last; throws Failure chain-untrusted or certificate-expired.
 */
export async function verifyChain(leaf, { pool = [], roots, at }) {
  const anchors = roots.map(readCertificate);
  const chain = [leaf];
  const signing = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;
  if (!mayBeUsedFor(leaf, signing)) throw new Failure("chain-untrusted", { subject: leaf.subject });
  while (chain.length <= LONGEST) {
    const last = chain[chain.length - 1];
    if (!inTime(last, at)) throw new Failure("certificate-expired", { subject: last.subject });
    const root = await issuerOf(last, anchors, chain.length - 1);
    if (root && inTime(root, at)) return [...chain, root];
    if (root) throw new Failure("certificate-expired", { subject: root.subject });
    const next = await issuerOf(last, pool, chain.length - 1);
    if (!next || chain.includes(next)) break;
    chain.push(next);
  }
  throw new Failure("chain-untrusted", { subject: leaf.subject });
}

async function issuerOf(certificate, candidates, below) {
  for (const candidate of candidates) {
    if (candidate.subject !== certificate.issuer || !isAuthority(candidate, below)) continue;
    if (await certificate.verify({ publicKey: candidate, signatureOnly: true })) return candidate;
  }
  return null;
}
