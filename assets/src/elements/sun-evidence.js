/**
 * <sun-evidence data-url data-name data-worker data-boot>: fetches the public evidence of a project and judges it here,
 * with the reader's own processor. data-worker: address of the worker's script; boot: {lots: {id: name}}.
 */

import { TITLES } from "../lib/evidence/words.js";
import { Failure } from "../lib/failure.js";
import { SunElement } from "./base.js";

const [TRIES, PAUSE] = [8, 1500]; // what has just happened needs a second or two to get into the log

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class SunEvidence extends SunElement {
  start() {
    this.language = document.documentElement.lang.startsWith("zh") ? 0 : 1;
    const button = this.ref("check");
    button.addEventListener("click", () => this.during(button, () => this.check()));
    button.disabled = false;
  }

  async check() {
    this.say("", "");
    this.show("verdict", false);
    this.groups = new Map();
    this.ref("groups").replaceChildren();
    this.show("progress");
    this.#progress("fetching");
    try {
      const receipts = await this.#receipts();
      const data = await this.#fetch();
      this.#progress("checking", { n: 0 });
      const { verdict, seconds } = await this.#judge(data, receipts);
      this.#tell(verdict, data, seconds);
      this.dispatchEvent(new CustomEvent("sun:evidence", { bubbles: true, detail: { verdict, seconds } }));
    } finally {
      this.show("progress", false);
    }
  }

  #progress(key, values) {
    this.ref("stage").textContent = this.text(key, values);
  }

  async #fetch() {
    for (let tried = 1; ; tried++) {
      let answer;
      try {
        answer = await fetch(this.dataset.url);
        if (answer.ok) return new Uint8Array(await answer.arrayBuffer());
      } catch (cause) {
        throw new Failure("network", {}, cause);
      }
      if (answer.status !== 503 || tried === TRIES) throw new Failure(answer.status === 503 ? "not-yet-logged" : "server");
      this.#progress("waiting");
      await pause(PAUSE);
    }
  }

  /** What the reader dropped: files of one receipt, of several, or of a receipt inside something else. */
  async #receipts() {
    const found = [];
    for (const file of this.ref("receipts").files) {
      let given;
      try {
        given = JSON.parse(await file.text());
      } catch (cause) {
        throw new Failure("receipt-unreadable", { name: file.name }, cause);
      }
      const list = (Array.isArray(given) ? given : [given]).filter((each) => each !== null);
      if (!list.length) throw new Failure("receipt-unreadable", { name: file.name });
      found.push(...list.map((each) => each.receipt ?? each));
    }
    return found;
  }

  #judge(data, receipts) {
    const worker = new Worker(this.dataset.worker, { type: "module" });
    let n = 0;
    const judged = new Promise((resolve, reject) => {
      worker.addEventListener("error", (cause) => reject(new Failure("unexpected", {}, cause)));
      worker.addEventListener("message", ({ data: { finding, verdict, seconds, broken } }) => {
        if (broken) reject(new Failure("unexpected", {}, broken));
        if (finding) {
          this.#progress("checking", { n: ++n });
          this.#line(finding);
        }
        if (verdict) resolve({ verdict, seconds });
      });
      worker.postMessage({ data, receipts });
    });
    return judged.finally(() => worker.terminate());
  }

  /** One line per check, below the name of its lot. */
  #line({ check, lot, holds, code, said }) {
    const row = this.#made(holds ? "good" : "bad");
    row.querySelector("[data-ref=title]").textContent = TITLES[check]?.[this.language] ?? check;
    row.querySelector("[data-ref=said]").textContent = said[this.language];
    if (!holds) row.querySelector("[data-ref=code]").textContent = code;
    this.#group(lot).append(row);
  }

  #group(lot) {
    if (!this.groups.has(lot)) {
      const group = this.#made("group");
      group.querySelector("[data-ref=name]").textContent = lot ? (this.boot.lots?.[lot] ?? lot) : this.text("whole");
      this.groups.set(lot, group.querySelector("[data-ref=lines]"));
      // the page's own order of lots, what is about the whole project first
      const order = ["", ...Object.keys(this.boot.lots ?? {})];
      const [place, next] = [order.indexOf(lot), this.ref("groups").children];
      const after = [...next].find((each) => order.indexOf(each.dataset.lot) > place);
      group.dataset.lot = lot;
      this.ref("groups").insertBefore(group, after ?? null);
    }
    return this.groups.get(lot);
  }

  #made(name) {
    return this.querySelector(`template[data-row="${name}"]`).content.firstElementChild.cloneNode(true);
  }

  #tell({ holds, findings, warnings }, data, seconds) {
    const failed = findings.filter((finding) => !finding.holds).length;
    this.say(holds ? "success" : "error", this.text(holds ? "holds" : "fails", { n: findings.length, failed }));
    const lines = warnings.map((said) => Object.assign(document.createElement("li"), { textContent: said[this.language] }));
    this.ref("warnings").replaceChildren(...lines);
    this.ref("cost").textContent = this.text("cost", {
      seconds: seconds.toFixed(1),
      kb: Math.ceil(data.length / 1024).toLocaleString("en"),
    });
    const link = this.ref("download");
    if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
    link.href = URL.createObjectURL(new Blob([data], { type: "application/json" }));
    link.download = this.dataset.name;
    this.show("verdict");
  }
}

customElements.define("sun-evidence", SunEvidence);
