// Copies of unsaved content in this browser (IndexedDB, flushed to disk at each write): they outlive a crash, a closed tab
// and a lost network.

import type { Content } from "../core/model";

export interface Copy {
  /** One per page and sitting. */
  key: string;
  /** The page's id, or where something else is saved. */
  page: number | string;
  sitting: string;
  /** Whose text it is: others of this browser are not shown it. */
  user: string;
  /** The revision that it began from. */
  base: number | null;
  /** When it was written, in milliseconds. */
  at: number;
  content: Content;
  /** True: put aside on purpose, when somebody else's version was loaded. */
  aside: boolean;
}

const STORE = "copies";
/** Copies are kept for so long, in milliseconds. */
const KEPT_MS = 30 * 86_400_000;

let opened: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("vitrine", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" }).createIndex("page", "page");
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const transaction = (await database()).transaction(STORE, mode, { durability: "strict" });
  const request = work(transaction.objectStore(STORE));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

export async function keepCopy(copy: Copy): Promise<void> {
  await within("readwrite", (store) => store.put(copy));
}

export async function dropCopy(key: string): Promise<void> {
  await within("readwrite", (store) => store.delete(key));
}

/** Those of one user, the newest first; old ones are thrown away. */
export async function copiesOf(page: number | string, user: string): Promise<Copy[]> {
  const found = await within<Copy[]>("readonly", (store) => store.index("page").getAll(page));
  const isOld = (copy: Copy) => Date.now() - copy.at > KEPT_MS;
  for (const copy of found.filter(isOld)) await dropCopy(copy.key);
  return found.filter((copy) => !isOld(copy) && copy.user === user).sort((one, other) => other.at - one.at);
}
