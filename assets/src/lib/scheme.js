/** `scheme/1`: the machine-readable scoring rule, checked field by field (as proof/…/scheme.py). */

import { ONE, ROUNDINGS, ZERO, compare, fraction, number, sum, textOf } from "./exact.js";
import { get, isObject, refuse } from "./strict.js";
import { items, record, text, whole } from "./shape.js";

const METHODS = ["scored"];
const FAMILIES = ["low-price-first"];
const KINDS = ["price", "subjective", "objective"];
export const FINAL_STEPS = ["received", "vote", "draw"];
const KEYS = ["v", "method", "weighting", "criteria", "price", "rounding", "aggregation", "ties"];

/** Every field, the sum of marks or weights, and a tie chain that ends in a unique order; throws scheme-… */
export function checkScheme(scheme) {
  const found = record(scheme, KEYS, "scheme");
  if (found.v !== "scheme/1" || !METHODS.includes(found.method)) refuse("scheme-version", "scheme/1 is asked for");
  if (!FAMILIES.includes(record(found.price, ["family"], "price").family)) refuse("scheme-price", "an unknown price family");
  const criteria = items(found.criteria, 1, 100, "criteria").map((each) => criterion(each, found.weighting));
  checkSums(criteria, found.weighting);
  checkRounding(record(found.rounding, ["mode", "decimals", "apply"], "rounding"));
  const aggregation = record(found.aggregation, ["kind"], "aggregation", ["from"]);
  if (aggregation.kind === "trimmed-mean") whole(get(aggregation, "from"), 5, 99, "from");
  else if (aggregation.kind !== "mean" || Object.hasOwn(aggregation, "from")) {
    refuse("scheme-aggregation", "scores are put together by mean or trimmed-mean");
  }
  checkTies(items(found.ties, 2, 100, "ties"), criteria);
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

function criterion(value, weighting) {
  if (weighting !== "marks" && weighting !== "weights") refuse("scheme-weighting", "weighting is marks or weights");
  const weighted = weighting === "weights";
  const found = record(value, ["key", "name", "kind", "full_mark", ...(weighted ? ["weight"] : [])], "criterion");
  text(found.name, "name");
  const named = typeof found.key === "string" && /^[a-z][a-z0-9_-]{0,39}$/.test(found.key);
  if (!named || !KINDS.includes(found.kind)) refuse("scheme-criterion", "a criterion has a lower-case key and a kind");
  if (compare(number(found.full_mark, "full_mark"), ZERO) <= 0) refuse("scheme-criterion", `${found.key} has no full mark`);
  if (weighted) {
    const weight = number(found.weight, "weight");
    if (compare(weight, ZERO) <= 0 || compare(weight, ONE) > 0) refuse("scheme-criterion", `${found.key} has no weight`);
  }
  return found;
}

function checkSums(criteria, weighting) {
  if (new Set(criteria.map(({ key }) => key)).size !== criteria.length) refuse("scheme-criterion", "a criterion twice");
  if (criteria.filter(({ kind }) => kind === "price").length !== 1) refuse("scheme-price", "exactly one criterion is the price");
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
  if (ties[0] !== "total") refuse("scheme-ties", "the highest total ranks first");
  if (!FINAL_STEPS.includes(ties.at(-1)) || ties.slice(0, -1).some((step) => FINAL_STEPS.includes(step))) {
    refuse("scheme-ties", "the chain ends, and only ends, in a unique order");
  }
}
