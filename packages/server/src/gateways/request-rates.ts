/** How many requests went through each gateway: counted in this process, for as long as its window is. */

import { type ApiError, apiErrorWith } from '@moonbase/protocol'
import type { Gateway } from './gateway-object.ts'
import { type WindowCell, type WindowShape, added, cellsIn, sumOf, waitOf } from './windows.ts'

/** Gateways that are counted; those that were asked longest ago are forgotten first. */
const MOST_COUNTED = 10_000

export class RequestRates {
  readonly #now: () => number
  readonly #cells = new Map<string, readonly WindowCell[]>()

  /** @param now milliseconds since the Unix epoch */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts a request, or says why it is not let through: then it does not count. */
  take(owner: string, gateway: Gateway): ApiError | undefined {
    const { rateLimitingInterval: interval, rateLimitingLimit: limit, rateLimitingTechnique: technique } = gateway
    if (interval === null || limit === null || interval === 0 || limit === 0) return undefined
    const shape: WindowShape = { lengthMs: interval * 1000, technique: technique ?? 'fixed' }
    const now = this.#now()
    // Another interval cuts time into other cells.
    const name = `${owner}\n${gateway.id}\n${interval}\n${shape.technique}`
    const cells = cellsIn(this.#cells.get(name) ?? [], shape, now)
    if (sumOf(cells) >= limit) {
      const retryAfterMs = waitOf(cells, shape, now)
      const seconds = Math.ceil(retryAfterMs / 1000)
      return apiErrorWith('gateway_rate_limit', { retryAfterMs }, { gateway: gateway.id, limit, interval, seconds })
    }
    this.#cells.delete(name)
    for (const oldest of this.#cells.keys()) {
      if (this.#cells.size < MOST_COUNTED) break
      this.#cells.delete(oldest)
    }
    this.#cells.set(name, added(cells, shape, now, 1))
    return undefined
  }
}
