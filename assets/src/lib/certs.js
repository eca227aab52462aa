/** Signing keys and certificates: P-256 keys that cannot leave this browser, PKCS#10 requests, ECDSA as DER (trust.md §5). */

import { Pkcs10CertificateRequestGenerator } from "@peculiar/x509";
import { fromHex } from "./bytes.js";
import { H } from "./canonical.js";
import { derToRaw, rawToDer } from "./ecdsa.js";

export { derToRaw, rawToDer };

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

/** → CryptoKeyPair whose private half WebCrypto never gives out. */
export const makeSigningKey = () => crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);

/** subject: [{CN: ["…"]}, {O: ["…"]}, {"2.5.4.97": ["…"]}] in order → PKCS#10 as PEM, signed by the key (possession). */
export async function makeRequest(keys, subject) {
  const request = await Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: SIGNING });
  return request.toString("pem");
}

/** ECDSA P-256/SHA-256 over `message` (bytes; the formats pass 32-byte hashes) → DER. */
export async function signMessage(privateKey, message) {
  return rawToDer(new Uint8Array(await crypto.subtle.sign(SIGNING, privateKey, message)));
}

/** The 32 bytes signed for any document of the house, from its SHA-256 in hex. */
export const documentMessage = (sha256Hex) => H("sunshine/1 document\n", fromHex(sha256Hex));
