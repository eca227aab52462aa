/** 价格分: from a price to points, by families with names; the formulas stand in proof/…/pricescore.py. */

import { asksFor, benchmark, checkBenchmark } from "./benchmark.js";
import { ZERO, compare, fraction, minus, number, over, plus, times } from "./exact.js";
import { record } from "./shape.js";
import { get, isObject, refuse } from "./strict.js";

const HUNDRED = fraction(100n);

/** family: {basis(rule, prices, given), points(rule, price, basis, full), check(rule), asksFor(rule)} */
const FAMILIES = {
  "low-price-first": {
    basis: (rule, prices) => prices.reduce((low, price) => (compare(price, low) < 0 ? price : low)),
    points: (rule, price, lowest, full) => times(over(lowest, price), full), // p_min / p × F (87号令 第五十五条)
    check: (rule) => record(rule, ["family"], "price"),
    asksFor: () => [],
  },
  deviation: {
    basis: (rule, prices, given) => benchmark(rule.benchmark, prices, given),
    points: (rule, price, base, full) => {
      const above = compare(price, base) > 0;
      const away = plus(price, minus(base));
      const size = over(times(above ? away : minus(away), HUNDRED), base);
      const found = plus(full, minus(times(size, number(above ? rule.above : rule.below, "points per percent"))));
      return compare(found, ZERO) < 0 ? ZERO : found;
    },
    check: checkDeviation,
    asksFor: (rule) => asksFor(rule.benchmark),
  },
};

function checkDeviation(rule) {
  const found = record(rule, ["family", "benchmark", "above", "below", "lock"], "price");
  checkBenchmark(found.benchmark);
  for (const name of ["above", "below"]) {
    const each = number(found[name], name);
    if (compare(each, ZERO) <= 0 || compare(each, HUNDRED) > 0) refuse("scheme-price", `${name} is out of its range`);
  }
  if (!["locked", "recomputed"].includes(found.lock)) refuse("scheme-price", "the benchmark is locked or recomputed");
}

/** Every field of scheme.price; throws scheme-price, scheme-benchmark … */
export function checkPriceRule(rule) {
  const family = isObject(rule) ? get(rule, "family") : null;
  if (typeof family !== "string" || !Object.hasOwn(FAMILIES, family)) refuse("scheme-price", "an unknown price family");
  FAMILIES[family].check(rule);
}

export const familyOf = (rule) => FAMILIES[rule.family];

/** Whether bids that were rejected after the benchmark was computed stay in it. */
export const keepsRejected = (rule) => get(rule, "lock") === "locked";
