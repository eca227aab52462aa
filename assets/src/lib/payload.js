/** What is inside a sealed part: a ZIP of stored entries, the bidder's signed statement first, random padding last. */

import { chacha20 } from "@noble/ciphers/chacha.js";
import { createCRC32, createSHA256 } from "hash-wasm";
import { utf8 } from "./bytes.js";
import { jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { zipLength, zipStream } from "./zip.js";

const SLICE = 4 * 1024 * 1024;
const PIECE = 65536;
const SMALLEST = 65536; // is itself a Padmé size: every summary and every price list weighs the same

/** The Padmé size at or above `length`: at most 12 % larger, and only log log of the size shows. */
export function padme(length) {
  if (length < 2) return length;
  const exponent = Math.floor(Math.log2(length));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return step < 1 ? length : Math.ceil(length / step) * step;
}

const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$/i; // Windows would not write a file of that name
const ROOM = 200; // bytes of a name, leaving some for " (2)"

function shortened(text, room) {
  let letters = [...text];
  while (utf8(letters.join("")).length > room) letters = letters.slice(0, -1);
  return letters.join("");
}

/** Any file name → one that every system can write: no folders, no control or reserved characters, not too long. */
export function safeName(name) {
  const plain = name.normalize("NFC").replace(/[\p{C}\u2028\u2029/\\:*?"<>|]/gu, "_").replace(/^[\s.]+|[\s.]+$/g, "_");
  const dot = plain.lastIndexOf(".");
  const [stem, ending] = dot > 0 ? [plain.slice(0, dot), shortened(plain.slice(dot), 20)] : [plain || "_", ""];
  const fitted = shortened(stem, ROOM).trim() + ending;
  return RESERVED.test(fitted) ? `_${fitted}` : fitted;
}

/** Files chosen by the user → [{name, input}] under `files/`, no two alike even where case does not count. */
export function nameDocuments(files) {
  const taken = new Set();
  const folded = (name) => name.toUpperCase().toLowerCase();
  return Array.from(files, (file) => {
    const plain = safeName(file.name);
    const dot = plain.lastIndexOf(".");
    const [stem, ending] = dot > 0 ? [plain.slice(0, dot), plain.slice(dot)] : [plain, ""];
    let name = `files/${plain}`;
    for (let n = 2; taken.has(folded(name)); n++) name = `files/${stem} (${n})${ending}`;
    taken.add(folded(name));
    return { name, input: file };
  });
}

const bytesOf = (input) => (input instanceof Blob ? input : new Blob([input]));

/**
 * Pass 1: documents [{name, input: Blob|Uint8Array}] → the same with {size, sha256, crc32}, read in slices;
 * onProgress(bytes).
 */
export async function hashDocuments(documents, onProgress = () => {}) {
  const files = [];
  for (const { name, input } of documents) {
    const blob = bytesOf(input);
    const [hash, crc] = [await createSHA256(), await createCRC32()];
    for (let at = 0; at < blob.size; at += SLICE) {
      const slice = new Uint8Array(await readSlice(blob.slice(at, at + SLICE), name));
      hash.update(slice);
      crc.update(slice);
      onProgress(slice.length);
    }
    files.push({ name, input: blob, size: blob.size, sha256: hash.digest("hex"), crc32: parseInt(crc.digest("hex"), 16) });
  }
  return files;
}

async function readSlice(slice, name) {
  try {
    return await slice.arrayBuffer();
  } catch (cause) {
    throw new Failure("file-unreadable", { name }, cause); // deleted or changed since it was chosen
  }
}

/** bid-statement/1 as the exact bytes that are signed. bidder: {uscc, name}; files: from hashDocuments. */
export function statementBytes({ policy, bidder, box_key, seq, part, files }) {
  const listed = files.map(({ name, size, sha256 }) => ({ name, size, sha256 }));
  return utf8(jcs({ v: "bid-statement/1", policy, bidder, box_key, seq, part, files: listed }));
}

/** `size` random bytes that can be read twice: once for the checksum in front, once for the archive. */
function padding(size) {
  const key = crypto.getRandomValues(new Uint8Array(32));
  const open = () => {
    let at = 0;
    return new ReadableStream({
      pull(controller) {
        if (at >= size) return controller.close();
        const piece = new Uint8Array(Math.min(size - at, PIECE));
        controller.enqueue(chacha20(key, new Uint8Array(12), piece, undefined, at / 64));
        at += piece.length;
      },
    });
  };
  return open;
}

async function checksum(open) {
  const crc = await createCRC32();
  const reader = open().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) crc.update(part.value);
  return parseInt(crc.digest("hex"), 16);
}

/** Bytes of padding that bring `entries` [{name, size}] plus a last `.pad` to exactly a Padmé size. → {pad, size} */
export function paddingFor(entries) {
  const lengthWith = (pad) => zipLength([...entries, { name: ".pad", size: pad }]);
  let size = Math.max(SMALLEST, padme(lengthWith(0)));
  for (;;) {
    let pad = size - lengthWith(0);
    pad -= lengthWith(pad) - size; // past 4 GiB the padding's own ZIP fields grow wider
    if (pad >= 0 && lengthWith(pad) === size) return { pad, size };
    size = padme(size + 1);
  }
}

/** Pass 2: statement bytes, CMS bytes, files from hashDocuments → {stream, size} of the ZIP, size a Padmé bucket. */
export async function payloadStream({ statement, signature, files }) {
  const signed = await hashDocuments([
    { name: "statement.json", input: statement },
    { name: "statement.p7s", input: signature },
  ]);
  const entries = [...signed, ...files].map((file) => ({ ...file, open: () => file.input.stream() }));
  const { pad, size } = paddingFor(entries);
  const open = padding(pad);
  return { stream: zipStream([...entries, { name: ".pad", size: pad, crc32: await checksum(open), open }]), size };
}
