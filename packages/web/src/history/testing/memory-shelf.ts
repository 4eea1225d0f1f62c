/** A shelf in memory for tests: clones what it takes, as a database does, and has room for so many characters. */

import { type Shelf, ShelfFullError, type StoreName, type Write } from '../shelf.ts'

export class MemoryShelf implements Shelf {
  readonly #rows = new Map<string, unknown>()
  /** Characters of JSON that it has room for; may be changed. */
  room: number
  writes = 0

  constructor(room = Number.POSITIVE_INFINITY) {
    this.room = room
  }

  get(store: StoreName, key: string): Promise<unknown> {
    return Promise.resolve(structuredClone(this.#rows.get(`${store} ${key}`)))
  }

  all(store: StoreName): Promise<readonly unknown[]> {
    const rows = [...this.#rows].filter(([key]) => key.startsWith(`${store} `))
    return Promise.resolve(structuredClone(rows.map(([, value]) => value)))
  }

  keys(store: StoreName): Promise<readonly string[]> {
    const keys = [...this.#rows.keys()].filter((key) => key.startsWith(`${store} `))
    return Promise.resolve(keys.map((key) => key.slice(store.length + 1)))
  }

  write(writes: readonly Write[]): Promise<void> {
    const before = new Map(this.#rows)
    for (const { store, key, value } of writes) {
      if (value === undefined) this.#rows.delete(`${store} ${key}`)
      else this.#rows.set(`${store} ${key}`, structuredClone(value))
    }
    this.writes += 1
    const size = [...this.#rows.values()].reduce<number>((sum, value) => sum + sizeOf(value), 0)
    if (size <= this.room) return Promise.resolve()
    this.#rows.clear()
    for (const [key, value] of before) this.#rows.set(key, value)
    return Promise.reject(new ShelfFullError())
  }

  close(): void {
    this.#rows.clear()
  }
}

function sizeOf(value: unknown): number {
  if (value instanceof Blob) return value.size
  return JSON.stringify(value, (_key, inner: unknown) => (inner instanceof Blob ? inner.size : inner))?.length ?? 0
}
