/** The leases of this gateway: renewed while their requests run, ended when they end, and owed an end while Redis is away. */

import { ActiveList } from '../../collections/active-list.ts'
import { LimiterError } from '../limiter.ts'
import type { Lease } from './lease.ts'
import type { RedisConnection } from './redis-connection.ts'
import { END, RENEW } from './scripts.ts'

export interface HeldLeasesParts {
  readonly connection: Pick<RedisConnection, 'run' | 'isUsable' | 'isConnected'>
  readonly leaseMs: number
  /** For scripts: empty, or the time of a test. */
  readonly time: () => string
  /** Redis told its time. */
  readonly onTime: (now: number) => void
  readonly onRoom: (organisation: string) => void
  readonly onFailure: (error: unknown) => void
}

/** Leases in one call: Lua takes a few thousand values at once. */
const MOST_IN_A_CALL = 1_000
/** Ends that could not be sent. Beyond, slots come back when their leases are over, and tokens when they leave their windows. */
const MOST_OWED = 10_000
/** Ends that are sent again at once: what is new goes before what is old. */
const MOST_PAID_AT_ONCE = 500

export class HeldLeases {
  readonly #parts: HeldLeasesParts
  readonly #held = new ActiveList<Lease>()
  /** By lease, how many tokens it used. */
  readonly #owed = new Map<Lease, number>()
  #renewing = false
  #paying = false

  constructor(parts: HeldLeasesParts) {
    this.#parts = parts
  }

  hold(lease: Lease): void {
    if (!lease.within) this.#held.add(lease)
  }

  /** Gives back what it did not use, and goes on. Sent once, because nothing tells a second time from the first. */
  giveBack(lease: Lease, usedTokens: number): void {
    const words = this.#parts.connection.isUsable ? lease.giveBackWords(usedTokens) : undefined
    if (words !== undefined) void this.#sendOnce(lease, words)
  }

  end(lease: Lease, usedTokens: number): void {
    if (lease.within) return this.giveBack(lease, usedTokens)
    if (lease.place >= 0) this.#held.remove(lease)
    if (this.#parts.connection.isUsable) void this.#send(lease, usedTokens)
    else this.#owe(lease, usedTokens)
  }

  /** How many ends could not be sent yet. */
  get owed(): number {
    return this.#owed.size
  }

  /** Sends again what could not be sent: a lease ends once, however often it is told. */
  async payUp(): Promise<void> {
    if (this.#paying || this.#owed.size === 0 || !this.#parts.connection.isUsable) return
    this.#paying = true
    const some = [...this.#owed].slice(0, MOST_PAID_AT_ONCE)
    await Promise.all(some.map(([lease, usedTokens]) => this.#send(lease, usedTokens)))
    this.#paying = false
  }

  /** Renews all, also those that Redis has lost, and asks whether it is there. */
  async renew(): Promise<void> {
    // One at a time: while Redis stands still it is asked once.
    if (this.#renewing || !this.#parts.connection.isConnected) return
    this.#renewing = true
    const calls = this.#renewals()
    if (calls.length === 0) calls.push(['0'])
    await Promise.all(calls.map((call) => this.#renewSome(call)))
    this.#renewing = false
  }

  async #renewSome([count = '0', ...more]: readonly string[]): Promise<void> {
    const { connection, time, leaseMs, onTime, onFailure } = this.#parts
    const keys = more.slice(0, Number(count))
    try {
      const now = await connection.run(
        RENEW,
        [count, ...keys, time(), String(leaseMs), ...more.slice(keys.length)],
        (late) => {
          onTime(Number(late))
        },
      )
      onTime(Number(now))
    } catch (error) {
      onFailure(error)
    }
  }

  /** For each call: how many keys, the keys, then for each key how many leases, and the leases. */
  #renewals(): string[][] {
    const calls: string[][] = []
    for (const leases of Map.groupBy(this.#held.list(), ({ organisation }) => organisation).values()) {
      for (let from = 0; from < leases.length; from += MOST_IN_A_CALL) {
        const idsOf = new Map<string, string[]>()
        for (const lease of leases.slice(from, from + MOST_IN_A_CALL)) {
          for (const key of lease.leaseKeys) {
            const ids = idsOf.get(key)
            if (ids === undefined) idsOf.set(key, [lease.id])
            else ids.push(lease.id)
          }
        }
        const counted: string[] = []
        for (const ids of idsOf.values()) counted.push(String(ids.length), ...ids)
        calls.push([String(idsOf.size), ...idsOf.keys(), ...counted])
      }
    }
    return calls
  }

  async #send(lease: Lease, usedTokens: number): Promise<void> {
    const { connection, onRoom, onFailure } = this.#parts
    const ended = (): void => {
      this.#owed.delete(lease)
      onRoom(lease.organisation)
    }
    try {
      await connection.run(END, lease.endWords(usedTokens), ended)
      ended()
    } catch (error) {
      onFailure(error)
      this.#owe(lease, usedTokens)
    }
  }

  async #sendOnce({ organisation }: Lease, words: string[]): Promise<void> {
    const { connection, onRoom, onFailure } = this.#parts
    try {
      await connection.run(END, words, () => {
        onRoom(organisation)
      })
      onRoom(organisation)
    } catch (error) {
      onFailure(error)
    }
  }

  #owe(lease: Lease, usedTokens: number): void {
    if (this.#owed.size < MOST_OWED) this.#owed.set(lease, usedTokens)
    else this.#parts.onFailure(new LimiterError(`more than ${MOST_OWED} ends wait for Redis`))
  }
}
