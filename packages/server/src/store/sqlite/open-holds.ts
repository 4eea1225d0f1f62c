/**
 * The holds that are open, in the order of their ids, and by request.
 *
 * Links between the holds themselves, and one table that is never made anew. With a `Map` that every request joins and leaves,
 * each old table keeps those behind it alive until the next major garbage collection, and all that hangs on them: with 256
 * requests at a time a minor collection took 24 ms (see decision 8).
 */

/** What a hold must bear to be listed. Undefined outside of the list. */
export interface Listed<Self> {
  readonly hold: { readonly request: string }
  before: Self | undefined
  after: Self | undefined
  /** Of the same place in the table. */
  next: Self | undefined
}

const PLACES = 8_192
/** Ids of requests are random from their first characters on. */
const HASHED_CHARACTERS = 12

export class OpenHolds<Hold extends Listed<Hold>> implements Iterable<Hold> {
  readonly #table: (Hold | undefined)[] = Array.from({ length: PLACES }, () => undefined)
  #first: Hold | undefined
  #last: Hold | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  add(hold: Hold): void {
    const place = placeOf(hold.hold.request)
    hold.next = this.#table[place]
    this.#table[place] = hold
    hold.before = this.#last
    if (this.#last === undefined) this.#first = hold
    else this.#last.after = hold
    this.#last = hold
    this.#size += 1
  }

  get(request: string): Hold | undefined {
    let hold = this.#table[placeOf(request)]
    while (hold !== undefined && hold.hold.request !== request) hold = hold.next
    return hold
  }

  /** Nothing happens for one that is not listed. */
  remove(hold: Hold): void {
    const place = placeOf(hold.hold.request)
    let above: Hold | undefined
    let found = this.#table[place]
    while (found !== undefined && found !== hold) {
      above = found
      found = found.next
    }
    if (found === undefined) return
    if (above === undefined) this.#table[place] = hold.next
    else above.next = hold.next
    if (hold.before === undefined) this.#first = hold.after
    else hold.before.after = hold.after
    if (hold.after === undefined) this.#last = hold.before
    else hold.after.before = hold.before
    // What is gone must not keep alive what is still there.
    hold.next = undefined
    hold.before = undefined
    hold.after = undefined
    this.#size -= 1
  }

  *[Symbol.iterator](): Iterator<Hold> {
    for (let hold = this.#first; hold !== undefined; hold = hold.after) yield hold
  }
}

function placeOf(request: string): number {
  let hash = request.length
  for (let at = Math.min(request.length, HASHED_CHARACTERS) - 1; at >= 0; at -= 1) {
    hash = (hash * 31 + request.charCodeAt(at)) | 0
  }
  return hash & (PLACES - 1)
}
