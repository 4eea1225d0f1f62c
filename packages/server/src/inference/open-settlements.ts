/** What is under way and not settled: streams that are looked at every second, and ends that could not be kept yet. */

import type { Clock } from '@moonbase/core/generation'
import { ActiveList, type Tracked } from '../collections/active-list.ts'
import { type HoldEnd, type HoldRequest, type Ledger, LedgerError } from '../ledger/ledger.ts'

/** A stream that has begun. */
export interface WatchedStream extends Tracked {
  /** Keeps how far it is, so that a crash finds it. */
  keepProgress(): void
}

/** Streams are looked at this often, so that a crash finds how far they were. */
const PROGRESS_EVERY_MS = 1_000
/** Ends that could not be kept and are tried again. Beyond, the journal has them: they are mended at the next start. */
const MOST_UNSETTLED = 10_000

export class OpenSettlements {
  readonly #ledger: Pick<Ledger, 'settle'>
  readonly #clock: Clock
  readonly #streams = new ActiveList<WatchedStream>()
  readonly #unsettled = new Map<HoldRequest, HoldEnd>()
  readonly #end = new AbortController()
  readonly #sweeping: Promise<void>

  constructor(ledger: Pick<Ledger, 'settle'>, clock: Clock) {
    this.#ledger = ledger
    this.#clock = clock
    this.#sweeping = this.#sweep()
  }

  /** How many ends could not be kept yet. */
  get unsettled(): number {
    return this.#unsettled.size
  }

  watch(stream: WatchedStream): void {
    this.#streams.add(stream)
  }

  unwatch(stream: WatchedStream): void {
    this.#streams.remove(stream)
  }

  /** Its end could not be kept: it is tried again without anybody waiting. */
  settleLater(hold: HoldRequest, end: HoldEnd): void {
    if (this.#unsettled.size < MOST_UNSETTLED) this.#unsettled.set(hold, end)
  }

  /** Tries once more to keep what could not be kept. */
  async close(): Promise<void> {
    this.#end.abort()
    await this.#sweeping
    await this.#settleAgain()
  }

  /** One sleeping loop for all streams. */
  async #sweep(): Promise<void> {
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        await this.#clock.sleep(PROGRESS_EVERY_MS, signal)
      } catch (error) {
        if (signal.aborted) return
        throw error
      }
      for (const stream of this.#streams.list()) stream.keepProgress()
      if (this.#unsettled.size > 0) await this.#settleAgain()
    }
  }

  /** In the order in which they failed; the first that fails again ends the round. */
  async #settleAgain(): Promise<void> {
    for (const [hold, end] of this.#unsettled) {
      try {
        await this.#ledger.settle(hold, end)
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error
        // What was undone meanwhile has no end.
        if (error.kind !== 'not_held') return
      }
      this.#unsettled.delete(hold)
    }
  }
}
