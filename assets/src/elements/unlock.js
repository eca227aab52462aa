/** Elements that need the keyring: the passphrase form, for the first time (twice) and every other time. */

import { Failure } from "../lib/failure.js";
import { Keyring, SHORTEST_PASSPHRASE } from "../lib/keyring.js";
import { SunElement } from "./base.js";

export class KeyringElement extends SunElement {
  start() {
    this.keyringUrl = this.dataset.keyring ?? this.boot.keyring_url;
    const form = this.ref("unlock");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.during(form.querySelector("button"), () => this.#unlock(form));
    });
    Keyring.exists(this.keyringUrl).then((exists) => this.#greet(exists), (failure) => this.tell(failure));
  }

  #greet(exists) {
    this.fresh = !exists;
    this.show("first-time", this.fresh);
    for (const input of this.ref("first-time").querySelectorAll("input")) input.required = this.fresh;
    this.ref("passphrase").autocomplete = this.fresh ? "new-password" : "current-password";
    this.ref("unlock").querySelector("button").disabled = false;
  }

  async #unlock(form) {
    this.say("", "");
    const passphrase = this.ref("passphrase").value;
    if (this.fresh && [...passphrase].length < SHORTEST_PASSPHRASE) throw new Failure("passphrase-short");
    if (this.fresh && passphrase !== this.ref("again").value) throw new Failure("passphrase-differs");
    const keyring = await Keyring.open(this.keyringUrl, passphrase);
    if (this.fresh) await keyring.update(() => {}); // a lost page must not lose the choice of passphrase
    form.reset();
    form.hidden = true;
    this.keyring = keyring;
    await this.opened();
  }
}
