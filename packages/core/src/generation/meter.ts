/** The meter: what has been generated so far, in tokens, whether or not the engine ever says so. */

import type { GenerationEvent, ReportedUsage, Usage } from './event.ts'
import type { TokenCounter } from './token-counter.ts'
import { Transcript } from './transcript.ts'

/**
 * The engine's own usage wins. Without it (it never came, or the client left before) the text that passed is counted,
 * and that only when somebody asks: a join of the pieces costs nothing while they stream. So is the thought alone, where
 * an engine reports everything but that: which engine answered makes no difference to what a client is told.
 */
export class Meter {
  readonly #counter: TokenCounter
  /** A count that was not asked for yet holds the prompt that it will count. */
  #promptTokens: number | (() => number)
  #reported: ReportedUsage | undefined
  /** The report, with the count of the thought where that was missing. Made once: usage comes when all has been said. */
  #complete: Usage | undefined
  /** What was generated, joined as it passed. */
  readonly transcript = new Transcript()

  constructor(counter: TokenCounter, promptTokens: () => number) {
    this.#counter = counter
    this.#promptTokens = promptTokens
  }

  see(event: GenerationEvent): void {
    if (event.type !== 'usage') return this.transcript.see(event)
    this.#reported = event.usage
    this.#complete = undefined
  }

  /** Counts the prompt now, so that it need not be kept until the end. */
  releasePrompt(): number {
    if (typeof this.#promptTokens === 'function') this.#promptTokens = this.#promptTokens()
    return this.#promptTokens
  }

  /** Whether the figures are the engine's own, but for the thought, which it may not have told. */
  get reported(): boolean {
    return this.#reported !== undefined
  }

  /** Whether the engine told everything but its thought, and that one was counted here. */
  get fillsIn(): boolean {
    return this.#reported !== undefined && this.#reported.reasoning === undefined && this.usage().reasoning > 0
  }

  usage(): Usage {
    if (this.#reported === undefined) return { prompt: this.releasePrompt(), cached: 0, ...this.counted() }
    this.#complete ??= this.#completed(this.#reported)
    return this.#complete
  }

  /** Tokens of what passed, by our own count. */
  counted(): Pick<Usage, 'completion' | 'reasoning'> {
    const reasoning = this.#countReasoning()
    return { reasoning, completion: reasoning + this.#counter.countText(this.transcript.answer) }
  }

  #completed(reported: ReportedUsage): Usage {
    const { prompt, completion, cached, reasoning = this.#countReasoning() } = reported
    // The engine knows what it generated; ours is a count of text, and may be an approximation.
    return { prompt, completion, cached, reasoning: Math.min(reasoning, completion) }
  }

  #countReasoning(): number {
    const { reasoning, otherReasoning } = this.transcript
    // Whoever did not think is not worth a vocabulary, which may have to be read first.
    if (reasoning === '' && otherReasoning === '') return 0
    return this.#counter.countText(reasoning) + this.#counter.countText(otherReasoning)
  }
}
