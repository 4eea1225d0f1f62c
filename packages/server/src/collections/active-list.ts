/** The exchanges under way, in a list that costs nothing to join and to leave. */

/** Knows its own place in the list; -1 outside. */
export interface Tracked {
  place: number
}

/**
 * An array, where who leaves gives its place to the last one. A `Set` would read better, but its table is made anew every
 * few dozen joins and leaves, and each old table keeps the next one alive until the next major garbage collection: with
 * one for each request that made every minor collection long.
 */
export class ActiveList<Exchange extends Tracked> {
  readonly #list: Exchange[] = []
  #onIdle: (() => void) | undefined

  get size(): number {
    return this.#list.length
  }

  add(exchange: Exchange): void {
    exchange.place = this.#list.length
    this.#list.push(exchange)
  }

  remove(exchange: Exchange): void {
    const last = this.#list.pop()
    if (last !== undefined && last !== exchange) {
      this.#list[exchange.place] = last
      last.place = exchange.place
    }
    exchange.place = -1
    if (this.#list.length === 0) this.#onIdle?.()
  }

  /** A copy: whoever is called from it may leave. */
  list(): Exchange[] {
    return [...this.#list]
  }

  /** Resolves when nobody is left. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#list.length === 0) resolve()
      else this.#onIdle = resolve
    })
  }
}
