/** `bid-package/1`: a sealed bid as one file (docs/bid-package.md). Bodies in the order of the lid, `package.json` last. */

import { createCRC32, createSHA256 } from "hash-wasm";
import { fromUtf8, utf8 } from "./bytes.js";
import { jcs } from "./canonical.js";
import { Failure } from "./failure.js";
import { verifyLid } from "./lid.js";
import { closing, localHeader } from "./zip.js";
import { readZip } from "./zipread.js";

const MANIFEST = "package.json";
const SLICE = 4 * 1024 * 1024;
const AGE_HEADER = 168; // one X25519 stanza
const bodyName = (part) => `${part}.age`;

const manifestOf = (lid) =>
  jcs({ v: "bid-package/1", lid, bodies: Object.fromEntries((lid.parts ?? []).map(({ part }) => [part, bodyName(part)])) });

/** Bytes of the age file of so many plain bytes. */
export const bodySize = (plain) => AGE_HEADER + 16 + plain + 16 * Math.max(1, Math.ceil(plain / 65536));

/**
 * Writes a package while its bodies are being made. sink: {write(bytes), placeholder(bytes) → token, replace(token,
 * bytes)}, all awaited: a checksum stands in front of its data and is known only behind them.
 */
export class PackageWriter {
  #sink;
  #entries = [];
  #at = 0;

  constructor(sink) {
    this.#sink = sink;
  }

  /** size: bytes of the body, known before; produce(write) brings them in order. → what produce gives back */
  async body(part, size, produce) {
    return this.#entry(bodyName(part), size, produce);
  }

  /** The lid closes the package. */
  async finish(lid) {
    const bytes = utf8(manifestOf(lid));
    await this.#entry(MANIFEST, bytes.length, (write) => write(bytes));
    await this.#sink.write(closing(this.#entries).tail);
  }

  async #entry(name, size, produce) {
    const entry = { name, size, crc32: 0, offset: this.#at };
    const blank = localHeader(entry);
    const token = await this.#sink.placeholder(blank);
    const crc = await createCRC32();
    let written = 0;
    const made = await produce(async (bytes) => {
      crc.update(bytes);
      written += bytes.length;
      await this.#sink.write(bytes);
    });
    if (written !== size) throw new Failure("package-size", { name, size, written });
    entry.crc32 = parseInt(crc.digest("hex"), 16);
    await this.#sink.replace(token, localHeader(entry));
    this.#entries.push(entry);
    this.#at += blank.length + size;
    return made;
  }
}

/** Blob of a package → {lid, withdrawal, bodies: Map part → Blob}; Failure package-zip, package-json, package-entries. */
export async function openPackage(blob) {
  const entries = await readZip(blob);
  const last = entries.at(-1);
  if (last?.name !== MANIFEST || last.size > 1 << 20) throw new Failure("package-entries");
  const { text, found } = await manifest(last.blob);
  const lid = found?.lid;
  const kinds = ["seal/1", "seal-withdraw/1"];
  if (found?.v !== "bid-package/1" || !kinds.includes(lid?.v)) throw new Failure("package-json");
  const parts = lid.v === "seal/1" ? lid.parts : [];
  const sound = Array.isArray(parts) && parts.every((each) => /^[a-z0-9]{1,32}$/.test(each?.part) && Number.isSafeInteger(each.size));
  if (!sound || manifestOf(lid) !== text) throw new Failure("package-json");
  const names = [...parts.map(({ part }) => bodyName(part)), MANIFEST];
  if (names.join("\n") !== entries.map(({ name }) => name).join("\n")) throw new Failure("package-entries");
  const bodies = new Map(parts.map(({ part }, n) => [part, entries[n].blob]));
  return { lid, withdrawal: lid.v === "seal-withdraw/1", bodies };
}

async function manifest(blob) {
  try {
    const text = fromUtf8(new Uint8Array(await blob.arrayBuffer()));
    return { text, found: JSON.parse(text) };
  } catch (cause) {
    throw new Failure("package-json", {}, cause);
  }
}

/**
 * The package is for this policy, its lid signed, every body the one the lid names; onProgress(bytes). Throws
 * Failure package-other-policy, lid-forged, package-parts, body-mismatch {part}.
 */
export async function checkPackage({ lid, bodies }, policy, policyId, policyHex, onProgress = () => {}) {
  if (lid.policy !== policyHex) throw new Failure("package-other-policy");
  verifyLid(lid, policyId);
  const parts = lid.parts ?? [];
  if (lid.v === "seal/1" && parts.map(({ part }) => part).join() !== policy.parts.join()) throw new Failure("package-parts");
  for (const { part, size, sha256 } of parts) {
    const body = bodies.get(part);
    const hash = await createSHA256();
    for (let at = 0; at < body.size; at += SLICE) {
      const slice = new Uint8Array(await body.slice(at, at + SLICE).arrayBuffer());
      hash.update(slice);
      onProgress(slice.length);
    }
    if (body.size !== size || hash.digest("hex") !== sha256) throw new Failure("body-mismatch", { part });
  }
}
