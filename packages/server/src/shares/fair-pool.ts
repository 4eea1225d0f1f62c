/**
 * A bounded pool of work that is fair between owners: turns go round by owner, and of one owner the smallest is next. So a
 * giant of one waits for nobody's turn but its own, and nobody else's waits for it.
 */

export interface Share {
  /** Such as an organisation's id. */
  readonly owner: string
  /** What it takes, in whatever the pool measures. */
  readonly size: number
}

export interface PoolLimits {
  /** At the same time; of one owner there is one. */
  readonly running: number
  /** Pieces of work that wait, and their sizes together. */
  readonly waiting: number
  readonly waitingSize: number
  /** The same of one owner. */
  readonly waitingOfOne: number
  readonly waitingSizeOfOne: number
}

/** The same pool, in which so many of one owner may wait, and four times as many of all; `undefined`: as it is. */
export function withWaiting(limits: PoolLimits, waitingOfOne: number | undefined): PoolLimits {
  return waitingOfOne === undefined ? limits : { ...limits, waitingOfOne, waiting: 4 * waitingOfOne }
}

type WaitingLimit = Exclude<keyof PoolLimits, 'running'>

const RETRY_AFTER_MS = 1000

/** There is no room to wait. */
export class PoolFullError extends Error {
  override readonly name = 'PoolFullError'
  /** The limit that it would pass. */
  readonly limit: WaitingLimit
  readonly retryAfterMs = RETRY_AFTER_MS

  constructor(limit: WaitingLimit, most: number) {
    super(`the pool is full: ${limit} is at most ${most}`)
    this.limit = limit
  }
}

interface Owner<Work> {
  readonly waiting: Set<Work>
  size: number
  running: boolean
}

export class FairPool<Work extends Share> {
  readonly #limits: PoolLimits
  /** Those who have anything here, in the order of their turns. */
  readonly #owners = new Map<string, Owner<Work>>()
  readonly #running = new Set<Work>()
  #waiting = 0
  #waitingSize = 0

  constructor(limits: PoolLimits) {
    this.#limits = limits
  }

  /** What is under way. */
  get running(): ReadonlySet<Work> {
    return this.#running
  }

  /** It waits for its turn. An empty pool takes a piece of any size. @throws PoolFullError */
  add(work: Work): void {
    const owner = this.#owners.get(work.owner) ?? { waiting: new Set<Work>(), size: 0, running: false }
    if (this.#owners.size > 0) this.#assertRoom(work, owner)
    this.#owners.set(work.owner, owner)
    owner.waiting.add(work)
    owner.size += work.size
    this.#waiting += 1
    this.#waitingSize += work.size
  }

  /** Whose turn it is: from now on it is under way. `undefined`: nobody's, or enough is. */
  next(): Work | undefined {
    if (this.#running.size >= this.#limits.running) return undefined
    for (const [name, owner] of this.#owners) {
      if (owner.running) continue
      const smallest = smallestOf(owner.waiting)
      if (smallest === undefined) continue
      this.#unwait(smallest, owner)
      owner.running = true
      this.#running.add(smallest)
      // Its next turn comes behind those of all others.
      this.#owners.delete(name)
      this.#owners.set(name, owner)
      return smallest
    }
    return undefined
  }

  /** It is done, or nobody wants it any more. What is not here is let be. */
  remove(work: Work): void {
    const owner = this.#owners.get(work.owner)
    if (owner === undefined) return
    if (owner.waiting.has(work)) this.#unwait(work, owner)
    else if (this.#running.delete(work)) {
      owner.running = false
      // Behind those, too, who came during its turn.
      this.#owners.delete(work.owner)
      this.#owners.set(work.owner, owner)
    }
    if (!owner.running && owner.waiting.size === 0) this.#owners.delete(work.owner)
  }

  /** All that is here, and then nothing is. */
  clear(): readonly Work[] {
    const all = [...this.#running]
    for (const { waiting } of this.#owners.values()) all.push(...waiting)
    this.#owners.clear()
    this.#running.clear()
    this.#waiting = 0
    this.#waitingSize = 0
    return all
  }

  #assertRoom({ size }: Work, owner: Owner<Work>): void {
    // Who has too much himself is told that, whatever the others have.
    this.#assertWithin('waitingOfOne', owner.waiting.size + 1)
    // Nobody is kept out for good by how much he brings.
    if (owner.running || owner.waiting.size > 0) this.#assertWithin('waitingSizeOfOne', owner.size + size)
    this.#assertWithin('waiting', this.#waiting + 1)
    this.#assertWithin('waitingSize', this.#waitingSize + size)
  }

  #assertWithin(limit: WaitingLimit, now: number): void {
    const most = this.#limits[limit]
    if (now > most) throw new PoolFullError(limit, most)
  }

  #unwait(work: Work, owner: Owner<Work>): void {
    owner.waiting.delete(work)
    owner.size -= work.size
    this.#waiting -= 1
    this.#waitingSize -= work.size
  }
}

function smallestOf<Work extends Share>(all: ReadonlySet<Work>): Work | undefined {
  let smallest: Work | undefined
  for (const work of all) if (smallest === undefined || work.size < smallest.size) smallest = work
  return smallest
}
