/** C2SP tlog-proof@v1, and the event that such a proof of ours carries with it. */

import { fromHex, fromUtf8, toBase64, utf8 } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { readCheckpoint, splitNote, strict64, verifyNote } from "./note.js";
import { leafHash, verifyInclusion } from "./tree.js";

const HEAD = "c2sp.org/tlog-proof@v1";

/** The 32 bytes that stand in the log for an event's canonical bytes and its salt. */
export const entryOf = (payload, salt) => H("sunshine/1 entry\n", salt, payload);

/** Text of a proof → {index, path, note, extra}; throws proof-format. */
export function readProof(text) {
  const cut = text.indexOf("\n\n");
  const lines = text.slice(0, Math.max(cut, 0)).split("\n");
  const note = text.slice(cut + 2);
  if (cut < 0 || text.length > 64_000 || lines.shift() !== HEAD || !note) throw new Failure("proof-format");
  const extra = lines[0]?.startsWith("extra ") ? strict64(lines.shift().slice(6)) : new Uint8Array();
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? "")?.[1];
  const path = lines.map((line) => strict64(line));
  if (index === undefined || path.length > 63 || path.some((node) => node.length !== 32)) throw new Failure("proof-format");
  const proof = { index: Number(index), path, note, extra };
  if (writeProof(proof) !== text) throw new Failure("proof-format");
  return proof;
}

/** The one text of a proof. */
export function writeProof({ index, path, note, extra }) {
  const more = extra.length ? [`extra ${toBase64(extra)}`] : [];
  return [HEAD, ...more, `index ${index}`, ...path.map(toBase64)].join("\n") + `\n\n${note}`;
}

/** The proof with its checkpoint, when the log of `vkey` signed it and `entry` stands there; throws otherwise. */
export function verifyProof(text, entry, vkey) {
  const proof = readProof(text);
  const checkpoint = readCheckpoint(verifyNote(proof.note, vkey));
  if (checkpoint.origin !== vkey.split("+")[0]) throw new Failure("proof-origin");
  verifyInclusion(leafHash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root);
  return { ...proof, checkpoint };
}

/** An event-proof/1 → {event, proof with checkpoint}; throws event-proof and what verifyProof throws. */
export function verifyEventProof(text, vkey) {
  let found, payload;
  try {
    found = JSON.parse(fromUtf8(readProof(text).extra));
    payload = utf8(found.payload);
    const whole = Object.keys(found).sort().join() === "payload,salt,v" && found.v === "event-proof/1";
    if (!whole || typeof found.payload !== "string" || !/^[0-9a-f]{64}$/.test(found.salt)) throw new Failure("event-proof");
  } catch (cause) {
    throw cause instanceof Failure ? cause : new Failure("event-proof", {}, cause);
  }
  const event = JSON.parse(found.payload);
  if (jcs(event) !== found.payload) throw new Failure("event-proof");
  return { event, proof: verifyProof(text, entryOf(payload, fromHex(found.salt)), vkey) };
}

/** The checkpoint a note claims, unverified: for showing only. */
export const claimedCheckpoint = (note) => readCheckpoint(splitNote(note).text);
