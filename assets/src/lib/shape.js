/** Small demands on JSON from strangers: exact keys, bounded integers, clean text, instants (as proof/…/shape.py). */

import { isObject, refuse } from "./strict.js";

const wrong = (detail) => refuse("wrong-shape", detail);

/** An object having every one of `keys` and nothing beyond `keys` and `optional`. */
export function record(value, keys, what, optional = []) {
  if (!isObject(value)) wrong(`${what} must be an object`);
  const missing = keys.filter((key) => !Object.hasOwn(value, key));
  const unknown = Object.keys(value).filter((key) => !keys.includes(key) && !optional.includes(key));
  if (missing.length || unknown.length) wrong(`${what}: missing [${missing}], unknown [${unknown}]`);
  return value;
}

export function whole(value, low, high, what) {
  const good = Number.isSafeInteger(value) && low <= value && value <= high;
  return good ? value : wrong(`${what} must be a whole number from ${low} to ${high}`);
}

/** Non-empty text of at most `limit` characters without control characters. */
export function text(value, what, limit = 200) {
  const length = typeof value === "string" ? Array.from(value).length : 0;
  if (length < 1 || length > limit) wrong(`${what} must be text of 1 to ${limit} characters`);
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) wrong(`${what} contains control characters`);
  return value;
}

export function items(value, low, high, what) {
  const good = Array.isArray(value) && low <= value.length && value.length <= high;
  return good ? value : wrong(`${what} must be a list of ${low} to ${high} items`);
}

/** `2027-03-01T01:00:00Z` → seconds since 1970; no other spelling is taken. */
export function instant(value, what) {
  const match = typeof value === "string" && /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(value);
  if (!match) wrong(`${what} must look like 2027-03-01T01:00:00Z`);
  return civil(match.slice(1).map(Number)) ?? wrong(`${what} is not a date that exists`);
}

/** [year, month, day, hour, minute, second] → seconds since 1970, or null for a date that does not exist. */
export function civil([year, month, day, hour, minute, second]) {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const exists = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return null;
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

/** Seconds since 1970 → the one spelling. */
export const instantText = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19) + "Z";
