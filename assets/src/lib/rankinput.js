/** `ranking-input/1`, read as strictly as proof/…/rankinput.py reads it; and members' marks put together. */

import { ZERO, compare, fraction, minus, number, over, sum } from "./exact.js";
import { familyOf, keepsRejected } from "./pricescore.js";
import { items, record, text } from "./shape.js";
import { get, isObject, refuse } from "./strict.js";

/** → {members, valid, rejected, given, order} */
export function readInputs(scheme, inputs) {
  const found = record(inputs, ["v", "members", "bids"], "inputs", ["order", "cap", "factor"]);
  if (found.v !== "ranking-input/1") refuse("inputs-version", "only ranking-input/1 is known");
  const members = items(found.members, 0, 99, "members").map((member) => text(member, "member", 80));
  const optional = ["price", "scores", "received", "adjustments", "benchmarked"];
  const bids = items(found.bids, 0, 10_000, "bids").map((bid) => record(bid, ["id", "rejected"], "bid", optional));
  const ids = bids.map((bid) => text(bid.id, "bid id", 80));
  for (const values of [members, ids]) {
    if (new Set(values).size !== values.length) refuse("inputs-twice", "a member or bid appears twice");
  }
  for (const bid of bids) if (bid.rejected !== null) text(bid.rejected, "rejected", 200);
  const judged = (get(scheme, "criteria") ?? []).some(({ kind }) => kind !== "price");
  if (!members.length && judged) refuse("score-missing", "there are no members to score");
  const given = Object.fromEntries(["cap", "factor"].filter((name) => Object.hasOwn(found, name)).map((name) => [name, found[name]]));
  const asked = Object.hasOwn(scheme, "price") ? familyOf(scheme.price).asksFor(scheme.price) : [];
  if (!exactly(given, asked)) refuse("inputs-given", `this scheme asks for [${asked}] beside the bids`);
  const valid = bids.filter(({ rejected }) => rejected === null);
  const order = Object.hasOwn(found, "order") ? found.order : [];
  return { members, valid, rejected: bids.filter(({ rejected }) => rejected !== null), given, order };
}

export function priceOf(bid) {
  const price = number(get(bid, "price"), `price of ${bid.id}`);
  if (compare(price, ZERO) <= 0) refuse("price-not-positive", `${bid.id} needs an evaluated price above zero`);
  return price;
}

/** The prices a benchmark is computed from: of the valid bids, and where it is locked of those rejected later. */
export function counted(scheme, { valid, rejected }) {
  const marked = (bid) => Object.hasOwn(bid, "benchmarked");
  const late = rejected.filter(marked);
  if (late.some(({ benchmarked }) => benchmarked !== true) || valid.some(marked)) {
    refuse("inputs-benchmarked", "only a bid rejected after the benchmark was computed is marked, by true");
  }
  if (late.length && !keepsRejected(scheme.price)) refuse("inputs-benchmarked", "the benchmark is computed anew");
  return [...valid, ...late].map(priceOf);
}

const exactly = (value, names) => {
  const given = isObject(value) ? Object.keys(value) : null;
  return given !== null && given.length === names.length && names.every((name) => Object.hasOwn(value, name));
};

/** What stands under a key that may be absent; null where something else than an object stands there. */
const given = (bid, key) => (Object.hasOwn(bid, key) ? bid[key] : {});

/** → [what the deviations add to the price or take from it, Map of the amounts found] */
export function adjusted(scheme, bid) {
  const [found, rows] = [given(bid, "adjustments"), scheme.adjustments];
  if (!exactly(found, rows.map(({ key }) => key))) {
    refuse("adjustment-missing", `${bid.id} needs an amount for every deviation and nothing else`);
  }
  const amounts = new Map(rows.map(({ key }) => [key, number(found[key], `${key} of ${bid.id}`)]));
  const signed = rows.map(({ key, effect }) => (effect === "adds" ? amounts.get(key) : minus(amounts.get(key))));
  return [sum(signed), amounts];
}

/** → Map criterion: {members: Map, dropped, exact}, of everything but the price */
export function marksOf(scheme, bid, members) {
  const found = given(bid, "scores");
  const asked = scheme.criteria.filter(({ kind }) => kind !== "price");
  if (!exactly(found, asked.map(({ key }) => key))) {
    refuse("score-missing", `${bid.id} needs scores for exactly [${asked.map(({ key }) => key)}]`);
  }
  return new Map(asked.map((criterion) => [criterion.key, judged(scheme, criterion, bid.id, found[criterion.key], members)]));
}

function judged(scheme, criterion, bid, found, members) {
  const { key, kind } = criterion;
  const full = number(criterion.full_mark, "full_mark");
  if (!exactly(found, members)) refuse("score-missing", `${key} of ${bid} needs a score by every member and nobody else`);
  const marks = new Map(Object.keys(found).map((member) => [member, number(found[member], `score ${key} of ${bid}`)]));
  if ([...marks.values()].some((mark) => compare(mark, ZERO) < 0 || compare(mark, full) > 0)) {
    refuse("score-out-of-range", `${key} of ${bid} must lie between 0 and ${criterion.full_mark}`);
  }
  let [ordered, dropped] = [[...marks.values()].sort(compare), []];
  if (kind === "objective" && compare(ordered[0], ordered.at(-1)) !== 0) {
    refuse("objective-inconsistent", `members differ on ${key} of ${bid}`);
  }
  const { kind: way, from } = scheme.aggregation;
  if (kind === "subjective" && way === "trimmed-mean" && ordered.length >= from) {
    [dropped, ordered] = [[ordered[0], ordered.at(-1)], ordered.slice(1, -1)];
  }
  return { members: marks, dropped, exact: over(sum(ordered), fraction(BigInt(ordered.length))) };
}
