/** The result's part of the evidence: the published rule, applied to the panel's inputs, gives ranking and award (result.py). */

import { sha256 } from "@noble/hashes/sha2.js";
import { toHex, utf8 } from "../bytes.js";
import { jcs } from "../canonical.js";
import { rank, schemeId } from "../ranking.js";
import { items, record, whole } from "../shape.js";
import { get, isObject, need, refuse, same } from "../strict.js";
import { one } from "./box.js";
import { checkTechnical } from "./prices.js";

const REPORT_KEYS = [
  "v", "lot", "title", "scheme", "inputs", "result", "bidders", "rejections", "panel", "reasons", "drafted_at",
]; // prettier-ignore

/** The event that made the candidates public; the last one where a first evaluation was set aside; or null. */
export const published = (bundle, lot) => bundle.of(`lot/${lot.id}`, "lot:publish-candidates").at(-1) ?? null;

/** The scoring rule is the one that was announced. */
export function checkScheme(bundle, lot) {
  const announced = one(bundle.of(`project/${bundle.project}`, "project:announce"), "announcement");
  if (get(announced.facts, "scheme") !== schemeId(lot.scheme)) {
    refuse("scheme-changed", "the scoring rule is not the one announced");
  }
  return ["评标办法与公告时记入日志的一致。", "The scoring rule is the announced one."];
}

/** Same rule and inputs, same ranking; the prices ranked are those that were read aloud. */
export function checkRanking(bundle, lot, read) {
  const event = published(bundle, lot);
  const report = record(lot.report, REPORT_KEYS, "report", ["technical"]);
  if (event === null || get(event.facts, "report") !== toHex(sha256(utf8(jcs(report))))) {
    refuse("report-changed", "the report is not the one whose digest was published");
  }
  if (report.lot !== lot.id || !same(report.scheme, lot.scheme)) refuse("report-foreign", "of another lot or rule");
  checkBidders(report, read);
  checkTechnical(bundle, lot, report);
  const result = rank(report.scheme, report.inputs);
  if (jcs(result) !== jcs(report.result)) refuse("ranking-differs", "the rule gives another ranking than the report");
  const [first] = result.bids;
  if (!first) return ["报告中没有有效投标。", "No bid in the report is valid."];
  const [n, who] = [result.bids.length, bidderOf(report, first.id).name];
  return [
    `按公布的评标办法和评委锁定的分数重新计算，${n} 份有效投标的得分与名次和报告完全一致；第一名 ${who}，${first.total} 分。`,
    `The published rule and the locked marks give the same scores and ranks for ${n} bids; first: ${who}, ${first.total}.`,
  ];
}

function bidderOf(report, bid) {
  const known = isObject(report.bidders) && typeof bid === "string" && Object.hasOwn(report.bidders, bid);
  if (!known) refuse("bidder-unknown", `${bid} has no bidder in the report`);
  return record(report.bidders[bid], ["name", "uscc"], "bidder");
}

/** What can be counted: a plain value, nothing that has an inside. */
function countable(...values) {
  if (values.some((value) => Array.isArray(value) || isObject(value))) refuse("wrong-shape", "a text is asked for");
  return jcs(values);
}

function counted(keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** Everything in `few` is in `many`, as often at least. */
const within = (few, many) => [...few].every(([key, n]) => n <= (many.get(key) ?? 0));

/** The report ranks exactly the bids that were opened, each at its own price. */
function checkBidders(report, read) {
  const { inputs, bidders } = report;
  const bids = items(isObject(inputs) ? get(inputs, "bids") : null, 0, 10_000, "bids");
  if (!isObject(bidders)) refuse("bidder-unknown", "the report names no bidders");
  countable(...bids.map((bid) => get(bid, "id") ?? null));
  const ids = new Set(bids.map((bid) => get(bid, "id")));
  const known = Object.keys(bidders);
  if (ids.size !== known.length || known.some((id) => !ids.has(id))) {
    refuse("bidder-unknown", "the report names other bids than it ranks");
  }
  const who = (bid) => bidderOf(report, need(bid, "id"));
  const ranked = counted(bids.map((bid) => countable(who(bid).uscc, who(bid).name)));
  const opened = counted(read.map(({ uscc, name }) => jcs([uscc, name])));
  if (!within(ranked, opened) || !within(opened, ranked)) {
    refuse("bids-differ", "the report does not rank exactly the bids that were opened");
  }
  const offered = counted(read.map(({ uscc, total }) => jcs([uscc, total ?? "None"])));
  const valid = bids.filter((bid) => (get(bid, "rejected") ?? null) === null);
  const priced = counted(valid.map((bid) => countable(who(bid).uscc, need(bid, "price"))));
  if (!within(priced, offered)) refuse("price-differs", "a bid is ranked at another price than it was opened with");
}

/** The candidates are the first of the ranking, and one of them won at its own price. */
export function checkAward(bundle, lot) {
  const event = published(bundle, lot);
  const ranked = lot.report.result.bids;
  const named = event ? get(event.facts, "candidates") : null;
  const n = Array.isArray(named) ? named.length : 0;
  if (!n || !same(named, ranked.slice(0, n).map(({ id }) => id))) {
    refuse("candidates-differ", "the candidates are not the first of the ranking");
  }
  const zh = `公示的 ${n} 名候选人就是排名的前 ${n} 名。`;
  const en = `The ${n} candidates are the first of the ranking.`;
  const award = bundle.of(`lot/${lot.id}`, "lot:award").at(-1);
  if (!award) return [`${zh}尚未定标。`, `${en} There is no award yet.`];
  const place = whole(get(award.facts, "rank"), 1, n, "rank");
  const row = ranked[place - 1];
  if (get(award.facts, "bid") !== row.id || get(award.facts, "amount_fen") !== row.price) {
    refuse("award-differs", "the award is not to the candidate of that rank at its price");
  }
  const who = bidderOf(lot.report, row.id).name;
  const note = place === 1 ? ["", ""] : ["（改定的理由见定标记录）", " (the reason stands in the record)"];
  return [
    `${zh}中标人是第 ${place} 名 ${who}，金额与其报价一致${note[0]}。`,
    `${en} Rank ${place}, ${who}, won at its own price${note[1]}.`,
  ];
}
