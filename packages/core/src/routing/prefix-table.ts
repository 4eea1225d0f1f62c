/**
 * Which replicas have read the prompt up to a mark: a table of fixed size that forgets what was not used for longest.
 *
 * It is built like the cache of a processor. A mark may stand in one set of eight places and drives out the oldest of
 * them, so that memory is taken once and never grows, nothing is allocated on the way of a request, and every step takes
 * the same time. It holds hashes and small numbers: nothing of a prompt can be read from it.
 */

/** 12 bytes each: 1.5 MB for about 2,000 conversations of 50 turns. */
export const TABLE_MARKS = 131_072
/** Replicas that one mark knows; the one that learned it last comes first and drives out the first of them. */
const MOST_HOLDERS = 4
/** Replicas are numbered from 1 to this. */
export const MOST_REPLICAS = 127

const WAYS = 8
/** 21 bits of a mark choose its set. */
const MOST_MARKS = WAYS * 2 ** 21
const HOLDER_BITS = 7
const HOLDER = (1 << HOLDER_BITS) - 1
const HOLDERS = 2 ** (HOLDER_BITS * MOST_HOLDERS) - 1
/** Stands beside the holders. */
const CONTINUED = HOLDERS + 1

export class PrefixTable {
  readonly #sets: number
  /** The upper 32 bits of the mark that stands here. */
  readonly #tags: Int32Array
  /** Replicas by 7 bits each, the latest lowest, and the flag. 0 where nothing stands. */
  readonly #values: Int32Array
  /** When it was used last, in uses of the table. */
  readonly #usedAt: Uint32Array
  #uses = 0

  /** `marks` is a power of two, from 8 to 2^24. */
  constructor(marks: number) {
    if (marks < WAYS || marks > MOST_MARKS || !Number.isInteger(Math.log2(marks)))
      throw new RangeError(`a table of ${marks} marks`)
    this.#sets = marks / WAYS
    this.#tags = new Int32Array(marks)
    this.#values = new Int32Array(marks)
    this.#usedAt = new Uint32Array(marks)
  }

  /** Who holds it: to be asked with `holds`. 0 for nobody. */
  holders(mark: number): number {
    const place = this.#find(mark)
    return place < 0 ? 0 : (this.#values[place] ?? 0)
  }

  learn(mark: number, replica: number): void {
    const known = this.#find(mark)
    const place = known < 0 ? this.#oldest(mark) : known
    const value = known < 0 ? 0 : (this.#values[place] ?? 0)
    this.#tags[place] = tagOf(mark)
    this.#values[place] = withHolder(value, replica)
    this.#usedAt[place] = this.#use()
  }

  /** Somebody has gone on from here. */
  continue(mark: number): void {
    const place = this.#find(mark)
    if (place >= 0) this.#values[place] = (this.#values[place] ?? 0) | CONTINUED
  }

  #find(mark: number): number {
    const tag = tagOf(mark)
    const first = this.#firstOf(mark)
    for (let place = first; place < first + WAYS; place += 1) {
      if (this.#tags[place] === tag && this.#values[place] !== 0) return place
    }
    return -1
  }

  #oldest(mark: number): number {
    const first = this.#firstOf(mark)
    let oldest = first
    for (let place = first + 1; place < first + WAYS; place += 1) {
      if ((this.#usedAt[place] ?? 0) < (this.#usedAt[oldest] ?? 0)) oldest = place
    }
    return oldest
  }

  #firstOf(mark: number): number {
    // The lower bits, which the tag does not hold.
    return (mark & (this.#sets - 1)) * WAYS
  }

  #use(): number {
    this.#uses += 1
    // After four thousand million uses everything is as old as everything else, once.
    if (this.#uses > 0xffff_ffff) {
      this.#usedAt.fill(0)
      this.#uses = 1
    }
    return this.#uses
  }
}

/** Whether `replica` is among what `holders` gave. */
export function holds(holders: number, replica: number): boolean {
  for (let left = holders & HOLDERS; left !== 0; left >>>= HOLDER_BITS) {
    if ((left & HOLDER) === replica) return true
  }
  return false
}

/** Whether somebody has gone on from there, as `holders` says. */
export function isContinued(holders: number): boolean {
  return (holders & CONTINUED) !== 0
}

function withHolder(value: number, replica: number): number {
  let holders = replica
  let shift = HOLDER_BITS
  for (let left = value & HOLDERS; left !== 0 && shift < HOLDER_BITS * MOST_HOLDERS; left >>>= HOLDER_BITS) {
    const holder = left & HOLDER
    if (holder === replica) continue
    holders |= holder << shift
    shift += HOLDER_BITS
  }
  return holders | (value & CONTINUED)
}

function tagOf(mark: number): number {
  return Math.floor(mark / 2 ** 21) | 0
}
