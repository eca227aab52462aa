/** Rankings by `scheme/1`: the same scheme and inputs give the same bytes as proof/sunshine_proof/ranking.py. */

import { toHex } from "./bytes.js";
import { H, jcs } from "./canonical.js";
import { ZERO, compare, minus, number, over, plus, rounded, sum, textOf, times } from "./exact.js";
import { familyOf } from "./pricescore.js";
import { adjusted, counted, marksOf, priceOf, readInputs } from "./rankinput.js";
import { inOrder, shown } from "./rankorder.js";
import { checkScheme } from "./scheme.js";
import { byPoints, get, refuse } from "./strict.js";

const [LOWEST, HIGHEST] = [1, -1];

/** Hex: which rule a ranking was made by. */
export const schemeId = (scheme) => toHex(H("sunshine/1 scheme\n", jcs(scheme)));

/** ranking/1 of `inputs` (ranking-input/1) by the scheme's own method; the formats stand in ranking.py. */
export function rank(scheme, inputs) {
  checkScheme(scheme);
  return RANKINGS[scheme.method](scheme, inputs);
}

function scored(scheme, inputs) {
  const found = readInputs(scheme, inputs);
  const [prices, rule] = [counted(scheme, found), scheme.price];
  const family = familyOf(rule);
  const basis = prices.length ? family.basis(rule, prices, found.given) : null;
  const rows = found.valid.map((bid) => {
    const [price, marks] = [priceOf(bid), marksOf(scheme, bid, found.members)];
    const points = (criterion) => ({ exact: family.points(rule, price, basis, number(criterion.full_mark, "full_mark")) });
    const scores = weighted(scheme, (criterion) => (criterion.kind === "price" ? points(criterion) : marks.get(criterion.key)));
    return rowOf(scheme, bid, price, total(scores), { scores });
  });
  const lowest = rows.reduce((low, { price }) => (low && compare(low, price) <= 0 ? low : price), null);
  const told = { family: rule.family, lowest: lowest && textOf(lowest) };
  if (Object.hasOwn(rule, "benchmark")) told.benchmark = basis && textOf(basis);
  return { ...ranking(scheme, found, rows, HIGHEST), price: told };
}

function lowestEvaluated(scheme, inputs) {
  const found = readInputs(scheme, inputs);
  const rows = found.valid.map((bid) => {
    const price = priceOf(bid);
    let [change, adjustments] = adjusted(scheme, bid);
    const more = { adjustments };
    if (Object.hasOwn(scheme, "criteria")) {
      const marks = marksOf(scheme, bid, found.members);
      more.scores = weighted(scheme, ({ key }) => marks.get(key));
      for (const criterion of scheme.criteria) {
        const short = plus(number(criterion.full_mark, "full_mark"), minus(more.scores.get(criterion.key).score));
        change = plus(change, times(short, number(criterion.per_point, "per_point")));
      }
    }
    const evaluated = plus(price, change);
    if (compare(evaluated, ZERO) <= 0) refuse("price-not-positive", `the deviations of ${bid.id} are worth more than it`);
    return rowOf(scheme, bid, price, evaluated, more);
  });
  return ranking(scheme, found, rows, LOWEST);
}

function valueForMoney(scheme, inputs) {
  const found = readInputs(scheme, inputs);
  const rows = found.valid.map((bid) => {
    const [price, marks] = [priceOf(bid), marksOf(scheme, bid, found.members)];
    const scores = weighted(scheme, ({ key }) => marks.get(key));
    return rowOf(scheme, bid, price, over(total(scores), over(price, number(scheme.per, "per"))), { scores });
  });
  return ranking(scheme, found, rows, HIGHEST);
}

function lowestPrice(scheme, inputs) {
  const found = readInputs(scheme, inputs);
  const rows = found.valid.map((bid) => rowOf(scheme, bid, priceOf(bid), priceOf(bid), {}));
  return ranking(scheme, found, rows, LOWEST);
}

const RANKINGS = {
  scored,
  "lowest-evaluated-price": lowestEvaluated,
  monetised: lowestEvaluated,
  "value-for-money": valueForMoney,
  "lowest-price": lowestPrice,
  negotiated: (scheme, inputs) => ({ ...rank(scheme.final, inputs), scheme: schemeId(scheme), method: "negotiated" }),
};

/** Map criterion: {exact, score, weight, points, members?, dropped?} */
function weighted(scheme, markOf) {
  const one = (criterion) => {
    const found = markOf(criterion);
    const [score, weight] = [round(scheme, "score", found.exact), number(criterion.weight ?? "1", "weight")];
    return { ...found, score, weight, points: times(score, weight) };
  };
  return new Map(scheme.criteria.map((criterion) => [criterion.key, one(criterion)]));
}

const total = (scores) => sum([...scores.values()].map(({ points }) => points));

function round({ rounding }, what, value) {
  return rounding.apply.includes(what) ? rounded(value, rounding.decimals, rounding.mode) : value;
}

const rowOf = (scheme, bid, price, whole, more) => ({
  id: bid.id, price, total: round(scheme, "total", whole), received: get(bid, "received"), ...more,
});

function ranking(scheme, { rejected, order }, rows, best) {
  return {
    v: "ranking/1",
    scheme: schemeId(scheme),
    method: scheme.method,
    bids: inOrder(scheme.ties, rows, order, best).map(shown),
    rejected: rejected.map(({ id, rejected: reason }) => ({ id, reason })).sort((a, b) => byPoints(a.id, b.id)),
  };
}
