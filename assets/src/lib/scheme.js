/** `scheme/1`: the machine-readable scoring rule, checked field by field (as proof/…/scheme.py). */

import { ONE, ROUNDINGS, ZERO, compare, fraction, number, sum, textOf } from "./exact.js";
import { checkPriceRule } from "./pricescore.js";
import { get, isObject, refuse } from "./strict.js";
import { items, record, text, whole } from "./shape.js";

const JUDGED = ["weighting", "criteria", "aggregation"];
/** The fields that each method adds to the common ones. */
const METHODS = {
  scored: [...JUDGED, "price"],
  "lowest-evaluated-price": ["adjustments"],
  monetised: [...JUDGED, "adjustments"],
  "value-for-money": [...JUDGED, "per"],
  "lowest-price": [],
  negotiated: [],
};
const KINDS = ["price", "subjective", "objective"];
const KEY = /^[a-z][a-z0-9_-]{0,39}$/;
export const FINAL_STEPS = ["received", "vote", "draw"];
const COMMON = ["v", "method", "rounding", "ties"];

/** Every field, the sum of marks or weights, and a tie chain that ends in a unique order; throws scheme-… */
export function checkScheme(scheme) {
  const method = isObject(scheme) ? get(scheme, "method") : null;
  const known = typeof method === "string" && Object.hasOwn(METHODS, method) && get(scheme, "v") === "scheme/1";
  if (!known) refuse("scheme-version", "scheme/1 with a known method is asked for");
  if (method === "negotiated") {
    const { final } = record(scheme, ["v", "method", "final"], "scheme");
    if (!isObject(final) || get(final, "method") === "negotiated") refuse("scheme-version", "ranked by another method");
    checkScheme(final);
    return;
  }
  const found = record(scheme, [...COMMON, ...METHODS[method]], "scheme");
  let criteria = [];
  if (Object.hasOwn(found, "criteria")) {
    criteria = items(found.criteria, 1, 100, "criteria").map((each) => criterion(each, found));
    checkSums(criteria, found.weighting);
    const prices = criteria.filter(({ kind }) => kind === "price").length;
    if (prices !== (method === "scored" ? 1 : 0)) refuse("scheme-price", "one criterion of a scored tender is the price");
    checkAggregation(record(found.aggregation, ["kind"], "aggregation", ["from"]));
  }
  if (Object.hasOwn(found, "price")) checkPriceRule(found.price);
  if (Object.hasOwn(found, "adjustments")) checkAdjustments(items(found.adjustments, 0, 100, "adjustments"));
  if (Object.hasOwn(found, "per") && compare(number(found.per, "per"), ZERO) <= 0) refuse("scheme-price", "per nothing");
  checkRounding(record(found.rounding, ["mode", "decimals", "apply"], "rounding"));
  checkTies(items(found.ties, 2, 100, "ties"), criteria);
}

function checkAggregation(aggregation) {
  if (aggregation.kind === "trimmed-mean") whole(get(aggregation, "from"), 5, 99, "from");
  else if (aggregation.kind !== "mean" || Object.hasOwn(aggregation, "from")) {
    refuse("scheme-aggregation", "scores are put together by mean or trimmed-mean");
  }
}

function checkAdjustments(rows) {
  const found = rows.map((row) => record(row, ["key", "name", "effect"], "adjustment"));
  for (const { key, name, effect } of found) {
    text(name, "name");
    const named = typeof key === "string" && KEY.test(key);
    if (!named || !["adds", "reduces"].includes(effect)) refuse("scheme-adjustment", "a key, and adds or reduces");
  }
  if (new Set(found.map(({ key }) => key)).size !== found.length) refuse("scheme-adjustment", "an adjustment twice");
}

/** What cannot be looked up in a table of names is not of its kind at all. */
function names(...values) {
  if (values.some((value) => Array.isArray(value) || isObject(value))) refuse("wrong-shape", "a name is asked for");
}

function checkRounding(rounding) {
  whole(rounding.decimals, 0, 6, "decimals");
  const apply = items(rounding.apply, 0, 2, "apply");
  names(rounding.mode);
  const known = typeof rounding.mode === "string" && Object.hasOwn(ROUNDINGS, rounding.mode);
  if (known) names(...apply);
  const twice = new Set(apply).size !== apply.length;
  if (!known || twice || apply.some((what) => !["score", "total"].includes(what))) {
    refuse("scheme-rounding", "a known mode, applied to score or total");
  }
}

function criterion(value, { weighting, method }) {
  const money = method === "monetised";
  const allowed = money ? ["marks"] : ["marks", "weights"];
  if (!allowed.includes(weighting)) refuse("scheme-weighting", "weighting is marks or weights");
  const weighted = weighting === "weights";
  const more = [...(weighted ? ["weight"] : []), ...(money ? ["per_point"] : [])];
  const found = record(value, ["key", "name", "kind", "full_mark", ...more], "criterion");
  text(found.name, "name");
  const named = typeof found.key === "string" && KEY.test(found.key);
  if (!named || !KINDS.includes(found.kind)) refuse("scheme-criterion", "a criterion has a lower-case key and a kind");
  if (compare(number(found.full_mark, "full_mark"), ZERO) <= 0) refuse("scheme-criterion", `${found.key} has no full mark`);
  if (weighted) {
    const weight = number(found.weight, "weight");
    if (compare(weight, ZERO) <= 0 || compare(weight, ONE) > 0) refuse("scheme-criterion", `${found.key} has no weight`);
  }
  if (money) number(found.per_point, "per_point");
  return found;
}

function checkSums(criteria, weighting) {
  if (new Set(criteria.map(({ key }) => key)).size !== criteria.length) refuse("scheme-criterion", "a criterion twice");
  const [field, all] = weighting === "marks" ? ["full_mark", fraction(100n)] : ["weight", ONE];
  const total = sum(criteria.map((each) => number(each[field], field)));
  if (compare(total, all) !== 0) refuse("scheme-sum", `${field}s must add up to ${textOf(all)}, not ${textOf(total)}`);
  const marks = new Set(criteria.map((each) => textOf(number(each.full_mark, "full_mark"))));
  if (weighting === "weights" && marks.size !== 1) refuse("scheme-sum", "weighted criteria share one full mark");
}

function checkTies(ties, criteria) {
  const allowed = ["total", "price", ...FINAL_STEPS, ...criteria.map(({ key }) => `criterion:${key}`)];
  if (ties.some((step) => !allowed.includes(step)) || new Set(ties).size !== ties.length) {
    refuse("scheme-ties", "a tie step is unknown or appears twice");
  }
  if (ties[0] !== "total") refuse("scheme-ties", "the best total ranks first");
  if (!FINAL_STEPS.includes(ties.at(-1)) || ties.slice(0, -1).some((step) => FINAL_STEPS.includes(step))) {
    refuse("scheme-ties", "the chain ends, and only ends, in a unique order");
  }
}
