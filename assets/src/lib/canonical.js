/** Canonical JSON (RFC 8785, for strings, integers, booleans, null) and the one hash of all formats. */

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";

const DEEPEST = 32;

/** value → canonical JSON text. Fractions are refused: our formats write decimals as strings. */
export function jcs(value, depth = 0) {
  if (depth > DEEPEST) throw new Failure("not-canonical");
  if (Array.isArray(value)) return "[" + value.map((item) => jcs(item, depth + 1)).join(",") + "]";
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort(); // by UTF-16 code units, as the RFC says
    return "{" + names.map((name) => jcs(name) + ":" + jcs(value[name], depth + 1)).join(",") + "}";
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) throw new Failure("not-canonical");
  // a lone surrogate has no UTF-8; Python's side refuses it too
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new Failure("not-canonical");
  const text = JSON.stringify(value);
  if (text === undefined) throw new Failure("not-canonical");
  return text;
}

/** SHA-256 over the concatenation; strings count as UTF-8. → 32 bytes */
export function H(...parts) {
  return sha256(concat(...parts.map((part) => (typeof part === "string" ? utf8(part) : part))));
}
