/** age v1 files: keys as Bech32, streams through typage, and the deterministic file that carries a share (trust.md §1.4). */

import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bech32 } from "@scure/base";
import { Decrypter, Encrypter } from "age-encryption";
import { concat, toBase64, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";

/** 32 secret bytes → `AGE-SECRET-KEY-1…` */
export function identityOf(secret) {
  return bech32.encodeFromBytes("AGE-SECRET-KEY-", secret).toUpperCase();
}

/** 32 secret bytes → `age1…` */
export function recipientOf(secret) {
  return bech32.encodeFromBytes("age", x25519.getPublicKey(secret));
}

/** `age1…` → 32 bytes of the X25519 public key; anything else (other key types too) is refused. */
export function recipientBytes(recipient) {
  let decoded;
  try {
    decoded = bech32.decodeToBytes(recipient);
  } catch (cause) {
    throw new Failure("bad-recipient", {}, cause);
  }
  if (decoded.prefix !== "age" || decoded.bytes.length !== 32) throw new Failure("bad-recipient");
  return decoded.bytes;
}

/** `AGE-SECRET-KEY-1…` → 32 secret bytes. */
export function identityBytes(identity) {
  const decoded = bech32.decodeToBytes(identity.toLowerCase());
  if (decoded.prefix !== "age-secret-key-" || decoded.bytes.length !== 32) throw new Failure("bad-identity");
  return decoded.bytes;
}

/** ReadableStream of plain bytes → ReadableStream of one age file for one X25519 recipient. */
export async function encryptStream(recipient, stream) {
  recipientBytes(recipient);
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(stream);
}

/** Bytes of a small age file + identity → plain bytes; throws whatever typage says. */
export async function decryptBytes(file, identity) {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(file);
}

const bare64 = (bytes) => toBase64(bytes).replace(/=+$/, "");

/**
 * The age file whose every random value is drawn from `seed` (32 bytes) and `label`, so that anybody who learns the
 * seed can recompute it byte for byte and see who made a bad share. For payloads up to 64 KiB (one final chunk).
 */
export function deterministicFile(recipient, plain, seed, label) {
  const R = recipientBytes(recipient);
  const derive = (what, length) => hkdf(sha256, seed, undefined, utf8(`seal/1 det ${what} ${label}`), length);
  const fileKey = derive("filekey", 16);
  const ephemeral = derive("eph", 32);
  const nonce = derive("nonce", 16);
  const point = x25519.getPublicKey(ephemeral);
  const shared = x25519.getSharedSecret(ephemeral, R);
  const wrapKey = hkdf(sha256, shared, concat(point, R), utf8("age-encryption.org/v1/X25519"), 32);
  const wrapped = chacha20poly1305(wrapKey, new Uint8Array(12)).encrypt(fileKey);
  const head = `age-encryption.org/v1\n-> X25519 ${bare64(point)}\n${bare64(wrapped)}\n---`;
  const mac = hmac(sha256, hkdf(sha256, fileKey, undefined, utf8("header"), 32), utf8(head));
  const lastChunk = new Uint8Array(12);
  lastChunk[11] = 1;
  const payloadKey = hkdf(sha256, fileKey, nonce, utf8("payload"), 32);
  const payload = chacha20poly1305(payloadKey, lastChunk).encrypt(plain);
  return concat(utf8(`${head} ${bare64(mac)}\n`), nonce, payload);
}
