/** `bid-statement/1` as a reader checks it: which bid, by whom, with which files (as proof/…/statement.py). */

import { items, record, text, whole } from "./shape.js";
import { refuse, same, unhex } from "./strict.js";

export const MAX_ENTRIES = 2000;
const KEYS = ["v", "policy", "bidder", "box_key", "seq", "part", "files"];
const FORMS = ["summary.json", "price.json"];

/** An entry name: a form, or a relative path under `files/` that stays there; throws payload-names. */
function checkName(name) {
  if (FORMS.includes(name)) return name;
  // eslint-disable-next-line no-control-regex
  if (typeof name !== "string" || Array.from(name).length > 1024 || /[\x00-\x1f\x7f\p{Surrogate}]/u.test(name)) {
    refuse("payload-names", "entry names are text of at most 1024 characters");
  }
  const segments = name.split("/");
  const stays = segments.length >= 2 && segments[0] === "files" && segments.length <= 16;
  if (!stays || segments.some((segment) => ["", ".", ".."].includes(segment) || /[\\:]/.test(segment))) {
    refuse("payload-names", "entries are summary.json, price.json and files/…");
  }
  return name;
}

/** Names are clean, few, different, and none is the folder of another. */
export function checkNames(names) {
  names.forEach(checkName);
  if (names.length > MAX_ENTRIES - 3) refuse("payload-bounds", `at most ${MAX_ENTRIES - 3} files`);
  const all = new Set(names);
  if (all.size !== names.length) refuse("payload-names", "two entries have the same name");
  for (const name of names) {
    const segments = name.split("/");
    for (let depth = 1; depth < segments.length; depth++) {
      if (all.has(segments.slice(0, depth).join("/"))) refuse("payload-names", "a file and a folder have the same name");
    }
  }
}

/** The statement, when it is well-formed and says what `known` {policy, box_key, seq, part} says; throws Failure. */
export function checkStatement(statement, known = {}) {
  const found = record(statement, KEYS, "statement");
  if (found.v !== "bid-statement/1") refuse("statement-version", "only bid-statement/1 is known");
  unhex(found.policy, 32, "policy");
  unhex(found.box_key, 32, "box_key");
  whole(found.seq, 1, 1_000_000, "seq");
  text(found.part, "part", 32);
  const who = record(found.bidder, ["uscc", "name"], "bidder");
  text(who.name, "name");
  if (typeof who.uscc !== "string" || !/^[0-9A-HJ-NP-RTUW-Y]{18}$/.test(who.uscc)) {
    refuse("statement-bidder", "uscc is not a credit code of 18 characters");
  }
  const names = items(found.files, 0, MAX_ENTRIES, "files").map((item) => {
    const entry = record(item, ["name", "size", "sha256"], "file");
    whole(entry.size, 0, 2 ** 40, "size");
    unhex(entry.sha256, 32, "sha256");
    return entry.name;
  });
  checkNames(names);
  for (const [key, value] of Object.entries(known)) {
    if (!same(found[key], value)) refuse("statement-mismatch", `${key} is not that of the lid`);
  }
  return found;
}
