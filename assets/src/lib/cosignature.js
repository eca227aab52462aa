/** `cosignature/v1`: when witnesses saw a checkpoint, and whether enough of them did (as proof/…/cosignature.py). */

import { concat, equal, toBase64, toHex, utf8 } from "./bytes.js";
import { COSIGNATURE, readVkey, signedBy, splitNote } from "./note.js";
import { byBytes, byPoints, refuse } from "./strict.js";

const LATEST = 2n ** 63n - 1n;

/** The key of a witness; throws note-key when it is one of another type. */
export function witnessKey(vkey) {
  const key = readVkey(vkey);
  if (key.type !== COSIGNATURE) refuse("note-key", "a cosignature is verified with a cosignature/v1 key");
  return key;
}

/** When the witness last cosigned this note: seconds since 1970 as BigInt, or null; a false one throws note-signature. */
export function lastCosigned(note, vkey) {
  const key = witnessKey(vkey);
  const { text, signatures } = splitNote(note);
  const ours = signatures.filter(({ name, raw }) => name === key.name && equal(raw.subarray(0, 4), key.id));
  const times = ours.map(({ raw }) => timeOf(text, key, raw.subarray(4)));
  return times.length ? times.reduce((last, at) => (at > last ? at : last)) : null;
}

function timeOf(text, key, raw) {
  if (raw.length !== 72) refuse("note-signature", `the cosignature by ${key.name} has no time and signature`);
  const at = new DataView(raw.buffer, raw.byteOffset, 8).getBigUint64(0);
  const message = concat(utf8(`cosignature/v1\ntime ${at}\n`), utf8(text));
  if (at < 1n || at > LATEST || !signedBy(key.key, message, raw.subarray(8))) {
    refuse("note-signature", `the cosignature by ${key.name} is false`);
  }
  return at;
}

/** [{name, at}] of those among `vkeys` that cosigned the note; throws quorum when fewer than k. One key counts once. */
export function quorum(note, vkeys, k) {
  const found = new Map();
  for (const vkey of vkeys) {
    const [key, at] = [witnessKey(vkey), lastCosigned(note, vkey)];
    const id = toHex(key.key);
    if (at !== null && !found.has(id)) found.set(id, { name: key.name, at });
  }
  if (found.size < k) refuse("quorum", `${found.size} of the ${k} witnesses asked for have cosigned`);
  return [...found.values()];
}

/** The note with its signature lines sorted, each once: those named like the log first. */
export function sortedNote(note) {
  const { text, signatures } = splitNote(note);
  const origin = text.split("\n")[0];
  const distinct = [...new Map(signatures.map((each) => [`${each.name} ${toBase64(each.raw)}`, each])).values()];
  distinct.sort(
    (a, b) => (a.name !== origin) - (b.name !== origin) || byPoints(a.name, b.name) || byBytes(a.raw, b.raw),
  );
  return `${text}\n` + distinct.map(({ name, raw }) => `— ${name} ${toBase64(raw)}\n`).join("");
}
