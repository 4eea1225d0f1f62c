/** Connections to the database: few, never waited for without an end, and made anew when the database falls silent. */

import { setImmediate } from 'node:timers/promises'
import postgres from 'postgres'
import { DatabaseCrowd, DatabaseSilence } from './database-fault.ts'
import { type After, afterSilence } from './silence.ts'

/** Whole numbers are money or times, and exact: no column holds more than JavaScript does. */
interface Types extends Record<string, unknown> {
  readonly whole: number
}
export type Sql = postgres.Sql<Types>
export type Transaction = postgres.TransactionSql<Types>

export interface ConnectionOptions {
  readonly url: string
  readonly name: string
  /** How many at once. */
  readonly size: number
  /** Work that waits for a connection; what comes beyond is refused. */
  readonly waiting: number
  /** 0 to 1. */
  readonly random: () => number
  /** A database that has said nothing for so long is taken to stand still. */
  readonly silenceMs: number
  /** Measures that silence. */
  readonly after: After
}

const CONNECT_S = 4
const MAX_PAUSE_S = 1

export class Connections {
  readonly #options: ConnectionOptions
  #sql: Sql
  #running = 0
  readonly #waiting: (() => void)[] = []
  #isClosed = false

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#sql = openConnections(options)
  }

  /**
   * Hands out the connections for as long as the work takes. `limitMs`: for work that the database lets take longer.
   *
   * @throws DatabaseSilence, DatabaseCrowd, and what the database says
   */
  async use<Result>(work: (sql: Sql) => Promise<Result>, limitMs = this.#options.silenceMs): Promise<Result> {
    await this.#enter()
    try {
      return await this.#within(limitMs, work)
    } catch (error) {
      await closed()
      throw error
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }

  /** With `atOnce`, or when nothing is under way, at once: the client would wait for connections that broke. */
  async close({ atOnce }: { readonly atOnce: boolean }): Promise<void> {
    this.#isClosed = true
    await this.#sql.end({ timeout: atOnce || this.#running === 0 ? 0 : this.#options.silenceMs / 1_000 })
  }

  async #enter(): Promise<void> {
    if (this.#running < this.#options.size) {
      this.#running++
      return
    }
    if (this.#waiting.length >= this.#options.waiting) throw new DatabaseCrowd('too much waits for the database')
    // Whoever leaves hands over the place: one statement at a time on each connection, so that nobody waits behind a lock.
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  async #within<Result>(limitMs: number, work: (sql: Sql) => Promise<Result>): Promise<Result> {
    const sql = this.#sql
    const result = work(sql)
    const silence = Promise.withResolvers<never>()
    const stop = afterSilence(limitMs, this.#options.after, () => {
      silence.reject(new DatabaseSilence('the database does not answer'))
      this.#renew(sql)
    })
    try {
      return await Promise.race([result, silence.promise])
    } finally {
      stop()
    }
  }

  /** A connection that says nothing may never say anything again. Others of the same age fail, and are made anew with it. */
  #renew(silent: Sql): void {
    if (this.#sql !== silent || this.#isClosed) return
    this.#sql = openConnections(this.#options)
    void silent.end({ timeout: 0 })
  }
}

/**
 * A connection that breaks fails its statement first, and is closed at the end of that turn of the event loop, or of the next
 * one. Until then the client takes it for a good one: a statement that it gives to it is neither answered nor refused.
 */
async function closed(): Promise<void> {
  await setImmediate()
  await setImmediate()
}

/** Connections of their own to what the options name. They are made when they are needed. */
export function openConnections({
  url,
  name,
  size,
  random,
  silenceMs,
}: Omit<ConnectionOptions, 'waiting' | 'after'>): Sql {
  return postgres(url, {
    max: size,
    connect_timeout: CONNECT_S,
    idle_timeout: 60,
    backoff: (retries) => Math.min(MAX_PAUSE_S, 0.05 * 2 ** Math.min(retries, 10)) * (0.5 + random() / 2),
    fetch_types: false,
    onnotice: () => undefined,
    types: { whole: { to: 20, from: [20], serialize: String, parse: wholeNumber } },
    connection: {
      application_name: name,
      // Before we take it for silent: then it says itself that nothing came of it.
      statement_timeout: Math.ceil(silenceMs * 0.8),
      lock_timeout: Math.ceil(silenceMs * 0.6),
      idle_in_transaction_session_timeout: silenceMs,
      // What the functions of the ledger count on.
      default_transaction_isolation: 'read committed',
      TimeZone: 'UTC',
    },
  })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is no number that can be told exactly`)
  return value
}
