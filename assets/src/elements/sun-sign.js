/**
 * <sun-sign data-digest="sha256 hex" data-certificates='["C-…"]' [data-url]>: signs a document with this browser's key.
 * Inside a form it fills `signature` and `certificate` and submits it; with data-url it posts them as JSON.
 */

import { toBase64 } from "../lib/bytes.js";
import { documentMessage, signMessage } from "../lib/certs.js";
import { request } from "../lib/http.js";
import { findKey } from "../lib/keystore.js";
import { SunElement } from "./base.js";

class SunSign extends SunElement {
  start() {
    const button = this.ref("sign");
    button.addEventListener("click", () => this.during(button, () => this.sign()));
  }

  async sign() {
    const record = await findKey(JSON.parse(this.dataset.certificates ?? "[]"));
    const message = documentMessage(this.dataset.digest);
    const signature = toBase64(await signMessage(record.keys.privateKey, message));
    const signed = { signature, certificate: record.id, digest: this.dataset.digest };
    if (this.dataset.url) {
      const answer = await request(this.dataset.url, { method: "POST", json: signed });
      this.say("success", this.text("signed"));
      if (answer.next) location.assign(answer.next);
    } else {
      this.ref("signature").value = signature;
      this.ref("certificate").value = record.id;
      this.closest("form").requestSubmit();
    }
    this.dispatchEvent(new CustomEvent("sun:signed", { bubbles: true, detail: signed }));
  }
}

customElements.define("sun-sign", SunSign);
