/** `evidence/1`: the file of one project's public evidence, read and its form judged (proof/…/evidence/bundle.py). */

import { toHex, utf8 } from "../bytes.js";
import { H, jcs } from "../canonical.js";
import { readCertificate } from "../certificates.js";
import { Failure } from "../failure.js";
import { entryOf } from "../logproof.js";
import { readVkey, signedBy } from "../note.js";
import { instant, items, record, text, whole } from "../shape.js";
import { byBytes, byPoints, get, isObject, parseCanonical, parseText, plain, refuse, unbase64, unhex } from "../strict.js";

const LIMIT = 256 * 2 ** 20; // bytes of one file
const [MAX_EVENTS, MAX_LOTS, MAX_LIDS] = [100_000, 1_000, 100_000];
const KEYS = ["v", "project", "log_vkey", "issued_at", "head", "certificates", "roots", "events", "lots", "sig"];
const EVENT_KEYS = ["payload", "salt", "index", "path"];
const LOT_KEYS = ["id", "policy", "extensions", "scheme", "closing", "lids", "opened", "draws", "report"];
const OPENED_KEYS = ["lid", "part", "secret", "body"];

/** A file of the right form, signed by the key it names. What it says is still to be checked. */
export class Bundle {
  constructor(fields) {
    Object.assign(this, fields);
  }

  /** Rehearsal installations call their log so (trust.md §2.6). */
  get rehearsal() {
    return this.logVkey.startsWith("rehearsal.");
  }

  /** The events of one subject under one tag, in the order of the subject's own numbers. */
  of(subject, tag) {
    const found = this.events.filter((event) => event.subject === subject && event.tag === tag);
    const numbered = found.map((event) => [event.event.seq, event]);
    return numbered.sort(([a], [b]) => a - b).map(([, event]) => event);
  }
}

/** Bytes → Bundle; throws Failure with the codes of bundle.py. logVkey: the key the reader trusts, or null. */
export function readBundle(data, logVkey = null) {
  const { value, text: spelling } = parseText(data, LIMIT);
  const body = record(value, KEYS, "evidence");
  if (jcs(body) !== spelling) refuse("not-canonical", "not the one spelling of this content");
  if (body.v !== "evidence/1") refuse("evidence-version", "only evidence/1 is known");
  if (logVkey !== null && body.log_vkey !== logVkey) refuse("evidence-log", "the file is of another log than the one given");
  checkSignature(body);
  instant(body.issued_at, "issued_at");
  return new Bundle({
    project: text(body.project, "project", 80),
    logVkey: body.log_vkey,
    issuedAt: body.issued_at,
    head: note(body.head, "head"),
    certificates: certificates(body.certificates, "certificates"),
    roots: certificates(body.roots, "roots"),
    events: events(body.events),
    lots: lots(body.lots),
  });
}

function checkSignature({ sig, ...content }) {
  const { key } = readVkey(text(content.log_vkey, "log_vkey", 400));
  if (!signedBy(key, H("sunshine/1 evidence\n", jcs(content)), unhex(sig, 64, "sig"))) {
    refuse("evidence-signature", "not signed by the log it names, or changed since");
  }
}

function note(value, what) {
  if (typeof value !== "string" || Array.from(value).length > 64_000) refuse("wrong-shape", `${what} must be a signed note`);
  return value;
}

function ascending(keys, what, compare) {
  const sorted = keys.every((key, at) => at === 0 || compare(keys[at - 1], key) < 0);
  if (!sorted) refuse("evidence-order", `${what} are sorted, and none appears twice`);
}

function certificates(value, what) {
  const raw = items(value, 0, 1_000, what).map((each) => unbase64(each, what));
  ascending(raw, what, byBytes);
  return raw.map((der) => {
    try {
      return readCertificate(der);
    } catch (cause) {
      throw new Failure("evidence-certificate", { detail: `one of the ${what} cannot be read` }, cause);
    }
  });
}

/** Hashes of 32 bytes in base64, at most 63. */
export function pathOf(value) {
  const nodes = items(value, 0, 63, "path").map((node) => unbase64(node, "hash"));
  if (nodes.some((node) => node.length !== 32)) refuse("wrong-shape", "a hash has 32 bytes");
  return nodes;
}

function events(value) {
  const found = items(value, 1, MAX_EVENTS, "events").map((item) => {
    const { payload, salt, index, path } = record(item, EVENT_KEYS, "event");
    if (typeof payload !== "string") refuse("wrong-shape", "a payload is text");
    const [bytes, hidden] = [utf8(payload), unhex(salt, 32, "salt")];
    whole(index, 0, 2 ** 53, "index");
    const event = parseCanonical(bytes, "entry-payload");
    whole(get(event, "seq"), 1, 2 ** 53, "seq");
    const facts = get(event, "facts");
    const [tag, subject] = [plain(get(event, "tag")), plain(get(event, "subject"))];
    return { event, tag, subject, facts: isObject(facts) ? facts : {}, entry: entryOf(bytes, hidden), index, path: pathOf(path) };
  });
  ascending(found, "events", (a, b) => a.index - b.index);
  return found;
}

function lots(value) {
  const found = items(value, 1, MAX_LOTS, "lots").map((item) => record(item, LOT_KEYS, "lot", ["price_closing"]));
  for (const lot of found) text(lot.id, "lot", 80);
  ascending(found, "lots", (a, b) => byPoints(a.id, b.id));
  found.forEach(checkLot);
  return found;
}

function checkClosing(value) {
  const closing = record(value, ["note", "path"], "closing");
  note(closing.note, "closing");
  pathOf(closing.path);
}

function checkLot(lot) {
  if (lot.closing !== null) checkClosing(lot.closing);
  if (Object.hasOwn(lot, "price_closing")) checkClosing(lot.price_closing);
  const draws = items(lot.draws, 0, 1_000, "draws").map((item) => record(item, ["record", "path"], "draw"));
  ascending(draws.map(drawn), "draws", byPoints);
  const keys = items(lot.lids, 0, MAX_LIDS, "lids").map((lid) => {
    if (!isObject(lid)) refuse("wrong-shape", "lid must be an object");
    return { box: plain(get(lid, "box_key")), seq: whole(get(lid, "seq"), 1, 2 ** 53, "seq") };
  });
  ascending(keys, "lids", (a, b) => byPoints(a.box, b.box) || a.seq - b.seq);
  const opened = items(lot.opened, 0, MAX_LIDS, "opened").map((item) => record(item, OPENED_KEYS, "opened part", ["bshare"]));
  const parts = opened.map(({ lid, part }) => ({ lid: toHex(unhex(lid, 32, "lid")), part: text(part, "part", 32) }));
  ascending(parts, "opened", (a, b) => byPoints(a.lid, b.lid) || byPoints(a.part, b.part));
}

function drawn({ record: given, path }) {
  pathOf(path);
  if (!isObject(given)) refuse("wrong-shape", "record must be an object");
  const announcement = get(given, "announcement");
  if (!isObject(announcement)) refuse("wrong-shape", "announcement must be an object");
  return text(get(announcement, "draw"), "draw", 80);
}
