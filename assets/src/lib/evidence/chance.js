/** The draws' part of the evidence: frozen and logged before any number was known, and replayed step by step (chance.py). */

import { toHex } from "../bytes.js";
import { H, jcs } from "../canonical.js";
import { announceHash, replay } from "../draw.js";
import { whole } from "../shape.js";
import { get, need, plain, refuse, same } from "../strict.js";
import { verifyConsistency } from "../tree.js";
import { one } from "./box.js";
import { pathOf } from "./bundle.js";
import { signedHead } from "./log.js";

const ANNOUNCED = ["lot:announce-draw", "lot:announce-factor"];
const GIVEN_UP = ["draw:abandon-draw", "draw:void-draw"];

/** The ids of all draws that were announced for a lot, in their order. */
export function announced(bundle, lot) {
  const found = ANNOUNCED.flatMap((tag) => bundle.of(`lot/${lot.id}`, tag)).sort((a, b) => a.index - b.index);
  return found.map(({ facts }) => plain(get(facts, "draw")));
}

/** Every announced draw was finished by the rules, or given up with a reason; none was repeated in silence. */
export function checkDraws(bundle, lot) {
  const records = new Map(lot.draws.map((item) => [plain(item.record.announcement.draw), item]));
  const known = announced(bundle, lot);
  const odd = [...records.keys()].some((draw) => !known.includes(draw));
  if (records.size !== lot.draws.length || odd || new Set(known).size !== known.length) {
    refuse("draw-unknown", "a draw is told of that was not announced, or one twice");
  }
  const said = known.map((draw) => judged(bundle, lot, draw, records.get(draw)));
  return [said.map(([zh]) => zh).join(""), said.map(([, en]) => en).join(" ")];
}

function judged(bundle, lot, draw, item) {
  const givenUp = GIVEN_UP.flatMap((tag) => bundle.of(`draw/${draw}`, tag)).length > 0;
  const finished = bundle.of(`draw/${draw}`, "draw:finish-draw").length > 0;
  if (item && !givenUp) return checkRecord(bundle, lot, draw, item);
  if (finished || item) refuse("draw-missing", `the record of ${draw} is missing, or belongs to a draw given up`);
  if (givenUp) return [`${draw} 已作废，理由在日志里。`, `${draw} was given up; the reason stands in the log.`];
  return [`${draw} 正在进行。`, `${draw} is going on.`];
}

function checkRecord(bundle, lot, draw, { record, path }) {
  const played = replay(record);
  const told = record.announcement;
  if (told.tender !== bundle.project || told.lot !== lot.id || told.draw !== draw) {
    refuse("draw-foreign", "the draw was announced for another lot");
  }
  const opening = one(bundle.of(`draw/${draw}`, "draw:announce-draw"), `announcement of ${draw}`);
  const { hash, announcement } = opening.facts;
  if (hash !== toHex(announceHash(told)) || !same(announcement, told)) {
    refuse("draw-changed", `${draw} is not the draw that was announced`);
  }
  const promises = bundle.of(`draw/${draw}`, "draw:commit-draw");
  const promised = ({ facts }) => [whole(get(facts, "p"), 1, 99, "p"), need(facts, "commit"), get(facts, "lid") ?? null];
  const given = promises.map(promised).sort(([a], [b]) => a - b);
  if (!same(given, record.commitments.map(({ p, commit, lid }) => [p, commit, lid ?? null]))) {
    refuse("draw-changed", `${draw}: other promises stand in the log`);
  }
  const [head, c] = [signedHead(bundle.head, bundle), signedHead(record.checkpoint, bundle)];
  verifyConsistency(c.size, head.size, c.root, head.root, pathOf(path));
  if ([opening, ...promises].some(({ index }) => index >= c.size)) {
    refuse("draw-late", `${draw}: something was promised after the checkpoint`);
  }
  const done = one(bundle.of(`draw/${draw}`, "draw:finish-draw"), `end of ${draw}`);
  if (done.facts.record !== toHex(H(jcs(record)))) {
    refuse("draw-changed", `${draw}: the record is not the one in the log`);
  }
  return words(draw, told, played, c.size);
}

function words(draw, told, { members, alternates }, size) {
  const [pool, out, parties] = [told.pool.length, told.exclusions.length, told.parties.length];
  const zh = `${draw}：${parties} 方的承诺都在检查点（${size} 条）之前记入日志，之后才揭示；`;
  const en = `${draw}: ${parties} parties had committed before the checkpoint (${size} entries) and revealed after it; `;
  if (told.purpose === "factor") {
    return [`${zh}${pool} 个值中抽出 ${members[0]}，重演一致。`, `${en}${members[0]} of ${pool} values; the replay agrees.`];
  }
  return [
    `${zh}${pool} 位专家中抽出 ${members.length} 位和 ${alternates.length} 位候补（${out} 位回避），重演一致。`,
    `${en}${members.length} of ${pool} experts and ${alternates.length} alternates (${out} recused); the replay agrees.`,
  ];
}
