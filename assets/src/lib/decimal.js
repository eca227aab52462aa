/** Exact decimals as text and BigInt: unit prices to six places, totals in fen. No floating point touches money. */

import { Failure } from "./failure.js";

const FULL_WIDTH = /[０-９．，]/g;

/** What a person typed → canonical decimal text ("1,234.50" → "1234.5"); Failure("not-a-number") or ("too-many-decimals"). */
export function canonicalDecimal(typed, places) {
  const narrow = typed.trim().replace(FULL_WIDTH, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0xfee0));
  const match = /^(\d{1,15})(?:\.(\d+))?$/.exec(narrow.replace(/,(?=\d{3}(\D|$))/g, "").replace(/,(?=\d{3},)/g, ""));
  if (!match) throw new Failure("not-a-number", { typed });
  const fraction = (match[2] ?? "").replace(/0+$/, "");
  if (fraction.length > places) throw new Failure("too-many-decimals", { typed, places });
  const whole = match[1].replace(/^0+(?=\d)/, "");
  return fraction ? `${whole}.${fraction}` : whole;
}

function scaled(text, places) {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(places, "0"));
}

// units of 10⁻¹² yuan: both factors have six places
const exact = ({ unit_price, quantity }) => scaled(unit_price, 6) * scaled(quantity, 6);
const toFen = (product) => (product + 5n * 10n ** 9n) / 10n ** 10n; // half up

/** {unit_price (yuan, ≤ 6 places), quantity (≤ 6 places)} → fen as BigInt, half up: what a reader sees in one line. */
export const lineFen = (line) => toFen(exact(line));

/** The exact sum of all lines, rounded once: the total the opening will recompute (`bid-price/1`). */
export const totalFen = (lines) => toFen(lines.reduce((sum, line) => sum + exact(line), 0n));

/** fen → "1,234,567.80" */
export function yuan(fen) {
  const digits = String(fen).padStart(3, "0");
  return digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",") + "." + digits.slice(-2);
}
