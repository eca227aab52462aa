/** The offline bid tool: tender file → book → key → form → package. One page, no network. */

import { pasteGrid } from "../app/grid.js";
import { forget, standingLid } from "../lib/bidbook.js";
import { Failure } from "../lib/failure.js";
import { isForeign } from "../lib/handin.js";
import { SHORTEST_PASSPHRASE } from "../lib/keyring.js";
import { verifyPolicy } from "../lib/policy.js";
import { isLocked, makeSigner, readSigner } from "../lib/signerfile.js";
import { readTender } from "../lib/tender.js";
import { Book } from "./book.js";
import { makeForm, readForm, Steps, suggestBidder } from "./form.js";
import { $, during, facts, line, moment, tell, tellFailure, textOf } from "./page.js";
import { askForFile, BlobSink, FileSink, offer } from "./saving.js";
import { sealInto, withdrawInto } from "./sealing.js";
import { says, startSpeaking, t } from "./speech.js";
import { startVerify } from "./verify.js";

const app = { tender: null, book: null, signer: null, form: null, package: null };

startSpeaking($("language"));
pasteGrid(document);
startVerify(() => app.tender);
for (const tab of ["seal", "verify"]) {
  $(`tab-${tab}`).addEventListener("click", () => {
    for (const each of ["seal", "verify"]) {
      $(each).hidden = each !== tab;
      $(`tab-${each}`).setAttribute("aria-selected", String(each === tab));
    }
  });
}
addEventListener("beforeunload", (event) => {
  if (app.book?.dirty || app.package) event.preventDefault();
});

function reveal() {
  const ready = Boolean(app.tender && $("roots-ok").checked);
  $("step-book").hidden = !ready;
  $("step-signer").hidden = !ready || !app.book || !mayGoOn();
  $("step-form").hidden = $("step-signer").hidden || !app.signer;
  $("step-tender").classList.toggle("done", ready);
  $("step-book").classList.toggle("done", Boolean(app.book) && mayGoOn());
  $("step-signer").classList.toggle("done", Boolean(app.signer));
}

// ---- 1 the tender file ----------------------------------------------------------------------------------------------

/** When certificates must be valid: now, or at the deadline where that is over by this computer's clock. */
const instantFor = ({ deadline }) => new Date(Math.min(Date.now(), deadline.getTime()));

async function openTender(file) {
  app.tender = app.form = null;
  $("tender-shown").hidden = true;
  reveal();
  const tender = readTender(await textOf(file));
  const { policy, ca_roots: roots, trustee_certificates: certificates } = tender.content;
  const trustees = await verifyPolicy(policy, { certificates, roots, at: instantFor(tender) });
  app.tender = tender;
  $("roots-ok").checked = false;
  showTender(tender, trustees);
  app.form = makeForm(tender.content, () => during("sealing", app.form.form.querySelector("[type=submit]"), seal));
  if (app.book) showBook();
  if (tender.deadline < new Date()) tell("tender", "warning", "late");
  reveal();
}

function showTender({ content, policyHex, roots, deadline }, trustees) {
  const { policy, lot } = content;
  facts($("tender-facts"), [
    ["fact-project", content.title],
    ["fact-lot", `${lot.number} ${lot.title}（${lot.id}）`],
    ["fact-buyer", content.buyer],
    ["fact-deadline", moment(deadline)],
    ["fact-open", policy.k === 0 ? t("bidder-alone") : t("k-of-n", { k: policy.k, n: policy.trustees.length })],
    ["fact-policy", policyHex, true],
  ]);
  $("trustee-list").replaceChildren(...trustees.map(({ i, role, name }) => line(`✓ ${i} · ${role}`, name)));
  $("trustee-head").hidden = trustees.length === 0;
  $("root-list").replaceChildren(...roots.map(({ subject, sha256 }) => line(subject, sha256.match(/.{4}/g).join(" "), true)));
  $("tender-shown").hidden = false;
}

$("tender-file").addEventListener("change", ({ target }) => target.files[0] && during("tender", target, () => openTender(target.files[0])));
$("roots-ok").addEventListener("change", reveal);

// ---- 2 the bid book -------------------------------------------------------------------------------------------------

const bid = () => app.book.bid(app.tender.content.lot.id, app.tender.policyHex);

/** Nothing that waits for a receipt, unless the person says it was never handed in. */
const mayGoOn = () => !isForeign(bid()) && (!bid()?.pending || $("again-ok").checked);

function showBook() {
  const entry = bid();
  const standing = standingLid(entry);
  const state = isForeign(entry) ? "book-foreign" : entry?.pending ? "book-pending" : standing ? "book-standing" : entry?.lids.length ? "book-withdrawn" : "book-none";
  const lid = entry?.pending?.lid.id ?? standing?.id ?? "";
  says($("book-state"), state, { lid: lid.slice(0, 16), at: standing?.receipt ? moment(standing.receipt.received_at) : "" });
  $("pending").hidden = !entry?.pending;
  $("withdraw").hidden = !standing || isForeign(entry) || Boolean(entry.pending);
  $("receipt-list").replaceChildren(...(entry?.lids ?? []).map(receiptRow));
  $("book-form").hidden = true;
  $("book-shown").hidden = false;
  reveal();
}

function receiptRow({ id, seq, kind, receipt }) {
  const item = document.createElement("li");
  item.innerHTML = '<div class="file"><div class="name"><span></span> <code></code><div class="meta"></div></div></div>';
  says(item.querySelector("span"), `row-${kind}`);
  item.querySelector("code").textContent = `${seq} · ${id.slice(0, 16)}`;
  item.querySelector(".meta").textContent = receipt ? moment(receipt.received_at) : "";
  return item;
}

for (const kind of ["new", "old"]) {
  $(`book-${kind}`).addEventListener("change", () => {
    $("book-file-field").hidden = kind === "new";
    $("book-again-field").hidden = kind === "old";
  });
}
$("book-form").addEventListener("submit", (event) => {
  event.preventDefault();
  during("book", event.submitter, async () => {
    const word = $("book-word").value;
    app.book = $("book-new").checked ? Book.fresh(word, $("book-again").value) : await Book.open($("book-file").files[0], word);
    event.target.reset();
    showBook();
  });
});
$("receipt-file").addEventListener("change", ({ target }) => {
  if (!target.files[0]) return;
  during("book", target, async () => {
    const { lot, policy } = app.tender.content;
    app.book.take(receiptOf(await textOf(target.files[0], 1 << 20)), lot.id, app.tender.policyHex, policy.log_vkey);
    target.value = "";
    showBook();
    tell("book", "success", "receipt-kept");
  });
});
$("again-ok").addEventListener("change", reveal);
$("book-save").addEventListener("click", ({ target }) => during("book", target, async () => (await app.book.save(), tell("book", "success", "book-saved"))));
$("withdraw").addEventListener("click", ({ target }) => during("sealing", target, withdraw));

function receiptOf(text) {
  try {
    return [JSON.parse(text)].flat().at(-1);
  } catch (cause) {
    throw new Failure("receipt-forged", {}, cause);
  }
}

// ---- 3 the signing key ----------------------------------------------------------------------------------------------

$("signer-form").addEventListener("submit", (event) => {
  event.preventDefault();
  during("signer", event.submitter, async () => {
    const files = [...$("signer-file").files];
    if (!files.length) throw new Failure("signer-none-chosen");
    const text = (await Promise.all(files.map((file) => textOf(file, 1 << 18)))).join("\n");
    app.signer = await readSigner(text, isLocked(text) ? $("signer-word").value : "");
    $("signer-word").value = "";
    const { name, organisation, until } = app.signer;
    facts($("signer-facts"), [["fact-name", [name, organisation].filter(Boolean).join(" · ")], ["fact-until", moment(until)]]);
    suggestBidder(app.form.form, app.signer);
    showSigner(true);
    reveal();
  });
});
function showSigner(chosen) {
  $("signer-form").hidden = $("signer-make").hidden = chosen;
  $("signer-facts").hidden = $("signer-other").hidden = !chosen;
}
$("signer-other").addEventListener("click", () => {
  app.signer = null;
  $("signer-form").reset();
  showSigner(false);
  reveal();
});
$("make-form").addEventListener("submit", (event) => {
  event.preventDefault();
  during("signer", event.submitter, async () => {
    const word = $("make-word").value;
    if ([...word].length < SHORTEST_PASSPHRASE) throw new Failure("passphrase-short");
    if (word !== $("make-again").value) throw new Failure("passphrase-differs");
    const made = await makeSigner(word, [{ CN: [$("make-name").value.trim()] }, { O: [$("make-organisation").value.trim()] }]);
    offer("signing-key.pem", new Blob([made.key]));
    setTimeout(() => offer("signing-key.csr", new Blob([made.request])), 300); // browsers swallow the second of two at once
    event.target.reset();
    tell("signer", "success", "signer-made");
  });
});

// ---- 4 and 5 sealing ------------------------------------------------------------------------------------------------

async function seal() {
  const filled = readForm(app.form);
  if (!filled) return;
  const steps = begin(["keys", "hash", "seal", "lid"], filled.documents);
  await intoPackage(`bid-${app.tender.content.lot.id}.zip`, steps, async (sink) => {
    const { policy, ca_roots: roots, trustee_certificates: certificates } = app.tender.content;
    steps.start("keys");
    await verifyPolicy(policy, { certificates, roots, at: instantFor(app.tender) });
    if ($("again-ok").checked) dropPending();
    const watch = {
      onStep: (name) => steps.start(name),
      onHash: (bytes) => steps.advance("hash", bytes),
      onSeal: (bytes) => steps.advance("seal", bytes),
    };
    return sealInto(sink, { ...app, ...filled, watch });
  });
}

async function withdraw() {
  const steps = begin(["lid"], {});
  await intoPackage(`withdrawal-${app.tender.content.lot.id}.zip`, steps, async (sink) => {
    steps.start("lid");
    return withdrawInto(sink, app);
  });
}

function dropPending() {
  const { lot } = app.tender.content;
  app.book.edit(({ bids }) => {
    const entry = bids.find((each) => each.lot === lot.id && each.policy === app.tender.policyHex);
    if (entry?.pending) forget(entry);
  });
  $("again-ok").checked = false;
}

function begin(names, documents) {
  $("step-sealing").hidden = false;
  $("result").hidden = true;
  tell("sealing");
  return new Steps($("steps"), names, documents);
}

/** Runs `make(sink)` → lid into a fresh package, which is offered for saving only after the book was saved. */
async function intoPackage(name, steps, make) {
  const handle = await askForFile(name); // at once: browsers allow it only right after the click
  const sink = handle ? await FileSink.open(handle) : new BlobSink(name);
  await app.package?.sink.drop();
  app.package = null;
  try {
    const lid = await make(sink);
    steps.start(null);
    app.package = { sink, lid };
    showResult(lid);
  } catch (failure) {
    steps.fail();
    await sink.drop();
    throw failure;
  }
}

function showResult(lid) {
  const size = (lid.parts ?? []).reduce((sum, part) => sum + part.size, 0);
  facts($("result-facts"), [["fact-lid", lid.id, true], ...(size ? [["fact-size", `${(size / 1048576).toFixed(1)} MB`]] : [])]);
  $("save-package").disabled = true;
  $("save-package").classList.remove("sun");
  $("save-book").classList.add("sun");
  $("result").hidden = false;
  showBook();
  $("step-sealing").focus();
}

$("save-book").addEventListener("click", async ({ target }) => {
  await during("sealing", target, async () => {
    await app.book.save();
    tell("sealing", "success", "book-saved");
    target.classList.remove("sun");
    $("save-package").classList.add("sun");
    $("save-package").disabled = !app.package;
  });
});
$("save-package").addEventListener("click", async ({ target }) => {
  try {
    await app.package.sink.save();
    app.package = null;
    target.disabled = true;
    target.classList.remove("sun");
    tell("sealing", "success", "package-saved");
  } catch (failure) {
    tellFailure("sealing", failure);
  }
});
