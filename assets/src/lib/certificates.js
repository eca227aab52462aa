/** X.509 from strangers: strict DER, paths to given roots, ECDSA P-256 signatures (as proof/…/certificates.py). */

import { equal } from "./bytes.js";
import { TAG, bits, boolean, children, integer, oid, only, time, walk } from "./der.js";
import { derToRaw } from "./ecdsa.js";
import { byBytes, refuse } from "./strict.js";

const LONGEST = 5;
const P256 = "1.2.840.10045.3.1.7";
const EC_KEY = "1.2.840.10045.2.1";
const [KEY_ID, USAGE, ALT_NAME, CONSTRAINTS, EXTENDED] = ["14", "15", "17", "19", "37"].map((arc) => `2.5.29.${arc}`);
const KNOWN_CRITICAL = [CONSTRAINTS, USAGE, EXTENDED, ALT_NAME];
const CURVES = { [P256]: ["P-256", 32], "1.3.132.0.34": ["P-384", 48], "1.3.132.0.35": ["P-521", 66] };
const ECDSA = { "1.2.840.10045.4.3.2": "SHA-256", "1.2.840.10045.4.3.3": "SHA-384", "1.2.840.10045.4.3.4": "SHA-512" };
const RSA = { "1.2.840.113549.1.1.11": "SHA-256", "1.2.840.113549.1.1.12": "SHA-384", "1.2.840.113549.1.1.13": "SHA-512" };

/** DER → {der, serial, issuer, subject, from, until, spki, key, tbs, algorithm, signature, extensions}; throws Failure. */
export function readCertificate(der) {
  const outer = walk(only(der, TAG.sequence));
  const [tbs, algorithm, signature] = [outer.next(TAG.sequence), outer.next(TAG.sequence), bits(outer.next(TAG.bits))];
  outer.end();
  const inner = walk(tbs);
  const version = inner.maybe(0xa0);
  const number = version ? integer(only(version.body, TAG.integer)) : 0n;
  if (version && ![1n, 2n].includes(number)) refuse("der", "a version");
  const serial = integer(inner.next(TAG.integer));
  const same = equal(inner.next(TAG.sequence).whole, algorithm.whole);
  const issuer = nameOf(inner.next(TAG.sequence));
  const [from, until] = validity(inner.next(TAG.sequence));
  const subject = nameOf(inner.next(TAG.sequence));
  const spki = inner.next(TAG.sequence);
  inner.maybe(0x81);
  inner.maybe(0x82);
  const extensions = inner.maybe(0xa3);
  inner.end();
  return {
    der, serial, issuer, subject, from, until, spki: spki.whole, key: keyOf(spki), tbs: tbs.whole, same,
    algorithm: oid(walk(algorithm).next(TAG.oid)), signature: signature.bytes,
    extensions: extensions ? children(only(extensions.body, TAG.sequence)).map(extension) : [],
  }; // prettier-ignore
}

/** A Name in its bytes, after a look at its structure. */
function nameOf(node) {
  for (const set of children(node)) {
    const pairs = set.tag === TAG.set ? children(set) : [];
    if (!pairs.length) refuse("der", "a name");
    for (const pair of pairs) {
      const inside = walk(pair);
      oid(inside.next(TAG.oid));
      const value = inside.any();
      inside.end();
      if (value.tag === 0x0c) new TextDecoder("utf-8", { fatal: true }).decode(value.body);
    }
  }
  return node.whole;
}

function validity(node) {
  const both = children(node);
  if (both.length !== 2) refuse("der", "a validity");
  return both.map(time);
}

function keyOf(spki) {
  const inside = walk(spki);
  const algorithm = walk(inside.next(TAG.sequence));
  const point = bits(inside.next(TAG.bits)).bytes;
  inside.end();
  const kind = oid(algorithm.next(TAG.oid));
  const curve = kind === EC_KEY ? algorithm.maybe(TAG.oid) : null;
  return { kind, curve: curve && oid(curve), point };
}

function extension(node) {
  const inside = walk(node);
  const id = oid(inside.next(TAG.oid));
  const critical = inside.maybe(TAG.boolean);
  if (critical && !boolean(critical)) refuse("der", "a default that is written out");
  const value = inside.next(TAG.octets).body;
  inside.end();
  return { id, critical: critical !== null, value };
}

/** {constraints: {ca, room}, usage: Set of bits} of the extensions that matter; throws no-chain when unreadable. */
function extensionsOf(certificate) {
  const found = new Map();
  for (const { id, value } of certificate.extensions) {
    if (found.has(id)) refuse("no-chain", "an extension appears twice");
    found.set(id, value);
  }
  try {
    return {
      constraints: found.has(CONSTRAINTS) ? constraintsOf(found.get(CONSTRAINTS)) : null,
      usage: found.has(USAGE) ? bits(only(found.get(USAGE), TAG.bits)).bytes : null,
      keyId: found.has(KEY_ID) ? only(found.get(KEY_ID), TAG.octets).body : null,
    };
  } catch {
    return refuse("no-chain", "the certificate's extensions cannot be read");
  }
}

function constraintsOf(value) {
  const inside = walk(only(value, TAG.sequence));
  const ca = inside.maybe(TAG.boolean);
  const room = inside.maybe(TAG.integer);
  inside.end();
  if (ca && !boolean(ca)) refuse("der", "a default that is written out");
  return { ca: ca !== null, room: room && integer(room) };
}

/** The subject key identifier, or null. */
export const keyIdentifier = (certificate) => extensionsOf(certificate).keyId;

const allows = (usage, mask) => usage === null || ((usage[0] ?? 0) & mask) !== 0;

/** The certificate's P-256 key for WebCrypto; throws bad-key. */
async function signingKey({ spki, key }) {
  if (key.kind !== EC_KEY || key.curve !== P256) refuse("bad-key", "the certificate must hold a P-256 key");
  try {
    return await crypto.subtle.importKey("spki", spki, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  } catch {
    return refuse("bad-key", "the certificate's key cannot be read");
  }
}

/** `signature` (DER, ECDSA with SHA-256) over `message` is this certificate's; throws bad-key, bad-signature. */
export async function verifySignature(certificate, message, signature) {
  const key = await signingKey(certificate);
  let raw = null;
  try {
    raw = derToRaw(signature);
  } catch {
    refuse("bad-signature", "not a DER signature");
  }
  const good = await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, message);
  if (!good) refuse("bad-signature", "the signature is not of this certificate");
}

/**
 * The path certificate → … → one of `roots` at the instant `at` (microseconds since 1970; null: any time), at most 5
 * long; throws no-chain, not-valid-then.
 */
export async function checkChain(certificate, intermediates, roots, at = null) {
  checkOwn(certificate, at);
  if (!allows(extensionsOf(certificate).usage, 0xc0)) refuse("no-chain", "the certificate is not for signatures");
  const path = await climb([certificate], intermediates, roots, at);
  return path ?? refuse("no-chain", "the certificate leads to none of the pinned roots");
}

async function climb(path, intermediates, roots, at) {
  for (const root of roots) if (await issued(path, root, at)) return [...path, root];
  if (path.length + 1 >= LONGEST) return null;
  for (const issuer of intermediates) {
    if (path.some(({ der }) => byBytes(der, issuer.der) === 0) || !(await issued(path, issuer, at))) continue;
    const found = await climb([...path, issuer], intermediates, roots, at);
    if (found) return found;
  }
  return null;
}

/** May and did `issuer` issue the last certificate of the path? */
async function issued(path, issuer, at) {
  const last = path.at(-1);
  if (byBytes(last.issuer, issuer.subject) !== 0 || !last.same) return false;
  try {
    checkOwn(issuer, at);
    const { constraints, usage } = extensionsOf(issuer);
    if (!constraints?.ca || !allows(usage, 0x04)) return false;
    if (constraints.room !== null && BigInt(path.length - 1) > constraints.room) return false;
    return await signedByIssuer(last, issuer);
  } catch {
    return false;
  }
}

async function signedByIssuer({ tbs, algorithm, signature }, { spki, key }) {
  const [curve, size] = CURVES[key.curve] ?? [];
  if (key.kind === EC_KEY && curve && ECDSA[algorithm]) {
    const name = { name: "ECDSA", namedCurve: curve };
    const issuer = await crypto.subtle.importKey("spki", spki, name, false, ["verify"]);
    return crypto.subtle.verify({ name: "ECDSA", hash: ECDSA[algorithm] }, issuer, derToRaw(signature, size), tbs);
  }
  if (!RSA[algorithm]) return false;
  const name = { name: "RSASSA-PKCS1-v1_5", hash: RSA[algorithm] };
  const issuer = await crypto.subtle.importKey("spki", spki, name, false, ["verify"]);
  return crypto.subtle.verify(name, issuer, signature, tbs);
}

function checkOwn(certificate, at) {
  if (at !== null && !(certificate.from * 1e6 <= at && at <= certificate.until * 1e6)) {
    refuse("not-valid-then", "a certificate of the path was not valid at that instant");
  }
  extensionsOf(certificate);
  const unknown = certificate.extensions.find(({ id, critical }) => critical && !KNOWN_CRITICAL.includes(id));
  if (unknown) refuse("no-chain", `critical extension ${unknown.id} is not known here`);
}

