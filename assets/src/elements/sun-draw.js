/**
 * <sun-draw data-boot data-verb data-now>: a party of a draw commits, and later reveals. The number is made here and kept
 * in this browser first; before it is revealed the browser proves that the commitment lies under the checkpoint.
 */

import { fromHex, toHex } from "../lib/bytes.js";
import { commitment } from "../lib/draw.js";
import { Failure } from "../lib/failure.js";
import { request, textOf } from "../lib/http.js";
import { findNumber, keepNumber } from "../lib/keystore.js";
import { checkAnnounced, makeCommitment, provenCheckpoint } from "../lib/party.js";
import { verifyPolicy } from "../lib/policy.js";
import { SunElement } from "./base.js";

class SunDraw extends SunElement {
  start() {
    const button = this.ref("go");
    const act = this.dataset.verb === "commit-draw" ? () => this.commit() : () => this.reveal();
    button.addEventListener("click", () => this.during(button, act));
  }

  async commit() {
    const { draw, p, announcement, policy, trustee_certificates: certificates, ca_roots: roots } = this.boot;
    checkAnnounced(announcement, policy, draw);
    await verifyPolicy(policy, { certificates, roots, at: this.now() });
    const r = crypto.getRandomValues(new Uint8Array(32));
    const sent = await makeCommitment({ draw, p, policy, r });
    await keepNumber(draw, p, toHex(r));
    await request(this.boot.commit_url, { method: "POST", json: sent });
    this.#done("committed");
  }

  async reveal() {
    const { draw, p, commit, checkpoint, vkey } = this.boot;
    const r = await findNumber(draw, p);
    if (!r || commitment(draw, p, fromHex(r)) !== commit) throw new Failure("no-number-here");
    const proofs = await Promise.all(this.boot.proofs.map(textOf));
    const about = provenCheckpoint({ draw, p, commit, checkpoint, proofs, vkey });
    await request(this.boot.reveal_url, { method: "POST", json: { r, checkpoint: about } });
    this.#done("revealed");
  }

  #done(words) {
    this.say("success", this.text(words));
    this.show("go", false);
    setTimeout(() => location.reload(), 1500);
  }
}

customElements.define("sun-draw", SunDraw);
