/**
 * <sun-destroy-key data-tender data-role data-recipient data-url data-keyring data-certificates data-now>: after the award
 * a trustee deletes its per-tender key and says so, signed. Deleted first, said second: a word must not come before the act.
 */

import { toBase64 } from "../lib/bytes.js";
import { H, jcs } from "../lib/canonical.js";
import { signMessage } from "../lib/certs.js";
import { request } from "../lib/http.js";
import { findKey } from "../lib/keystore.js";
import { KeyringElement } from "./unlock.js";

class SunDestroyKey extends KeyringElement {
  opened() {
    const here = this.keyring.content.trustee.some(({ recipient }) => recipient === this.dataset.recipient);
    const [button, sure] = [this.ref("destroy"), this.ref("sure")];
    this.show("ready");
    this.show("here", here);
    this.show("elsewhere", !here);
    sure.addEventListener("change", () => (button.disabled = !sure.checked));
    button.addEventListener("click", () => this.during(button, () => this.destroy()));
    sure.focus();
  }

  async destroy() {
    const { tender, role, recipient, url } = this.dataset;
    const signer = await findKey(JSON.parse(this.dataset.certificates));
    await this.keyring.update((content) => {
      content.trustee = content.trustee.filter((entry) => entry.recipient !== recipient);
    });
    const time = `${this.now().toISOString().slice(0, 19)}Z`;
    const statement = { v: "key-destroyed/1", tender, role, recipient, time };
    const signature = toBase64(await signMessage(signer.keys.privateKey, H("seal/1 key-destroyed\n", jcs(statement))));
    await request(url, { method: "POST", json: { statement, signature, certificate: signer.id } });
    this.show("ready", false);
    this.say("success", this.text("destroyed"));
    this.dispatchEvent(new CustomEvent("sun:key-destroyed", { bubbles: true, detail: { recipient } }));
  }
}

customElements.define("sun-destroy-key", SunDestroyKey);
