/** A supplier's bids inside the keyring: box keys, the chain of lids, rescue secrets, and what is still unanswered. */

import { Failure } from "./failure.js";
import { boxKeyOf, makeBoxKey } from "./lid.js";

/** The entry of this lot under this policy (hex id), or null. A new policy means a new box and a fresh chain. */
export function bidOf(content, lot, policy) {
  return content.bids.find((bid) => bid.lot === lot && bid.policy === policy) ?? null;
}

/** {seq, prev} for the next lid or withdrawal. */
export function nextLink(bid) {
  const last = bid?.lids.at(-1);
  return { seq: (last?.seq ?? 0) + 1, prev: last?.id ?? "" };
}

/** The lid that counts now, or null (nothing submitted, or withdrawn). */
export function standingLid(bid) {
  const last = bid?.lids.at(-1);
  return last?.kind === "bid" ? last : null;
}

/** The entry, made with a fresh box key when it is not there yet. Edits `content`. */
export function ensureBid(content, lot, policy) {
  const known = bidOf(content, lot, policy);
  if (known) return known;
  const { key, secret } = makeBoxKey();
  const bid = { lot, policy, box_key: key, box_secret: secret, lids: [], rescue: [] };
  content.bids.push(bid);
  return bid;
}

/**
 * Before anything is sent: the act {kind: "bid"|"withdrawal", lid, uploads?} and the rescue secrets of its parts, so
 * that an answer lost on the way can be asked for again and the bidder can always open its own bid (rule c).
 */
export function expect(bid, act, rescue = []) {
  bid.pending = act;
  bid.rescue.push(...rescue.map((secret) => ({ lid: act.lid.id, ...secret })));
}

/** The server took it: the lid joins the chain, and secrets of superseded or withdrawn lids go. */
export function confirm(bid, receipt) {
  const { kind, lid } = bid.pending;
  bid.lids.push({ id: lid.id, seq: lid.seq, kind, receipt });
  bid.rescue = bid.rescue.filter((secret) => kind === "bid" && secret.lid === lid.id);
  delete bid.pending;
}

/** One entry as a file for a colleague: whoever holds it can replace and withdraw, and open the bid's own bodies. */
export const packed = (bid) => JSON.stringify({ v: "bid-book/1", bid }, null, 2);

/** Text of such a file → the entry; Failure bid-book-format. */
export function unpacked(text) {
  try {
    const { v, bid } = JSON.parse(text);
    const hex = (value) => /^[0-9a-f]{64}$/.test(value);
    const whole = [bid.policy, bid.box_key, bid.box_secret].every(hex) && boxKeyOf(bid.box_secret) === bid.box_key;
    const lists = [bid.lids, bid.rescue].every(Array.isArray) && typeof bid.lot === "string";
    if (v === "bid-book/1" && whole && lists) return bid;
  } catch (cause) {
    throw new Failure("bid-book-format", {}, cause);
  }
  throw new Failure("bid-book-format");
}

/** Takes a colleague's entry over; the longer chain of the same box wins. Failure bid-book-other: a box of one's own is in use. */
export function takeOver(content, bid) {
  const known = bidOf(content, bid.lot, bid.policy);
  if (known && known.box_key !== bid.box_key && (known.token || known.lids.length || known.pending)) {
    throw new Failure("bid-book-other");
  }
  if (known?.box_key === bid.box_key && known.lids.length >= bid.lids.length && known.token) return;
  content.bids = [...content.bids.filter((one) => one !== known), bid];
}

/** The server refused it for good. */
export function forget(bid) {
  bid.rescue = bid.rescue.filter((secret) => secret.lid !== bid.pending.lid.id);
  delete bid.pending;
}
