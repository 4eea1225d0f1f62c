/** Proves the books every night, and says so loudly when they are not right. */

import type { Clock } from '@moonbase/core/generation'
import type { AuditReport, Ledger } from './ledger.ts'

/** When most of the world's requests are few: three o'clock in UTC. */
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const AT_MS = 3 * HOUR_MS

export interface NightlyAuditParts {
  readonly ledger: Pick<Ledger, 'audit'>
  readonly clock: Clock
  /** Told of each report, and of an audit that could not be made. */
  readonly onReport: (report: AuditReport) => void
  readonly onFailure: (error: unknown) => void
}

export class NightlyAudit {
  readonly #parts: NightlyAuditParts
  readonly #end = new AbortController()
  readonly #running: Promise<void>
  #last: AuditReport | undefined

  constructor(parts: NightlyAuditParts) {
    this.#parts = parts
    this.#running = this.#run()
  }

  get last(): AuditReport | undefined {
    return this.#last
  }

  async close(): Promise<void> {
    this.#end.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, ledger, onReport, onFailure } = this.#parts
    const { signal } = this.#end
    while (!signal.aborted) {
      try {
        await clock.sleep(untilNext(clock.now()), signal)
        this.#last = await ledger.audit(clock.now())
        onReport(this.#last)
      } catch (error) {
        if (signal.aborted) return
        onFailure(error)
      }
    }
  }
}

/** Milliseconds until it is three o'clock in UTC, at least one. */
export function untilNext(now: number): number {
  const today = Math.floor(now / DAY_MS) * DAY_MS + AT_MS
  return today > now ? today - now : today + DAY_MS - now
}
