/** A payload ZIP from a stranger, in memory: every byte belongs to exactly one stored entry (as proof/…/zipcheck.py). */

import { sha256 } from "@noble/hashes/sha2.js";
import { equal, toHex } from "./bytes.js";
import { MAX_ENTRIES, checkNames, checkStatement } from "./statement.js";
import { parse, refuse } from "./strict.js";
import { LOCAL, WIDE, centralEntry, directoryOf, reader } from "./zipparts.js";

const [STATEMENT, SIGNATURE, PAD] = ["statement.json", "statement.p7s", ".pad"];
const [MAX_JSON, MAX_SIGNATURE, MAX_DIRECTORY] = [8 << 20, 256 << 10, 4 << 20];
const bad = (detail) => refuse("payload-zip", detail);

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

function crc32(bytes) {
  let crc = WIDE;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 255];
  return (crc ^ WIDE) >>> 0;
}

/** Where an entry's data begin and where the entry ends, after comparing its local header with the directory. */
function localSpan(bytes, { offset, stored, name }, { u16, u32, u64 }) {
  if (offset + LOCAL > bytes.length) bad("an entry lies outside the file");
  const [flags, nameSize, extraSize] = [u16(offset + 6), u16(offset + 26), u16(offset + 28)];
  const named = equal(bytes.subarray(offset + LOCAL, offset + LOCAL + nameSize), name);
  if (u32(offset) !== 0x04034b50 || u16(offset + 8) || flags & ~0x0808 || !named) bad("an entry and the directory disagree");
  const start = offset + LOCAL + nameSize + extraSize;
  const end = start + stored;
  if (!(flags & 0x0008)) {
    if (![stored, WIDE].includes(u32(offset + 22))) bad("sizes of an entry disagree");
    return { start, end };
  }
  const [narrow, wide] = [end + 16 <= bytes.length, end + 24 <= bytes.length];
  if (narrow && u32(end) === 0x08074b50 && u32(end + 8) === stored && u32(end + 12) === stored) return { start, end: end + 16 };
  if (wide && u32(end) === 0x08074b50 && u64(end + 8) === stored && u64(end + 16) === stored) return { start, end: end + 24 };
  return bad("the sizes behind an entry disagree");
}

/** All entries side by side without gap or overlap → [{name bytes, flags, method, crc, data}]. */
function layOut(bytes) {
  const read = reader(bytes);
  const { count, size, offset } = directoryOf(bytes, bytes.length, bad);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY) refuse("payload-bounds", "too many entries");
  const entries = [];
  let [at, expected] = [offset, 0];
  for (let n = 0; n < count; n++) {
    const { entry, next } = centralEntry(bytes, at, offset + size, bad);
    if (entry.offset !== expected) bad("entries overlap or leave a gap");
    const { start, end } = localSpan(bytes, entry, read);
    entries.push({ ...entry, data: bytes.subarray(start, start + entry.stored) });
    [at, expected] = [next, end];
  }
  if (at !== offset + size || expected !== offset) bad("bytes outside the entries");
  return entries;
}

/** With the flag UTF-8; without it the old code page, of which no name of ours has more than ASCII. */
function nameOf({ name, flags }) {
  try {
    return new TextDecoder(flags & 0x0800 ? "utf-8" : "latin1", { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return bad("a name is not UTF-8");
  }
}

function namedEntries(bytes) {
  const laid = layOut(bytes);
  const entries = laid.map((entry) => ({ ...entry, title: nameOf(entry) }));
  if (entries.some(({ version }) => version > 63)) bad("a newer kind of ZIP");
  if (entries.some(({ method, flags }) => method || flags & ~0x0808)) {
    refuse("payload-bounds", "entries are stored, neither compressed nor encrypted");
  }
  const shown = entries.map(({ title }) => title.split("\0")[0]);
  checkNames(entries.map(({ title }) => title).filter((_, at) => ![STATEMENT, SIGNATURE, PAD].includes(shown[at])));
  if (new Set(shown).size !== shown.length) refuse("payload-names", "an entry appears twice");
  return new Map(entries.map((entry, at) => [shown[at], entry]));
}

function checked(entry) {
  if (crc32(entry.data) !== entry.crc) bad("a checksum is wrong");
  return entry.data;
}

/**
 * Bytes of a payload → {statement, statementBytes, signature, form(name)}, its structure and every hash checked;
 * throws payload-…, statement-… Whose signature it is: see cmscheck.
 */
export function readPayload(bytes) {
  const entries = namedEntries(bytes);
  for (const [name, limit] of [[STATEMENT, MAX_JSON], [SIGNATURE, MAX_SIGNATURE]]) {
    if (!entries.has(name) || entries.get(name).stored > limit) refuse("payload-entry", `${name} is missing or too large`);
  }
  const [statementBytes, signature] = [checked(entries.get(STATEMENT)), checked(entries.get(SIGNATURE))];
  const statement = checkStatement(parse(statementBytes));
  const listed = new Set(statement.files.map(({ name }) => name));
  const held = [...entries.keys()].filter((name) => ![STATEMENT, SIGNATURE, PAD].includes(name));
  if (held.length !== listed.size || held.some((name) => !listed.has(name))) refuse("statement-files", "other files are listed");
  for (const { name, size, sha256: digest } of statement.files) {
    const data = checked(entries.get(name));
    if (data.length !== size || toHex(sha256(data)) !== digest) refuse("statement-files", `${name} is not that file`);
  }
  const form = (name) => (listed.has(name) ? parse(entries.get(name).data, MAX_JSON) : refuse("payload-entry", `no entry ${name}`));
  return { statement, statementBytes, signature, form };
}
