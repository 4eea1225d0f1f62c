/** The tokens of one prompt: bounded from the start, counted when somebody asks first, and once. */

import type { CountedPrompt, CountTerms, TokenCounter } from './token-counter.ts'

export class PromptCount {
  /** There are certainly no more; `Infinity` where only a count tells. */
  readonly atMost: number
  readonly #counter: TokenCounter
  readonly #terms: CountTerms
  /** Kept until it is counted. */
  #prompt: CountedPrompt | undefined
  #tokens: number | undefined
  #counting: Promise<number> | undefined

  /** @param tokens where they are counted already */
  constructor(counter: TokenCounter, prompt: CountedPrompt, terms: CountTerms, atMost: number, tokens?: number) {
    this.#counter = counter
    this.#terms = terms
    this.atMost = tokens ?? atMost
    this.#tokens = tokens
    this.#prompt = tokens === undefined ? prompt : undefined
  }

  /** `undefined`: they are not counted yet. */
  get known(): number | undefined {
    return this.#tokens
  }

  /** Begins the count unless it has begun. Rejects as the counter does, and then the next who asks begins it anew. */
  tokens(): number | Promise<number> {
    return this.#tokens ?? (this.#counting ??= this.#count(this.#terms))
  }

  /** For a bill: never rejects. It is counted for who has left too, and where it is called rather than not at all. */
  certainly(): number | Promise<number> {
    return this.#tokens ?? this.#countCertainly()
  }

  async #countCertainly(): Promise<number> {
    const { owner } = this.#terms
    return (
      // What was begun may be given up by a client that leaves, or have been refused: then it is asked for once more.
      (await this.#counting?.catch(() => undefined)) ??
      (await this.#count(owner === undefined ? {} : { owner }).catch(() => undefined)) ??
      this.#tokens ??
      this.#known(this.#counter.countPrompt(this.#asked()))
    )
  }

  async #count(terms: CountTerms): Promise<number> {
    try {
      terms.signal?.throwIfAborted()
      return this.#known(await this.#counter.countPromptAside(this.#asked(), terms))
    } finally {
      this.#counting = undefined
    }
  }

  #asked(): CountedPrompt {
    if (this.#prompt === undefined) throw new Error('a prompt is counted twice')
    return this.#prompt
  }

  #known(tokens: number): number {
    this.#tokens = tokens
    this.#prompt = undefined
    return tokens
  }
}
