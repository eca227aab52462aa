/** <sun-bids data-keyring>: a supplier's own bids, read from its keyring; nobody else can make this list. */

import { packed, standingLid, takeOver, unpacked } from "../lib/bidbook.js";
import { fromHex } from "../lib/bytes.js";
import { identityOf } from "../lib/agefile.js";
import { download, moment } from "./base.js";
import { KeyringElement } from "./unlock.js";

class SunBids extends KeyringElement {
  start() {
    super.start();
    const file = this.ref("take-over");
    file.addEventListener("change", () => this.during(file, () => this.#takeOver(file)));
  }

  opened() {
    const { bids } = this.keyring.content;
    const shown = bids.filter((bid) => bid.lids.length > 0 || bid.pending || bid.token);
    this.show("colleague");
    this.show("empty", shown.length === 0);
    this.show("list", shown.length > 0);
    this.rows("bids", shown, (ref, bid) => this.#fill(ref, bid));
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
    ref("rescue").addEventListener("click", () => this.#rescue(bid));
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

  /** An age identity file: `age -d -i` opens the bidder's own bodies with it (rule c). */
  #rescue(bid) {
    const lines = bid.rescue.flatMap(({ lid, part, S, S_B }) => [
      `# ${bid.lot} ${part} ${lid}`,
      ...(S_B ? [`# S_B ${S_B}`] : []),
      identityOf(fromHex(S)),
    ]);
    download(`rescue-${bid.lot}.txt`, lines.join("\n") + "\n", "text/plain");
  }
}

customElements.define("sun-bids", SunBids);
