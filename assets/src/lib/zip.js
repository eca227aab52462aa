/**
 * A ZIP of stored entries as a stream. Sizes and checksums stand in front of the data, so no data descriptors are
 * needed: the reader on the other side refuses everything that could hide between entries. ZIP64 where 32 bits end.
 */

import { concat, utf8 } from "./bytes.js";

const WIDE = 0xffffffff;
const MANY = 0xffff;
const UTF8_NAME = 0x0800;
const DATE = 0x0021; // 1980-01-01: when a bidder worked is nobody's business
const UNIX = 0x031e; // made by: Unix, version 3.0, so that the mode below counts
const MODE = (0o100644 << 16) >>> 0;

/** Little-endian fields: [bytes, value] pairs → Uint8Array. */
function fields(...pairs) {
  const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of pairs) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const narrow = (value) => Math.min(value, WIDE);
const wideFields = (values) => (values.length ? fields([2, 1], [2, 8 * values.length], ...values.map((v) => [8, v])) : new Uint8Array());

/** The bytes in front of an entry {name, size, crc32}; their number does not depend on the checksum. */
export function localHeader({ name, size, crc32 }) {
  const title = utf8(name);
  const extra = wideFields(size >= WIDE ? [size, size] : []);
  const version = extra.length ? 45 : 20;
  const head = fields(
    [4, 0x04034b50], [2, version], [2, UTF8_NAME], [2, 0], [2, 0], [2, DATE], [4, crc32],
    [4, narrow(size)], [4, narrow(size)], [2, title.length], [2, extra.length],
  ); // prettier-ignore
  return concat(head, title, extra);
}

function directoryEntry({ name, size, crc32, offset }) {
  const title = utf8(name);
  const extra = wideFields([...(size >= WIDE ? [size, size] : []), ...(offset >= WIDE ? [offset] : [])]);
  const version = extra.length ? 45 : 20;
  const head = fields(
    [4, 0x02014b50], [2, UNIX], [2, version], [2, UTF8_NAME], [2, 0], [2, 0], [2, DATE], [4, crc32],
    [4, narrow(size)], [4, narrow(size)], [2, title.length], [2, extra.length], [2, 0], [2, 0], [2, 0],
    [4, MODE], [4, narrow(offset)],
  ); // prettier-ignore
  return concat(head, title, extra);
}

function ending(count, size, offset) {
  const wide = count >= MANY || size >= WIDE || offset >= WIDE;
  const records = wide
    ? concat(
        fields([4, 0x06064b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count], [8, size], [8, offset]),
        fields([4, 0x07064b50], [4, 0], [8, offset + size], [4, 1]),
      )
    : new Uint8Array();
  const n = Math.min(count, MANY);
  const last = fields([4, 0x06054b50], [2, 0], [2, 0], [2, n], [2, n], [4, narrow(size)], [4, narrow(offset)], [2, 0]);
  return concat(records, last);
}

function laidOut(entries) {
  let offset = 0;
  return entries.map((entry) => {
    const placed = { ...entry, offset };
    offset += localHeader(placed).length + entry.size;
    return placed;
  });
}

/** entries [{name, size, crc32, offset}], side by side from 0 → {offset of the directory, tail: directory and end}. */
export function closing(placed) {
  const last = placed.at(-1);
  const offset = last.offset + localHeader(last).length + last.size;
  const directory = concat(...placed.map(directoryEntry));
  return { offset, tail: concat(directory, ending(placed.length, directory.length, offset)) };
}

/** Exact length in bytes of the ZIP of entries [{name, size}]. */
export function zipLength(entries) {
  const { offset, tail } = closing(laidOut(entries.map((entry) => ({ crc32: 0, ...entry }))));
  return offset + tail.length;
}

/** entries [{name, size, crc32, open: () → ReadableStream of exactly size bytes}] → ReadableStream of the ZIP. */
export function zipStream(entries) {
  const placed = laidOut(entries);
  async function* bytes() {
    for (const entry of placed) {
      yield localHeader(entry);
      const reader = entry.open().getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
    }
    yield closing(placed).tail;
  }
  const source = bytes();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await source.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => source.return(),
  });
}
