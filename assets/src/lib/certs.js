/** Signing keys and certificates: P-256 keys that cannot leave this browser, PKCS#10 requests, ECDSA as DER (trust.md §5). */

import "reflect-metadata"; // the X.509 library's container asks for it before anything else
import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { concat, fromHex } from "./bytes.js";
import { H } from "./canonical.js";
import { Failure } from "./failure.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** → CryptoKeyPair whose private half WebCrypto never gives out. */
export const makeSigningKey = () => crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);

/** subject: [{CN: ["…"]}, {O: ["…"]}, {"2.5.4.97": ["…"]}] in order → PKCS#10 as PEM, signed by the key (possession). */
export async function makeRequest(keys, subject) {
  const request = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: SIGNING });
  return request.toString("pem");
}

function derInteger(bytes) {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const short = bytes.subarray(at);
  const value = short[0] & 0x80 ? concat(new Uint8Array(1), short) : short; // a leading bit would read as minus
  return concat(Uint8Array.of(0x02, value.length), value);
}

/** WebCrypto's r‖s (64 bytes) → DER SEQUENCE {r, s}, as X.509 and CMS want it. */
export function rawToDer(raw) {
  const body = concat(derInteger(raw.subarray(0, 32)), derInteger(raw.subarray(32)));
  return concat(Uint8Array.of(0x30, body.length), body);
}

/** The other way; anything but one strict DER signature is refused. */
export function derToRaw(der) {
  const raw = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    const value = der.subarray(at + 2, at + 2 + length);
    const digits = value[0] === 0 ? value.subarray(1) : value;
    if (der[at] !== 0x02 || digits.length > 32 || value.length !== length) throw new Failure("bad-signature-encoding");
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  const again = rawToDer(raw);
  if (again.length !== der.length || again.some((byte, i) => byte !== der[i])) throw new Failure("bad-signature-encoding");
  return raw;
}

/** ECDSA P-256/SHA-256 over `message` (bytes; the formats pass 32-byte hashes) → DER. */
export async function signMessage(privateKey, message) {
  return rawToDer(new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, message)));
}

/** Does `signature` (DER) over `message` come from the certificate's key? → boolean */
export async function verifyMessage(certificate, message, signature) {
  let raw;
  try {
    raw = derToRaw(signature);
  } catch {
    return false;
  }
  const key = await crypto.subtle.importKey("spki", certificate.publicKey.rawData, CURVE, false, ["verify"]);
  return crypto.subtle.verify(SIGNING, key, raw, message);
}

/** The 32 bytes signed for any document of the house, from its SHA-256 in hex. */
export const documentMessage = (sha256Hex) => H("sunshine/1 document\n", fromHex(sha256Hex));
