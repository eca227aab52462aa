/** RFC 6962 / 9162 Merkle trees: hashes, roots, inclusion and consistency. Hashes are 32 bytes. */

import { equal, fromHex } from "./bytes.js";
import { H } from "./canonical.js";
import { Failure } from "./failure.js";

const LEAF = fromHex("00");
const NODE = fromHex("01");

export const leafHash = (entry) => H(LEAF, entry);
export const nodeHash = (left, right) => H(NODE, left, right);

/** The root over leaf hashes (RFC 9162 §2.1.1). */
export function rootOf(hashes) {
  if (hashes.length === 0) return H();
  let level = hashes;
  while (level.length > 1) {
    const above = [];
    // an odd one is carried up: the same tree as splitting at powers of two
    for (let at = 0; at < level.length; at += 2) {
      above.push(at + 1 < level.length ? nodeHash(level[at], level[at + 1]) : level[at]);
    }
    level = above;
  }
  return level[0];
}

function demand(holds, detail) {
  if (!holds) throw new Failure("tree-proof", { detail });
}

const half = (n) => Math.floor(n / 2); // sizes may pass 2³¹, where shifts end

/** Throws unless the leaf hash stands at `index` of the tree of `size` leaves with this root (RFC 9162 §2.1.3.2). */
export function verifyInclusion(leaf, index, size, path, root) {
  demand(Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size, "numbers");
  let [fn, sn, found] = [index, size - 1, leaf];
  for (const node of path) {
    demand(node.length === 32 && sn !== 0, "path");
    if (fn % 2 === 1 || fn === sn) {
      found = nodeHash(node, found);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      found = nodeHash(found, node);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  demand(sn === 0 && equal(found, root), "root");
}

/** Throws unless the tree of `second` leaves extends that of `first` (0 < first ≤ second; RFC 9162 §2.1.4.2). */
export function verifyConsistency(first, second, firstRoot, secondRoot, path) {
  demand(Number.isSafeInteger(first) && Number.isSafeInteger(second) && first > 0 && first <= second, "numbers");
  if (first === second) return demand(path.length === 0 && equal(firstRoot, secondRoot), "root");
  const nodes = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : [...path];
  demand(nodes.length > 0 && nodes.every((node) => node.length === 32), "path");
  let [fn, sn] = [first - 1, second - 1];
  while (fn % 2 === 1) [fn, sn] = [half(fn), half(sn)];
  let [old, grown] = [nodes[0], nodes[0]];
  for (const node of nodes.slice(1)) {
    demand(sn !== 0, "path");
    if (fn % 2 === 1 || fn === sn) {
      [old, grown] = [nodeHash(node, old), nodeHash(node, grown)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      grown = nodeHash(grown, node);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  demand(sn === 0 && equal(old, firstRoot) && equal(grown, secondRoot), "root");
}
