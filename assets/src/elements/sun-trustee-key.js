/**
 * <sun-trustee-key data-project data-tender data-role data-url data-keyring data-certificates>: a trustee's own age key
 * for one project. It goes into the keyring first and to the server second: a key published but lost opens nothing.
 */

import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { toBase64 } from "../lib/bytes.js";
import { signMessage } from "../lib/certs.js";
import { request } from "../lib/http.js";
import { findKey } from "../lib/keystore.js";
import { trusteeMessage } from "../lib/policy.js";
import { KeyringElement } from "./unlock.js";

class SunTrusteeKey extends KeyringElement {
  opened() {
    const button = this.ref("create");
    this.show("ready");
    const known = this.#known();
    this.show("has-key", Boolean(known));
    button.focus();
    button.addEventListener("click", () => this.during(button, () => this.create()));
  }

  #known() {
    return this.keyring.content.trustee.findLast(({ project }) => project === this.dataset.project);
  }

  async create() {
    const signer = await findKey(JSON.parse(this.dataset.certificates));
    if (!this.#known()) await this.#make();
    const { recipient } = this.#known(); // made just now, or by an attempt whose posting failed
    const message = trusteeMessage(this.dataset.tender, this.dataset.role, recipient);
    const signature = toBase64(await signMessage(signer.keys.privateKey, message));
    await request(this.dataset.url, { method: "POST", json: { recipient, signature, certificate: signer.id } });
    this.show("ready", false);
    this.ref("recipient").textContent = recipient;
    this.show("done");
    this.say("success", this.text("published"));
    this.dispatchEvent(new CustomEvent("sun:trustee-key", { bubbles: true, detail: { recipient } }));
  }

  async #make() {
    const identity = await generateX25519Identity();
    const recipient = await identityToRecipient(identity);
    const entry = { project: this.dataset.project, recipient, identity };
    await this.keyring.update((content) => {
      // another tab may have been quicker; two keys for one project would be one too many
      if (!content.trustee.some(({ project }) => project === entry.project)) content.trustee.push(entry);
    });
  }
}

customElements.define("sun-trustee-key", SunTrusteeKey);
