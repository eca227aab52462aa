/** Resumable upload in chunks: one PATCH under way while the next chunk fills, so memory holds two and never more. */

import { Failure } from "./failure.js";
import { request } from "./http.js";

export const CHUNK = 8 * 1024 * 1024;
const PATIENCE = [500, 1000, 2000, 4000, 8000, 15000, 30000];

const wait = (ms, signal) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });

export class Upload {
  #url;
  #chunk;
  #filling;
  #filled = 0;
  #start; // offset of the first byte of the chunk being filled
  #underway = Promise.resolve();
  #gate = null;
  #open = null;
  #stop = new AbortController();
  #patience;

  /** url of the upload; received: bytes the server has; onProgress(received); onState("sending"|"paused"|"waiting", code). */
  constructor(url, { received = 0, chunkSize = CHUNK, patience = PATIENCE, onProgress = () => {}, onState = () => {} } = {}) {
    this.#url = url;
    this.#chunk = chunkSize;
    this.#start = received;
    this.#patience = patience;
    this.received = received;
    this.onProgress = onProgress;
    this.onState = onState;
  }

  /** POST to the collection → Upload with its `id`. The box is asked as nobody; `about` carries the token. */
  static async begin(collection, about, options = {}) {
    const answer = await request(collection, { method: "POST", json: about, anonymous: true });
    const upload = new Upload(`${collection}${answer.upload}/`, { ...options, received: answer.received });
    upload.id = answer.upload;
    return upload;
  }

  get paused() {
    return this.#gate !== null;
  }

  pause(code = "") {
    if (this.#gate) return;
    this.#gate = new Promise((resolve) => (this.#open = resolve));
    this.onState("paused", code);
  }

  resume() {
    this.#open?.();
    this.#gate = this.#open = null;
    this.onState("sending", "");
  }

  abort() {
    this.#stop.abort();
    this.resume();
  }

  /** What the server has now. */
  async status() {
    this.received = (await request(this.#url, { signal: this.#stop.signal, anonymous: true })).received;
    return this.received;
  }

  /** Takes bytes of a stream in order; resolves when there is room for more: await it, and the source slows down. */
  async write(bytes) {
    for (let at = 0; at < bytes.length; ) {
      this.#filling ??= new Uint8Array(this.#chunk);
      const piece = bytes.subarray(at, at + this.#chunk - this.#filled);
      this.#filling.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === this.#chunk) await this.#flush();
    }
  }

  /** Sends what is left; resolves to the number of bytes the server has. */
  async finish() {
    await this.#flush();
    await this.#underway;
    return this.received;
  }

  async #flush() {
    await this.#underway;
    if (this.#filled === 0) return;
    const chunk = new Blob([this.#filling.subarray(0, this.#filled)]); // a copy: the buffer is filled again meanwhile
    const offset = this.#start;
    this.#start += this.#filled;
    this.#filled = 0;
    this.#underway = this.put(offset, chunk);
    this.#underway.catch(() => {}); // told by the next write or by finish
  }

  /**
   * Brings `chunk` (a Blob or bytes), whose first byte belongs at `offset`, to the server, through breaks and pauses. When the server
   * already has some of it (an answer was lost, another tab went on) only the rest goes. Failure upload-diverged
   * {received} when the server stands outside the chunk: the caller must seek there, or start afresh.
   */
  async put(offset, chunk) {
    // a Blob always: Chromium carries the bytes of a typed array five times slower and keeps a copy of each in the page
    const blob = chunk instanceof Blob ? chunk : new Blob([chunk]);
    let done = 0;
    for (let attempt = 0; done < blob.size; ) {
      while (this.#gate) await this.#gate;
      this.#stop.signal.throwIfAborted();
      try {
        const url = `${this.#url}?offset=${offset + done}`;
        this.received = (await this.#patch(url, blob.slice(done))).received;
        attempt = 0;
      } catch (failure) {
        attempt = await this.#recover(failure, attempt);
      }
      done = this.received - offset;
      if (done < 0 || done > blob.size) throw new Failure("upload-diverged", { received: this.received });
      this.onProgress(this.received);
    }
  }

  #patch(url, body) {
    return request(url, { method: "PATCH", body, signal: this.#stop.signal, anonymous: true });
  }

  async #recover(failure, attempt) {
    if (failure.code === "offset-mismatch") {
      this.received = failure.detail.received;
      return attempt;
    }
    if (failure.code !== "network" && !(failure.code === "server" && failure.detail.status >= 500)) throw failure;
    if (attempt >= this.#patience.length) {
      this.pause(failure.code); // a person decides when the line is back; nothing is lost meanwhile
      await this.#gate;
      return 0;
    }
    this.onState("waiting", failure.code);
    await wait(this.#patience[attempt], this.#stop.signal);
    try {
      await this.status();
      this.onState("sending", "");
    } catch (again) {
      if (again.code !== "network" && again.code !== "server") throw again;
    }
    return attempt + 1;
  }
}

/** Uploads a Blob from wherever the server stands; two tabs with the same file simply help each other. */
export async function uploadBlob(upload, blob, chunkSize = CHUNK) {
  let at = await upload.status();
  while (at < blob.size) {
    try {
      await upload.put(at, blob.slice(at, at + chunkSize));
    } catch (failure) {
      if (failure.code !== "upload-diverged") throw failure;
    }
    at = upload.received;
  }
  if (at > blob.size) throw new Failure("upload-diverged", { received: at });
  return at;
}
