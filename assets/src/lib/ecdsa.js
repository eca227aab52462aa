/** ECDSA signatures in their two spellings: DER, as documents carry them, and WebCrypto's r‖s. */

import { concat } from "./bytes.js";
import { Failure } from "./failure.js";

function derInteger(bytes) {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at++;
  const short = bytes.subarray(at);
  const value = short[0] & 0x80 ? concat(new Uint8Array(1), short) : short; // a leading bit would read as minus
  return concat(Uint8Array.of(0x02, value.length), value);
}

/** WebCrypto's r‖s (twice the curve's size) → DER SEQUENCE {r, s}, as X.509 and CMS want it. */
export function rawToDer(raw) {
  const body = concat(derInteger(raw.subarray(0, raw.length / 2)), derInteger(raw.subarray(raw.length / 2)));
  return concat(Uint8Array.of(0x30, ...(body.length < 128 ? [] : [0x81]), body.length), body);
}

/** The other way; anything but one strict DER signature is refused. `size`: bytes of the curve's numbers. */
export function derToRaw(der, size = 32) {
  const raw = new Uint8Array(2 * size);
  let at = der[1] === 0x81 ? 3 : 2;
  for (const end of [size, 2 * size]) {
    const length = der[at + 1];
    const value = der.subarray(at + 2, at + 2 + length);
    const digits = value[0] === 0 ? value.subarray(1) : value;
    if (der[at] !== 0x02 || digits.length > size || value.length !== length) throw new Failure("bad-signature-encoding");
    raw.set(digits, end - digits.length);
    at += 2 + length;
  }
  const again = rawToDer(raw);
  if (again.length !== der.length || again.some((byte, i) => byte !== der[i])) throw new Failure("bad-signature-encoding");
  return raw;
}
