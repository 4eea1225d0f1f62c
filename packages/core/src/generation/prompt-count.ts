/** The tokens of one prompt: bounded from the start, counted when somebody asks first, and once. */

import type { CountedPrompt, CountTerms, TokenCounter } from './token-counter.ts'

export class PromptCount {
  /** There are certainly no more; `Infinity` where only a count tells. */
  readonly atMost: number
  /** `undefined`: they are not counted yet. Set here alone. */
  known: number | undefined
  readonly #counter: Pick<TokenCounter, 'countPrompt' | 'countPromptAside'>
  readonly #prompt: CountedPrompt
  readonly #terms: CountTerms
  #counting: Promise<number> | undefined

  constructor(
    counter: Pick<TokenCounter, 'countPrompt' | 'countPromptAside'>,
    prompt: CountedPrompt,
    terms: CountTerms,
    atMost: number,
  ) {
    this.#counter = counter
    this.#prompt = prompt
    this.#terms = terms
    this.atMost = atMost
  }

  /** Whose it is. */
  get owner(): string | undefined {
    return this.#terms.owner
  }

  /** Begins the count unless it has begun. Rejects as the counter does, and then the next who asks begins it anew. */
  tokens(mostTokens = Infinity): number | Promise<number> {
    return this.known ?? (this.#counting ??= this.#count({ ...this.#terms, mostTokens }))
  }

  /** For a bill: never rejects. It is counted for who has left too, and where it is called rather than not at all. */
  certainly(): number | Promise<number> {
    return this.known ?? this.#countCertainly()
  }

  async #countCertainly(): Promise<number> {
    const { owner } = this
    return (
      // What was begun may be given up by a client that leaves, or have been refused: then it is asked for once more.
      (await this.#counting?.catch(failed)) ??
      (await this.#count({ owner }).catch(failed)) ??
      (this.known ??= this.#counter.countPrompt(this.#prompt))
    )
  }

  async #count(terms: CountTerms): Promise<number> {
    try {
      return (this.known = await this.#counter.countPromptAside(this.#prompt, terms))
    } finally {
      this.#counting = undefined
    }
  }
}

/** Whoever waited for it was told why. */
function failed(): undefined {
  return undefined
}
