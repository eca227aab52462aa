/** Deterministic Shamir sharing of 32 bytes over GF(2⁸)/0x11b (trust.md §1.4); the shares of others combine with ours. */

import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";

// no branches and no tables: neither timing nor cache lines depend on the secret
function multiply(a, b) {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) {
    product ^= -(b & 1) & a;
    a = ((a << 1) & 255) ^ (-(a >> 7) & 0x1b);
    b >>= 1;
  }
  return product;
}

function inverse(a) {
  let power = a; // a^254 = a⁻¹ in a field of 256 elements
  for (let bit = 0; bit < 6; bit++) power = multiply(multiply(power, power), a);
  return multiply(power, power);
}

/** secret (32 bytes), policy id (32 bytes), threshold k of n → array of n shares y₁…yₙ of 32 bytes. */
export function deal(secret, policyId, k, n) {
  const coefficients = [secret];
  for (let j = 1; j < k; j++) {
    coefficients.push(hkdf(sha256, secret, undefined, concat(utf8(`seal/1 coeff ${j} `), policyId), 32));
  }
  return Array.from({ length: n }, (_, index) => {
    const y = new Uint8Array(32);
    for (let byte = 0; byte < 32; byte++) {
      let value = 0;
      for (let j = k - 1; j >= 0; j--) value = multiply(value, index + 1) ^ coefficients[j][byte];
      y[byte] = value;
    }
    return y;
  });
}

/** Map of trustee number → y (exactly k of them) → the secret, 32 bytes. */
export function combine(shares) {
  const numbers = [...shares.keys()];
  if (numbers.some((i) => !Number.isInteger(i) || i < 1 || i > 255)) throw new Failure("bad-share-number");
  const secret = new Uint8Array(32);
  for (const i of numbers) {
    let weight = 1;
    for (const j of numbers) if (j !== i) weight = multiply(weight, multiply(j, inverse(i ^ j)));
    const y = shares.get(i);
    for (let byte = 0; byte < 32; byte++) secret[byte] ^= multiply(weight, y[byte]);
  }
  return secret;
}
