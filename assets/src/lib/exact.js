/** Exact numbers: decimals as text in, fractions of BigInts inside, text out; rounding only when asked (exact.py). */

import { refuse } from "./strict.js";

function gcd(a, b) {
  while (b) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/** n/d in lowest terms, d > 0. */
export function fraction(n, d = 1n) {
  const common = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / common, d: d / common };
}

export const plus = (a, b) => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const times = (a, b) => fraction(a.n * b.n, a.d * b.d);
export const over = (a, b) => fraction(a.n * b.d, a.d * b.n);
export const minus = (a) => ({ n: -a.n, d: a.d });
export const ZERO = fraction(0n);
export const ONE = fraction(1n);

/** → negative, 0 or positive */
export function compare(a, b) {
  const [left, right] = [a.n * b.d, b.n * a.d];
  return left < right ? -1 : Number(left > right);
}

export const sum = (values) => values.reduce(plus, ZERO);

/** The exact value of a decimal text such as "98.50"; signs and exponents are refused (not-a-number). */
export function number(value, what) {
  const match = typeof value === "string" && /^(0|[1-9]\d{0,17})(?:\.(\d{1,12}))?$/.exec(value);
  if (!match) refuse("not-a-number", `${what} must be a plain decimal as text`);
  const places = match[2] ?? "";
  return fraction(BigInt(match[1] + places), 10n ** BigInt(places.length));
}

/** The shortest exact text: a decimal where one exists, else a fraction such as "607/6". */
export function textOf({ n, d }) {
  if (d === 1n) return String(n);
  let [rest, twos, fives] = [d, 0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos++;
  for (; rest % 5n === 0n; rest /= 5n) fives++;
  if (rest !== 1n) return `${n}/${d}`;
  const places = Math.max(twos, fives);
  const size = n < 0n ? -n : n;
  const digits = String((size * 10n ** BigInt(places)) / d).padStart(places + 1, "0");
  return `${n < 0n ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** To whole numbers, of what is not negative. 四舍五入, 四舍六入五成双 (GB/T 8170), cut off. */
export const ROUNDINGS = {
  "half-up": ({ n, d }) => (2n * n + d) / (2n * d),
  "half-even": ({ n, d }) => {
    const [floor, rest] = [n / d, 2n * (n % d)];
    return rest > d || (rest === d && floor % 2n === 1n) ? floor + 1n : floor;
  },
  down: ({ n, d }) => n / d,
};

/** `value` (not negative) to so many decimals, exactly; mode: a key of ROUNDINGS. */
export function rounded(value, decimals, mode) {
  const scale = 10n ** BigInt(decimals);
  return fraction(ROUNDINGS[mode](times(value, fraction(scale))), scale);
}
