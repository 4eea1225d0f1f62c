/** What a generation tells whoever pays for it, at its two ends. */

import type { EventBatch, GenerationEvent } from '../generation/index.ts'

/** How a generation ended. */
export interface GenerationEnd {
  /** `left`: its reader went away before the end, or never began to read. */
  readonly how: 'complete' | 'failed' | 'left'
  /** What was thrown, or what the reader left with. */
  readonly failure: unknown
  /** Something of the answer was handed to the reader. */
  readonly given: boolean
}

export interface GenerationHooks {
  /** Awaited once, before the first batch is handed on. What it rejects with stops the engine, and is the failure. */
  onStart?(start: GenerationEvent & { readonly type: 'start' }): Promise<unknown> | undefined
  /** Sees every batch that is handed on, before the reader does. */
  onBatch?(batch: EventBatch): void
  /**
   * Awaited once in any case, before the iterator says that it is over or throws. What it rejects with behind a complete
   * answer is thrown in place of the end; behind a failure the failure says more, and is thrown.
   */
  onEnd?(end: GenerationEnd): Promise<void> | undefined
}
