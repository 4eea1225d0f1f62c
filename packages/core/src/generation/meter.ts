/** The meter: what has been generated so far, in tokens, whether or not the engine ever says so. */

import type { GenerationEvent, Usage } from './event.ts'
import type { TokenCounter } from './token-counter.ts'
import { Transcript } from './transcript.ts'

/**
 * The engine's own usage wins. Without it (it never came, or the client left before) the text that passed is counted,
 * and that only when somebody asks: a join of the pieces costs nothing while they stream.
 */
export class Meter {
  readonly #counter: TokenCounter
  /** A count that was not asked for yet holds the prompt that it will count. */
  #promptTokens: number | (() => number)
  #reported: Usage | undefined
  /** What was generated, joined as it passed. */
  readonly transcript = new Transcript()

  constructor(counter: TokenCounter, promptTokens: () => number) {
    this.#counter = counter
    this.#promptTokens = promptTokens
  }

  see(event: GenerationEvent): void {
    if (event.type === 'usage') this.#reported = event.usage
    else this.transcript.see(event)
  }

  /** Counts the prompt now, so that it need not be kept until the end. */
  releasePrompt(): number {
    if (typeof this.#promptTokens === 'function') this.#promptTokens = this.#promptTokens()
    return this.#promptTokens
  }

  /** Whether the figures are the engine's own. */
  get reported(): boolean {
    return this.#reported !== undefined
  }

  usage(): Usage {
    return this.#reported ?? { prompt: this.releasePrompt(), cached: 0, ...this.counted() }
  }

  /** Tokens of what passed, by our own count. */
  counted(): Pick<Usage, 'completion' | 'reasoning'> {
    const reasoning = this.#counter.countText(this.transcript.reasoning)
    return { reasoning, completion: reasoning + this.#counter.countText(this.transcript.answer) }
  }
}
