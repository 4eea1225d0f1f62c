/** The meter: what has been generated so far, in tokens, whether or not the engine ever says so. */

import type { GenerationEvent, Usage } from './event.ts'
import type { TokenCounter } from './token-counter.ts'

/**
 * The engine's own usage wins. Without it (it never came, or the client left before) the text that passed is counted,
 * and that only when somebody asks: a join of the pieces costs nothing while they stream.
 */
export class Meter {
  readonly #counter: TokenCounter
  /** A count that was not asked for yet holds the prompt that it will count. */
  #promptTokens: number | (() => number)
  #reported: Usage | undefined
  #reasoning = ''
  #answer = ''

  constructor(counter: TokenCounter, promptTokens: () => number) {
    this.#counter = counter
    this.#promptTokens = promptTokens
  }

  see(event: GenerationEvent): void {
    switch (event.type) {
      case 'reasoning':
        this.#reasoning += event.text
        return
      case 'text':
        this.#answer += event.text
        return
      case 'tool-call':
        this.#answer += event.name ?? ''
        this.#answer += event.arguments
        return
      case 'usage':
        this.#reported = event.usage
        return
      case 'start':
      case 'finish':
        return
    }
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
    if (this.#reported !== undefined) return this.#reported
    const reasoning = this.#counter.countText(this.#reasoning)
    return {
      prompt: this.releasePrompt(),
      completion: reasoning + this.#counter.countText(this.#answer),
      cached: 0,
      reasoning,
    }
  }
}
