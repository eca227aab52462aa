/**
 * Reads a ZIP of stored entries out of a Blob, as strictly as the other side: entries side by side, sizes in front,
 * nothing between, before or behind. Only the directory is read; the data stay where they are.
 */

import { equal, fromUtf8 } from "./bytes.js";
import { Failure } from "./failure.js";

const WIDE = 0xffffffff;
const LARGEST = 1 << 20; // bytes of a directory

const bad = (why) => new Failure("package-zip", { why });
const viewOf = async (blob, from, to) => new DataView(await blob.slice(from, to).arrayBuffer());
const number64 = (view, at) => {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw bad("number");
  return Number(value);
};

/** blob; most: entries at most → [{name, size, crc32, blob}] in their order. Throws Failure package-zip. */
export async function readZip(blob, { most = 20 } = {}) {
  const { count, size, offset } = await ending(blob);
  if (count > most || size > LARGEST) throw bad("bounds");
  const directory = await viewOf(blob, offset, offset + size);
  const entries = [];
  let at = 0;
  let expected = 0;
  for (let n = 0; n < count; n++) {
    const { entry, next } = record(directory, at);
    if (entry.offset !== expected) throw bad("gap");
    const start = await dataStart(blob, entry, offset);
    expected = start + entry.size;
    if (expected > offset) throw bad("outside");
    entries.push({ name: entry.name, size: entry.size, crc32: entry.crc32, blob: blob.slice(start, expected) });
    at = next;
  }
  if (at !== size || expected !== offset) throw bad("between");
  return entries;
}

async function ending(blob) {
  if (blob.size < 22) throw bad("short");
  const end = await viewOf(blob, blob.size - 22, blob.size);
  if (end.getUint32(0, true) !== 0x06054b50 || end.getUint16(20, true) !== 0 || end.getUint32(4, true) !== 0) throw bad("end");
  const found = { count: end.getUint16(10, true), size: end.getUint32(12, true), offset: end.getUint32(16, true) };
  const wide = found.count === 0xffff || found.size === WIDE || found.offset === WIDE;
  if (!wide && found.offset + found.size + 22 !== blob.size) throw bad("end");
  return wide ? wideEnding(blob) : found;
}

async function wideEnding(blob) {
  const from = blob.size - 22 - 20 - 56;
  if (from < 0) throw bad("short");
  const view = await viewOf(blob, from, from + 76);
  const sound = view.getUint32(0, true) === 0x06064b50 && view.getUint32(56, true) === 0x07064b50;
  if (!sound || number64(view, 64) !== from) throw bad("end");
  const found = { count: number64(view, 32), size: number64(view, 40), offset: number64(view, 48) };
  if (found.offset + found.size !== from) throw bad("end");
  return found;
}

function record(view, at) {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== 0x02014b50) throw bad("directory");
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
  const [nameSize, extraSize, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true));
  const next = at + 46 + nameSize + extraSize;
  if (flags & ~0x0800 || method !== 0 || comment || next > view.byteLength) throw bad("entry");
  let [stored, plain, offset] = [20, 24, 42].map((field) => view.getUint32(at + field, true));
  const extra = wideNumbers(view, at + 46 + nameSize, extraSize);
  if (plain === WIDE) plain = extra.shift();
  if (stored === WIDE) stored = extra.shift();
  if (offset === WIDE) offset = extra.shift();
  if (stored === undefined || stored !== plain || offset === undefined) throw bad("sizes");
  const name = nameOf(view, at + 46, nameSize);
  return { entry: { name, size: stored, offset, crc32: view.getUint32(at + 16, true), nameSize }, next };
}

function wideNumbers(view, at, size) {
  if (size === 0) return [];
  if (size < 4 || view.getUint16(at, true) !== 1 || view.getUint16(at + 2, true) !== size - 4 || (size - 4) % 8) throw bad("extra");
  return Array.from({ length: (size - 4) / 8 }, (_, n) => number64(view, at + 4 + 8 * n));
}

function nameOf(view, at, size) {
  try {
    return fromUtf8(new Uint8Array(view.buffer, view.byteOffset + at, size));
  } catch {
    throw bad("name");
  }
}

async function dataStart(blob, { name, offset, nameSize }, end) {
  if (offset + 30 > end) throw bad("outside");
  const head = await viewOf(blob, offset, offset + 30 + nameSize);
  const sound = head.byteLength === 30 + nameSize && head.getUint32(0, true) === 0x04034b50 && head.getUint16(8, true) === 0;
  if (!sound || head.getUint16(6, true) & ~0x0800 || head.getUint16(26, true) !== nameSize) throw bad("header");
  if (!equal(new TextEncoder().encode(name), new Uint8Array(head.buffer, 30))) throw bad("header");
  return offset + 30 + nameSize + head.getUint16(28, true);
}
