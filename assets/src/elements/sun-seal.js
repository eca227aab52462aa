/**
 * <sun-seal data-boot>: a supplier's sealing page. The whole act runs here, in view of the bidder: check the trustees'
 * keys, hash, seal, upload, sign the lid, get the receipt; replace and withdraw until the deadline.
 */

import { bidOf, standingLid } from "../lib/bidbook.js";
import { checkPackage, openPackage } from "../lib/bidpackage.js";
import { toHex } from "../lib/bytes.js";
import { Failure } from "../lib/failure.js";
import { handIn, isForeign } from "../lib/handin.js";
import { findKey } from "../lib/keystore.js";
import { verifyEventProof } from "../lib/logproof.js";
import { policyId, verifyPolicy } from "../lib/policy.js";
import { Submission } from "../lib/submission.js";
import { download, moment } from "./base.js";
import { SealForm } from "./seal-form.js";
import { KeyringElement } from "./unlock.js";

const MEBI = 1048576;
const LOOKS = 40; // for the log's proof,
const BETWEEN = 750; // milliseconds apart

class SunSeal extends KeyringElement {
  start() {
    super.start();
    this.sealForm = new SealForm(this.ref("form"), this.boot);
    this.ref("form").addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.during(this.ref("submit"), () => this.#guarded(() => this.#submit()));
    });
    const withdraw = this.ref("withdraw");
    this.ref("withdraw-sure").addEventListener("change", (event) => (withdraw.disabled = !event.target.checked));
    withdraw.addEventListener("click", () => this.during(withdraw, () => this.#guarded(() => this.#withdraw())));
    const [file, button] = [this.ref("package-file"), this.ref("hand-in")];
    file.addEventListener("change", () => (button.disabled = !file.files[0]));
    button.addEventListener("click", () => this.during(button, () => this.#guarded(() => this.#handIn(file))));
    this.ref("pause").addEventListener("click", () => this.#togglePause());
    this.ref("save-receipt").addEventListener("click", () => this.#saveReceipt());
  }

  /** The keyring is open: finish what was left unanswered, then show where the bidder stands. */
  async opened() {
    this.policyHex = toHex(policyId(this.boot.policy));
    // without a key in this browser nothing is sealed here; what was sealed elsewhere can still be handed in
    this.signer = await findKey([this.boot.certificate].flat()).catch((failure) => (this.tell(failure), null));
    this.#refresh();
    if (this.#bid()?.pending) await this.#finish();
  }

  #bid() {
    return bidOf(this.keyring.content, this.boot.lot, this.policyHex);
  }

  async #finish() {
    this.#begin();
    try {
      this.#received(await this.#submission().settle());
    } finally {
      this.#refresh();
    }
  }

  #refresh() {
    const standing = standingLid(this.#bid());
    const foreign = isForeign(this.#bid()); // only the book it was sealed with can replace or withdraw it
    this.show("package");
    this.show("foreign", foreign);
    this.show("form", Boolean(this.signer) && !foreign);
    this.ref("withdraw-sure").disabled = foreign;
    this.show("standing", Boolean(standing));
    this.show("first-bid", !standing);
    this.ref("submit").textContent = this.text(standing ? "replace" : "submit");
    if (!standing) return;
    this.ref("standing-lid").textContent = standing.id;
    this.ref("standing-at").textContent = standing.receipt ? moment(standing.receipt.received_at) : "";
  }

  #submission() {
    const { policy, lot, bidder, box_urls: box, token: right } = this.boot;
    const watch = {
      onStep: (name) => this.#step(name),
      onHash: (bytes) => this.#advance("hash", bytes),
      onSeal: (bytes) => this.#advance("seal", bytes),
      onUpload: (bytes) => this.#advance("upload", bytes),
      onState: (state, code, upload) => this.#uploadState(state, code, upload),
    };
    return new Submission({ policy, lot, bidder, box, right, keyring: this.keyring, signer: this.signer, watch });
  }

  /** Closing the page in the middle would throw the work away: the browser asks first. */
  async #guarded(act) {
    const ask = (event) => event.preventDefault();
    addEventListener("beforeunload", ask);
    try {
      await act();
    } catch (failure) {
      this.#mark(this.current, "failed");
      throw failure;
    } finally {
      this.show("pause", false);
      removeEventListener("beforeunload", ask);
      if (this.keyring) this.#refresh();
    }
  }

  async #submit() {
    const { documents, errors } = this.sealForm.read();
    this.#errors(errors);
    if (errors.length) return;
    this.#begin(documents);
    this.#step("keys");
    const { policy, ca_roots: roots, trustee_certificates: certificates } = this.boot;
    const trustees = await verifyPolicy(policy, { certificates, roots, at: this.now() });
    this.#note("keys", trustees.map(({ role, name }) => `${role}（${name}）`).join(" · "));
    this.#received(await this.#submission().submit(documents));
    this.sealForm.form.reset();
    this.sealForm.refresh();
  }

  async #handIn(input) {
    const found = await openPackage(input.files[0]);
    this.#begin({ package: [{ input: input.files[0] }] }, ["hash", "upload", "receipt", "log"]);
    this.#step("hash");
    const { policy } = this.boot;
    await checkPackage(found, policy, policyId(policy), this.policyHex, (bytes) => this.#advance("hash", bytes));
    this.#received(await handIn(this.#submission(), found), found.withdrawal ? "withdrawn" : "submitted");
    input.value = "";
  }

  async #withdraw() {
    this.#begin();
    const receipt = await this.#submission().withdraw();
    this.ref("withdraw-sure").checked = false;
    this.#received(receipt, "withdrawn");
  }

  // ---- what the person sees -------------------------------------------------------------------------------------

  #errors(errors) {
    const box = this.ref("errors");
    for (const input of this.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
    box.hidden = errors.length === 0;
    this.rows("error-list", errors, (ref, { input, code, detail }) => {
      const label = input.labels?.[0]?.textContent.trim() || input.getAttribute("aria-label");
      ref("link").textContent = `${label}：${this.text(code, detail)}`;
      ref("link").href = `#${input.id}`;
      input.setAttribute("aria-invalid", "true");
    });
    if (errors.length) box.focus();
  }

  #begin(documents = null, steps = documents === null ? ["receipt", "log"] : null) {
    this.say("", "");
    this.show("progress");
    this.show("receipt", false);
    this.done = { hash: 0, seal: 0, upload: 0 };
    const sizes = Object.values(documents ?? {}).flat().map(({ input }) => input.size ?? input.length);
    this.all = sizes.reduce((sum, size) => sum + size, 0);
    for (const step of this.querySelectorAll("[data-step]")) {
      step.hidden = (steps !== null && !steps.includes(step.dataset.step)) || !this.#steps(step.dataset.step);
      this.#mark(step.dataset.step, "waiting");
      this.#note(step.dataset.step, "");
    }
    this.current = null;
  }

  #step(name) {
    if (this.current) this.#mark(this.current, "complete");
    if (this.current === "seal") this.#mark("upload", "complete");
    this.current = name;
    this.#mark(name, "active");
    if (name === "seal") this.#mark("upload", "active");
  }

  #mark(name, state) {
    const step = this.querySelector(`[data-step="${name}"]`);
    if (!step) return;
    // one chip per state stands in the page, with its own shape and colour
    for (const chip of step.querySelectorAll("[data-state]")) chip.hidden = chip.dataset.state !== state;
    if (state === "active") step.setAttribute("aria-current", "step");
    else step.removeAttribute("aria-current");
    const bar = step.querySelector("progress");
    if (bar) bar.hidden = state !== "active";
  }

  #note(name, text) {
    this.querySelector(`[data-step="${name}"] [data-ref=note]`).textContent = text;
  }

  #advance(name, bytes) {
    this.done[name] += bytes;
    const bar = this.querySelector(`[data-step="${name}"] progress`);
    bar.max = Math.max(this.all, this.done[name], 1);
    bar.value = this.done[name];
    const now = performance.now();
    if (now - (this.noted ?? 0) < 200 && this.done[name] < this.all) return; // words need not follow every 64 kB
    this.noted = now;
    this.#note(name, this.text("amount", { mb: (this.done[name] / MEBI).toFixed(1) }));
  }

  #uploadState(state, code, upload) {
    this.upload = upload;
    this.show("pause");
    this.ref("pause").textContent = this.text(state === "paused" ? "resume" : "pause");
    if (state === "sending") this.say("", "");
    else this.say("warning", this.text(code ? `${state}-${code}` : state) || this.text(state));
  }

  #togglePause() {
    if (this.upload.paused) this.upload.resume();
    else this.upload.pause();
  }

  #received(receipt, said = "submitted") {
    this.#mark("receipt", "complete");
    this.current = null;
    this.lastReceipt = receipt;
    this.show("receipt");
    this.ref("receipt-lid").textContent = receipt.lid;
    this.ref("receipt-at").textContent = moment(receipt.received_at);
    this.say("success", this.text(said));
    this.ref("receipt").focus();
    this.dispatchEvent(new CustomEvent("sun:receipt", { bubbles: true, detail: { receipt } }));
    this.#follow(receipt);
  }

  /** Without an address for the proof there is no step to wait for. */
  #steps(name) {
    return name !== "log" || Boolean(this.boot.check_url);
  }

  /** A second or two after the receipt the record stands in the log: its proof is fetched and checked here. */
  async #follow(receipt) {
    if (!this.boot.check_url) return;
    const address = this.boot.check_url.replace("{lid}", receipt.lid);
    this.ref("check").href = address;
    this.show("check");
    this.ref("mail").href = `${address}#mail`; // its page asks for no login, and keeps none
    this.show("mail");
    this.show("proof", false);
    this.#mark("log", "active");
    for (let look = 0; look < LOOKS; look++) {
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
      if (this.lastReceipt !== receipt) return; // another act has begun meanwhile
      const text = await proofAt(`${address}proof`);
      if (text !== null) return this.#logged(receipt, text, address);
    }
    this.#note("log", this.text("log-late"));
  }

  #logged(receipt, text, address) {
    try {
      const { event, proof } = verifyEventProof(text, this.boot.policy.log_vkey);
      if (event.facts.lid !== receipt.lid) throw new Failure("proof-forged");
      this.#note("log", this.text("logged", { index: proof.index }));
      this.#mark("log", "complete");
      this.ref("proof").href = `${address}proof`;
      this.show("proof");
    } catch {
      this.#mark("log", "failed");
      this.say("error", this.text("proof-forged"));
    }
  }

  #saveReceipt() {
    download(`receipt-${this.boot.lot}-${this.lastReceipt.lid.slice(0, 8)}.json`, JSON.stringify(this.lastReceipt, null, 2));
  }
}

/** The text of a `.tlog-proof`; null while the record waits for its place, or the line is down. */
async function proofAt(url) {
  try {
    const answer = await fetch(url, { cache: "no-store" });
    return answer.status === 200 ? await answer.text() : null;
  } catch {
    return null;
  }
}

customElements.define("sun-seal", SunSeal);
