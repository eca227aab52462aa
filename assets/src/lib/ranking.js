/** Rankings by `scheme/1`: the same scheme and inputs give the same bytes as proof/sunshine_proof/ranking.py. */

import { toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { ZERO, compare, fraction, minus, number, over, rounded, sum, textOf, times } from "./exact.js";
import { FINAL_STEPS, checkScheme } from "./scheme.js";
import { items, record, text, whole } from "./shape.js";
import { byPoints, get, isObject, refuse } from "./strict.js";

/** Hex: which rule a ranking was made by. */
export const schemeId = (scheme) => toHex(H("sunshine/1 scheme\n", jcs(scheme)));

/** ranking/1 of `inputs` (ranking-input/1) by the scheme's own method; the formats stand in ranking.py. */
export function rank(scheme, inputs) {
  checkScheme(scheme);
  const { members, valid, rejected } = bidsOf(scheme, inputs);
  const prices = valid.map(priceOf);
  const lowest = prices.length ? prices.reduce((low, price) => (compare(price, low) < 0 ? price : low)) : null;
  const rows = valid.map((bid, at) => rowOf(scheme, bid, members, prices[at], lowest));
  return {
    v: "ranking/1",
    scheme: schemeId(scheme),
    method: scheme.method,
    price: { family: scheme.price.family, lowest: lowest && textOf(lowest) },
    bids: inOrder(scheme, rows, inputs).map(shown),
    rejected: rejected.map(({ id, rejected: reason }) => ({ id, reason })).sort((a, b) => byPoints(a.id, b.id)),
  };
}

function bidsOf(scheme, inputs) {
  const found = record(inputs, ["v", "members", "bids"], "inputs", ["order"]);
  if (found.v !== "ranking-input/1") refuse("inputs-version", "only ranking-input/1 is known");
  const members = items(found.members, 0, 99, "members").map((member) => text(member, "member", 80));
  const optional = ["price", "scores", "received"];
  const bids = items(found.bids, 0, 10_000, "bids").map((bid) => record(bid, ["id", "rejected"], "bid", optional));
  const ids = bids.map((bid) => text(bid.id, "bid id", 80));
  for (const values of [members, ids]) {
    if (new Set(values).size !== values.length) refuse("inputs-twice", "a member or bid appears twice");
  }
  for (const bid of bids) if (bid.rejected !== null) text(bid.rejected, "rejected", 200);
  if (!members.length && scheme.criteria.some(({ kind }) => kind !== "price")) refuse("score-missing", "nobody to score");
  const valid = bids.filter(({ rejected }) => rejected === null);
  return { members, valid, rejected: bids.filter(({ rejected }) => rejected !== null) };
}

function priceOf(bid) {
  const price = number(get(bid, "price"), `price of ${bid.id}`);
  if (compare(price, ZERO) <= 0) refuse("price-not-positive", `${bid.id} needs an evaluated price above zero`);
  return price;
}

const exactly = (value, names) => {
  const given = isObject(value) ? Object.keys(value) : null;
  return given !== null && given.length === names.length && names.every((name) => Object.hasOwn(value, name));
};

/** One bid with exact numbers: scores {key: {exact, score, weight, points, members?, dropped?}} and total. */
function rowOf(scheme, bid, members, price, lowest) {
  const given = get(bid, "scores") ?? (Object.hasOwn(bid, "scores") ? null : {});
  const asked = scheme.criteria.filter(({ kind }) => kind !== "price").map(({ key }) => key);
  if (!exactly(given, asked)) refuse("score-missing", `${bid.id} needs scores for exactly [${asked}]`);
  const scores = new Map();
  for (const criterion of scheme.criteria) {
    const full = number(criterion.full_mark, "full_mark");
    const found =
      criterion.kind === "price"
        ? { exact: times(over(lowest, price), full) } // low-price-first: p_min / p × F (87号令 第五十五条)
        : judged(scheme, criterion, bid.id, given[criterion.key], members, full);
    found.score = round(scheme, "score", found.exact);
    found.weight = number(criterion.weight ?? "1", "weight");
    found.points = times(found.score, found.weight);
    scores.set(criterion.key, found);
  }
  const total = round(scheme, "total", sum([...scores.values()].map(({ points }) => points)));
  return { id: bid.id, price, scores, total, received: get(bid, "received") };
}

function judged(scheme, criterion, bid, given, members, full) {
  const { key, kind } = criterion;
  if (!exactly(given, members)) refuse("score-missing", `${key} of ${bid} needs a score by every member and nobody else`);
  const marks = new Map(Object.keys(given).map((member) => [member, number(given[member], `score ${key} of ${bid}`)]));
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

function round({ rounding }, what, value) {
  return rounding.apply.includes(what) ? rounded(value, rounding.decimals, rounding.mode) : value;
}

/** Rows by the tie chain; each learns in `decided` the step that set it apart from its upper neighbour. */
function inOrder(scheme, rows, inputs) {
  const apart = new Map();
  let groups = [rows];
  for (const step of scheme.ties) {
    groups = groups.flatMap((group) => {
      if (group.length === 1) return [group];
      const keys = new Map(stepKeys(step, group, inputs));
      const sorted = [...group].sort((a, b) => compare(keys.get(a.id), keys.get(b.id)));
      const split = [];
      for (const row of sorted) {
        const [last] = split.at(-1) ?? [];
        if (last && compare(keys.get(last.id), keys.get(row.id)) === 0) split.at(-1).push(row);
        else split.push([row]);
      }
      for (const row of split.slice(1).flat()) if (!apart.has(row.id)) apart.set(row.id, step);
      return split;
    });
  }
  const tied = groups.filter((group) => group.length > 1);
  if (tied.length) refuse("tie-unresolved", tied.map((group) => group.map(({ id }) => id).join(", ")).join("; "));
  return groups.flat().map((row) => ({ ...row, decided: apart.get(row.id) ?? null }));
}

/** [[bid id, fraction], …], smaller is better; equal keys stay tied. */
function stepKeys(step, group, inputs) {
  if (step === "total") return group.map((row) => [row.id, minus(row.total)]);
  if (step === "price") return group.map((row) => [row.id, row.price]);
  if (step === "received") {
    return group.map((row) => [row.id, fraction(BigInt(whole(row.received, 0, 2 ** 53, `received of ${row.id}`)))]);
  }
  if (FINAL_STEPS.includes(step)) {
    const given = Object.hasOwn(inputs, "order") ? inputs.order : [];
    const order = items(given, 0, 10_000, "order").map((bid) => text(bid, "order", 80));
    if (new Set(order).size !== order.length) refuse("inputs-twice", "a bid appears twice in the order");
    const place = (id) => (order.includes(id) ? order.indexOf(id) : order.length);
    return group.map((row) => [row.id, fraction(BigInt(place(row.id)))]);
  }
  const key = step.slice("criterion:".length);
  return group.map((row) => [row.id, minus(row.scores.get(key).points)]);
}

function shown(row, place) {
  const scores = {};
  for (const [key, found] of row.scores) {
    scores[key] = Object.fromEntries(["exact", "score", "weight", "points"].map((name) => [name, textOf(found[name])]));
    if (!found.members) continue;
    scores[key].members = Object.fromEntries([...found.members].map(([member, mark]) => [member, textOf(mark)]));
    scores[key].dropped = found.dropped.map(textOf);
  }
  const { id, price, total, decided } = row;
  return { id, rank: place + 1, price: textOf(price), total: textOf(total), decided, scores };
}
