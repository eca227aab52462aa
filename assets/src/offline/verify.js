/** The other tab: a receipt, a log proof or a package, checked with the tender file alone. */

import { checkPackage, openPackage } from "../lib/bidpackage.js";
import { Failure } from "../lib/failure.js";
import { verifyReceipt } from "../lib/lid.js";
import { verifyEventProof } from "../lib/logproof.js";
import { readTender } from "../lib/tender.js";
import { $, during, facts, moment, tell, textOf } from "./page.js";

export function startVerify(known) {
  const check = () => {
    const file = $("verify-file").files[0];
    if (file) during("verify", null, () => checkFile(file, known));
  };
  for (const id of ["verify-tender", "verify-file"]) $(id).addEventListener("change", check);
}

async function checkFile(file, known) {
  $("verify-facts").hidden = true;
  const own = $("verify-tender").files[0];
  const tender = own ? readTender(await textOf(own)) : known();
  if (!tender) return tell("verify", "warning", "verify-first");
  if (file.name.toLowerCase().endsWith(".zip")) return package_(file, tender);
  const text = await textOf(file, 1 << 20);
  return text.startsWith("c2sp.org/tlog-proof") ? proof(text, tender) : receipt(text, tender);
}

function receipt(text, tender) {
  let found;
  try {
    found = [JSON.parse(text)].flat();
    for (const each of found) verifyReceipt(each, each.lid, tender.content.policy.log_vkey);
  } catch (cause) {
    throw new Failure("receipt-forged", {}, cause);
  }
  const last = found.at(-1);
  tell("verify", "success", "receipt-good", { at: moment(last.received_at), lid: last.lid.slice(0, 16) });
  facts($("verify-facts"), found.flatMap(({ lid, received_at }) => [["fact-lid", lid, true], ["fact-at", moment(received_at)]]));
}

function proof(text, tender) {
  const { event, proof: found } = verifyEventProof(text, tender.content.policy.log_vkey);
  tell("verify", "success", "proof-good", { index: found.index });
  facts($("verify-facts"), [
    ["fact-event", event.tag, true],
    ["fact-at", moment(event.at)],
    ...(event.facts?.lid ? [["fact-lid", event.facts.lid, true]] : []),
    ["fact-tree", String(found.checkpoint.size)],
  ]);
}

async function package_(file, tender) {
  const found = await openPackage(file);
  await checkPackage(found, tender.content.policy, tender.policyId, tender.policyHex);
  tell("verify", "success", "package-good");
  facts($("verify-facts"), [
    ["fact-lid", found.lid.id, true],
    ["fact-size", `${(file.size / 1048576).toFixed(1)} MB`],
  ]);
}
