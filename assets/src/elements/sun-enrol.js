/** <sun-enrol data-url data-boot>: makes a signing key in this browser and obtains a certificate for it. */

import { makeRequest, makeSigningKey } from "../lib/certs.js";
import { readCertificate, certificateSha256 } from "../lib/chain.js";
import { Failure } from "../lib/failure.js";
import { request } from "../lib/http.js";
import { keepKey, listKeys } from "../lib/keystore.js";
import { SunElement, download, moment } from "./base.js";

class SunEnrol extends SunElement {
  start() {
    const button = this.ref("enrol");
    button.addEventListener("click", () => this.during(button, () => this.enrol()));
    const csr = this.ref("csr");
    csr.addEventListener("change", () => csr.files[0] && this.during(csr, () => this.issue(csr)));
    this.list().catch((failure) => this.tell(failure));
  }

  async enrol() {
    await listKeys(); // a browser that cannot keep keys must say so before a certificate is spent on it
    const keys = await makeSigningKey();
    const csr = await makeRequest(keys, this.boot.subject);
    const answer = await request(this.dataset.url, { method: "POST", json: { csr } });
    const certificate = readCertificate(answer.certificate);
    const ours = new Uint8Array(await crypto.subtle.exportKey("spki", keys.publicKey));
    const theirs = new Uint8Array(certificate.publicKey.rawData);
    if (ours.length !== theirs.length || ours.some((byte, at) => byte !== theirs[at])) throw new Failure("certificate-of-other-key");
    this.boot.certificates?.push(answer.id);
    await keepKey({ id: answer.id, keys, certificate: answer.certificate, chain: answer.chain ?? [] });
    this.say("success", this.text("enrolled", { id: answer.id }));
    await this.list();
    this.dispatchEvent(new CustomEvent("sun:enrolled", { bubbles: true, detail: { id: answer.id } }));
  }

  /** For a key that lives in a file: the request goes up, the certificate with its chain comes down. */
  async issue(input) {
    const { id, certificate, chain = [] } = await request(this.dataset.url, { method: "POST", json: { csr: await input.files[0].text() } });
    download(`${id}.pem`, [certificate, ...chain].map((pem) => `${pem.trim()}\n`).join(""), "application/x-pem-file");
    input.value = "";
    this.say("success", this.text("issued", { id }));
  }

  /** Only those the server still counts as this account's: the browser may have been used by others. */
  async list() {
    const { certificates } = this.boot;
    const records = (await listKeys()).filter(({ id }) => !certificates || certificates.includes(id));
    this.show("none", records.length === 0);
    this.rows("keys", records, (ref, record) => {
      const certificate = readCertificate(record.certificate);
      ref("id").textContent = record.id;
      ref("subject").textContent = certificate.subjectName.getField("CN")[0] ?? certificate.subject;
      ref("until").textContent = moment(certificate.notAfter);
      ref("fingerprint").textContent = certificateSha256(certificate).slice(0, 8);
    });
  }
}

customElements.define("sun-enrol", SunEnrol);
