/** The signing keys of this browser, in IndexedDB: the key object itself is stored, its secret is not readable. */

import { Failure } from "./failure.js";

const DATABASE = "sunshine-keys";
const STORE = "certificates";

function connect() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Failure("keystore-unavailable", {}, request.error)); // private windows may say no
  });
}

async function transact(mode, act) {
  const database = await connect();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(new Failure("keystore-unavailable", {}, transaction.error));
    });
  } finally {
    database.close();
  }
}

/** record: {id, keys: CryptoKeyPair, certificate: PEM, chain: [PEM]} */
export const keepKey = (record) => transact("readwrite", (store) => store.put(record));
export const listKeys = () => transact("readonly", (store) => store.getAll());

/** The first of these certificate ids whose key is in this browser; Failure("no-key-here") when none is. */
export async function findKey(ids) {
  const records = await listKeys();
  const record = ids.map((id) => records.find((each) => each.id === id)).find(Boolean);
  if (!record) throw new Failure("no-key-here");
  return record;
}
