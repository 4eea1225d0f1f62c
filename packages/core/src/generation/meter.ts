/** The meter: what has been generated so far, in tokens, whether or not the engine ever says so. */

import type { GenerationEvent, ReportedUsage, Usage } from './event.ts'
import type { CountTerms, TokenCounter } from './token-counter.ts'
import { Transcript } from './transcript.ts'

/** A text that only grows, and the tokens that it had at some length. */
interface CountedText {
  length: number
  tokens: number
}

/**
 * The engine's own usage wins. Without it (it never came, or the client left before) the text that passed is counted,
 * and that only when somebody asks: a join of the pieces costs nothing while they stream. So is the thought alone, where
 * an engine reports everything but that: which engine answered makes no difference to what a client is told.
 *
 * Whoever is about to tell the usage awaits `complete()` first, which counts what is long off the event loop.
 */
export class Meter {
  readonly #counter: Pick<TokenCounter, 'countText' | 'countTextAside'>
  readonly #terms: CountTerms
  /** Of the prompt; until it is known, who counts it. */
  #promptTokens: number | (() => number | Promise<number>)
  #reported: ReportedUsage | undefined
  /** The report, with the count of the thought where that was missing. Made once: usage comes when all has been said. */
  #complete: Usage | undefined
  readonly #reasoning: CountedText = { length: 0, tokens: 0 }
  readonly #otherReasoning: CountedText = { length: 0, tokens: 0 }
  readonly #answer: CountedText = { length: 0, tokens: 0 }
  /** What was generated, joined as it passed. */
  readonly transcript = new Transcript()

  /**
   * @param promptTokens never rejects
   * @param terms of counts that are made aside
   */
  constructor(
    counter: Pick<TokenCounter, 'countText' | 'countTextAside'>,
    promptTokens: () => number | Promise<number>,
    terms: CountTerms = {},
  ) {
    this.#counter = counter
    this.#promptTokens = promptTokens
    this.#terms = terms
  }

  see(event: GenerationEvent): void {
    if (event.type !== 'usage') return this.transcript.see(event)
    this.#reported = event.usage
    this.#complete = undefined
  }

  /** Tokens of the prompt by our own count, where they are counted. */
  get promptTokens(): number | undefined {
    return typeof this.#promptTokens === 'number' ? this.#promptTokens : undefined
  }

  /** Whether the figures are the engine's own, but for the thought, which it may not have told. */
  get reported(): boolean {
    return this.#reported !== undefined
  }

  /** Whether the engine told everything but its thought, and that one was counted here. */
  get fillsIn(): boolean {
    return this.#reported !== undefined && this.#reported.reasoning === undefined && this.usage().reasoning > 0
  }

  /** Counts what `usage` needs and does not know yet. Never rejects; `undefined`: nothing has to be waited for. */
  complete(): Promise<void> | undefined {
    if (this.#reported?.reasoning !== undefined || this.#complete !== undefined) return undefined
    if (this.#reported !== undefined) return allOf(this.#thoughtAside())
    return allOf([...this.#textAside(), this.completePrompt()])
  }

  /** The same of the prompt alone, whoever reports what. */
  completePrompt(): Promise<void> | undefined {
    if (typeof this.#promptTokens === 'number') return undefined
    const tokens = this.#promptTokens()
    if (typeof tokens !== 'number') return this.#completePrompt(tokens)
    this.#promptTokens = tokens
    return undefined
  }

  /** The same of what was generated alone. */
  completeText(): Promise<void> | undefined {
    return allOf(this.#textAside())
  }

  /** What is not counted yet is counted here and now. @throws Error for a prompt that is not counted: `complete` does that */
  usage(): Usage {
    if (this.#reported === undefined) return { prompt: this.prompt(), cached: 0, ...this.counted() }
    this.#complete ??= this.#completed(this.#reported)
    return this.#complete
  }

  /** Tokens of the prompt by our own count. @throws Error before they are counted, where that takes a while */
  prompt(): number {
    void this.completePrompt()
    if (typeof this.#promptTokens === 'number') return this.#promptTokens
    throw new Error('a usage is told before its prompt is counted')
  }

  /** Tokens of what passed, by our own count. */
  counted(): Pick<Usage, 'completion' | 'reasoning'> {
    const reasoning = this.#countReasoning()
    return { reasoning, completion: reasoning + this.#countHere(this.#answer, this.transcript.answer) }
  }

  #completed(reported: ReportedUsage): Usage {
    const { prompt, completion, cached, reasoning = this.#countReasoning() } = reported
    // The engine knows what it generated; ours is a count of text, and may be an approximation.
    return { prompt, completion, cached, reasoning: Math.min(reasoning, completion) }
  }

  #countReasoning(): number {
    const { reasoning, otherReasoning } = this.transcript
    return this.#countHere(this.#reasoning, reasoning) + this.#countHere(this.#otherReasoning, otherReasoning)
  }

  #countHere(counted: CountedText, text: string): number {
    if (counted.length === text.length) return counted.tokens
    return remember(counted, text, this.#counter.countText(text))
  }

  async #completePrompt(counting: Promise<number>): Promise<void> {
    this.#promptTokens = await counting
  }

  #thoughtAside(): readonly (Promise<void> | undefined)[] {
    const { reasoning, otherReasoning } = this.transcript
    return [this.#countAside(this.#reasoning, reasoning), this.#countAside(this.#otherReasoning, otherReasoning)]
  }

  #textAside(): readonly (Promise<void> | undefined)[] {
    return [...this.#thoughtAside(), this.#countAside(this.#answer, this.transcript.answer)]
  }

  #countAside(counted: CountedText, text: string): Promise<void> | undefined {
    // Whoever said nothing is not worth a vocabulary, which may have to be read first.
    if (counted.length === text.length) return undefined
    const tokens = this.#counter.countTextAside(text, this.#terms)
    if (typeof tokens !== 'number') return this.#countLater(counted, text, tokens)
    remember(counted, text, tokens)
    return undefined
  }

  async #countLater(counted: CountedText, text: string, counting: Promise<number>): Promise<void> {
    // Where it cannot be counted aside `usage` counts it here: a bill without it would be wrong.
    const tokens = await counting.catch(() => undefined)
    if (tokens !== undefined) remember(counted, text, tokens)
  }
}

function remember(counted: CountedText, { length }: string, tokens: number): number {
  counted.length = length
  counted.tokens = tokens
  return tokens
}

async function settled(waits: readonly Promise<void>[]): Promise<void> {
  await Promise.all(waits)
}

function allOf(waits: readonly (Promise<void> | undefined)[]): Promise<void> | undefined {
  const pending = waits.filter((wait) => wait !== undefined)
  return pending.length === 0 ? undefined : settled(pending)
}
