/**
 * <sun-replay data-boot>: a finished draw, computed anew in the browser from its draw-record/1 and the log's proofs, a
 * green line for every check; then step by step for whoever wants to watch.
 */

import { equal, fromHex, toHex } from "../lib/bytes.js";
import { announceHash, checkAnnouncement, checkpointHash, commitment, replay, seed } from "../lib/draw.js";
import { Failure } from "../lib/failure.js";
import { textOf } from "../lib/http.js";
import { verifyEventProof } from "../lib/logproof.js";
import { splitNote } from "../lib/note.js";
import { SunElement } from "./base.js";

const hold = (good, code) => {
  if (!good) throw new Failure(code);
};

const CHECKS = {
  announcement: ({ announcement }) => checkAnnouncement(announcement),
  commitments: ({ announcement, commitments, reveals }) => {
    for (const [at, { p, commit }] of commitments.entries()) {
      hold(commitment(announcement.draw, p, fromHex(reveals[at].r)) === commit, "draw-reveal");
    }
  },
  checkpoint: ({ checkpoint, reveals }) => {
    const about = toHex(checkpointHash(checkpoint));
    hold(reveals.every((reveal) => reveal.checkpoint === about), "draw-checkpoint");
  },
  seed: ({ announcement, checkpoint, reveals, result }) => {
    const numbers = new Map(reveals.map(({ p, r }) => [p, fromHex(r)]));
    hold(equal(seed(announceHash(announcement), checkpoint, numbers), fromHex(result.seed)), "draw-result");
  },
  result: (record) => replay(record),
};

class SunReplay extends SunElement {
  async start() {
    const { record } = this.boot;
    let flaw = null;
    for (const [name, check] of Object.entries(CHECKS)) flaw = this.#judge(name, () => check(record)) ?? flaw;
    if (!flaw) this.#steps(replay(record));
    flaw = (await this.#logged(record)) ?? flaw;
    if (flaw?.code === "network") return this.say("warning", this.text("network"));
    if (flaw) this.say("error", this.text("bad", { code: flaw.code ?? "unexpected" }));
    else this.say("success", this.text("good"));
  }

  /** Runs one check and colours its line. → the failure, or null */
  #judge(name, check) {
    try {
      check();
    } catch (failure) {
      this.#mark(name, "bad");
      return failure;
    }
    this.#mark(name, "good");
    return null;
  }

  #mark(name, state) {
    for (const chip of this.querySelectorAll(`[data-check="${name}"] [data-state]`)) chip.hidden = chip.dataset.state !== state;
  }

  /** Announcement and commitments stand in the log under this very checkpoint. */
  async #logged(record) {
    let proofs;
    try {
      proofs = await Promise.all(this.boot.proofs.map(textOf));
    } catch (cause) {
      return new Failure("network", {}, cause);
    }
    return this.#judge("logged", () => this.#proven(record, proofs));
  }

  #proven({ announcement, commitments, checkpoint }, proofs) {
    const found = proofs.map((text) => verifyEventProof(text, this.boot.vkey));
    const same = ({ proof }) => splitNote(proof.note).text === splitNote(checkpoint).text;
    hold(found.every((one) => same(one) && one.event.subject === `draw/${announcement.draw}`), "not-logged");
    const [{ event: announced }, ...committed] = found;
    hold(announced.tag === "draw:announce-draw", "not-logged");
    hold(equal(announceHash(announced.facts.announcement), announceHash(announcement)), "not-logged");
    for (const { p, commit } of commitments) {
      hold(committed.some(({ event }) => event.facts.p === p && event.facts.commit === commit), "not-logged");
    }
  }

  /** The table again, from what was computed here; and the buttons to go through it slowly. */
  #steps({ steps, seed: seeded }) {
    this.ref("seed").textContent = toHex(seeded);
    const rows = [...this.ref("rows").rows];
    for (const [at, step] of steps.entries()) {
      const cell = (name) => rows[at].querySelector(`[data-cell="${name}"]`);
      cell("words").textContent = step.words.map((word) => word.toString(16).padStart(16, "0")).join(" ");
      cell("total").textContent = step.total;
      cell("place").textContent = step.place;
      cell("chosen").textContent = step.chosen;
    }
    let shown = rows.length;
    const show = (count) => {
      shown = count;
      for (const [at, row] of rows.entries()) row.hidden = at >= count;
      this.show("next", count < rows.length);
      this.show("all", count < rows.length);
      this.show("again", count === rows.length);
      this.ref("telling").textContent = count ? this.#telling(steps[count - 1], count) : "";
    };
    this.show("controls");
    this.ref("again").addEventListener("click", () => (show(0), this.ref("next").focus()));
    this.ref("next").addEventListener("click", () => show(shown + 1));
    this.ref("all").addEventListener("click", () => (show(rows.length), (this.ref("telling").textContent = "")));
    addEventListener("beforeprint", () => show(rows.length));
  }

  #telling({ words, total, place, chosen }, n) {
    return this.text("telling", { n, word: words.at(-1).toString(), total, place, chosen: chosen.slice(0, 16) });
  }
}

customElements.define("sun-replay", SunReplay);
