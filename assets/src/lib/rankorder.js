/** The order of rows by a scheme's chain of ties, and a row as everybody reads it (as proof/…/rankorder.py). */

import { compare, fraction, minus, textOf } from "./exact.js";
import { FINAL_STEPS } from "./scheme.js";
import { items, text, whole } from "./shape.js";
import { refuse } from "./strict.js";

/** Rows by the tie chain; each learns in `decided` what set it apart. best: 1 where the lowest total wins, else -1. */
export function inOrder(ties, rows, order, best) {
  let groups = [{ group: rows, decided: null }];
  for (const step of ties) {
    groups = groups.flatMap(({ group, decided }) => {
      if (group.length === 1) return [{ group, decided }];
      const keys = new Map(stepKeys(step, group, order, best));
      const sorted = [...group].sort((a, b) => compare(keys.get(a.id), keys.get(b.id)));
      const split = [];
      for (const row of sorted) {
        const [last] = split.at(-1) ?? [];
        if (last && compare(keys.get(last.id), keys.get(row.id)) === 0) split.at(-1).push(row);
        else split.push([row]);
      }
      // the first of them stands below what the group stood below; the others are set apart here
      return split.map((same, place) => ({ group: same, decided: place ? step : decided }));
    });
  }
  const tied = groups.filter(({ group }) => group.length > 1);
  if (tied.length) refuse("tie-unresolved", tied.map(({ group }) => group.map(({ id }) => id).join(", ")).join("; "));
  return groups.flatMap(({ group, decided }) => group.map((row) => ({ ...row, decided })));
}

/** [[bid id, fraction], …], smaller is better; equal keys stay tied. */
function stepKeys(step, group, given, best) {
  if (step === "total") return group.map((row) => [row.id, best > 0 ? row.total : minus(row.total)]);
  if (step === "price") return group.map((row) => [row.id, row.price]);
  if (step === "received") {
    return group.map((row) => [row.id, fraction(BigInt(whole(row.received, 0, 2 ** 53, `received of ${row.id}`)))]);
  }
  if (FINAL_STEPS.includes(step)) {
    const order = items(given, 0, 10_000, "order").map((bid) => text(bid, "order", 80));
    if (new Set(order).size !== order.length) refuse("inputs-twice", "a bid appears twice in the order");
    const place = (id) => (order.includes(id) ? order.indexOf(id) : order.length);
    return group.map((row) => [row.id, fraction(BigInt(place(row.id)))]);
  }
  const key = step.slice("criterion:".length);
  return group.map((row) => [row.id, minus(row.scores.get(key).points)]);
}

const texts = (found) => Object.fromEntries([...found].map(([name, value]) => [name, textOf(value)]));

/** {id, rank, price, total, decided, scores?, adjustments?}, numbers as text. */
export function shown(row, place) {
  const { id, price, total, decided } = row;
  const found = { id, rank: place + 1, price: textOf(price), total: textOf(total), decided };
  if (row.scores) found.scores = Object.fromEntries([...row.scores].map(([key, one]) => [key, score(one)]));
  if (row.adjustments) found.adjustments = texts(row.adjustments);
  return found;
}

function score(found) {
  const told = texts(["exact", "score", "weight", "points"].map((name) => [name, found[name]]));
  return found.members ? { ...told, members: texts(found.members), dropped: found.dropped.map(textOf) } : told;
}
