/** All checks of one bundle, each with what it found in Chinese and English. They believe nobody (checks.py). */

import { Failure } from "../failure.js";
import { readReceipt } from "../receipt.js";
import { isObject, need, refuse } from "../strict.js";
import * as box from "./box.js";
import { readBundle } from "./bundle.js";
import * as chance from "./chance.js";
import { checkLog, checkWitnesses } from "./log.js";
import * as prices from "./prices.js";
import * as result from "./result.js";
import { STOPPED, TITLES, WORDS } from "./words.js";

export { TITLES };

/**
 * Judges the bytes of an evidence/1 file. Nothing a stranger puts into it throws: it becomes a finding.
 *
 * logVkey   the key of the log that the reader trusts, from a seal policy or a witness; null takes the file's own
 * roots     certificates (readCertificate) of the authorities the reader trusts; [] takes the file's own
 * receipts  receipt/1 of the reader's own bids
 * onFinding called with every finding as it comes
 * → {project, rehearsal, holds, findings: [{check, lot, holds, code, detail, said: [zh, en]}], warnings: [[zh, en]]}
 */
export async function checkEvidence(data, { logVkey = null, roots = [], receipts = [], onFinding = () => {} } = {}) {
  const verdict = new Verdict(onFinding);
  let bundle = null;
  await verdict.judge("file", "", () => {
    bundle = readBundle(data, logVkey);
    return about(bundle);
  });
  if (bundle === null) return verdict.told();
  [verdict.project, verdict.rehearsal] = [bundle.project, bundle.rehearsal];
  verdict.warnings.push(...warnings(bundle, logVkey, roots));
  const trusted = roots.length ? roots : bundle.roots;
  // what stands in no log proves nothing
  if (!(await verdict.judge("log", "", () => checkLog(bundle)))) return verdict.told();
  await verdict.judge("witnesses", "", () => checkWitnesses(bundle));
  for (const lot of bundle.lots) await checkLot(verdict, bundle, lot, trusted);
  if (receipts.length) await verdict.judge("receipts", "", () => checkReceipts(bundle, receipts));
  return verdict.told();
}

class Verdict {
  project = "";
  rehearsal = false;
  findings = [];
  warnings = [];

  constructor(onFinding) {
    this.onFinding = onFinding;
  }

  /** Runs one check and writes down what it found. → did it hold? */
  async judge(check, lot, act) {
    const finding = { check, lot, holds: true, code: "", detail: "", said: STOPPED };
    try {
      finding.said = await act();
    } catch (failure) {
      // what is no refusal of ours is a field that is missing deep inside what a platform says
      const known = failure instanceof Failure;
      finding.holds = false;
      finding.code = known ? failure.code : "wrong-shape";
      finding.detail = String((known ? failure.detail.detail : failure.message) ?? "");
      finding.said = WORDS[finding.code] ?? STOPPED;
    }
    this.findings.push(finding);
    this.onFinding(finding);
    return finding.holds;
  }

  told() {
    const { project, rehearsal, findings, warnings } = this;
    return { project, rehearsal, findings, warnings, holds: findings.every(({ holds }) => holds) };
  }
}

async function checkLot(verdict, bundle, lot, roots) {
  const judge = (check, act) => verdict.judge(check, lot.id, act);
  if (!(await judge("rules", () => box.checkRules(bundle, lot, roots)))) return;
  if (!(await judge("scheme", () => result.checkScheme(bundle, lot)))) return;
  if (!bundle.of(`lot/${lot.id}`, "lot:open-bids").length) {
    await judge("box", () => stillShut(bundle, lot));
    return;
  }
  let read = [];
  const opening = async () => {
    const found = await box.checkOpening(bundle, lot, roots);
    read = found.read;
    return found.said;
  };
  const second = () => {
    const found = prices.checkPrices(bundle, lot, read);
    read = found.read;
    return found.said;
  };
  const steps = [
    ["box", () => box.checkBox(bundle, lot)],
    ["closing", () => box.checkClosing(bundle, lot)],
    ["opening", opening],
  ];
  if (chance.announced(bundle, lot).length || lot.draws.length) steps.push(["draw", () => chance.checkDraws(bundle, lot)]);
  if (prices.hasSecond(lot)) steps.push(["prices", second]);
  if (result.published(bundle, lot) !== null || lot.report !== null) {
    steps.push(["ranking", () => result.checkRanking(bundle, lot, read)]);
    steps.push(["award", () => result.checkAward(bundle, lot)]);
  }
  // every step stands on the one before
  for (const [check, act] of steps) if (!(await judge(check, act))) return;
}

/** Nothing is told of a box that was not opened. */
function stillShut(bundle, lot) {
  const filled = (value) => (Array.isArray(value) ? value.length > 0 : isObject(value) && Object.keys(value).length > 0);
  if ([lot.lids, lot.opened, lot.closing, lot.price_closing].some(filled) || lot.report !== null) {
    refuse("told-early", "the file tells of bids in a box that was not opened");
  }
  if (bundle.of(`lot/${lot.id}`, "lot:fail").length) {
    return ["本标段没有开启任何投标，已流标。", "No bid of this lot was opened; it has failed."];
  }
  return ["投标箱尚未开启，文件里没有任何投标的信息。", "The box has not been opened; the file tells nothing of any bid."];
}

/** Every acknowledged record is in the file: opened, replaced or withdrawn, never missing. */
function checkReceipts(bundle, receipts) {
  const known = new Set(bundle.lots.flatMap(({ lids }) => lids.map((record) => need(record, "id"))));
  const standing = new Set(bundle.lots.flatMap((lot) => [...box.effective(lot).keys()]));
  const words = receipts.map((receipt) => {
    const { lid } = readReceipt(receipt, bundle.logVkey);
    if (!known.has(lid)) refuse("receipt-missing", `${lid} was acknowledged, and the file does not have it`);
    const state = standing.has(lid) ? ["在开标名单上", "on the list"] : ["已被替换或撤回", "replaced or withdrawn"];
    return state.map((each) => `${lid.slice(0, 16)} ${each}`);
  });
  return [words.map(([zh]) => zh).join("；") + "。", words.map(([, en]) => en).join("; ") + "."];
}

function about({ project, issuedAt }) {
  return [
    `项目 ${project} 的公开证据，格式唯一，由日志密钥签发于 ${issuedAt}，没有一个字节被改动。`,
    `Public evidence of project ${project}, in its one form, signed by the log's key on ${issuedAt}; no byte has changed.`,
  ];
}

function warnings(bundle, logVkey, roots) {
  const found = [];
  if (bundle.rehearsal) found.push(["演练（REHEARSAL）：这不是真实的采购。", "REHEARSAL: this is no real purchase."]);
  if (logVkey === null) {
    found.push([
      `日志密钥取自文件本身，请与招标公告或见证人处的核对：${bundle.logVkey}`,
      `The log's key is the file's own; compare it with the tender's: ${bundle.logVkey}`,
    ]);
  }
  if (!roots.length) {
    found.push([
      "证书以文件所附的根证书为准；可另行指定您信任的根证书。",
      "Certificates lead to the roots in the file; name the roots you trust to be sure.",
    ]);
  }
  return found;
}
