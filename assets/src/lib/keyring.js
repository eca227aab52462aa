/** The keyring: what only its owner's passphrase opens, the same 262144 bytes for everyone, bidding or not. */

import { Decrypter, Encrypter } from "age-encryption";
import { fromBase64, fromUtf8, toBase64, utf8 } from "./bytes.js";
import { Failure } from "./failure.js";
import { request } from "./http.js";

export const SIZE = 262144;
const WORK_FACTOR = 16; // scrypt N = 2^16
export const SHORTEST_PASSPHRASE = 12;

export const emptyKeyring = () => ({ v: "keyring/1", bids: [], trustee: [] });

/** keyring object + passphrase → age file (bytes) of the JSON padded with spaces to exactly SIZE bytes. */
export async function lockKeyring(keyring, passphrase) {
  const text = utf8(JSON.stringify(keyring));
  if (text.length > SIZE) throw new Failure("keyring-full");
  const plain = new Uint8Array(SIZE).fill(0x20);
  plain.set(text);
  return encryptTo(passphrase, plain);
}

function encryptTo(passphrase, plain) {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(WORK_FACTOR);
  return encrypter.encrypt(plain);
}

/** Age file under a passphrase → the JSON inside; Failure wrong-passphrase, or `damaged` for anything else. */
async function jsonUnder(file, passphrase, damaged) {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  try {
    return JSON.parse(fromUtf8(await decrypter.decrypt(file)));
  } catch (cause) {
    const wrong = /no identity matched/.test(cause.message);
    throw new Failure(wrong ? "wrong-passphrase" : damaged, {}, cause);
  }
}

/** Age file + passphrase → keyring object; Failure wrong-passphrase or keyring-damaged. */
export async function unlockKeyring(file, passphrase) {
  const keyring = await jsonUnder(file, passphrase, "keyring-damaged");
  if (keyring.v !== "keyring/1") throw new Failure("keyring-damaged");
  return { ...emptyKeyring(), ...keyring };
}

/** The keyring on the server, seen from one page. */
export class Keyring {
  #url;
  #passphrase;
  #version;

  constructor(url, passphrase, version, content) {
    this.#url = url;
    this.#passphrase = passphrase;
    this.#version = version;
    this.content = content;
  }

  /** Is there one yet? */
  static async exists(url) {
    return (await request(url)).blob !== "";
  }

  /** Fetches and opens it; with none on the server, a new one in memory, stored by the first update. */
  static async open(url, passphrase) {
    const { version, blob } = await request(url);
    const content = blob ? await unlockKeyring(fromBase64(blob), passphrase) : emptyKeyring();
    return new Keyring(url, passphrase, version, content);
  }

  /** `content` as an age file under the same passphrase, for its owner to keep outside the platform. */
  lockAside(content) {
    return encryptTo(this.#passphrase, utf8(JSON.stringify(content)));
  }

  /** What lockAside made, now or under an earlier passphrase; Failure wrong-passphrase or not-a-rescue-file. */
  unlockAside(file, passphrase = "") {
    return jsonUnder(file, passphrase || this.#passphrase, "not-a-rescue-file");
  }

  /** change(content) edits in place. Another tab's newer version is fetched first and edited instead, never lost. */
  async update(change) {
    for (let attempt = 0; ; attempt++) {
      const content = structuredClone(this.content);
      change(content);
      const blob = toBase64(await lockKeyring(content, this.#passphrase));
      try {
        const answer = await request(this.#url, { method: "PUT", json: { version: this.#version, blob } });
        this.#version = answer.version;
        this.content = content;
        return content;
      } catch (failure) {
        if (failure.code !== "keyring-stale" || attempt >= 3) throw failure;
        const newer = await Keyring.open(this.#url, this.#passphrase);
        this.#version = newer.#version;
        this.content = newer.content;
      }
    }
  }
}
