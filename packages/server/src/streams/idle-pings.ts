/** What keeps a silent stream alive: said when nothing was written for a while, by one sleeping loop for all streams. */

import type { Clock } from '@moonbase/core/generation'
import { ActiveList, type Tracked } from '../collections/active-list.ts'

/** Proxies in front close what is silent for a minute; clients of some wires give up sooner. */
const SILENT_MS = 15_000
const LOOK_EVERY_MS = 5_000

export class IdlePings {
  readonly #clock: Clock
  readonly #streams = new ActiveList<Pinged>()
  readonly #end = new AbortController()
  #looking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `ping` is called when nothing was heard of the stream for a while. Ended by `end`, in any case. */
  watch(ping: () => void): Pinged {
    const stream = new Pinged(ping, this.#clock, (ended) => this.#streams.remove(ended))
    this.#streams.add(stream)
    if (!this.#looking && !this.#end.signal.aborted) void this.#look()
    return stream
  }

  close(): void {
    this.#end.abort()
  }

  /** Sleeps for as long as there is a stream. */
  async #look(): Promise<void> {
    this.#looking = true
    try {
      for (let all = this.#streams.list(); all.length > 0; all = this.#streams.list()) {
        await this.#clock.sleep(LOOK_EVERY_MS, this.#end.signal)
        const now = this.#clock.now()
        for (const stream of this.#streams.list()) stream.look(now)
      }
    } catch (error) {
      // Only its own end wakes it early.
      if (!this.#end.signal.aborted) throw error
    } finally {
      this.#looking = false
    }
  }
}

export class Pinged implements Tracked {
  place = -1
  readonly #ping: () => void
  readonly #clock: Pick<Clock, 'now'>
  readonly #leave: (stream: Pinged) => void
  #heardAt: number

  constructor(ping: () => void, clock: Pick<Clock, 'now'>, leave: (stream: Pinged) => void) {
    this.#ping = ping
    this.#clock = clock
    this.#leave = leave
    this.#heardAt = clock.now()
  }

  /** Something was written. */
  heard(): void {
    this.#heardAt = this.#clock.now()
  }

  look(now: number): void {
    if (now - this.#heardAt < SILENT_MS) return
    this.#heardAt = now
    this.#ping()
  }

  /** May be called again. */
  end(): void {
    if (this.place !== -1) this.#leave(this)
  }
}
