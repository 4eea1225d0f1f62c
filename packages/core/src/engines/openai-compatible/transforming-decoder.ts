/** A decoder whose events pass through a stage of their own, such as the repair of leaks, before anybody has them. */

import type { EventStage, GenerationEvent } from '../../generation/index.ts'
import type { ReplyDecoder } from './reply-decoder.ts'

export class TransformingDecoder implements ReplyDecoder {
  readonly #inner: ReplyDecoder
  readonly #transform: EventStage
  /** What the inner decoder gave in one step; empty between two. */
  readonly #given: GenerationEvent[] = []

  constructor(inner: ReplyDecoder, transform: EventStage) {
    this.#inner = inner
    this.#transform = transform
  }

  get complete(): boolean {
    return this.#inner.complete
  }

  push(bytes: Uint8Array, out: GenerationEvent[]): void {
    try {
      this.#inner.push(bytes, this.#given)
    } finally {
      this.#drain(out)
    }
  }

  end(out: GenerationEvent[]): void {
    try {
      this.#inner.end(this.#given)
    } finally {
      this.#drain(out)
    }
  }

  /** What came before a failure is good, and passes too. */
  #drain(out: GenerationEvent[]): void {
    for (const event of this.#given) this.#transform.push(event, out)
    this.#given.length = 0
  }
}
