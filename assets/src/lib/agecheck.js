/** age files and recipients of strangers, judged without any key (as proof/…/agefile.py and bech32.py). */

import { x25519 } from "@noble/curves/ed25519.js";
import { fromBase64, toBase64 } from "./bytes.js";
import { refuse } from "./strict.js";

const ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const [CHUNK, TAG, NONCE, HEADER] = [65536, 16, 16, 168];

function checksum(values) {
  let check = 1;
  for (const value of values) {
    const top = check >>> 25;
    check = ((check & 0x1ffffff) << 5) ^ value;
    GENERATOR.forEach((generator, bit) => (check ^= (top >>> bit) & 1 ? generator : 0));
  }
  return check;
}

/** Bech32 text → {prefix, bytes}; throws bech32-text, bech32-checksum, bech32-padding. */
function decode(text) {
  const lower = text.toLowerCase();
  // eslint-disable-next-line no-control-regex
  if ((text !== lower && text !== text.toUpperCase()) || !/^[\x00-\x7f]*$/.test(text)) refuse("bech32-text", "mixed case or not ASCII");
  const cut = lower.lastIndexOf("1");
  const [prefix, tail] = [lower.slice(0, Math.max(cut, 0)), lower.slice(cut + 1)];
  if (!prefix || tail.length < 6 || [...tail].some((letter) => !ALPHABET.includes(letter))) refuse("bech32-text", "not Bech32");
  if (!/^[!-~]+$/.test(prefix)) refuse("bech32-text", "prefix has characters that are not printable");
  const values = Array.from(tail, (letter) => ALPHABET.indexOf(letter));
  const codes = Array.from(prefix, (letter) => letter.charCodeAt(0));
  const expanded = [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
  if (checksum([...expanded, ...values]) !== 1) refuse("bech32-checksum", "a character was changed");
  const bytes = [];
  let [rest, bits] = [0, 0];
  for (const value of values.slice(0, -6)) {
    [rest, bits] = [((rest << 5) | value) & 0xfff, bits + 5];
    if (bits >= 8) bytes.push((rest >> (bits -= 8)) & 255);
  }
  if (bits >= 5 || rest & ((1 << bits) - 1)) refuse("bech32-padding", "the padding bits are not zero");
  return { prefix, bytes: Uint8Array.from(bytes) };
}

/** `age1…` → nothing; throws age-key for another key and for low-order points, which encrypt to everybody. */
export function checkRecipient(recipient) {
  const { prefix, bytes } = decode(recipient);
  if (prefix !== "age" || bytes.length !== 32 || recipient !== recipient.toLowerCase()) refuse("age-key", "expected age1…");
  try {
    x25519.getSharedSecret(new Uint8Array(32).fill(0x40, 31), bytes);
  } catch {
    refuse("age-key", "the recipient is a low-order point");
  }
}

/** Size in bytes of the age file of so many plaintext bytes. */
export const bodySize = (plain) => HEADER + NONCE + plain + TAG * Math.max(1, Math.ceil(plain / CHUNK));

/** An age file with exactly one X25519 stanza and a size that chunks can have; throws age-header, age-size. */
export function inspectBody(bytes) {
  const head = bytes.subarray(0, HEADER);
  const text = String.fromCharCode(...head);
  const match = /^age-encryption\.org\/v1\n-> X25519 ([^\n]{43})\n([^\n]{43})\n--- ([^\n]{43})\n$/.exec(text);
  if (!match || head.length !== HEADER) refuse("age-header", "the header must be exactly one X25519 stanza");
  for (const part of match.slice(1)) if (!isBare(part)) refuse("age-header", "not canonical base64 of 32 bytes");
  const inside = bytes.length - HEADER - NONCE;
  const [chunks, rest] = [Math.floor(inside / (CHUNK + TAG)), inside % (CHUNK + TAG)];
  if (chunks < 0 || (rest > 0 && rest < TAG) || (rest === TAG && chunks > 0) || (rest === 0 && chunks === 0)) {
    refuse("age-size", `${bytes.length} bytes are no whole number of chunks`);
  }
}

function isBare(part) {
  try {
    const raw = fromBase64(`${part}=`);
    return raw.length === 32 && toBase64(raw) === `${part}=`;
  } catch {
    return false;
  }
}
