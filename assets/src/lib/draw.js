/**
 * `draw/1` and `draw-record/1` (trust.md §3): a random draw that nobody steers and anybody replays, in whole numbers.
 * Outside these formulas stay the signatures on the checkpoint, and that announcement and commitments are in its tree.
 */

import { equal, fromHex, toHex, utf8 } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { splitNote, strict64 } from "./note.js";
import { items as list, record, text, whole } from "./shape.js";
import { byBytes } from "./strict.js";

const ANNOUNCEMENT = [
  "v", "draw", "tender", "lot", "purpose", "members", "alternates", "filters", "weights", "pool", "pool_root",
  "exclusions", "parties",
]; // prettier-ignore
const RECORD = ["v", "announcement", "commitments", "checkpoint", "reveals", "result"];
const MIN_PARTIES = 3;
const MAX_PARTIES = 32;
const MAX_POOL = 100_000;
const MAX_WEIGHT = 2 ** 20;
const MAX_DRAWN = 1_000;
const WORDS = 1n << 64n;

function demand(good, code, detail = {}) {
  if (!good) throw new Failure(code, detail);
}

function hex32(value, what) {
  demand(typeof value === "string" && /^[0-9a-f]{64}$/.test(value), "not-hex", { what });
  return fromHex(value);
}

function bytes32(value, what) {
  demand(value instanceof Uint8Array && value.length === 32, "draw-bytes", { what });
  return value;
}

const be16 = (party) => new Uint8Array([whole(party, 0, 0xffff, "p") >> 8, party & 255]);

function be64(number) {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(number));
  return new Uint8Array(view.buffer);
}

/** Checked [id, weight] entries by the UTF-8 bytes of their ids; UTF-16 would put 𠮷 before ￥. */
function sortedPool(pool) {
  const entries = list(pool, 1, MAX_POOL, "pool").map((entry) => {
    const [id, weight] = list(entry, 2, 2, "pool");
    return { bytes: utf8(text(id, "pool")), entry: [id, whole(weight, 1, MAX_WEIGHT, "pool")] };
  });
  demand(new Set(entries.map(({ entry }) => entry[0])).size === entries.length, "draw-pool");
  return entries.sort((left, right) => byBytes(left.bytes, right.bytes)).map(({ entry }) => entry);
}

const rootOf = (entries) => H("draw/1 pool\n", jcs(entries));

/** salt: the draw's 32 secret bytes → hex */
export const blindId = (salt, expertId) => toHex(H("draw/1 id\n", bytes32(salt, "salt"), text(expertId, "expert")));

/** pool: [[id, weight] …] in any order → 32 bytes */
export const poolRoot = (pool) => rootOf(sortedPool(pool));

/** H("draw/1 commit\n" ‖ draw id ‖ "\n" ‖ be16(p) ‖ r_p) → hex */
export const commitment = (drawId, party, r) =>
  toHex(H("draw/1 commit\n", text(drawId, "draw"), "\n", be16(party), bytes32(r, "r")));

/** → 32 bytes */
export const announceHash = (announced) => H(jcs(announced));

/**
 * The hash of what log and witnesses signed: origin, size, root, a line each → 32 bytes. Signature lines of a note do
 * not count: cosignatures are added as they come, and whoever gathers them must not choose among seeds.
 */
export function checkpointHash(checkpoint) {
  demand(typeof checkpoint === "string" && checkpoint.endsWith("\n"), "draw-checkpoint");
  const signed = checkpoint.includes("\n\n") ? splitNote(checkpoint).text : checkpoint;
  const lines = signed.slice(0, -1).split("\n");
  for (const line of lines) text(line, "checkpoint", 1_000);
  demand(lines.length >= 3 && /^(0|[1-9]\d{0,18})$/.test(lines[1]), "checkpoint");
  demand(strict64(lines[2]).length === 32, "checkpoint");
  return H(signed);
}

/**
 * H(announcement) (32 bytes), the checkpoint, Map of party number → r_p (32 bytes) of at least three parties → 32 bytes.
 */
export function seed(announced, checkpoint, reveals) {
  demand(reveals instanceof Map && reveals.size >= MIN_PARTIES && reveals.size <= MAX_PARTIES, "draw-parties");
  const hashes = [...reveals]
    .sort(([left], [right]) => left - right)
    .map(([party, r]) => H("draw/1 reveal\n", be16(party), bytes32(r, "r")));
  return H("draw/1 seed\n", bytes32(announced, "announcement"), checkpointHash(checkpoint), ...hashes);
}

/** The endless stream of 64-bit words (BigInt): block i = H("draw/1 stream\n" ‖ seed ‖ be64(i)) is four of them. */
export function* words(seeded) {
  for (let block = 0; ; block++) {
    const { buffer, byteOffset } = H("draw/1 stream\n", bytes32(seeded, "seed"), be64(block));
    const view = new DataView(buffer, byteOffset, 32);
    for (let at = 0; at < 32; at += 8) yield view.getBigUint64(at);
  }
}

/** Words up to the first below the largest multiple of total (BigInt); modulo total that last one is uniform. */
export function below(stream, total) {
  const limit = WORDS - (WORDS % total);
  const read = [stream.next().value];
  while (read.at(-1) >= limit) read.push(stream.next().value);
  return read;
}

/** Sorted pool → {steps, members, alternates}; step: {words: [BigInt], total, place, chosen, weight}. */
function outcome(pool, seeded, members, alternates) {
  checkNumbers(members, alternates, pool.length);
  const stream = words(seeded);
  const weights = pool.map(([, weight]) => weight);
  let total = weights.reduce((sum, weight) => sum + weight, 0); // below 2³⁷, so an ordinary number holds it
  const steps = [];
  while (steps.length < members + alternates) {
    const read = below(stream, BigInt(total));
    const place = Number(read.at(-1) % BigInt(total));
    let index = 0;
    for (let past = weights[0]; past <= place; past += weights[index]) index += 1;
    steps.push({ words: read, total, place, chosen: pool[index][0], weight: weights[index] });
    total -= weights[index];
    weights[index] = 0; // stays in its place, but no place on the line belongs to it any more
  }
  const order = steps.map((step) => step.chosen);
  return { steps, members: order.slice(0, members), alternates: order.slice(members) };
}

function checkNumbers(members, alternates, pool) {
  whole(members, 1, MAX_DRAWN, "members");
  whole(alternates, 0, MAX_DRAWN - members, "alternates");
  demand(members + alternates <= pool, "draw-too-few");
}

/** pool: [[id, weight 1..2²⁰] …] in any order → {steps, members, alternates}; Failure("draw-too-few") if it is small. */
export const draw = (pool, seeded, members, alternates = 0) => outcome(sortedPool(pool), seeded, members, alternates);

/** One of the choices, each as likely as the others. */
export const drawFactor = (choices, seeded) =>
  draw(list(choices, 1, MAX_POOL, "choices").map((choice) => [choice, 1]), seeded, 1).members[0];

/** {members, alternates}, [id …] who declined → the panel: the first of them, in order, who did not decline. */
export function nextAlternate({ members, alternates }, declined) {
  const order = [...members, ...alternates];
  const gone = new Set(list(declined, 0, MAX_DRAWN, "declined").map((id) => text(id, "declined")));
  demand(gone.size === declined.length && [...gone].every((id) => order.includes(id)), "draw-declined");
  const panel = order.filter((id) => !gone.has(id)).slice(0, members.length);
  demand(panel.length === members.length, "draw-exhausted");
  return panel;
}

/** Every field of the announcement, the order of its lists, and the pool root. */
export function checkAnnouncement(announced) {
  const found = record(announced, ANNOUNCEMENT, "announcement", ["policy"]);
  demand(found.v === "draw/1", "draw-version");
  demand(["experts", "factor"].includes(found.purpose), "draw-purpose");
  const filters = list(found.filters, 0, 64, "filters").flatMap((pair) => list(pair, 2, 2, "filters"));
  for (const value of [found.draw, found.tender, found.lot, found.weights, ...filters]) text(value, "announcement");
  if (Object.hasOwn(found, "policy")) hex32(found.policy, "policy");
  const pool = sortedPool(found.pool);
  demand(pool.every(([id], at) => id === found.pool[at][0]), "draw-pool");
  demand(equal(hex32(found.pool_root, "pool_root"), rootOf(pool)), "draw-root");
  checkNumbers(found.members, found.alternates, pool.length);
  const level = pool.every(([, weight]) => weight === 1);
  demand(found.weights !== "equal" || level, "draw-weights");
  checkExclusions(found.exclusions, new Set(pool.map(([id]) => id)));
  if (found.purpose === "experts") demand(pool.every(([id]) => /^[0-9a-f]{64}$/.test(id)), "draw-pool");
  else {
    const single = found.members === 1 && found.alternates === 0;
    demand(single && found.weights === "equal" && found.exclusions.length === 0, "draw-factor");
  }
  checkParties(found.parties);
}

function checkExclusions(exclusions, pool) {
  let before = "";
  for (const out of list(exclusions, 0, MAX_POOL, "exclusions")) {
    record(out, ["id", "reason"], "exclusions");
    hex32(out.id, "exclusions");
    demand(/^[a-z0-9][a-z0-9-]{0,39}$/.test(text(out.reason, "reason")), "draw-exclusions");
    demand(out.id > before && !pool.has(out.id), "draw-exclusions");
    before = out.id;
  }
}

function checkParties(parties) {
  demand(Array.isArray(parties) && parties.length >= MIN_PARTIES && parties.length <= MAX_PARTIES, "draw-parties");
  const roles = new Set();
  for (const [index, party] of parties.entries()) {
    record(party, ["p", "role"], "parties");
    // one role under two numbers would make three parties of two
    const next = whole(party.p, 1, MAX_PARTIES, "p") === index + 1 && !roles.has(text(party.role, "role"));
    demand(next, "draw-parties", { p: index + 1 });
    roles.add(party.role);
  }
}

function oneEach(given, parties, keys, code) {
  demand(Array.isArray(given) && given.length === parties, code);
  for (const item of given) record(item, keys, code);
  demand(given.every((item, index) => whole(item.p, 1, MAX_PARTIES, "p") === index + 1), code);
  return given;
}

/** Map of party number → r_p, each checked against its commitment and made for this checkpoint. */
function revealed({ announcement, commitments, reveals }, about) {
  const parties = announcement.parties.length;
  const sealed = Object.hasOwn(announcement, "policy");
  oneEach(commitments, parties, ["p", "commit", ...(sealed ? ["lid"] : [])], "draw-commitments");
  oneEach(reveals, parties, ["p", "r", "checkpoint"], "draw-reveals");
  return new Map(
    reveals.map((answer, index) => {
      const { p, commit, lid } = commitments[index];
      const r = hex32(answer.r, "r");
      if (sealed) hex32(lid, "lid");
      demand(equal(hex32(answer.checkpoint, "checkpoint"), about), "draw-checkpoint", { p });
      demand(toHex(hex32(commit, "commit")) === commitment(announcement.draw, p, r), "draw-reveal", { p });
      return [p, r];
    }),
  );
}

const same = (told, drawn) => Array.isArray(told) && told.length === drawn.length && drawn.every((id, at) => id === told[at]);

/**
 * A whole `draw-record/1`, checked from announcement to result → {announceHash, checkpointHash, seed (32 bytes each),
 * steps, members, alternates}; Failure at the first flaw, with the codes of the Python package.
 */
export function replay(given) {
  const found = record(given, RECORD, "record");
  demand(found.v === "draw-record/1", "draw-version");
  const { announcement, checkpoint, result } = found;
  checkAnnouncement(announcement);
  const about = checkpointHash(checkpoint);
  const randoms = revealed(found, about);
  const announced = announceHash(announcement);
  const seeded = seed(announced, checkpoint, randoms);
  const drawn = outcome(announcement.pool, seeded, announcement.members, announcement.alternates);
  record(result, ["seed", "members", "alternates"], "result");
  demand(equal(hex32(result.seed, "seed"), seeded), "draw-result");
  demand(same(result.members, drawn.members) && same(result.alternates, drawn.alternates), "draw-result");
  return { announceHash: announced, checkpointHash: about, seed: seeded, ...drawn };
}
