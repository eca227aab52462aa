/** The bids of this keyring that are being opened: what each needs, until when, and the acts that give it. */

import { standingLid } from "../lib/bidbook.js";
import { Failure } from "../lib/failure.js";
import { request } from "../lib/http.js";
import { checkBody, secretsOf, signRemedy } from "../lib/remedy.js";
import { Upload, uploadBlob } from "../lib/upload.js";
import { moment } from "./base.js";

export class Openings {
  /** page: the <sun-bids> element; urls: {shares, rescues, copies, bodies}. */
  constructor(page, urls) {
    this.page = page;
    this.urls = urls;
  }

  show(bids, { now, lids }) {
    this.lids = lids;
    const mine = bids.map((bid) => ({ bid, lid: standingLid(bid)?.id })).filter(({ lid }) => lids[lid]);
    this.page.show("openings-section", mine.length > 0);
    this.page.rows("openings", mine, (ref, { bid, lid }, row) => this.#fill(ref, row, bid, lid, now));
  }

  #fill(ref, row, bid, lid, now) {
    const told = this.lids[lid];
    row.id = `opening-${lid.slice(0, 16)}`;
    ref("title").textContent = told.lot;
    ref("hall").href = told.hall;
    ref("state").textContent = told.state;
    ref("cause").textContent = [told.cause, told.who].filter(Boolean).join(" · ");
    ref("needed").hidden = told.wants.length === 0;
    ref("until").textContent = moment(told.window_end);
    const countdown = ref("countdown");
    countdown.dataset.until = told.window_end;
    countdown.dataset.now = now;
    for (const want of ["share", "key", "rescue", "body"]) {
      const button = ref(want);
      ref(`${want}-block`).hidden = !told.wants.includes(want);
      if (want !== "body") button.addEventListener("click", () => this.page.during(button, () => this[want](bid, lid)));
    }
    const file = ref("body");
    file.addEventListener("change", () => this.page.during(file, () => this.body(bid, lid, file.files[0])));
    ref("body-part").textContent = this.page.text(`part-${told.part}`) || told.part;
  }

  #signed(bid, lid, act, parts) {
    return signRemedy(bid, lid, act, parts, this.page.now());
  }

  /** Mode D: S_B of every part. */
  share(bid, lid) {
    return this.#give(this.urls.shares, bid, lid, "release-share");
  }

  /** Mode B: S of every part, from the keyring or a rescue file; nobody else could open this bid. */
  key(bid, lid) {
    return this.#give(this.urls.rescues, bid, lid, "rescue", "open-own");
  }

  /** Rules b and c: S of every part. */
  rescue(bid, lid) {
    const wants = this.lids[lid]?.wants ?? [];
    if (wants.includes("key")) return this.key(bid, lid);
    if (!wants.includes("rescue")) throw new Failure("rescue-not-wanted");
    return this.#give(this.urls.rescues, bid, lid, "rescue");
  }

  async #give(url, bid, lid, act, said = act) {
    const given = secretsOf(bid, lid, act, this.lids[lid].asked);
    const json = { ...this.#signed(bid, lid, act, Object.keys(given)), given };
    const { opened } = await request(url, { method: "POST", json, anonymous: true });
    await this.page.look();
    this.page.say("success", this.page.text(opened ? `${said}-opened` : `${said}-given`));
  }

  /** Rule e: the very bytes that the lid names. */
  async body(bid, lid, file) {
    const told = this.lids[lid];
    await checkBody(file, told.parts[told.part]);
    const upload = await Upload.begin(this.urls.bodies, this.#signed(bid, lid, "restore-body", [told.part]));
    await uploadBlob(upload, file);
    const json = this.#signed(bid, lid, "restore-body", [told.part]);
    await request(`${this.urls.bodies}${upload.id}/`, { method: "POST", json, anonymous: true });
    await this.page.look();
    this.page.say("success", this.page.text("body-restored"));
  }

  /** The ciphertexts as files, one for each part; a form carries them past the memory of this page. */
  async copies(bid) {
    const lid = standingLid(bid).id;
    for (const part of new Set(bid.rescue.filter((secret) => secret.lid === lid).map((secret) => secret.part))) {
      const { statement, sig } = this.#signed(bid, lid, "copy-body", [part]);
      const form = Object.assign(document.createElement("form"), { method: "post", action: this.urls.copies, hidden: true });
      for (const [name, value] of Object.entries({ statement: JSON.stringify(statement), sig })) {
        form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
      }
      document.body.append(form);
      form.submit();
      form.remove();
      await new Promise((resolve) => setTimeout(resolve, 1500)); // a second download must not cut the first one off
    }
  }
}
