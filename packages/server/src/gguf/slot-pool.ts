/** The sequences of a context, shared out: each generation has one to itself, and the rest wait in line. */

import { type Clock, EngineError } from '@moonbase/core/generation'
import type { LlamaContextSequence } from 'node-llama-cpp'
import { tokensOf } from './llama-token.ts'

/** What the pool has to know of a sequence: what it holds. */
export type CachedSequence = Pick<LlamaContextSequence, 'compareContextTokens' | 'nextTokenIndex'>

export interface SlotPoolOptions<Sequence extends CachedSequence> {
  readonly engine: string
  readonly sequences: readonly Sequence[]
  /** Generations that may wait; one more is refused as `overloaded`. */
  readonly queue: number
  readonly clock: Clock
}

/** A sequence in use. */
export interface Slot<Sequence extends CachedSequence = LlamaContextSequence> {
  readonly sequence: Sequence
  /** Milliseconds since the epoch: since when it is in use, or has not been used. */
  since: number
  /** Its cache may hold half a batch, because llama.cpp failed in it. */
  broken: boolean
}

/** A place in line. */
export interface Ticket<Sequence extends CachedSequence> {
  readonly slot: Promise<Slot<Sequence>>
  /** Gives the place up; a slot that was granted meanwhile goes to the next. */
  withdraw(): void
}

interface Waiter<Sequence extends CachedSequence> {
  readonly ids: readonly number[]
  readonly grant: (slot: Slot<Sequence>) => void
  readonly refuse: (error: EngineError) => void
}

/** How much a new measurement counts in the average duration of a generation. */
const NEW_WEIGHT = 0.2
const FIRST_GUESS_MS = 5_000
const RETRY_AFTER_MS = { least: 1_000, most: 60_000 } as const

/** A cached token that would be thrown away counts as so much of one to evaluate; half of it after so many minutes. */
const LOSS_WEIGHT = 0.5
const LOSS_HALVES_AFTER_MS = 10 * 60_000

export class SlotPool<Sequence extends CachedSequence> {
  readonly #options: SlotPoolOptions<Sequence>
  readonly #slots: readonly Slot<Sequence>[]
  readonly #idle: Set<Slot<Sequence>>
  /** In the order in which they came: the first that waits gets the next free slot, whoever is behind. */
  readonly #waiting: Waiter<Sequence>[] = []
  readonly #onIdle: (() => void)[] = []
  #averageMs = FIRST_GUESS_MS
  #closed = false

  constructor(options: SlotPoolOptions<Sequence>) {
    this.#options = options
    const since = options.clock.now()
    this.#slots = options.sequences.map((sequence) => ({ sequence, since, broken: false }))
    this.#idle = new Set(this.#slots)
  }

  get busy(): number {
    return this.#slots.length - this.#idle.size
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Throws an `EngineError`: `overloaded` when the line is full, `unavailable` when the pool is closed. */
  take(ids: readonly number[]): Ticket<Sequence> {
    const { engine, queue } = this.#options
    if (this.#closed) throw new EngineError('unavailable', 'is closed', { engine })
    if (this.#idle.size > 0) {
      const slot = this.#lend(ids)
      return { slot: Promise.resolve(slot), withdraw: () => this.giveBack(slot) }
    }
    if (this.#waiting.length >= queue) {
      const retryAfterMs = this.#expectedWaitMs()
      throw new EngineError('overloaded', `has ${queue} generations waiting already`, { engine, retryAfterMs })
    }
    const { promise, resolve, reject } = Promise.withResolvers<Slot<Sequence>>()
    let granted: Slot<Sequence> | undefined
    const grant = (slot: Slot<Sequence>): void => {
      granted = slot
      resolve(slot)
    }
    const waiter: Waiter<Sequence> = { ids, grant, refuse: reject }
    this.#waiting.push(waiter)
    const withdraw = (): void => {
      const place = this.#waiting.indexOf(waiter)
      if (place !== -1) this.#waiting.splice(place, 1)
      else if (granted !== undefined) this.giveBack(granted)
    }
    return { slot: promise, withdraw }
  }

  giveBack(slot: Slot<Sequence>): void {
    const now = this.#options.clock.now()
    this.#averageMs += (now - slot.since - this.#averageMs) * NEW_WEIGHT
    slot.since = now
    this.#idle.add(slot)
    const next = this.#waiting.shift()
    if (next !== undefined) next.grant(this.#lend(next.ids))
    else if (this.busy === 0) for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  /** Refuses those who wait; resolves when all slots are back. */
  async close(): Promise<void> {
    this.#closed = true
    const { engine } = this.#options
    for (const { refuse } of this.#waiting.splice(0)) refuse(new EngineError('unavailable', 'was closed', { engine }))
    if (this.busy > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve))
  }

  #lend(ids: readonly number[]): Slot<Sequence> {
    const slot = this.#cheapest(ids)
    this.#idle.delete(slot)
    slot.since = this.#options.clock.now()
    return slot
  }

  /**
   * The next turn of a conversation belongs where its beginning is cached. But a new conversation that shares no more than
   * a system message with an old one must not wipe out the old one's cache while an emptier sequence is idle.
   */
  #cheapest(ids: readonly number[]): Slot<Sequence> {
    const now = this.#options.clock.now()
    const tokens = tokensOf(ids)
    let cheapest: Slot<Sequence> | undefined
    let least = Number.POSITIVE_INFINITY
    for (const slot of this.#idle) {
      const shared = slot.sequence.compareContextTokens(tokens).firstDifferentIndex
      const kept = Math.pow(0.5, (now - slot.since) / LOSS_HALVES_AFTER_MS)
      const cost = ids.length - shared + (slot.sequence.nextTokenIndex - shared) * LOSS_WEIGHT * kept
      if (cost >= least) continue
      least = cost
      cheapest = slot
    }
    if (cheapest === undefined) throw new Error('no slot is idle')
    return cheapest
  }

  #expectedWaitMs(): number {
    const rounds = (this.#waiting.length + 1) / this.#slots.length
    return Math.round(Math.min(RETRY_AFTER_MS.most, Math.max(RETRY_AFTER_MS.least, this.#averageMs * rounds)))
  }
}

/** Throws away what differs from these ids and says how many of them need no evaluation; the last one always does. */
export async function reusePrefix(slot: Slot, ids: readonly number[]): Promise<number> {
  const { sequence } = slot
  if (slot.broken) {
    await sequence.clearHistory()
    slot.broken = false
  }
  await sequence.adaptStateToTokens(tokensOf(ids.slice(0, -1)), false)
  return sequence.nextTokenIndex
}
