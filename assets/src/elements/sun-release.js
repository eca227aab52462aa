/**
 * <sun-release data-project data-shares data-releases data-keyring data-certificates data-now>: a trustee opens its
 * shares after the deadline, sees what it is about to release, and releases it, signed.
 */

import { identityToRecipient } from "age-encryption";
import { toBase64 } from "../lib/bytes.js";
import { signMessage } from "../lib/certs.js";
import { checkClosing } from "../lib/closing.js";
import { second } from "../lib/envelopes.js";
import { Failure } from "../lib/failure.js";
import { request } from "../lib/http.js";
import { findKey } from "../lib/keystore.js";
import { isGenuine, prepareReleases, releaseMessage } from "../lib/opening.js";
import { policyId } from "../lib/policy.js";
import { KeyringElement } from "./unlock.js";

const BATCH = 60; // releases in one signed statement: small enough to answer quickly, one lot is mostly one batch

const PATIENCE = 30; // seconds for the list to get its place in the log
const COURTESY = 5; // seconds for the witnesses to cosign it

/** A draw's numbers are sealed under a policy of their own, which no bid can be opened by. */
const isRandom = ({ parts }) => parts.length === 1 && parts[0] === "random";

const isoSeconds = (date) => date.toISOString().slice(0, 19) + "Z";

class SunRelease extends KeyringElement {
  async opened() {
    const answer = await request(this.dataset.shares);
    const { recipient } = answer.policy.trustees[answer.i - 1];
    const entry = this.keyring.content.trustee.find((each) => each.recipient === recipient);
    const others = this.keyring.content.trustee.length;
    if (!entry) throw new Failure(others ? "key-of-other-tender" : "no-trustee-key", { recipient });
    if ((await identityToRecipient(entry.identity)) !== recipient) throw new Failure("key-of-other-tender", { recipient });
    this.signer = await findKey(JSON.parse(this.dataset.certificates));
    const { unlisted, parts } = isRandom(answer.policy)
      ? { unlisted: [], parts: answer.policy.parts }
      : await this.#closing(answer);
    answer.parts = parts; // those of the logged list, whatever the answer says
    this.prepared = await this.#prepare(answer, entry.identity);
    this.prepared.forged.push(...unlisted.map(({ id }) => ({ lid: id, part: "", fault: "lid-not-listed" })));
    this.#explain(answer, this.prepared);
  }

  /**
   * Holds what is to be opened against the list in the log, and waits a moment for its place there and its witnesses.
   * Takes out of `answer.lids` what is not on the list. → {unlisted: that, parts: those the list is about}
   */
  async #closing(answer) {
    let found = null;
    for (let turn = 0; turn < PATIENCE; turn += 1) {
      if (answer.closing) found = checkClosing(answer.closing, answer);
      if (found && (found.witnessed * 2 > found.witnesses || found.witnesses === 0)) break;
      if (found && turn >= COURTESY) break; // witnesses may be away; the trustee sees it and decides
      this.#progress(turn, PATIENCE, "closing-waiting");
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { closing, first_closing } = await request(this.dataset.shares);
      Object.assign(answer, { closing, first_closing });
    }
    if (!found) throw new Failure("closing-missing");
    this.ref("closing").textContent = this.text(found.witnesses ? "closing-witnessed" : "closing-logged", found);
    this.show("closing");
    const unlisted = answer.lids.filter((lid) => !found.listed.has(lid.id) && isGenuine(lid, policyId(answer.policy)));
    answer.lids = answer.lids.filter((lid) => !unlisted.includes(lid));
    this.ref("envelope").textContent = second(answer.policy).length
      ? this.text(found.parts.includes("summary") ? "envelope-first" : "envelope-second")
      : "";
    return { unlisted, parts: found.parts };
  }

  #prepare({ policy, i, lids, released, parts }, identity) {
    const onProgress = (done, all) => this.#progress(done, all, "checking");
    return prepareReleases({
      policyId: policyId(policy), i, lids, parts, released, identity,
      time: isoSeconds(this.now()), onProgress,
    });
  }

  #progress(done, all, words) {
    this.show("progress");
    const bar = this.ref("bar");
    bar.max = all;
    bar.value = done;
    this.ref("progress-words").textContent = this.text(words, { done, all });
  }

  #explain({ lids }, { releases, forged }) {
    const bad = releases.filter(({ fault }) => fault);
    const faults = [...bad, ...forged];
    this.show("progress", false);
    if (releases.length + forged.length === 0) return this.say("success", this.text("nothing-left", { lids: lids.length }));
    const words = { lids: new Set(releases.map(({ lid }) => lid)).size, good: releases.length - bad.length };
    this.ref("summary").textContent = this.text("summary", words);
    this.show("faults", faults.length > 0);
    this.rows("fault-list", faults, (ref, { lid, part, fault }) => {
      ref("lid").textContent = lid.slice(0, 16);
      ref("part").textContent = this.text(`part-${part}`) || part;
      ref("reason").textContent = this.text(fault);
    });
    this.show("ready");
    this.show("release", releases.length > 0);
    const button = this.ref("release");
    button.addEventListener("click", () => this.during(button, () => this.release()));
    button.focus();
  }

  async release() {
    const { releases, statement } = this.prepared;
    const all = releases.length;
    while (releases.length > 0) {
      const said = { ...statement, releases: statement.releases.slice(0, BATCH), time: isoSeconds(this.now()) };
      const signature = toBase64(await signMessage(this.signer.keys.privateKey, releaseMessage(said)));
      const json = { releases: releases.slice(0, BATCH), signature, certificate: this.signer.id, statement: said };
      await request(this.dataset.releases, { method: "POST", json });
      releases.splice(0, BATCH); // only what is still unsent goes again after a break
      statement.releases.splice(0, BATCH);
      this.#progress(all - releases.length, all, "sending");
    }
    this.show("ready", false);
    this.say("success", this.text("released", { n: all }));
    this.dispatchEvent(new CustomEvent("sun:released", { bubbles: true, detail: { n: all } }));
  }
}

customElements.define("sun-release", SunRelease);
