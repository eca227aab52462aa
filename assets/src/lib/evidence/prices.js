/** 双信封 in the evidence: prices were opened after the technical result was fixed, and only of those that passed (prices.py). */

import { sha256 } from "@noble/hashes/sha2.js";
import { checkFen } from "../bidform.js";
import { toHex, utf8 } from "../bytes.js";
import { jcs } from "../canonical.js";
import { FIRST_LIST, SECOND_LIST, first, partsOfList, second } from "../envelopes.js";
import { items, record, text } from "../shape.js";
import { byPoints, get, need, plain, refuse, same } from "../strict.js";
import { moment, one, secondList, UNDECRYPTED } from "./box.js";
import { closingHead } from "./log.js";

const TECHNICAL_KEYS = ["v", "lot", "members", "bids", "rejections"];

/** Whether the lot has, or claims to have, a second envelope. */
export const hasSecond = (lot) => second(lot.policy).length > 0 || Object.hasOwn(lot, "price_closing");

const seqOf = ({ event }) => event.seq;

/**
 * No share of a price before its list, no price of a bid that is not on it; the list is a part of the first one.
 * → {said, read: the opened bids with their prices, as they were logged when they were opened}
 */
export function checkPrices(bundle, lot, read) {
  if (!second(lot.policy).length) refuse("envelope-parts", "a second opening where the policy has one envelope");
  const { event, lids } = secondList(bundle, lot);
  const known = new Set(read.map(({ lid }) => lid));
  if (lids.some((lid) => !known.has(lid))) refuse("price-list", "a price is to be opened whose bid did not open first");
  checkReleases(bundle, lot, event, lids);
  const [prices, failed] = [pricesOf(bundle, lot, lids), failedOf(bundle, lids)];
  if ([...prices.keys()].some((lid) => failed.has(lid))) refuse("price-unlisted", "a price that did not open was read out");
  if (!event && Object.hasOwn(lot, "price_closing")) refuse("price-early", "a closing of a second opening that was not");
  const waiting = lids.length - prices.size - failed.size;
  if (waiting && bundle.of(`lot/${lot.id}`, "lot:confirm-prices").length) {
    refuse("opened-missing", `${waiting} prices on the list were neither opened nor settled`);
  }
  const found = read.map((each) => ({ ...each, total: prices.get(each.lid) ?? null }));
  if (!event) {
    return {
      said: [
        `双信封：第一次开标只开启了 ${read.length} 份商务标以外的部分，没有任何商务标被开启。`,
        `Two envelopes: of ${read.length} bids all but the prices is open; no price was opened.`,
      ],
      read: found,
    };
  }
  return { said: sentence(closingOf(bundle, lot, event), lids.length, prices.size, failed.size, waiting), read: found };
}

/** By the lot's own numbers: shares of first parts before the second list, of listed prices after it. */
function checkReleases(bundle, lot, event, lids) {
  const [early, after] = [first(lot.policy), event ? seqOf(event) : null];
  for (const release of bundle.of(`lot/${lot.id}`, "lot:release-share")) {
    const late = after !== null && seqOf(release) > after;
    for (const entry of items(get(release.facts, "entries"), 0, 100_000, "entries")) {
      const [lid, part] = [text(need(entry, "lid"), "lid"), text(need(entry, "part"), "part")];
      if (early.includes(part)) continue;
      if (!late) refuse("price-early", "a share of a price was released before the second list");
      if (!lids.includes(lid)) refuse("price-unlisted", `a share of the price of ${lid}, which is not on the list`);
    }
  }
}

/** Map lid → total in fen as text of every price that was opened; each on the list. */
function pricesOf(bundle, lot, lids) {
  const known = new Set(lot.lids.map((each) => plain(need(each, "id"))));
  const events = bundle.events.filter(
    ({ tag, facts }) => tag === "bid:decrypt-price" && known.has(plain(get(facts, "lid"))),
  );
  const prices = new Map(events.map(({ facts }) => [plain(get(facts, "lid")), checkFen(get(facts, "total_fen"), "total_fen")]));
  if (prices.size !== events.length || [...prices.keys()].some((lid) => !lids.includes(lid))) {
    refuse("price-unlisted", "a price was opened that is not on the list, or twice");
  }
  return prices;
}

function failedOf(bundle, lids) {
  const failed = bundle.events.filter(({ tag }) => UNDECRYPTED.includes(tag)).map(({ facts }) => plain(get(facts, "lid")));
  return new Set(failed.filter((lid) => lids.includes(lid)));
}

/** Who cosigned the checkpoint of the second list; the list is about the second envelope, and came second. */
function closingOf(bundle, lot, event) {
  partsOfList(lot.policy, SECOND_LIST, event.facts);
  const opening = one(bundle.of(`lot/${lot.id}`, FIRST_LIST), "opening");
  if (seqOf(event) <= seqOf(opening) || moment(event.event) < moment(opening.event)) {
    refuse("price-early", "the second opening came before the first");
  }
  const found = closingHead(bundle, lot, "price_closing");
  if (event.index >= found.closing.size) refuse("price-list", "the closing checkpoint does not hold the list");
  const made = BigInt(Math.floor(moment(event.event) / 1e6));
  const early = found.seen.filter(({ at }) => at < made).map(({ name }) => name);
  if (early.length) refuse("closing-early", `${early.join(", ")} saw the second list before it was made`);
  return found;
}

function sentence({ seen, last }, listed, opened, failed, waiting) {
  let zh = `双信封：技术评审结果先固定入日志，其后才开启名单上的 ${listed} 份商务标，已开启 ${opened} 份`;
  let en = `Two envelopes: the technical result was logged before any of the ${listed} listed prices was opened; ${opened} are open`;
  if (failed) [zh, en] = [`${zh}，${failed} 份未能解密`, `${en}, ${failed} did not open`];
  if (waiting) [zh, en] = [`${zh}，${waiting} 份仍在等待份额`, `${en}, ${waiting} wait for shares`];
  if (seen.length) {
    zh += `；${seen.length} 家见证人签过这份名单（${last}）`;
    en += `; ${seen.length} witnesses saw the list (${last})`;
  }
  return [`${zh}。技术评审中被否决的没有开启。`, `${en}. The rejected ones stay shut.`];
}

/** The report's scores and rejections are those fixed before the prices; the list is whom they let pass. */
export function checkTechnical(bundle, lot, report) {
  const { event, lids } = secondList(bundle, lot);
  if ((event !== null) !== Object.hasOwn(report, "technical")) {
    refuse("technical-changed", "a technical result belongs to a second opening");
  }
  if (event === null) return;
  const technical = record(report.technical, TECHNICAL_KEYS, "technical result");
  if (get(event.facts, "technical") !== toHex(sha256(utf8(jcs(technical)))) || technical.lot !== lot.id) {
    refuse("technical-changed", "the technical result is not the one that was logged with the list");
  }
  const found = items(technical.bids, 0, 10_000, "bids").map((row) => record(row, ["id", "lid", "rejected"], "bid", ["scores"]));
  const rows = new Map(found.map((row) => [text(row.id, "id"), row]));
  const passed = [...rows.values()].filter(({ rejected }) => rejected === null).map(({ lid }) => text(lid, "lid"));
  if (!same(passed.sort(byPoints), lids)) refuse("price-list", "not those of the bids that the panel let pass");
  const { bids } = report.inputs;
  const judged = new Set(bids.map(({ id }) => id));
  if (!same(need(report.inputs, "members"), technical.members) || judged.size !== rows.size || [...judged].some((id) => !rows.has(id))) {
    refuse("technical-changed", "the report judges other bids, or by other members");
  }
  for (const bid of bids) {
    const row = rows.get(bid.id);
    if (row.rejected !== null && !same(get(bid, "rejected"), row.rejected)) {
      refuse("technical-changed", `${bid.id} was rejected before the prices were opened`);
    }
    if ((get(bid, "rejected") ?? null) === null && !same(need(bid, "scores"), need(row, "scores"))) {
      refuse("technical-changed", `the scores of ${bid.id} changed after the prices were opened`);
    }
  }
}
