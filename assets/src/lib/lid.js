/** The lid: the signed, public description of a sealed bid, and the withdrawal that closes its chain (trust.md §1.3–1.4). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { fromBase64, fromHex, toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { ED25519, readVkey } from "./note.js";

const idOf = (content) => H("seal/1 lid\n", jcs(content));

function signed(content, boxSecret) {
  const id = idOf(content);
  return { ...content, id: toHex(id), sig: toHex(ed25519.sign(H("seal/1 lid-sig\n", id), boxSecret)) };
}

/** A fresh box key: {key, secret}, both hex. It signs one bidder's lids in one lot and names nobody. */
export function makeBoxKey() {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  return { key: boxKeyOf(toHex(secret)), secret: toHex(secret) };
}

export const boxKeyOf = (secretHex) => toHex(ed25519.getPublicKey(fromHex(secretHex)));

/** parts: the public descriptions that sealPart returned; prev: id of the lid before, "" for the first. */
export function makeLid(policyId, parts, { seq, prev, boxSecret }) {
  const box_key = boxKeyOf(boxSecret);
  return signed({ v: "seal/1", policy: toHex(policyId), box_key, seq, prev, parts }, fromHex(boxSecret));
}

export function makeWithdrawal(policyId, { seq, prev, boxSecret }) {
  const box_key = boxKeyOf(boxSecret);
  return signed({ v: "seal-withdraw/1", policy: toHex(policyId), box_key, seq, prev }, fromHex(boxSecret));
}

/** Throws Failure("lid-forged") unless the lid or withdrawal is under this policy and its id and signature are its own. */
export function verifyLid(lid, policyId) {
  const { id, sig, ...content } = lid;
  let good = false;
  try {
    const expected = idOf(content);
    good = toHex(expected) === id && lid.policy === toHex(policyId);
    good &&= ed25519.verify(fromHex(sig), H("seal/1 lid-sig\n", expected), fromHex(lid.box_key));
  } catch (cause) {
    throw new Failure("lid-forged", { lid: id }, cause);
  }
  if (!good) throw new Failure("lid-forged", { lid: id });
}

/** receipt/1 against the log's verifier key (C2SP vkey `name+hash+base64(0x01 ‖ key)`) and the lid it must speak of. */
export function verifyReceipt(receipt, lidId, vkey) {
  const { sig, ...content } = receipt;
  const { name, type, key } = readVkey(vkey);
  let good = receipt.log_origin === name && receipt.v === "receipt/1" && receipt.lid === lidId && type === ED25519;
  good &&= ed25519.verify(fromBase64(sig), H("sunshine/1 receipt\n", jcs(content)), key);
  if (!good) throw new Failure("receipt-forged", { lid: lidId });
}
