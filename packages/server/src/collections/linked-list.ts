/** A list in the order in which its members joined, which they leave from anywhere. */

/** Is in one list at most, which alone sets these. */
export interface Linked<Item> {
  list: unknown
  before: Item | undefined
  after: Item | undefined
}

/**
 * A `Set` would read better, but its table is made anew every few dozen joins and leaves, and each old table keeps the next
 * one alive until the next major garbage collection: with one for each request every minor collection copied them all.
 */
export class LinkedList<Item extends Linked<Item>> implements Iterable<Item> {
  #first: Item | undefined
  #last: Item | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Who joined last. */
  get last(): Item | undefined {
    return this.#last
  }

  /** At the end. @param item is in no list */
  add(item: Item): void {
    item.list = this
    item.before = this.#last
    if (this.#last === undefined) this.#first = item
    else this.#last.after = item
    this.#last = item
    this.#size += 1
  }

  /** Whether it was in this list. */
  delete(item: Item): boolean {
    if (item.list !== this) return false
    const { before, after } = item
    if (before === undefined) this.#first = after
    else before.after = after
    if (after === undefined) this.#last = before
    else after.before = before
    item.list = undefined
    item.before = undefined
    item.after = undefined
    this.#size -= 1
    return true
  }

  /** From who joined first. The one that was given last may leave meanwhile. */
  *[Symbol.iterator](): Generator<Item, undefined> {
    for (let item = this.#first, next: Item | undefined; item !== undefined; item = next) {
      next = item.after
      yield item
    }
    return undefined
  }
}
