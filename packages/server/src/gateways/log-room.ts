/** How many logs a gateway has, and which are too many: counted now and then, and by what this process adds in between. */

import type { Documents } from '../documents/documents.ts'
import type { Document } from '../records/document.ts'
import type { Gateway } from './gateway-object.ts'

/** Of one gateway, where it names no number; and at most. */
const LOGS_KEPT = 10_000
export const MOST_LOGS_KEPT = 100_000
/** Others may add as well, and remove. */
const RECOUNTED_MS = 10_000
const MOST_COUNTED = 10_000
/** So many go at once: a lease takes no more. */
const MOST_REMOVED = 500
/** Nobody else removes them meanwhile. */
const LEASE_MS = 60_000

interface Counted {
  count: number
  /** Milliseconds since the Unix epoch. */
  countedAt: number
  /** Some of them are being removed. */
  isPruned: boolean
}

export interface LogRoomParts {
  readonly documents: Pick<Documents, 'count' | 'lease'>
  readonly now: () => number
  readonly kind: string
}

export class LogRoom {
  readonly #parts: LogRoomParts
  readonly #counted = new Map<string, Counted>()

  constructor(parts: LogRoomParts) {
    this.#parts = parts
  }

  /** Always, but where a gateway wants to stop when it is full. */
  async hasRoom(owner: string, gateway: Gateway): Promise<boolean> {
    if (gateway.logManagementStrategy !== 'STOP_INSERTING') return true
    const { count } = await this.#count(owner, gateway.id, RECOUNTED_MS)
    return count < mostOf(gateway)
  }

  /** Told of one more. Returns those that are too many by now, the oldest: whoever asked removes them. */
  async added(owner: string, gateway: Gateway): Promise<readonly Document[]> {
    const known = this.#counted.get(nameOf(owner, gateway.id))
    const counted = await this.#count(owner, gateway.id, RECOUNTED_MS * 6)
    // It stands in the store by now: what is counted anew has it already.
    if (counted === known) counted.count += 1
    const most = mostOf(gateway)
    // A hundredth too many, so that not every request removes one.
    if (counted.isPruned || counted.count <= most + Math.floor(most / 100)) return []
    if (gateway.logManagementStrategy === 'STOP_INSERTING') return []
    counted.isPruned = true
    try {
      const now = this.#parts.now()
      const limit = Math.min(counted.count - most, MOST_REMOVED)
      const lease = { owner, prefix: `${gateway.id}/`, dueAt: now, until: now + LEASE_MS, limit }
      const surplus = await this.#parts.documents.lease(this.#parts.kind, lease)
      counted.count -= surplus.length
      return surplus
    } finally {
      counted.isPruned = false
    }
  }

  /** It is counted anew. */
  forget(owner: string, gateway: string): void {
    this.#counted.delete(nameOf(owner, gateway))
  }

  async #count(owner: string, gateway: string, freshMs: number): Promise<Counted> {
    const name = nameOf(owner, gateway)
    const known = this.#counted.get(name)
    const now = this.#parts.now()
    if (known !== undefined && now - known.countedAt < freshMs) return known
    const count = await this.#parts.documents.count(this.#parts.kind, owner, { prefix: `${gateway}/` })
    const counted: Counted = { count, countedAt: now, isPruned: known?.isPruned ?? false }
    for (const oldest of this.#counted.keys()) {
      if (this.#counted.size < MOST_COUNTED) break
      this.#counted.delete(oldest)
    }
    this.#counted.set(name, counted)
    return counted
  }
}

function nameOf(owner: string, gateway: string): string {
  return `${owner}\n${gateway}`
}

function mostOf({ logManagement }: Gateway): number {
  return logManagement === null || logManagement === 0 ? LOGS_KEPT : Math.min(logManagement, MOST_LOGS_KEPT)
}
