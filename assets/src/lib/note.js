/** C2SP signed notes, verifier keys, checkpoints and cosignatures (signed-note v1, tlog-checkpoint v1, tlog-cosignature v1). */

import { ed25519 } from "@noble/curves/ed25519.js";
import { concat, equal, fromBase64, toBase64, utf8 } from "./bytes.js";
import { H } from "./canonical.js";
import { Failure } from "./failure.js";

export const ED25519 = 1;
export const COSIGNATURE = 4;

/** Strict base64: only the one spelling of the bytes; throws not-base64. */
export function strict64(text) {
  const bytes = fromBase64(text);
  if (toBase64(bytes) !== text) throw new Failure("not-base64");
  return bytes;
}

/** `name+id+key` → {name, id (4 bytes), type, key (32 bytes)}; throws note-key. */
export function readVkey(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  const raw = strict64(rest.join("+")); // base64 has plus signs of its own
  const [type, key] = [raw[0], raw.subarray(1)];
  const expected = H(`${name}\n`, raw).subarray(0, 4);
  const spelled = Array.from(expected, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const sound = key.length === 32 && id === spelled && name && !/[\p{C}\p{Z}]/u.test(name);
  if (!sound || ![ED25519, COSIGNATURE].includes(type)) throw new Failure("note-key");
  return { name, id: expected, type, key };
}

/** A note → {text, signatures: [{name, raw}]}; throws note-text. */
export function splitNote(note) {
  const cut = note.lastIndexOf("\n\n");
  // eslint-disable-next-line no-control-regex
  if (cut < 0 || !note.endsWith("\n") || [...note].length > 1e6 || /[\x00-\x09\x0b-\x1f]/.test(note)) throw new Failure("note-text");
  const lines = note.slice(cut + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const [dash, name, text, ...more] = line.split(" ");
    const raw = text && more.length === 0 && dash === "—" && name ? strict64(text) : [];
    if (raw.length < 5) throw new Failure("note-text");
    return { name, raw };
  });
  return { text: note.slice(0, cut + 1), signatures };
}

/** Is `signature` one of `key` (32 bytes) over `message`? Never throws, whatever strangers put there. */
export function signedBy(key, message, signature) {
  try {
    // not ZIP 215: what is false on the server's side is false here
    return ed25519.verify(signature, message, key, { zip215: false });
  } catch {
    return false;
  }
}

function ours(note, key) {
  const { text, signatures } = splitNote(note);
  const raws = signatures.filter(({ name, raw }) => name === key.name && equal(raw.subarray(0, 4), key.id));
  return { text, raws: raws.map(({ raw }) => raw.subarray(4)) };
}

/** The text of a note that carries a genuine Ed25519 signature of `vkey`; throws note-signature. */
export function verifyNote(note, vkey) {
  const key = readVkey(vkey);
  if (key.type !== ED25519) throw new Failure("note-key");
  const { text, raws } = ours(note, key);
  const good = raws.length > 0 && raws.every((raw) => signedBy(key.key, utf8(text), raw));
  if (!good) throw new Failure("note-signature", { name: key.name });
  return text;
}

/** When a witness says it saw this note: seconds since 1970, or null when it has not; throws note-signature. */
export function cosignedAt(note, vkey) {
  const key = readVkey(vkey);
  const { text, raws } = ours(note, key);
  const times = raws.map((raw) => {
    if (raw.length !== 72) throw new Failure("note-signature", { name: key.name });
    const time = Number(new DataView(raw.buffer, raw.byteOffset, 8).getBigUint64(0));
    const said = concat(utf8(`cosignature/v1\ntime ${time}\n`), utf8(text));
    if (!signedBy(key.key, said, raw.subarray(8))) throw new Failure("note-signature", { name: key.name });
    return time;
  });
  return times.length ? Math.min(...times) : null;
}

/** The text of a verified checkpoint → {origin, size, root}; throws checkpoint. */
export function readCheckpoint(text) {
  const [origin, size, root, ...rest] = text.split("\n");
  if (!origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? "") || !Number.isSafeInteger(Number(size)) || rest.length === 0) {
    throw new Failure("checkpoint");
  }
  const bytes = strict64(root);
  if (bytes.length !== 32) throw new Failure("checkpoint");
  return { origin, size: Number(size), root: bytes };
}
