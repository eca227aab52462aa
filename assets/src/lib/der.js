/** DER (X.690), strictly: definite lengths in their shortest form, nothing behind the end. */

import { Failure } from "./failure.js";

const wrong = (detail) => {
  throw new Failure("der", { detail });
};

export const TAG = { boolean: 1, integer: 2, bits: 3, octets: 4, null: 5, oid: 6, utcTime: 0x17, time: 0x18, sequence: 0x30, set: 0x31 };

/** The element at `at` → {tag, body, whole, end}; body and whole are views. */
export function element(bytes, at = 0) {
  if (at + 2 > bytes.length) wrong("cut");
  const tag = bytes[at];
  if ((tag & 0x1f) === 0x1f) wrong("a tag of several bytes");
  let [length, start] = [bytes[at + 1], at + 2];
  if (length > 0x7f) {
    const octets = length & 0x7f;
    if (octets < 1 || octets > 4 || start + octets > bytes.length || bytes[start] === 0) wrong("a length");
    length = bytes.subarray(start, start + octets).reduce((sum, byte) => sum * 256 + byte, 0);
    if (length < 0x80) wrong("a length longer than need be");
    start += octets;
  }
  const end = start + length;
  if (end > bytes.length) wrong("cut");
  return { tag, body: bytes.subarray(start, end), whole: bytes.subarray(at, end), end };
}

/** The one element that fills `bytes`, of that tag. */
export function only(bytes, tag) {
  const found = element(bytes);
  if (found.end !== bytes.length || found.tag !== tag) wrong("another element");
  return found;
}

/** The elements inside. */
export function children({ body }) {
  const found = [];
  for (let at = 0; at < body.length; at = found.at(-1).end) found.push(element(body, at));
  return found;
}

/** Takes the elements of a SEQUENCE one after the other: next(tag) must be there, maybe(tag) may. */
export function walk(node) {
  if (node.tag !== TAG.sequence) wrong("no sequence");
  const left = children(node);
  const maybe = (tag) => (left[0]?.tag === tag ? left.shift() : null);
  const next = (tag) => maybe(tag) ?? wrong("an element is missing");
  const any = () => left.shift() ?? wrong("an element is missing");
  const end = () => left.length === 0 || wrong("an element too many");
  return { maybe, next, any, end };
}

/** An INTEGER in its shortest form → BigInt. */
export function integer({ body }) {
  if (!body.length) wrong("an empty number");
  if (body.length > 1 && ((body[0] === 0 && body[1] < 0x80) || (body[0] === 0xff && body[1] >= 0x80))) wrong("a long number");
  const value = body.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  return body[0] & 0x80 ? value - (1n << BigInt(8 * body.length)) : value;
}

export function oid({ body }) {
  if (!body.length || body.at(-1) & 0x80) wrong("a cut name");
  const arcs = [];
  let [arc, fresh] = [0n, true];
  for (const byte of body) {
    if (fresh && byte === 0x80) wrong("a padded name");
    arc = arc * 128n + BigInt(byte & 0x7f);
    fresh = !(byte & 0x80);
    if (!fresh) continue;
    arcs.push(arc);
    arc = 0n;
  }
  const first = arcs[0] < 40n ? 0n : arcs[0] < 80n ? 1n : 2n;
  return [first, arcs[0] - first * 40n, ...arcs.slice(1)].join(".");
}

export function boolean({ body }) {
  if (body.length !== 1 || ![0, 255].includes(body[0])) wrong("neither true nor false");
  return body[0] === 255;
}

/** The bytes of a BIT STRING → {bytes, unused}; unused bits are zero. */
export function bits({ body }) {
  const [unused, bytes] = [body[0], body.subarray(1)];
  if (!(unused < 8) || (unused && (!bytes.length || bytes.at(-1) & ((1 << unused) - 1)))) wrong("bits");
  return { bytes, unused };
}

/** UTCTime or GeneralizedTime as certificates write it → seconds since 1970. */
export function time({ tag, body }) {
  const text = String.fromCharCode(...body);
  const wide = tag === TAG.time ? text : tag === TAG.utcTime ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text : "";
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(wide);
  if (!match) wrong("a time");
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  const at = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  if (new Date(at * 1000).toISOString().replace(/[-:T]|\.000/g, "") !== wide) wrong("a time that does not exist");
  return at;
}
