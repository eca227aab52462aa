/** The bid book: a keyring in a file of the bidder's own. Changes stay in memory until it is saved. */

import { bidOf, confirm } from "../lib/bidbook.js";
import { Failure } from "../lib/failure.js";
import { emptyKeyring, lockKeyring, SHORTEST_PASSPHRASE, unlockKeyring } from "../lib/keyring.js";
import { verifyReceipt } from "../lib/lid.js";
import { askForFile, offer } from "./saving.js";

export const BOOK_NAME = "bid-book.age";

export class Book {
  #passphrase;
  #handle = null;

  constructor(passphrase, content, name) {
    this.#passphrase = passphrase;
    this.content = content;
    this.name = name;
    this.dirty = false;
  }

  static fresh(passphrase, again) {
    if ([...passphrase].length < SHORTEST_PASSPHRASE) throw new Failure("passphrase-short");
    if (passphrase !== again) throw new Failure("passphrase-differs");
    return new Book(passphrase, emptyKeyring(), BOOK_NAME);
  }

  static async open(file, passphrase) {
    if (!file) throw new Failure("book-missing");
    const content = await unlockKeyring(new Uint8Array(await file.arrayBuffer()), passphrase);
    return new Book(passphrase, content, file.name);
  }

  /** change(content) edits in place. */
  edit(change) {
    const content = structuredClone(this.content);
    const made = change(content);
    this.content = content;
    this.dirty = true;
    return made;
  }

  bid(lot, policyHex) {
    return bidOf(this.content, lot, policyHex);
  }

  /** Takes the platform's receipt for what waits for one; throws receipt-forged, receipt-unknown. */
  take(receipt, lot, policyHex, vkey) {
    const pending = this.bid(lot, policyHex)?.pending;
    if (typeof receipt?.lid !== "string") throw new Failure("receipt-forged");
    verifyReceipt(receipt, receipt.lid, vkey);
    if (pending?.lid.id !== receipt.lid) throw new Failure("receipt-unknown");
    this.edit((content) => confirm(bidOf(content, lot, policyHex), receipt));
  }

  /** Writes the book: into the file chosen before, one chosen now, or as a download. */
  async save() {
    this.#handle ??= await askForFile(this.name);
    const blob = new Blob([await lockKeyring(this.content, this.#passphrase)]);
    if (this.#handle) {
      const writable = await this.#handle.createWritable();
      await writable.write(blob);
      await writable.close();
    } else {
      offer(this.name, blob);
    }
    this.dirty = false;
  }
}
