/** The shelf of a browser: one IndexedDB database. */

import { NoShelfError, type Shelf, ShelfFullError, STORES, type StoreName, type Write } from './shelf.ts'

const NAME = 'moonbase'
const VERSION = 1

/**
 * @param gone called when another page needs a newer database: this one has to be loaded again
 * @throws NoShelfError where there is no database to be had
 */
export async function openIndexedShelf(databases: IDBFactory, gone: () => void): Promise<Shelf> {
  let opening: IDBOpenDBRequest
  try {
    opening = databases.open(NAME, VERSION)
  } catch (cause) {
    // Forbidden by a setting of the browser.
    throw new NoShelfError({ cause })
  }
  opening.addEventListener('upgradeneeded', () => {
    for (const store of STORES) {
      if (!opening.result.objectStoreNames.contains(store)) opening.result.createObjectStore(store)
    }
  })
  const database = await answerOf(opening).catch((cause: unknown) => {
    throw new NoShelfError({ cause })
  })
  database.addEventListener('versionchange', () => {
    database.close()
    gone()
  })
  return new IndexedShelf(database)
}

class IndexedShelf implements Shelf {
  readonly #database: IDBDatabase

  constructor(database: IDBDatabase) {
    this.#database = database
  }

  get(store: StoreName, key: string): Promise<unknown> {
    return answerOf(this.#reading(store).get(key))
  }

  all(store: StoreName): Promise<readonly unknown[]> {
    return answerOf(this.#reading(store).getAll())
  }

  async keys(store: StoreName): Promise<readonly string[]> {
    const keys = await answerOf(this.#reading(store).getAllKeys())
    return keys.filter((key) => typeof key === 'string')
  }

  async write(writes: readonly Write[]): Promise<void> {
    if (writes.length === 0) return
    const names = [...new Set(writes.map(({ store }) => store))]
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    try {
      const transaction = this.#database.transaction(names, 'readwrite')
      transaction.addEventListener('complete', () => resolve(undefined))
      transaction.addEventListener('abort', () => reject(refusalOf(transaction.error)))
      for (const { store, key, value } of writes) {
        if (value === undefined) transaction.objectStore(store).delete(key)
        else transaction.objectStore(store).put(value, key)
      }
    } catch (cause) {
      reject(refusalOf(cause))
    }
    await promise
  }

  close(): void {
    this.#database.close()
  }

  #reading(store: StoreName): IDBObjectStore {
    return this.#database.transaction(store, 'readonly').objectStore(store)
  }
}

function refusalOf(cause: unknown): Error {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : ''
  return name === 'QuotaExceededError' ? new ShelfFullError({ cause }) : new NoShelfError({ cause })
}

function answerOf<Result>(request: IDBRequest<Result>): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  request.addEventListener('success', () => resolve(request.result))
  request.addEventListener('error', () => reject(request.error ?? new Error('a request to the database failed')))
  return promise
}
