/**
 * Refuses new work before the process suffers from what it has: when its heap is nearly full, or when its event loop has been
 * late at every look for a while. It lets work in again when both are well below, so that it does not change its mind all the time.
 */

export interface OverloadLimits {
  /** Of the heap that V8 may have. 1: never too full. */
  readonly heap: number
  /** How late the event loop may be, in milliseconds; 0: as late as it likes. */
  readonly delayMs: number
}

export interface ProcessState {
  readonly heapBytes: number
  readonly heapLimitBytes: number
  /** How much later than it was due the look came. */
  readonly delayMs: number
}

export type Overload = 'heap' | 'delay'

/** How far below its limit the heap must be before work is let in again, and how long the event loop may be late by then. */
const HEAP_BELOW = 0.1
const DELAY_BELOW = 1 / 2
/** One late look is one large request, and no overload. */
const LATE_LOOKS = 4
/**
 * A heap is full of what nobody needs until it is collected, which happens when more is wanted: one request in so many looks is
 * let in, so that it comes to that.
 */
const LOOKS_OF_ONE = 4

export class OverloadGuard {
  readonly #limits: OverloadLimits
  #overload: Overload | undefined
  /** Late looks in a row. */
  #late = 0
  /** Looks since one request was let in. */
  #looks = 0
  readonly #refused: Record<Overload, number> = { heap: 0, delay: 0 }

  constructor(limits: OverloadLimits) {
    this.#limits = limits
  }

  /** Why nothing is let in now. */
  get overload(): Overload | undefined {
    return this.#overload
  }

  /** Requests that were not let in since the start. */
  get refused(): Readonly<Record<Overload, number>> {
    return this.#refused
  }

  /** To be called several times a second. */
  look({ heapBytes, heapLimitBytes, delayMs }: ProcessState): void {
    const { heap, delayMs: mostMs } = this.#limits
    this.#looks += 1
    const isLate = mostMs > 0 && delayMs > (this.#overload === 'delay' ? mostMs * DELAY_BELOW : mostMs)
    this.#late = isLate ? this.#late + 1 : 0
    const share = heapBytes / heapLimitBytes
    if (heap < 1 && share > (this.#overload === 'heap' ? heap - HEAP_BELOW : heap)) this.#overload = 'heap'
    else if (isLate && (this.#overload === 'delay' || this.#late >= LATE_LOOKS)) this.#overload = 'delay'
    else this.#overload = undefined
  }

  /** Why this one request is not let in; `undefined`: it is. */
  refusal(): Overload | undefined {
    const overload = this.#overload
    if (overload === undefined) return undefined
    if (this.#looks >= LOOKS_OF_ONE) {
      this.#looks = 0
      return undefined
    }
    this.#refused[overload] += 1
    return overload
  }
}
