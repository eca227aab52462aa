/**
 * <sun-inspection-key data-url data-keyring data-published>: an inspector's own age key, to which the box seals from where
 * bids come. It goes into the keyring first and to the server second: a key published but lost opens nothing.
 */

import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { request } from "../lib/http.js";
import { INSPECTION, inspectionKeys } from "../lib/visits.js";
import { KeyringElement } from "./unlock.js";

class SunInspectionKey extends KeyringElement {
  opened() {
    const button = this.ref("create");
    const held = inspectionKeys(this.keyring.content).some(({ recipient }) => recipient === this.dataset.published);
    this.show("ready");
    this.show("held", held);
    this.show("lost", this.dataset.mine === "yes" && !held);
    this.show("make", !held);
    button.addEventListener("click", () => this.during(button, () => this.create()));
  }

  async create() {
    this.made ??= await this.#make(); // a second press after a broken line posts the same key
    await request(this.dataset.url, { method: "POST", json: { recipient: this.made } });
    this.show("ready", false);
    this.ref("recipient").textContent = this.made;
    this.show("done");
    this.say("success", this.text("published"));
    this.dispatchEvent(new CustomEvent("sun:inspection-key", { bubbles: true, detail: { recipient: this.made } }));
  }

  async #make() {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    await this.keyring.update((content) => content.trustee.push({ project: INSPECTION, recipient, identity }));
    return recipient;
  }
}

customElements.define("sun-inspection-key", SunInspectionKey);
