/** Detached CMS signatures (RFC 5652) of the one kind we take: one signer, ECDSA P-256, SHA-256 (as proof/…/cms.py). */

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal } from "./bytes.js";
import { checkChain, keyIdentifier, readCertificate, verifySignature } from "./certificates.js";
import { TAG, children, integer, oid, only, walk } from "./der.js";
import { Failure } from "./failure.js";
import { refuse } from "./strict.js";

export const OID = {
  data: "1.2.840.113549.1.7.1",
  signedData: "1.2.840.113549.1.7.2",
  contentType: "1.2.840.113549.1.9.3",
  messageDigest: "1.2.840.113549.1.9.4",
  sha256: "2.16.840.1.101.3.4.2.1",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
};
const [LARGEST, MOST] = [256 * 1024, 10];

/**
 * The signer's certificate, when `p7s` is its signature over `data` and it leads to one of `roots` at the instant `at`
 * (as in checkChain); throws cms-…, bad-key, bad-signature, no-chain, not-valid-then.
 */
export async function verifyDetached(p7s, data, roots, at = null) {
  if (p7s.length > LARGEST) refuse("cms-shape", "too large for a signature");
  const { certificates, certificate, message, signature } = shaped(() => {
    const signed = partsOf(p7s);
    const signer = signerOf(signed.signers[0]);
    return { ...signed, certificate: ownCertificate(signer, signed.certificates), ...signedBytes(signer, signed, data) };
  });
  await verifySignature(certificate, message, signature);
  await checkChain(certificate, certificates, roots, at);
  return certificate;
}

/** Whatever is no DER of this form is cms-shape. */
function shaped(read) {
  try {
    return read();
  } catch (failure) {
    if (failure instanceof Failure && failure.code !== "der") throw failure;
    throw new Failure("cms-shape", { detail: "not a DER SignedData" }, failure);
  }
}

function partsOf(p7s) {
  const info = walk(only(p7s, TAG.sequence));
  if (oid(info.next(TAG.oid)) !== OID.signedData) refuse("cms-shape", "not a SignedData");
  const signed = walk(only(info.next(0xa0).body, TAG.sequence));
  info.end();
  integer(signed.next(TAG.integer));
  const digests = children(signed.next(TAG.set)).map((each) => oid(walk(each).next(TAG.oid)));
  const content = walk(signed.next(TAG.sequence));
  const plain = oid(content.next(TAG.oid)) === OID.data && content.maybe(0xa0) === null;
  if (!plain) refuse("cms-shape", "the signature must be detached from plain data");
  const included = signed.maybe(0xa0);
  const lists = signed.maybe(0xa1);
  const signers = children(signed.next(TAG.set));
  signed.end();
  if (signers.length !== 1 || lists) refuse("cms-shape", "exactly one signer and no revocation lists are asked for");
  const given = included ? children(included) : [];
  if (given.length < 1 || given.length > MOST) refuse("cms-shape", `1 to ${MOST} certificates are asked for`);
  if (given.some(({ tag }) => tag !== TAG.sequence)) refuse("cms-shape", "only X.509 certificates are taken");
  return { digests, signers, certificates: given.map(({ whole }) => readCertificate(whole)) };
}

function signerOf(node) {
  const inside = walk(node);
  integer(inside.next(TAG.integer));
  const keyId = inside.maybe(0x80);
  const named = keyId ? null : walk(inside.next(TAG.sequence));
  const issuer = named?.next(TAG.sequence).whole;
  const serial = named && integer(named.next(TAG.integer));
  const digest = oid(walk(inside.next(TAG.sequence)).next(TAG.oid));
  const attributes = inside.maybe(0xa0);
  const algorithm = oid(walk(inside.next(TAG.sequence)).next(TAG.oid));
  const signature = inside.next(TAG.octets).body;
  inside.maybe(0xa1);
  inside.end();
  return { keyId: keyId?.body, issuer, serial, digest, attributes, algorithm, signature };
}

function ownCertificate({ keyId, issuer, serial }, certificates) {
  const isOwn = (each) => {
    if (!keyId) return each.serial === serial && equal(each.issuer, issuer);
    const found = keyIdentifier(each);
    return found !== null && equal(found, keyId);
  };
  const found = certificates.filter(isOwn);
  if (found.length !== 1) refuse("cms-signer", "the signer's certificate must be included exactly once");
  return found[0];
}

/** The bytes under the signature: the data itself, or the signed attributes that name it (RFC 5652 §5.4). */
function signedBytes({ digest, algorithm, attributes, signature }, { digests }, data) {
  if (digest !== OID.sha256 || digests.length !== 1 || digests[0] !== OID.sha256) refuse("cms-algorithm", "not SHA-256");
  if (algorithm !== OID.ecdsaWithSha256) refuse("cms-algorithm", "the signature must be ECDSA with SHA-256");
  if (!attributes) return { message: data, signature };
  const values = new Map();
  for (const attribute of children(attributes)) {
    const inside = walk(attribute);
    const kind = oid(inside.next(TAG.oid));
    const given = children(inside.next(TAG.set));
    if (values.has(kind) || given.length !== 1) refuse("cms-attributes", "a signed attribute twice, or with several values");
    values.set(kind, given[0]);
  }
  const [type, named] = [values.get(OID.contentType), values.get(OID.messageDigest)];
  const good = type?.tag === TAG.oid && oid(type) === OID.data && named?.tag === TAG.octets && equal(named.body, sha256(data));
  if (!good) refuse("bad-signature", "the signed attributes name other data");
  // signed as an explicit SET OF, not with the [0] tag it travels under
  return { message: concat(Uint8Array.of(TAG.set), attributes.whole.subarray(1)), signature };
}
