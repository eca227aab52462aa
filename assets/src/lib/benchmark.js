/** 基准价: the price that deviations are measured from; kinds and their fields stand in proof/…/benchmark.py. */

import { ONE, ZERO, compare, fraction, minus, number, over, plus, sum, textOf, times } from "./exact.js";
import { items, record, whole } from "./shape.js";
import { get, isObject, refuse } from "./strict.js";

const MOST = 10_000;
const HUNDRED = fraction(100n);
const HALF = fraction(1n, 2n);
const FIELDS = {
  mean: [],
  "trimmed-mean": ["steps", "beyond"],
  "within-band": ["percent"],
  "second-mean": ["of"],
  composite: ["share", "k1", "k2"],
  median: [],
  "second-lowest": [],
  "interval-mid": [],
};

const ascending = (prices) => [...prices].sort(compare);
const mean = (prices) => over(sum(prices), fraction(BigInt(prices.length)));
const less = (a, b) => plus(a, minus(b));

const BENCHMARKS = {
  mean: (rule, prices) => mean(prices),
  "trimmed-mean": ({ steps, beyond }, prices) => {
    const [, n] = steps.find(([most]) => prices.length <= most) ?? [0, beyond];
    return mean(ascending(prices).slice(n, prices.length - n));
  },
  "within-band": ({ percent }, prices) => {
    const middle = mean(prices);
    const reach = over(times(middle, number(percent, "percent")), HUNDRED);
    const [low, high] = [less(middle, reach), plus(middle, reach)];
    const near = prices.filter((price) => compare(low, price) <= 0 && compare(price, high) <= 0);
    return mean(near.length ? near : prices);
  },
  "second-mean": ({ of }, prices) => {
    const first = mean(prices);
    if (of === "lowest") return times(plus(first, ascending(prices)[0]), HALF);
    return mean(prices.filter((price) => compare(price, first) <= 0));
  },
  composite: (rule, prices, given) => {
    const [share, k1, k2] = ["share", "k1", "k2"].map((name) => number(rule[name], name));
    const cap = number(get(given, "cap"), "cap");
    if (compare(cap, ZERO) <= 0) refuse("price-not-positive", "the price cap must be above zero");
    return plus(times(times(share, cap), k1), times(times(less(ONE, share), mean(prices)), k2));
  },
  median: (rule, prices) => {
    const [ordered, half] = [ascending(prices), prices.length >> 1];
    return prices.length % 2 ? ordered[half] : times(plus(ordered[half - 1], ordered[half]), HALF);
  },
  "second-lowest": (rule, prices) => ascending(prices)[Math.min(1, prices.length - 1)],
  "interval-mid": (rule, prices) => times(plus(ascending(prices)[0], ascending(prices).at(-1)), HALF),
};

/** The benchmark of at least one price under a checked rule; given: {cap?, factor?} as texts. */
export function benchmark(rule, prices, given) {
  const found = BENCHMARKS[rule.kind](rule, prices, given);
  if (!Object.hasOwn(rule, "less")) return found;
  const factor = number(get(given, "factor"), "factor");
  if (!rule.less.some((one) => compare(number(one, "less"), factor) === 0)) {
    refuse("factor-unknown", "the factor is not one of those that were published");
  }
  return over(times(found, less(HUNDRED, factor)), HUNDRED);
}

/** What `given` must hold for this rule: of "cap" and "factor". */
export const asksFor = (rule) => [
  ...(rule.kind === "composite" ? ["cap"] : []),
  ...(Object.hasOwn(rule, "less") ? ["factor"] : []),
];

/** Every field of a rule; throws scheme-benchmark, wrong-shape, not-a-number. */
export function checkBenchmark(rule) {
  const kind = isObject(rule) ? get(rule, "kind") : null;
  const known = typeof kind === "string" && Object.hasOwn(FIELDS, kind);
  if (!known) refuse("scheme-benchmark", "an unknown benchmark");
  const found = record(rule, ["kind", ...FIELDS[kind]], "benchmark", ["less"]);
  if (kind === "trimmed-mean") checkSteps(found);
  if (kind === "within-band") within(found.percent, HUNDRED, "percent");
  if (kind === "second-mean" && !["lowest", "lower"].includes(found.of)) {
    refuse("scheme-benchmark", "the second mean is of the lowest or of the lower bids");
  }
  if (kind === "composite") {
    within(found.share, ONE, "share");
    for (const name of ["k1", "k2"]) within(found[name], fraction(10n), name);
  }
  if (Object.hasOwn(found, "less")) checkLess(items(found.less, 2, 100, "less"));
}

function checkSteps({ steps, beyond }) {
  let least = 1;
  const room = (n) => 2 * n < least || refuse("scheme-benchmark", `of ${least} bids none would be left`);
  for (const step of items(steps, 1, 20, "steps")) {
    const [first, second] = items(step, 2, 2, "step");
    const most = whole(first, least, MOST, "most bids");
    room(whole(second, 0, MOST, "dropped"));
    least = most + 1;
  }
  room(whole(beyond, 0, MOST, "beyond"));
}

function within(value, most, what) {
  const found = number(value, what);
  if (compare(found, ZERO) <= 0 || compare(found, most) > 0) refuse("scheme-benchmark", `${what} is out of its range`);
}

function checkLess(factors) {
  const found = factors.map((each) => number(each, "less"));
  if (found.some((each) => compare(each, HUNDRED) >= 0)) refuse("scheme-benchmark", "lowered by all of itself");
  if (new Set(found.map(textOf)).size !== found.length) refuse("scheme-benchmark", "a factor appears twice");
}
