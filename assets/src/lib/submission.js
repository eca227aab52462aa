/** From chosen documents to a receipt: the token, then as nobody: hash, sign, seal and upload each part, sign the lid, hand it in. */

import { bidOf, confirm, ensureBid, expect, forget, nextLink } from "./bidbook.js";
import { obtain } from "./boxtoken.js";
import { toHex } from "./bytes.js";
import { signDetached } from "./cms.js";
import { Failure, Refusal } from "./failure.js";
import { request } from "./http.js";
import { makeLid, makeWithdrawal, verifyReceipt } from "./lid.js";
import { hashDocuments, payloadStream, statementBytes } from "./payload.js";
import { policyId } from "./policy.js";
import { sealPart } from "./seal.js";
import { Upload } from "./upload.js";

/** Follows the bytes of a stream as they are read. */
function counted(stream, onBytes) {
  const transform = (chunk, controller) => (onBytes(chunk.length), controller.enqueue(chunk));
  return stream.pipeThrough(new TransformStream({ transform }));
}

/**
 * One attempt to submit. box: {uploads, lids, withdrawals} URLs; right: {key, url, published} of the token; signer: {keys, certificate, chain} of the keystore;
 * bidder: {uscc, name}; watch: {onHash(bytes), onSeal(bytes), onUpload(bytes),
 * onState(state, code, upload), onStep(name)} for the page.
 */
export class Submission {
  constructor({ policy, lot, bidder, box, right, keyring, signer, watch }) {
    Object.assign(this, { policy, lot, bidder, box, right, keyring, signer, watch });
    this.policyId = policyId(policy);
    this.policyHex = toHex(this.policyId);
  }

  #edit(change) {
    return this.keyring.update((content) => change(ensureBid(content, this.lot, this.policyHex)));
  }

  get bid() {
    return bidOf(this.keyring.content, this.lot, this.policyHex);
  }

  /** The token of this box. Asked for once, with a login; everything after goes without one. */
  token() {
    const { right, policy, policyId, lot } = this;
    return obtain({ right, policy, policyId, lot, entry: () => this.bid, edit: (change) => this.#edit(change) });
  }

  /** documents: {summary: [{name, input}], tech: […], price: […]} → receipt */
  async submit(documents) {
    await this.#edit(() => {}); // the box key must outlive this page before anything is signed with it
    this.watch.onStep("token");
    await this.token();
    const bid = this.bid;
    const { seq, prev } = nextLink(bid);
    this.watch.onStep("hash");
    const hashed = {};
    for (const part of this.policy.parts) hashed[part] = await hashDocuments(documents[part], this.watch.onHash);
    this.watch.onStep("seal");
    const sealed = [];
    for (const part of this.policy.parts) {
      sealed.push(await this.#sealAndUpload(part, hashed[part], { seq, box_key: bid.box_key, token: bid.token }));
    }
    this.watch.onStep("lid");
    const parts = sealed.map(({ description }) => description);
    const lid = makeLid(this.policyId, parts, { seq, prev, boxSecret: bid.box_secret });
    const uploads = Object.fromEntries(sealed.map(({ description, upload }) => [description.part, upload]));
    await this.#edit((entry) => expect(entry, { kind: "bid", lid, uploads }, sealed.map(({ rescue }) => rescue)));
    return this.settle();
  }

  async #sealAndUpload(part, files, { seq, box_key, token }) {
    const statement = statementBytes({ policy: this.policyHex, bidder: this.bidder, box_key, seq, part, files });
    const { keys, certificate, chain } = this.signer;
    const signature = await signDetached(statement, { privateKey: keys.privateKey, certificate, chain });
    const payload = await payloadStream({ statement, signature, files });
    let before = 0;
    const upload = await Upload.begin(this.box.uploads, { policy: this.policyHex, part, box_key, token }, {
      onProgress: (received) => (this.watch.onUpload(received - before), (before = received)),
      onState: (state, code) => this.watch.onState(state, code, upload),
    });
    this.watch.onState("sending", "", upload);
    const stream = counted(payload.stream, this.watch.onSeal);
    const { description, rescue } = await sealPart(this.policy, this.policyId, part, stream, (bytes) => upload.write(bytes));
    if ((await upload.finish()) !== description.size) throw new Failure("upload-diverged", { received: upload.received });
    return { description, rescue, upload: upload.id };
  }

  /** Withdraws the standing bid (投标截止前). → receipt */
  async withdraw() {
    const bid = this.bid;
    const lid = makeWithdrawal(this.policyId, { ...nextLink(bid), boxSecret: bid.box_secret });
    await this.#edit((entry) => expect(entry, { kind: "withdrawal", lid }));
    return this.settle();
  }

  /**
   * Hands in the pending act, also one left over from a page that was closed before the answer came: the server
   * answers a lid it already holds with the same receipt. A refusal is final and is forgotten; a broken line is not.
   */
  async settle() {
    const { kind, lid, uploads } = this.bid.pending;
    const token = await this.token(); // at hand, but for an act that an older page left behind
    this.watch.onStep("receipt");
    let receipt;
    try {
      const [url, json] = kind === "bid" ? [this.box.lids, { lid, uploads }] : [this.box.withdrawals, { withdrawal: lid }];
      ({ receipt } = await request(url, { method: "POST", json: { ...json, token }, anonymous: true }));
    } catch (failure) {
      if (failure instanceof Refusal) await this.#edit((entry) => entry.pending && forget(entry));
      throw failure;
    }
    if (this.policy.log_vkey) verifyReceipt(receipt, lid.id, this.policy.log_vkey);
    await this.#edit((entry) => entry.pending && confirm(entry, receipt));
    return receipt;
  }
}
