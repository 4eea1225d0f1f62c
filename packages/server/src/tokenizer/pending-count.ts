/** A count that waits for the thread or is under way there: its texts in parts, and who waits for it. */

import { Promised } from '../collections/promised.ts'
import type { Share } from '../shares/fair-pool.ts'
import type { CountingMessage } from './counting-thread.ts'
import { type TextBatch, textBatches } from './text-batches.ts'

type Batches = ReturnType<typeof textBatches>

const NOTHING: TextBatch = { texts: [], open: false }

export class PendingCount implements Share {
  readonly id: number
  readonly owner: string
  /** In UTF-16 units. */
  readonly size: number
  readonly mostTokens: number
  readonly promised = new Promised<number>()
  readonly #texts: readonly string[]
  #batches: Batches
  /** Read ahead by one, so that the last is known as the last. */
  #next: TextBatch | undefined
  #isSent = false
  #signal: AbortSignal | undefined
  #onAbort: (() => void) | undefined

  constructor(id: number, texts: readonly string[], owner: string, mostTokens: number) {
    this.id = id
    this.owner = owner
    this.size = texts.reduce((sum, text) => sum + text.length, 0)
    this.mostTokens = mostTokens
    this.#texts = texts
    this.#batches = textBatches(texts)
    this.#next = this.#read() ?? NOTHING
  }

  /** `stop` is called when the signal fires first, and then it rejects with the signal's reason. */
  stopWith(signal: AbortSignal | undefined, stop: () => void): void {
    if (signal === undefined) return
    this.#signal = signal
    this.#onAbort = () => {
      stop()
      this.fail(signal.reason)
    }
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** `undefined`: all were sent. */
  nextPart(): CountingMessage | undefined {
    if (this.#isSent) return undefined
    const part = this.#next ?? NOTHING
    this.#next = this.#read()
    this.#isSent = this.#next === undefined
    return { ...part, count: this.id, last: this.#isSent }
  }

  /** For another thread. */
  beginAnew(): void {
    this.#batches = textBatches(this.#texts)
    this.#next = this.#read() ?? NOTHING
    this.#isSent = false
  }

  counted(tokens: number): void {
    this.#release()
    this.promised.resolve(tokens)
  }

  fail(error: unknown): void {
    this.#release()
    this.promised.reject(error)
  }

  #read(): TextBatch | undefined {
    const step = this.#batches.next()
    return step.done === true ? undefined : step.value
  }

  #release(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#signal = undefined
    this.#onAbort = undefined
  }
}
