/** Says when the next chunk of each paced stream is due: every 5 ms for each, spread over the milliseconds between. */

import { nowUs } from '../clock.ts'
import { PACE_MS } from '../script.ts'

export interface PacedStream {
  /** Sends the next chunk. A stream that has said its last is removed by its owner. */
  step(): void
}

/** After a longer pause of the machine chunks are late for good, rather than sent all at once. */
const MAX_CATCH_UP_US = 50_000

export class Pacer {
  /** The streams that speak in the same millisecond of each five. Fifty streams never speak all at one moment. */
  readonly #slots = Array.from({ length: PACE_MS }, () => new Set<PacedStream>())
  #timer: NodeJS.Timeout | undefined
  #turn = 0
  #dueUs = 0
  #count = 0

  add(stream: PacedStream): void {
    const emptiest = this.#slots.reduce((least, slot) => (slot.size < least.size ? slot : least))
    emptiest.add(stream)
    this.#count++
    if (this.#timer !== undefined) return
    this.#dueUs = nowUs() + 1000
    this.#timer = setInterval(() => this.#tick(), 1)
  }

  remove(stream: PacedStream): void {
    for (const slot of this.#slots) if (slot.delete(stream)) this.#count--
    if (this.#count > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #tick(): void {
    const now = nowUs()
    if (now - this.#dueUs > MAX_CATCH_UP_US) this.#dueUs = now
    while (this.#dueUs <= now) {
      const slot = this.#slots[this.#turn % PACE_MS]
      this.#turn++
      this.#dueUs += 1000
      for (const stream of slot ?? []) stream.step()
    }
  }
}
