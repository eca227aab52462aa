/** JSON, hex and base64 from strangers, read as strictly as Python reads them: same refusals, same codes. */

import { fromHex } from "./bytes.js";
import { jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { strict64 } from "./note.js";

// a mark at the beginning is content, not something to skip
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const refuse = (code, detail = "") => {
  throw new Failure(code, { detail });
};

/** Bytes → {value, text}; throws json-too-large or not-json (bad UTF-8, a key twice, a number that is no integer). */
export function parseText(bytes, limit = 8 << 20) {
  if (bytes.length > limit) refuse("json-too-large", `${bytes.length} bytes, at most ${limit}`);
  let text, value;
  try {
    text = decoder.decode(bytes);
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure("not-json", { detail: String(cause.message).slice(0, 200) }, cause);
  }
  scan(text);
  return { value, text };
}

export const parse = (bytes, limit) => parseText(bytes, limit).value;

/** The object inside canonical JSON text; throws `code` for anything else. */
export function parseCanonical(bytes, code) {
  try {
    const { value, text } = parseText(bytes);
    if (isObject(value) && jcs(value) === text) return value;
  } catch (cause) {
    throw new Failure(code, { detail: cause.detail?.detail ?? "" }, cause);
  }
  return refuse(code, "not the canonical form of an object");
}

/** What JSON.parse swallows in valid JSON: the same key twice, and numbers with a point or an exponent. */
function scan(text) {
  const open = []; // one Set of names per object, null per list
  let key = true;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') {
      const end = stringEnd(text, at);
      if (key && open.at(-1)) remember(open.at(-1), JSON.parse(text.slice(at, end + 1)));
      key = false;
      at = end;
    } else if (letter === "{") {
      open.push(new Set());
      key = true;
    } else if (letter === "[") open.push(null);
    else if (letter === "}" || letter === "]") open.pop();
    else if (letter === ",") key = true;
    else if (letter === "." || letter === "E" || (letter === "e" && /\d/.test(text[at - 1]))) {
      refuse("not-json", "a number is not an integer; exact decimals are strings");
    }
  }
}

function stringEnd(text, start) {
  for (let end = text.indexOf('"', start + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes++;
    if (slashes % 2 === 0) return end;
  }
}

function remember(names, name) {
  if (names.has(name)) refuse("not-json", "a key appears twice");
  names.add(name);
}

export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A field of an object, or undefined; what is no object has no fields (wrong-shape). */
export function get(value, name) {
  if (!isObject(value)) refuse("wrong-shape", `no object to have ${name}`);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The same, when it must be there. */
export function need(value, name) {
  return get(value, name) ?? (Object.hasOwn(value, name) ? value[name] : refuse("wrong-shape", `no ${name}`));
}

/** Lower-case hex of exactly `length` bytes → bytes; throws not-hex. */
export function unhex(value, length, what = "value") {
  if (typeof value !== "string" || value.length !== 2 * length || !/^[0-9a-f]*$/.test(value)) {
    refuse("not-hex", `${what} must be ${2 * length} lower-case hex digits`);
  }
  return fromHex(value);
}

/** The one canonical base64 text of some bytes → bytes; throws not-base64. */
export function unbase64(value, what = "value") {
  if (typeof value !== "string") refuse("not-base64", `${what} must be base64 text`);
  return strict64(value);
}

/** By code points, as Python sorts; JavaScript's own order is by UTF-16. → negative, 0, positive */
export function byPoints(left, right) {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return a[at].codePointAt(0) - b[at].codePointAt(0);
  }
  return a.length - b.length;
}

export function byBytes(left, right) {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) if (left[at] !== right[at]) return left[at] - right[at];
  return left.length - right.length;
}

/** Two JSON values are the same. */
export const same = (left, right) => jcs(left ?? null) === jcs(right ?? null);

/** A value as Python's str() writes it where a text was expected. */
export function plain(value) {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "number" ? String(value) : jcs(value);
}
