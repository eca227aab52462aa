/**
 * The directory of a ZIP, read as strictly for a package as for a payload: one disk, no comment, zip64 where it is needed,
 * nothing beyond. `bad(detail)` throws the failure of whoever reads.
 */

export const LOCAL = 30;
export const [WIDE, MANY] = [0xffffffff, 0xffff];
const [END, LOCATOR, END64, CENTRAL] = [22, 20, 56, 46];
export const TAIL = END + LOCATOR + END64; // bytes at the end of a file in which all that tells of its directory stands

/** A reader of little-endian numbers; beyond 2⁵³ a number fits no file. */
export function reader(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    u16: (at) => view.getUint16(at, true),
    u32: (at) => view.getUint32(at, true),
    u64: (at) => Number(view.getBigUint64(at, true)),
  };
}

/** bytes: the file, or its last TAIL bytes; total: its size → {count, size, offset} of the central directory. */
export function directoryOf(bytes, total, bad) {
  const { u16, u32, u64 } = reader(bytes);
  const at = bytes.length - END;
  if (at < 0) bad("too short for a ZIP");
  let [count, size, offset, tail] = [u16(at + 10), u32(at + 12), u32(at + 16), END];
  const plain = u32(at) === 0x06054b50 && !u16(at + 20) && !u16(at + 4) && !u16(at + 6) && u16(at + 8) === count;
  if (!plain) bad("not a ZIP of one disk without comment");
  if (count === MANY || size === WIDE || offset === WIDE) {
    tail = TAIL;
    const wide = bytes.length - tail;
    if (wide < 0) bad("zip64 records are missing");
    const place = wide + END64;
    const located = u32(place) === 0x07064b50 && !u32(place + 4) && u64(place + 8) === total - tail && u32(place + 16) === 1;
    if (u32(wide) !== 0x06064b50 || !located || u64(wide + 4) !== END64 - 12) bad("zip64 records are malformed");
    if (u32(wide + 16) || u32(wide + 20) || u64(wide + 24) !== u64(wide + 32)) bad("not a ZIP of one disk");
    [count, size, offset] = [u64(wide + 32), u64(wide + 40), u64(wide + 48)];
  }
  if (offset + size + tail !== total) bad("bytes outside the entries");
  return { count, size, offset };
}

function wideNumbers(at, length, { u16, u64 }, bad) {
  if (!length) return [];
  if (length < 4 || u16(at) !== 1 || u16(at + 2) !== length - 4 || (length - 4) % 8) bad("unknown extra fields");
  return Array.from({ length: (length - 4) / 8 }, (_, index) => u64(at + 4 + 8 * index));
}

/** One record of the directory, which ends at `end` of `bytes` → {entry, next}; entry.name as bytes. */
export function centralEntry(bytes, at, end, bad) {
  const read = reader(bytes);
  const { u16, u32 } = read;
  if (at + CENTRAL > end) bad("the directory is cut");
  const [nameSize, extraSize, comment] = [u16(at + 28), u16(at + 30), u16(at + 32)];
  const next = at + CENTRAL + nameSize + extraSize + comment;
  if (u32(at) !== 0x02014b50 || comment || next > end) bad("the directory is malformed");
  let wide = wideNumbers(at + CENTRAL + nameSize, extraSize, read, bad);
  const full = (number) => (number === WIDE ? (wide.shift() ?? bad("a zip64 number is missing")) : number);
  const plain = full(u32(at + 24));
  const stored = full(u32(at + 20));
  const offset = full(u32(at + 42));
  if (u32(at + 42) !== WIDE && wide.length === 1 && wide[0] === offset) wide = []; // some writers repeat it
  if (wide.length || stored !== plain) bad("sizes of an entry disagree");
  const name = bytes.subarray(at + CENTRAL, at + CENTRAL + nameSize);
  return { next, entry: { version: bytes[at + 6], flags: u16(at + 8), method: u16(at + 10), crc: u32(at + 16), stored, offset, name } };
}
