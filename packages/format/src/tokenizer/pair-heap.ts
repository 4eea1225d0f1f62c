/** The pairs of a long piece by rank and offset, the lowest first. */

/** More than any piece has bytes: a rank and an offset are one number, exact, and in the order in which pairs are merged. */
const OFFSETS = 2 ** 24

/**
 * A pair that is no longer there is not looked for: it is dropped when its turn comes. The rank at an offset never comes
 * again after it has changed, since what begins there only grows.
 */
export class PairHeap {
  readonly #keys: Float64Array
  #size = 0

  /** `ranks` has a rank by offset, or `none`. */
  constructor(ranks: Int32Array, none: number) {
    // The pairs of the beginning, and two for every merge.
    this.#keys = new Float64Array(ranks.length * 3)
    for (let at = 0; at < ranks.length; at += 1) {
      const rank = ranks[at] ?? none
      if (rank !== none) this.#keys[this.#size++] = rank * OFFSETS + at
    }
    for (let root = (this.#size >> 1) - 1; root >= 0; root -= 1) this.#sink(root, this.#keys[root] ?? 0)
  }

  add(rank: number, at: number): void {
    const keys = this.#keys
    const key = rank * OFFSETS + at
    let place = this.#size++
    while (place > 0) {
      const parent = (place - 1) >> 1
      const other = keys[parent] ?? 0
      if (other <= key) break
      keys[place] = other
      place = parent
    }
    keys[place] = key
  }

  /** The offset of the lowest pair whose rank in `ranks` is still what it was, or -1 when there is none. */
  take(ranks: Int32Array): number {
    const keys = this.#keys
    while (this.#size > 0) {
      const key = keys[0] ?? 0
      this.#size -= 1
      if (this.#size > 0) this.#sink(0, keys[this.#size] ?? 0)
      const rank = Math.floor(key / OFFSETS)
      const at = key - rank * OFFSETS
      if (ranks[at] === rank) return at
    }
    return -1
  }

  #sink(root: number, key: number): void {
    const keys = this.#keys
    const size = this.#size
    let place = root
    for (let child = place * 2 + 1; child < size; child = place * 2 + 1) {
      const right = child + 1
      if (right < size && (keys[right] ?? 0) < (keys[child] ?? 0)) child = right
      const other = keys[child] ?? 0
      if (other >= key) break
      keys[place] = other
      place = child
    }
    keys[place] = key
  }
}
