/**
 * What this browser alone holds, in IndexedDB: signing keys (the key object itself, its secret is not readable), and
 * the numbers of draws between commitment and reveal.
 */

import { Failure } from "./failure.js";

const DATABASE = "sunshine-keys";
const STORE = "certificates";
const NUMBERS = "draws";

function connect() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = () => {
      for (const store of [STORE, NUMBERS]) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store, { keyPath: "id" });
      }
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Failure("keystore-unavailable", {}, request.error)); // private windows may say no
  });
}

async function transact(name, mode, act) {
  const database = await connect();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(new Failure("keystore-unavailable", {}, transaction.error));
    });
  } finally {
    database.close();
  }
}

/** record: {id, keys: CryptoKeyPair, certificate: PEM, chain: [PEM]} */
export const keepKey = (record) => transact(STORE, "readwrite", (store) => store.put(record));
export const listKeys = () => transact(STORE, "readonly", (store) => store.getAll());

/** The first of these certificate ids whose key is in this browser; Failure("no-key-here") when none is. */
export async function findKey(ids) {
  const records = await listKeys();
  const record = ids.map((id) => records.find((each) => each.id === id)).find(Boolean);
  if (!record) throw new Failure("no-key-here");
  return record;
}

const numberId = (draw, party) => `${draw}/${party}`;

/** r: hex of a party's 32 bytes in one draw. Kept before the commitment is sent: a promise nobody can keep is worth nothing. */
export const keepNumber = (draw, party, r) =>
  transact(NUMBERS, "readwrite", (store) => store.put({ id: numberId(draw, party), r }));

/** → hex, or undefined where another browser made it */
export const findNumber = async (draw, party) =>
  (await transact(NUMBERS, "readonly", (store) => store.get(numberId(draw, party))))?.r;
