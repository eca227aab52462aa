/**
 * Reads a ZIP of stored entries out of a Blob, as strictly as the other side: entries side by side, sizes in front,
 * nothing between, before or behind. Only the directory is read; the data stay where they are.
 */

import { equal, fromUtf8 } from "./bytes.js";
import { Failure } from "./failure.js";
import { LOCAL, TAIL, centralEntry, directoryOf, reader } from "./zipparts.js";

const LARGEST = 1 << 20; // bytes of a directory
const UTF8 = 0x0800; // the one flag an entry may carry

const bad = (why) => {
  throw new Failure("package-zip", { why });
};
const bytesOf = async (blob, from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer());

/** blob; most: entries at most → [{name, size, crc32, blob}] in their order. Throws Failure package-zip. */
export async function readZip(blob, { most = 20 } = {}) {
  const tail = await bytesOf(blob, Math.max(0, blob.size - TAIL), blob.size);
  const { count, size, offset } = directoryOf(tail, blob.size, bad);
  if (count > most || size > LARGEST) bad("bounds");
  const directory = await bytesOf(blob, offset, offset + size);
  const entries = [];
  let [at, expected] = [0, 0];
  for (let n = 0; n < count; n++) {
    const { entry, next } = centralEntry(directory, at, size, bad);
    if (entry.offset !== expected) bad("gap");
    if (entry.flags & ~UTF8 || entry.method) bad("entry");
    const start = await dataStart(blob, entry, offset);
    expected = start + entry.stored;
    if (expected > offset) bad("outside");
    entries.push({ name: nameOf(entry), size: entry.stored, crc32: entry.crc, blob: blob.slice(start, expected) });
    at = next;
  }
  if (at !== size || expected !== offset) bad("between");
  return entries;
}

function nameOf({ name }) {
  try {
    return fromUtf8(name);
  } catch {
    return bad("name");
  }
}

async function dataStart(blob, { name, offset }, end) {
  const size = LOCAL + name.length;
  if (offset + size > end) bad("outside");
  const head = await bytesOf(blob, offset, offset + size);
  const { u16, u32 } = reader(head);
  const sound = u32(0) === 0x04034b50 && u16(8) === 0 && !(u16(6) & ~UTF8) && u16(26) === name.length;
  if (!sound || !equal(head.subarray(LOCAL), name)) bad("header");
  return offset + size + u16(28);
}
