/**
 * Where a package goes while it is made: straight into a file where the browser can (memory stays flat), else into
 * blobs, which browsers keep on disk when they grow.
 */

import { Failure } from "../lib/failure.js";

const PIECE = 4 * 1024 * 1024;

/** Asks where to save, if this browser can write into files. → handle, or null; Failure save-cancelled */
export async function askForFile(suggestedName) {
  if (!globalThis.showSaveFilePicker) return null;
  try {
    return await showSaveFilePicker({ suggestedName });
  } catch (cause) {
    if (cause.name === "AbortError") throw new Failure("save-cancelled", {}, cause);
    return null; // not for files from the disk in this browser: offer a download instead
  }
}

/** Offers a blob as a download. */
export function offer(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Collects small pieces into large ones. */
class Collector {
  #pieces = [];
  #held = 0;

  async write(bytes) {
    this.#pieces.push(bytes.slice()); // the source may use its buffer again
    this.#held += bytes.length;
    if (this.#held >= PIECE) await this.flush();
  }

  async flush() {
    if (this.#held === 0) return;
    const blob = new Blob(this.#pieces);
    this.#pieces = [];
    this.#held = 0;
    await this.put(blob);
  }
}

/** Into a file the person has chosen; it takes its name when `save` is called, and leaves no trace after `drop`. */
export class FileSink extends Collector {
  #writable;
  #at = 0;

  static async open(handle) {
    const sink = new FileSink();
    sink.#writable = await handle.createWritable();
    return sink;
  }

  async put(data) {
    await this.#writable.write({ type: "write", position: this.#at, data });
    this.#at += data.size;
  }

  async placeholder(bytes) {
    await this.flush();
    const position = this.#at;
    await this.put(new Blob([bytes]));
    return position;
  }

  async replace(position, bytes) {
    await this.flush();
    await this.#writable.write({ type: "write", position, data: bytes });
  }

  async save() {
    await this.flush();
    await this.#writable.close();
  }

  async drop() {
    await this.#writable.abort().catch(() => {});
  }
}

/** Into blobs; `save` offers them as one download. */
export class BlobSink extends Collector {
  #blobs = [];

  constructor(name) {
    super();
    this.name = name;
  }

  async put(blob) {
    this.#blobs.push(blob);
  }

  async placeholder(bytes) {
    await this.flush();
    return this.#blobs.push(new Blob([bytes])) - 1;
  }

  async replace(place, bytes) {
    this.#blobs[place] = new Blob([bytes]);
  }

  async save() {
    await this.flush();
    offer(this.name, new Blob(this.#blobs, { type: "application/zip" }));
  }

  async drop() {
    this.#blobs = [];
  }
}
