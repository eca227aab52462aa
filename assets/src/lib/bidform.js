/** `bid-summary/1` as a reader checks it: what a bid says in numbers (as proof/…/bidform.py). */

import { record, text, whole } from "./shape.js";
import { refuse } from "./strict.js";

const KEYS = ["v", "lot", "total_fen", "rate", "delivery_days", "quality", "project_leader", "validity_days"];

const words = (value, what) => (value === "" ? "" : text(value, what, 500));

/** Whole fen as text; throws form-money. */
export function checkFen(value, what) {
  if (typeof value === "string" && /^(0|[1-9]\d{0,16})$/.test(value)) return value;
  return refuse("form-money", `${what} must be whole fen as text, such as 12345600`);
}

/**
 * The form, when it is one for `lot`; throws form-… or wrong-shape. `total_fen` stays the text it is.
 * offer: a total or a rate is there (true), or neither is, in the first of two envelopes (false: price-in-first-envelope).
 */
export function checkSummary(form, lot, { offer = true } = {}) {
  const found = record(form, KEYS, "bid-summary/1");
  if (found.v !== "bid-summary/1") refuse("form-version", "expected bid-summary/1");
  if (text(found.lot, "lot") !== lot) refuse("form-lot", "the form is for another lot");
  const { total_fen, rate } = found;
  if (total_fen !== null) checkFen(total_fen, "total_fen");
  if (rate !== null && !(typeof rate === "string" && /^(0|[1-9]\d{0,14})(\.\d{1,6})?$/.test(rate))) {
    refuse("form-decimal", "rate must be a plain decimal as text with at most 6 decimals");
  }
  const told = total_fen !== null || rate !== null;
  if (offer && !told) refuse("form-offer", "an offer has a total or a rate");
  if (!offer && told) refuse("price-in-first-envelope", "of two envelopes the first tells no price");
  whole(found.delivery_days, 0, 36_500, "delivery_days");
  words(found.quality, "quality");
  words(found.project_leader, "project_leader");
  whole(found.validity_days, 0, 3_650, "validity_days");
  return found;
}
