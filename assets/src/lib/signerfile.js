/**
 * A signing key in a PEM file: PKCS#8, mostly encrypted (PBES2 as OpenSSL writes it), with its certificate and the
 * chain above it. Also makes one. The key that is read can sign and cannot be taken out again.
 */

import { concat, fromBase64, toBase64, utf8 } from "./bytes.js";
import { makeRequest } from "./certs.js";
import { readCertificate } from "./chain.js";
import { Failure } from "./failure.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const ROUNDS = 600_000; // of PBKDF2, for keys made here
const MOST_ROUNDS = 10_000_000;
const OID = {
  pbes2: "2a864886f70d01050d",
  pbkdf2: "2a864886f70d01050c",
  "2a864886f70d0207": "SHA-1",
  "2a864886f70d0209": "SHA-256",
  "2a864886f70d020b": "SHA-512",
  "60864801650304012a": 256, // aes256-CBC
  "608648016503040102": 128, // aes128-CBC
};
const HMAC_SHA256 = "2a864886f70d0209";
const AES256 = "60864801650304012a";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const unhex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const bad = (cause) => new Failure("signer-file", {}, cause);

/** PEM text → [{kind, bytes}] */
function blocks(text) {
  const found = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g);
  return Array.from(found, ([whole, kind, body]) => ({ kind, whole, bytes: fromBase64(body.replace(/\s/g, "")) }));
}

const pem = (kind, bytes) => `-----BEGIN ${kind}-----\n${toBase64(bytes).replace(/(.{64})/g, "$1\n").trimEnd()}\n-----END ${kind}-----\n`;

/** One DER value at `at` → {tag, body, next}; only what short keys need. */
function value(bytes, at = 0) {
  let [length, start] = [bytes[at + 1], at + 2];
  if (length & 0x80) {
    const octets = length & 0x7f;
    if (octets < 1 || octets > 3) throw bad();
    length = bytes.subarray(start, start + octets).reduce((sum, byte) => sum * 256 + byte, 0);
    start += octets;
  }
  const next = start + length;
  if (!(next <= bytes.length)) throw bad();
  return { tag: bytes[at], body: bytes.subarray(start, next), next };
}

function inside(outer, expected = 0x30) {
  if (outer?.tag !== expected) throw bad();
  const { body } = outer;
  const found = [];
  for (let at = 0; at < body.length; at = found.at(-1).next) found.push(value(body, at));
  return found;
}

async function secretFor(passphrase, salt, iterations, hash, bits) {
  const base = await crypto.subtle.importKey("raw", utf8(passphrase), "PBKDF2", false, ["deriveKey"]);
  const by = { name: "PBKDF2", salt, iterations, hash };
  return crypto.subtle.deriveKey(by, base, { name: "AES-CBC", length: bits }, false, ["encrypt", "decrypt"]);
}

async function decrypted(bytes, passphrase) {
  const [algorithm, data] = inside(value(bytes));
  const [scheme, parameters] = inside(algorithm);
  const [derivation, cipher] = inside(parameters);
  const [kdf, kdfParameters] = inside(derivation);
  const [salt, rounds, ...more] = inside(kdfParameters);
  const [cipherName, iv] = inside(cipher);
  if (!(salt && rounds && iv && cipherName && kdf && scheme && data)) throw bad();
  const prf = more.find(({ tag }) => tag === 0x30);
  const hash = prf ? OID[hex(inside(prf)[0].body)] : "SHA-1";
  const bits = OID[hex(cipherName.body)];
  const iterations = rounds.body.reduce((sum, byte) => sum * 256 + byte, 0);
  const known = hex(scheme.body) === OID.pbes2 && hex(kdf.body) === OID.pbkdf2 && typeof hash === "string" && typeof bits === "number";
  if (!known || iterations < 1 || iterations > MOST_ROUNDS || data.tag !== 0x04) throw new Failure("signer-cipher");
  const key = await secretFor(passphrase, salt.body, iterations, hash, bits);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: iv.body }, key, data.body));
  } catch (cause) {
    throw new Failure("signer-passphrase", {}, cause);
  }
}

/** Does the file ask for a passphrase? */
export const isLocked = (text) => text.includes("BEGIN ENCRYPTED PRIVATE KEY");

/**
 * text of one or more PEM files; passphrase, where the key has one → {keys: {privateKey}, certificate, chain, name,
 * organisation, uscc, until: Date}. Failure signer-file, signer-passphrase, signer-cipher, signer-certificate.
 */
export async function readSigner(text, passphrase = "") {
  const found = readable(() => blocks(text));
  const sealed = found.find(({ kind }) => kind === "ENCRYPTED PRIVATE KEY");
  const plain = sealed ? await decrypted(sealed.bytes, passphrase) : found.find(({ kind }) => kind === "PRIVATE KEY")?.bytes;
  if (!plain) throw bad();
  const [privateKey, own] = await imported(plain, Boolean(sealed));
  const certificates = readable(() => found.filter(({ kind }) => kind === "CERTIFICATE").map(({ whole }) => [whole, readCertificate(whole)]));
  const mine = certificates.find(([, each]) => hex(new Uint8Array(each.publicKey.rawData)) === own);
  if (!mine) throw new Failure("signer-certificate");
  const [certificate, parsed] = mine;
  const field = (name) => parsed.subjectName.getField(name)[0] ?? "";
  const chain = certificates.filter((each) => each !== mine).map(([whole]) => whole);
  const about = { name: field("CN"), organisation: field("O"), uscc: field("2.5.4.97").replace(/^NTRCN-/, ""), until: parsed.notAfter };
  return { keys: { privateKey }, certificate, chain, ...about };
}

function readable(read) {
  try {
    return read();
  } catch (cause) {
    throw bad(cause);
  }
}

/** PKCS#8 bytes → [CryptoKey for signing, hex of the public key's SubjectPublicKeyInfo] */
async function imported(pkcs8, wasSealed) {
  try {
    const open = await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["sign"]);
    const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", open);
    const own = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, CURVE, true, ["verify"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", own));
    return [await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["sign"]), hex(spki)];
  } catch (cause) {
    // a wrong passphrase leaves right padding once in 256 times
    throw wasSealed ? new Failure("signer-passphrase", {}, cause) : bad(cause);
  }
}

function der(tag, ...bodies) {
  const body = concat(...bodies);
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return concat(Uint8Array.of(tag, ...length), body);
}

/** A fresh key under a passphrase, and the request for its certificate; subject as for makeRequest. → {key, request}: PEM texts */
export async function makeSigner(passphrase, subject) {
  const keys = await crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const plain = new Uint8Array(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
  const [salt, iv] = [crypto.getRandomValues(new Uint8Array(16)), crypto.getRandomValues(new Uint8Array(16))];
  const secret = await secretFor(passphrase, salt, ROUNDS, "SHA-256", 256);
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, secret, plain));
  const oid = (name) => der(0x06, unhex(name));
  const rounds = der(0x02, Uint8Array.of(ROUNDS >> 16, (ROUNDS >> 8) & 255, ROUNDS & 255));
  const prf = der(0x30, oid(HMAC_SHA256), der(0x05));
  const derivation = der(0x30, oid(OID.pbkdf2), der(0x30, der(0x04, salt), rounds, prf));
  const cipher = der(0x30, oid(AES256), der(0x04, iv));
  const algorithm = der(0x30, oid(OID.pbes2), der(0x30, derivation, cipher));
  const sealed = der(0x30, algorithm, der(0x04, data));
  return { key: pem("ENCRYPTED PRIVATE KEY", sealed), request: await makeRequest(keys, subject) };
}
