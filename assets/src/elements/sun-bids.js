/**
 * <sun-bids data-boot>: a supplier's own bids, read from its keyring; nobody else can make this list. At an opening it is
 * also where the bidder acts: takes part in decrypting, rescues its bid, brings a lost body again.
 */

import { packed, standingLid, takeOver, unpacked } from "../lib/bidbook.js";
import { request } from "../lib/http.js";
import { readRescue, rescueFile } from "../lib/remedy.js";
import { download, moment } from "./base.js";
import { Openings } from "./bids-openings.js";
import { KeyringElement } from "./unlock.js";

class SunBids extends KeyringElement {
  start() {
    super.start();
    const file = this.ref("take-over");
    file.addEventListener("change", () => this.during(file, () => this.#takeOver(file)));
  }

  async opened() {
    const { bids } = this.keyring.content;
    const shown = bids.filter((bid) => bid.lids.length > 0 || bid.pending || bid.token);
    this.show("colleague");
    this.show("empty", shown.length === 0);
    this.show("list", shown.length > 0);
    this.rows("bids", shown, (ref, bid) => this.#fill(ref, bid));
    if (!this.boot.box_urls) return;
    this.openings = new Openings(this, this.boot.box_urls);
    this.show("aside");
    this.ref("rescue-file").addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      this.during(this.ref("use-rescue"), () => this.#fromFile(event.target));
    });
    await this.look();
  }

  /** Asks what is being opened: the same answer for everybody, sorted out here. */
  async look() {
    const told = await request(this.boot.box_urls.openings, { anonymous: true });
    this.boot.now = told.now;
    this.loadedAt = performance.now();
    this.openings.show(this.keyring.content.bids, told);
  }

  async #fromFile(form) {
    const file = this.ref("rescue-pick").files[0];
    if (!file) return;
    const bytes = new Uint8Array(await file.arrayBuffer());
    const bid = readRescue(await this.keyring.unlockAside(bytes, this.ref("rescue-passphrase").value));
    form.reset();
    await this.openings.rescue(bid, bid.rescue[0].lid);
  }

  #fill(ref, bid) {
    const last = bid.lids.at(-1);
    const state = bid.pending ? "pending" : standingLid(bid) ? "standing" : last ? "withdrawn" : "entitled";
    const link = ref("lot");
    link.textContent = this.boot.lots?.[bid.lot]?.name ?? bid.lot;
    if (this.boot.lots?.[bid.lot]?.url) link.href = this.boot.lots[bid.lot].url;
    for (const chip of ref("states").children) chip.hidden = chip.dataset.state !== state;
    ref("box").textContent = bid.box_key.slice(0, 16);
    ref("lid").textContent = last ? last.id.slice(0, 16) : "";
    ref("received").textContent = last?.receipt ? moment(last.receipt.received_at) : "";
    ref("seq").textContent = last?.seq ?? "";
    ref("receipts").hidden = !last;
    ref("receipts").addEventListener("click", () => this.#receipts(bid));
    ref("check").hidden = !last || !this.boot.check_url;
    if (last) ref("check").href = (this.boot.check_url ?? "").replace("{lid}", last.id);
    ref("book").addEventListener("click", () => download(`bidbook-${bid.lot}.json`, packed(bid)));
    ref("rescue").hidden = bid.rescue.length === 0;
    ref("rescue").addEventListener("click", () => this.during(ref("rescue"), () => this.#rescue(bid)));
    ref("copies").hidden = !standingLid(bid) || !this.boot.box_urls;
    ref("copies").addEventListener("click", () => this.openings.copies(bid));
  }

  /** A colleague's entry comes into this keyring: an organisation has one token in a lot, whoever uses it. */
  async #takeOver(file) {
    const bid = unpacked(await file.files[0].text());
    await this.keyring.update((content) => takeOver(content, bid));
    file.value = "";
    this.opened();
    this.say("success", this.text("taken-over"));
  }

  #receipts(bid) {
    download(`receipts-${bid.lot}.json`, JSON.stringify(bid.lids.map(({ receipt }) => receipt), null, 2));
  }

  /** rescue/1 under the keyring's passphrase: `age -d` and the passphrase open it, with or without this platform. */
  async #rescue(bid) {
    download(`rescue-${bid.lot}.age`, await this.keyring.lockAside(rescueFile(bid)), "application/octet-stream");
  }
}

customElements.define("sun-bids", SunBids);
