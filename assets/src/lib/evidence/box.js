/** The bid box's part of the evidence: nothing late, nothing missing, nothing read but what was sealed (box.py). */

import { decryptBytes } from "../agefile.js";
import { fromHex, toHex } from "../bytes.js";
import { checkSummary } from "../bidform.js";
import { verifyDetached } from "../cmscheck.js";
import { FIRST_LIST, partsOfList, second, SECOND_LIST } from "../envelopes.js";
import { Failure } from "../failure.js";
import { checkNext, checkRecord } from "../lidcheck.js";
import { openWithSecret } from "../opening.js";
import { checkPolicy, checkTrustees, effectiveTimes, opensAlone, policyHex } from "../policycheck.js";
import { readReceipt } from "../receipt.js";
import { civil, instant, instantText, items, text } from "../shape.js";
import { checkStatement } from "../statement.js";
import { byPoints, get, isObject, need, plain, refuse, same, unbase64, unhex } from "../strict.js";
import { readPayload } from "../zipcheck.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { closingHead } from "./log.js";

export const UNDECRYPTED = ["bid:revoke-undecrypted", "bid:withdraw-undecrypted"];
const WITHHELD = "bid:withhold-summary";
const READ_ALOUD = "summary";

/** The only event of its kind; throws event-missing. */
export function one(found, what) {
  if (found.length !== 1) refuse("event-missing", `${what}: ${found.length} events where there must be one`);
  return found[0];
}

const WHEN = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,6})\d*)?)?(Z|[+-]\d\d:?\d\d)$/;

/** When the event happened, as it says itself: microseconds since 1970. */
export function moment(event) {
  const match = WHEN.exec(plain(get(event, "at")));
  if (!match) refuse("event-time", "an event without a time, or without its zone");
  const [year, month, day, hour, minute, second, part, zone] = match.slice(1);
  const seconds = civil([year, month, day, hour, minute, second ?? 0].map(Number));
  if (seconds === null) refuse("event-time", "an event without a time");
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? ["", "+", 0, 0];
  if (Number(hours) > 23 || Number(minutes) > 59) refuse("event-time", "no zone of this world");
  const shift = (sign === "-" ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
  return (seconds - shift) * 1e6 + Number((part ?? "0").padEnd(6, "0"));
}

/** The policy is the announced one, of this log and lot; its keys are the trustees' own; times only moved later. */
export async function checkRules(bundle, lot, roots) {
  const { policy } = lot;
  checkPolicy(policy);
  if (policy.tender !== bundle.project || policy.lot !== lot.id || policy.log_vkey !== bundle.logVkey) {
    refuse("policy-foreign", "the seal policy is of another tender, lot or log");
  }
  const announced = one(bundle.of(`project/${bundle.project}`, "project:announce"), "announcement");
  const given = get(announced.facts, "policies");
  if (!isObject(given) || get(given, lot.id) !== policyHex(policy)) {
    refuse("policy-changed", "the seal policy is not the one announced");
  }
  await checkTrustees(policy, bundle.certificates, roots, moment(announced.event));
  const due = instantText(timesOf(bundle, lot).deadline);
  const [k, n] = [policy.k, policy.trustees.length];
  if (opensAlone(policy)) {
    return [
      `密封规则与公告时记入日志的一致；没有密钥持有人，每份投标只有投标人自己能开启。截止 ${due}。`,
      `The seal policy is the announced one; there are no trustees, each bid only its bidder can open. Deadline ${due}.`,
    ];
  }
  return [
    `密封规则与公告时记入日志的一致；${n} 把开标密钥各由持有人的证书签名，${k} 把方可开启。截止 ${due}。`,
    `The seal policy is the announced one; ${n} keys, each signed by its trustee's certificate, ${k} of them open.` +
      ` Deadline ${due}.`,
  ];
}

/** {deadline, opening} in seconds after the extensions, each of which stands in the log. */
function timesOf(bundle, lot) {
  const logged = bundle
    .of(`project/${bundle.project}`, "project:clarify")
    .map(({ facts }) => get(facts, "extensions"))
    .filter((said) => isObject(said) && Object.hasOwn(said, lot.id))
    .map((said) => said[lot.id]);
  const extensions = items(lot.extensions, 0, 10_000, "extensions");
  const named = extensions.map((extension) => (isObject(extension) ? (get(extension, "id") ?? null) : null));
  if (!same(named, logged)) refuse("extension-unlogged", "the extensions are not those in the log");
  return effectiveTimes(lot.policy, extensions);
}

/** Every sealed record is whole, follows the one before it, came in time and was logged before the opening. */
export function checkBox(bundle, lot) {
  const { deadline } = timesOf(bundle, lot);
  const opening = openingOf(bundle, lot);
  const events = arrivals(bundle);
  const pid = fromHex(policyHex(lot.policy));
  let previous = null;
  for (const record of lot.lids) {
    checkRecord(record, lot.policy, pid);
    if (previous !== null && previous.box_key !== record.box_key) previous = null;
    checkNext(record, previous);
    previous = record;
    checkArrival(bundle, record, one(events.get(record.id) ?? [], "arrival"), deadline, opening);
  }
  const [n, alive] = [lot.lids.length, effective(lot).size];
  return [
    `${n} 份密封记录都在截止之前签收、开标之前进入日志；其中 ${alive} 份有效，${n - alive} 份已被替换或撤回。`,
    `${n} sealed records were acknowledged before the deadline and logged before the opening; ${alive} of them` +
      ` stand, ${n - alive} were replaced or withdrawn.`,
  ];
}

const openingOf = (bundle, lot) => one(bundle.of(`lot/${lot.id}`, "lot:open-bids"), "opening");

/** Map lid id → the events of its arrival; an arrival of a record that is in no lot is one too many. */
function arrivals(bundle) {
  const known = new Set(bundle.lots.flatMap(({ lids }) => lids.map((record) => plain(get(record, "id")))));
  const found = new Map();
  for (const event of bundle.events) {
    if (!["bid:submit-bid", "bid:withdraw-bid"].includes(event.tag)) continue;
    const lid = plain(get(event.facts, "lid"));
    found.set(lid, [...(found.get(lid) ?? []), event]);
  }
  if ([...found.keys()].some((lid) => !known.has(lid))) {
    refuse("lid-missing", "a bid was logged, and its record is not in the file");
  }
  return found;
}

function checkArrival(bundle, record, event, deadline, opening) {
  const kind = record.v === "seal-withdraw/1" ? "bid:withdraw-bid" : "bid:submit-bid";
  const receipt = get(event.facts, "receipt");
  if (event.tag !== kind || !isObject(receipt)) refuse("arrival-kind", "the event is not the arrival of this record");
  const given = readReceipt(receipt, bundle.logVkey);
  if (given.lid !== record.id) refuse("arrival-kind", "the receipt is for another record");
  if (instant(given.received_at, "received_at") >= deadline) {
    refuse("bid-late", `${record.id} arrived at ${given.received_at}, after the deadline`);
  }
  if (moment(event.event) > moment(opening.event)) refuse("bid-late", `${record.id} was taken in after the opening`);
}

/** Map lid id → lid of the last record of every box that is not a withdrawal. */
export function effective(lot) {
  const last = new Map(lot.lids.map((record) => [need(record, "box_key"), record]));
  const standing = [...last.values()].filter((record) => need(record, "v") === "seal/1");
  return new Map(standing.map((record) => [need(record, "id"), record]));
}

/** The list of what is opened is what the boxes held; the checkpoint that has both came before any key. */
export function checkClosing(bundle, lot) {
  const opening = openingOf(bundle, lot);
  const notBefore = timesOf(bundle, lot).opening;
  if (moment(opening.event) < notBefore * 1e6) refuse("opened-early", "the box was opened before its time");
  partsOfList(lot.policy, FIRST_LIST, opening.facts);
  const standing = [...effective(lot).keys()].sort(byPoints);
  if (!same(get(opening.facts, "effective_lids"), standing)) {
    refuse("closing-list", "the list of bids to open is not what the boxes held at the deadline");
  }
  const { closing, seen, last } = closingHead(bundle, lot);
  const arrived = arrivals(bundle);
  const late = standing.some((lid) => arrived.get(lid).at(-1).index >= closing.size);
  if (late || opening.index >= closing.size) {
    refuse("closing-list", "the closing checkpoint does not hold the list and all bids on it");
  }
  const early = seen.filter(({ at }) => at < BigInt(notBefore)).map(({ name }) => name);
  if (early.length) refuse("closing-early", `${early.join(", ")} saw the box closed before its time`);
  for (const release of bundle.of(`lot/${lot.id}`, "lot:release-share")) {
    if (moment(release.event) < moment(opening.event)) refuse("released-early", "a trustee released its share too early");
  }
  const n = standing.length;
  const zh = `开标名单正是各投标箱当时的 ${n} 份有效投标；关箱检查点（${closing.size} 条）含名单与全部投标`;
  const en = `The ${n} bids on the list are what the boxes held; its closing checkpoint (${closing.size} entries)`;
  if (!seen.length) return [`${zh}。`, `${en} holds it with every bid.`];
  return [
    `${zh}，${seen.length} 家见证人签过（${last}）：此后不可能再加入或抽走一份。`,
    `${en} holds it with every bid and was cosigned by ${seen.length} witnesses (${last}): none came or went later.`,
  ];
}

/**
 * Every opened summary is the sealed one, dealt by the rules and signed; what did not open has its cause.
 * → {said, read: [{lid, uscc, name, total: fen as text or null}]}
 */
export async function checkOpening(bundle, lot, roots) {
  const standing = effective(lot);
  const opened = new Map(lot.opened.map((entry) => [entry.lid, entry]));
  const withheld = withheldOf(bundle, lot);
  const again = new Set(secondList(bundle, lot).lids);
  const failed = new Map();
  for (const event of bundle.events) {
    const lid = get(event.facts, "lid");
    // of two envelopes the second may fail where the first has opened
    if (UNDECRYPTED.includes(event.tag) && standing.has(lid) && !again.has(lid)) failed.set(lid, event);
  }
  const unknown = [...opened.keys()].some((lid) => !standing.has(lid) || failed.has(lid));
  const twice = [...withheld.keys()].some((lid) => opened.has(lid) || failed.has(lid));
  if (opened.size !== lot.opened.length || unknown || twice) refuse("opened-unknown", "a part not on the list, or twice");
  const waiting = standing.size - opened.size - failed.size - withheld.size;
  if (waiting && bundle.of(`project/${bundle.project}`, "project:confirm-opening").length) {
    refuse("opened-missing", `${waiting} bids on the list were neither opened nor settled`);
  }
  const arrived = arrivals(bundle);
  const read = [];
  for (const [lid, entry] of [...opened].sort(([a], [b]) => byPoints(a, b))) {
    const at = moment(one(arrived.get(lid) ?? [], "arrival").event);
    read.push(await readOut(lot, standing.get(lid), entry, roots, at));
  }
  const causes = [...new Set([...failed.values()].map(({ facts }) => plain(get(facts, "code"))))].sort(byPoints).join("、");
  const alone = opensAlone(lot.policy);
  const agree = alone ? "密钥与封签相符" : "份额与承诺逐字节相符";
  let zh = `${read.length} 份开标一览表用公布的密钥重新打开：就是当初密封的那份，${agree}，声明由投标人签名。`;
  let en = `${read.length} summaries open again with the published keys: byte for byte the sealed ones, signed.`;
  if (failed.size) {
    zh += `${failed.size} 份未能解密，原因已记录（${causes}）。`;
    en += ` ${failed.size} did not open (${causes}).`;
  }
  if (withheld.size) {
    zh += `${withheld.size} 份在第一个信封里写了报价，开标一览表不公开。`;
    en += ` ${withheld.size} told a price in the first envelope; their summaries are not public.`;
  }
  if (waiting) {
    zh += `${waiting} 份仍在等待${alone ? "投标人开启" : "份额"}。`;
    en += ` ${waiting} wait for ${alone ? "their bidders" : "shares"}.`;
  }
  return { said: [zh, en], read: [...read, ...withheld.values()] };
}

/** {event: of the second opening, lids: on its list, sorted}; {event: null, lids: []} before it. */
export function secondList(bundle, lot) {
  const found = bundle.of(`lot/${lot.id}`, SECOND_LIST);
  if (!found.length) return { event: null, lids: [] };
  const event = one(found, "second opening");
  const lids = items(get(event.facts, "effective_lids"), 1, 100_000, "lids").map((lid) => text(lid, "lid", 64));
  if (!same(lids, [...new Set(lids)].sort(byPoints))) refuse("price-list", "the list is sorted, and names each bid once");
  return { event, lids };
}

/** Map lid → bid that told a price in the first of two envelopes: read aloud by name, and shown to nobody. */
function withheldOf(bundle, lot) {
  const known = effective(lot);
  const found = bundle.events.filter(({ tag, facts }) => tag === WITHHELD && known.has(plain(get(facts, "lid"))));
  if (found.length && !second(lot.policy).length) refuse("opened-unknown", "a summary is withheld where there is one envelope");
  const named = found.map(({ facts }) => ["lid", "uscc", "name"].map((key) => text(get(facts, key), key)));
  return new Map(named.map(([lid, uscc, name]) => [lid, { lid, uscc, name, total: null }]));
}

async function readOut(lot, lid, entry, roots, at) {
  if (entry.part !== READ_ALOUD) refuse("opened-unknown", "only summaries are read aloud");
  const part = lid.parts.find((each) => each.part === entry.part) ?? refuse("wrong-shape", "the lid has no such part");
  const S = unhex(entry.secret, 32, "secret");
  const given = Object.hasOwn(entry, "bshare");
  if (given !== (lot.policy.bidder_share === "required")) refuse("wrong-shape", "a bidder's share where none belongs");
  const S_B = given ? unhex(entry.bshare, 32, "bshare") : null;
  const identity = openWithSecret(lot.policy, fromHex(policyHex(lot.policy)), part, S, S_B);
  const body = unbase64(entry.body, "body");
  if (body.length !== part.size || toHex(sha256(body)) !== part.sha256) {
    refuse("body-mismatch", `${lid.id}: the body is not the sealed one`);
  }
  const payload = readPayload(await decrypted(body, identity));
  const known = { policy: lid.policy, box_key: lid.box_key, seq: lid.seq, part: entry.part };
  const { bidder } = checkStatement(payload.statement, known);
  await verifyDetached(payload.signature, payload.statementBytes, roots, at);
  const summary = checkSummary(payload.form("summary.json"), lot.id, { offer: !second(lot.policy).length });
  return { lid: lid.id, uscc: bidder.uscc, name: bidder.name, total: summary.total_fen };
}

async function decrypted(body, identity) {
  try {
    return await decryptBytes(body, identity);
  } catch (cause) {
    throw new Failure("age-undecryptable", { detail: String(cause.message) }, cause);
  }
}
