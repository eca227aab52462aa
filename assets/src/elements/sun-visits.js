/** <sun-visits data-url data-keyring>: after the opening an inspector reads from where the bids of a project came. */

import { Failure } from "../lib/failure.js";
import { request } from "../lib/http.js";
import { inspectionKeys, openVisits } from "../lib/visits.js";
import { KeyringElement } from "./unlock.js";
import { moment } from "./base.js";

class SunVisits extends KeyringElement {
  async opened() {
    const identities = inspectionKeys(this.keyring.content).map(({ identity }) => identity);
    if (identities.length === 0) throw new Failure("no-inspection-key");
    const { visits } = await request(this.dataset.url);
    const found = await openVisits(visits, identities);
    const read = found.filter(({ visit }) => visit);
    const shut = found.length - read.length;
    this.rows("visits", read, (ref, record) => this.#fill(ref, record));
    this.show("table", read.length > 0);
    if (shut > 0) this.say("warning", this.text("some-shut", { n: shut }));
    else this.say("success", this.text(read.length > 0 ? "all-read" : "none", { n: read.length }));
  }

  #fill(ref, { lid, bidder, visit }) {
    ref("bidder").textContent = bidder || this.text("not-open");
    ref("lid").textContent = lid.slice(0, 16);
    ref("at").textContent = moment(visit.at);
    ref("address").textContent = visit.address;
    ref("forwarded").textContent = visit.forwarded;
    ref("agent").textContent = visit.agent;
  }
}

customElements.define("sun-visits", SunVisits);
