/** The connections to one origin: the one that was used last is used next, and one that failed is never used again. */

import { Connection, type ConnectionOwner, type ConnectionParts } from './connection.ts'
import type { OutgoingRequest } from './request-writer.ts'
import type { UpstreamCall } from './upstream-call.ts'
import type { CoarseTimer } from './coarse-timer.ts'
import type { Origin } from './open-socket.ts'

/** Nobody waits for a connection: a free one is at hand or made, up to a limit, and behind that is a refusal. */
export class OriginConnections implements ConnectionOwner {
  readonly #origin: Origin
  readonly #parts: ConnectionParts
  readonly #looks: CoarseTimer
  readonly #limit: number
  /** Every connection there is. */
  readonly #all = new Set<Connection>()
  /** Those that serve nobody; the last was used last. */
  readonly #free: Connection[] = []

  /** @param limit connections at a time */
  constructor(origin: Origin, parts: ConnectionParts, looks: CoarseTimer, limit: number) {
    this.#origin = origin
    this.#parts = parts
    this.#looks = looks
    this.#limit = limit
  }

  /** Requests under way. */
  get running(): number {
    return this.#all.size - this.#free.length
  }

  /** A connection for one request; `undefined` when all are taken. */
  take(): Connection | undefined {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (!free.stale) return free
      void free.destroy()
    }
    return this.#all.size < this.#limit ? this.#open() : undefined
  }

  onFree(connection: Connection): void {
    this.#free.push(connection)
  }

  onGone(connection: Connection): void {
    this.#all.delete(connection)
    this.#looks.delete(connection)
    const place = this.#free.indexOf(connection)
    if (place !== -1) this.#free.splice(place, 1)
  }

  onUnsent(request: OutgoingRequest, exchange: UpstreamCall): void {
    // It takes the place of the one that has gone.
    this.#open().carry(request, exchange)
  }

  async destroy(): Promise<void> {
    await Promise.all(Array.from(this.#all, (connection) => connection.destroy()))
  }

  #open(): Connection {
    const connection = new Connection(this.#origin, this, this.#parts)
    this.#all.add(connection)
    this.#looks.add(connection)
    return connection
  }
}
