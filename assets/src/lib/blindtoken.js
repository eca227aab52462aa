/** box-token/1: the right to submit, signed blindly (RFC 9474, RSABSSA-SHA384-PSS-Deterministic; trust.md §1.3). The supplier's side. */

import { concat, fromBase64, fromHex, toBase64, toHex, xor } from "./bytes.js";
import { H } from "./canonical.js";
import { Failure } from "./failure.js";

const HASH = 48; // bytes of SHA-384, and of the salt
const PSS = { name: "RSA-PSS", hash: "SHA-384", saltLength: HASH };

const toNumber = (bytes) => BigInt("0x" + toHex(bytes));
const fromNumber = (number, size) => fromHex(number.toString(16).padStart(2 * size, "0"));
const sha384 = async (...parts) => new Uint8Array(await crypto.subtle.digest("SHA-384", concat(...parts)));

/** policyId (32 bytes), boxKey (hex) → the 32 bytes a token signs. */
export function tokenMessage(policyId, boxKey) {
  const key = fromHex(boxKey);
  if (policyId.length !== 32 || key.length !== 32) throw new Failure("token-message");
  return H("seal/1 box-token\n", policyId, key);
}

/** base64 SPKI → {handle: CryptoKey, n, size in bytes, id}; Failure("token-key") unless RSA, 2048–4096 bits, e = 65537, canonical. */
async function readKey(text) {
  let handle, jwk, again;
  try {
    handle = await crypto.subtle.importKey("spki", fromBase64(text), PSS, true, ["verify"]);
    [jwk, again] = await Promise.all(["jwk", "spki"].map((form) => crypto.subtle.exportKey(form, handle)));
  } catch (cause) {
    throw new Failure("token-key", {}, cause);
  }
  const n = toNumber(fromBase64(jwk.n.replaceAll("-", "+").replaceAll("_", "/")));
  const bits = n.toString(2).length;
  const sound = toBase64(new Uint8Array(again)) === text && jwk.e === "AQAB" && bits >= 2048 && bits <= 4096 && bits % 8 === 0 && n & 1n;
  if (!sound) throw new Failure("token-key");
  return { handle, n, size: bits / 8, id: toHex(H("seal/1 token-key\n", new Uint8Array(again))) };
}

/** EMSA-PSS-ENCODE for a modulus of 8·size bits (RFC 8017 §9.1.1) → size bytes. */
async function encode(message, salt, size) {
  const digest = await sha384(new Uint8Array(8), await sha384(message), salt);
  const block = concat(new Uint8Array(size - 2 * HASH - 2), Uint8Array.of(1), salt);
  const mask = [];
  for (let i = 0; i * HASH < block.length; i++) mask.push(await sha384(digest, Uint8Array.of(0, 0, 0, i)));
  const masked = xor(block, concat(...mask));
  masked[0] &= 0x7f; // one bit shorter than the modulus, so that the number is below it
  return concat(masked, digest, Uint8Array.of(0xbc));
}

function raise(base, n) {
  let power = base;
  for (let bit = 0; bit < 16; bit++) power = (power * power) % n;
  return (power * base) % n; // base^65537
}

/** 1/value mod n, or undefined where there is none. */
function inverse(value, n) {
  let [a, b, x, y] = [n, value, 0n, 1n];
  while (b) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  return a === 1n ? ((x % n) + n) % n : undefined;
}

/** → [r, 1/r], r uniform. BigInt is not constant in time, but each r is used once, here, where nobody else can ask again. */
function unit(n, size) {
  for (;;) {
    const r = toNumber(crypto.getRandomValues(new Uint8Array(size)));
    const inverted = r < n ? inverse(r, n) : undefined;
    if (inverted) return [r, inverted];
  }
}

/** message: bytes → {blinded, secret}, base64: the first for the signer, the second for `finalize` and nobody else. */
export async function blind(publicKeyText, message) {
  const { n, size } = await readKey(publicKeyText);
  const number = toNumber(await encode(message, crypto.getRandomValues(new Uint8Array(HASH)), size));
  if (!inverse(number, n)) throw new Failure("token-key"); // a modulus with a factor that anybody can find
  const [r, inverted] = unit(n, size);
  return { blinded: toBase64(fromNumber((number * raise(r, n)) % n, size)), secret: toBase64(fromNumber(inverted, size)) };
}

/** The signer's answer and the secret of `blind`, base64 → the signature, base64; checked before it is given out. */
export async function finalize(publicKeyText, message, blindSignature, secret) {
  const { handle, n, size } = await readKey(publicKeyText);
  const [answer, inverted] = [blindSignature, secret].map((text) => {
    const bytes = fromBase64(text);
    const number = bytes.length === size ? toNumber(bytes) : 0n;
    if (number === 0n || number >= n) throw new Failure("token-range");
    return number;
  });
  const signature = fromNumber((answer * inverted) % n, size);
  if (!(await crypto.subtle.verify(PSS, handle, signature, message))) throw new Failure("token-signature");
  return toBase64(signature);
}

/** The secret of `prepare`, kept until the token is there (a lost answer comes again), and the signer's answer → the token. */
export async function unblind(policyId, boxKey, publicKeyText, secret, blindSignature) {
  const sig = await finalize(publicKeyText, tokenMessage(policyId, boxKey), blindSignature, secret);
  const { id } = await readKey(publicKeyText);
  return { v: "box-token/1", policy: toHex(policyId), box_key: boxKey, key: id, sig };
}

/** policyId (32 bytes), boxKey (hex, fresh), publicKeyText of the lot → {blinded (to send), secret, unblind(answer) → token}. */
export async function prepare(policyId, boxKey, publicKeyText) {
  const { blinded, secret } = await blind(publicKeyText, tokenMessage(policyId, boxKey));
  return { blinded, secret, unblind: (answer) => unblind(policyId, boxKey, publicKeyText, secret, answer) };
}

/** Resolves when the token gives the right to submit under this policy and box key; otherwise Failure token-…. */
export async function verifyToken(token, policyId, boxKey, publicKeyText) {
  const { handle, id } = await readKey(publicKeyText);
  if (token.v !== "box-token/1" || Object.keys(token).length !== 5) throw new Failure("token-version");
  if (token.policy !== toHex(policyId)) throw new Failure("token-policy");
  if (token.box_key !== boxKey) throw new Failure("token-box-key");
  if (token.key !== id) throw new Failure("token-key");
  const signature = fromBase64(token.sig);
  if (toBase64(signature) !== token.sig) throw new Failure("not-base64");
  const message = tokenMessage(policyId, boxKey);
  if (!(await crypto.subtle.verify(PSS, handle, signature, message))) throw new Failure("token-signature");
}
