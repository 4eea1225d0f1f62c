/** The meter: what has been generated so far, in tokens, whether or not the engine ever says so. */

import type { GenerationEvent, ReportedUsage, Usage } from './event.ts'
import type { PromptCount } from './prompt-count.ts'
import type { TokenCounter } from './token-counter.ts'
import { Transcript } from './transcript.ts'

const THOUGHTS = ['reasoning', 'otherReasoning'] as const
const PARTS = [...THOUGHTS, 'answer'] as const

type Part = (typeof PARTS)[number]

/** Exact, unless it says that it is not. */
type MeterCounter = Pick<TokenCounter, 'countText' | 'countTextAside'> & Partial<Pick<TokenCounter, 'exact'>>

/**
 * The engine's own usage wins. Without it (it never came, or the client left before) the text that passed is counted,
 * and that only when somebody asks: a join of the pieces costs nothing while they stream. So is the thought alone, where
 * an engine reports everything but that: which engine answered makes no difference to what a client is told.
 *
 * Whoever is about to tell the usage awaits `complete()` first, which counts what is long off the event loop.
 */
export class Meter {
  readonly prompt: Pick<PromptCount, 'known' | 'certainly' | 'owner'> & Partial<Pick<PromptCount, 'atMost'>>
  /** Whether the counts made here are those of the model. */
  readonly exact: boolean
  readonly #counter: MeterCounter
  #reported: ReportedUsage | undefined
  /** Of each part the length at which it was counted, and its tokens then: a text only grows. */
  readonly #counts: Partial<Record<Part, { readonly length: number; readonly tokens: number }>> = {}
  /** Tokens of output that were asked for: nobody is billed for more, whoever counted, and however roughly. */
  mostCompletion = Infinity
  /** What was generated, joined as it passed. */
  readonly transcript = new Transcript()

  constructor(counter: MeterCounter, prompt: Meter['prompt']) {
    this.exact = counter.exact ?? true
    this.#counter = counter
    this.prompt = prompt
  }

  see(event: GenerationEvent): void {
    if (event.type === 'usage') this.#reported = event.usage
    else this.transcript.see(event)
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
  complete(): Promise<unknown> | undefined {
    if (this.#reported === undefined) return Promise.all([this.completeText(), this.prompt.certainly()])
    const { reasoning, otherReasoning } = this.transcript
    const isKnown = this.#reported.reasoning !== undefined || reasoning + otherReasoning === ''
    return isKnown ? undefined : this.#countAside(THOUGHTS)
  }

  /** The same of what was generated, without the prompt. */
  completeText(): Promise<unknown> {
    return this.#countAside(PARTS)
  }

  /** What of the text is not counted yet is counted here and now. @throws Error before the prompt is counted */
  usage(): Usage {
    const told = this.#reported ?? { prompt: this.promptTokens, cached: 0, ...this.counted() }
    const { prompt, cached, reasoning = this.#thought() } = told
    // The engine knows what it generated; ours is a count of text, and may be an approximation.
    const completion = Math.min(told.completion, this.mostCompletion)
    return { prompt, completion, cached, reasoning: Math.min(reasoning, completion) }
  }

  /** Tokens of any text; of a long one off the event loop, and here where that cannot be. Never rejects. */
  countAside(text: string): number | Promise<number> {
    const counting = this.#counter.countTextAside(text, this.prompt)
    return typeof counting === 'number' ? counting : counting.catch(() => this.#counter.countText(text))
  }

  /** Tokens of what passed, by our own count. */
  counted(): Pick<Usage, 'completion' | 'reasoning'> {
    const reasoning = this.#thought()
    return { reasoning, completion: reasoning + this.#countHere('answer') }
  }

  /** @throws Error before they are counted */
  get promptTokens(): number {
    const { known } = this.prompt
    if (known === undefined) throw new Error('the prompt is not counted')
    return known
  }

  #thought(): number {
    return this.#countHere('reasoning') + this.#countHere('otherReasoning')
  }

  /** `undefined`: it is not, as it is now. Whoever said nothing is not worth a vocabulary, which may have to be read first. */
  #known(part: Part, text: string): number | undefined {
    if (text === '') return 0
    const known = this.#counts[part]
    return known?.length === text.length ? known.tokens : undefined
  }

  #countHere(part: Part): number {
    const text = this.transcript[part]
    return this.#known(part, text) ?? this.#remember(part, text, this.#counter.countText(text))
  }

  async #countAside(parts: readonly Part[]): Promise<void> {
    for (const part of parts) {
      const text = this.transcript[part]
      if (this.#known(part, text) !== undefined) continue
      this.#remember(part, text, await this.countAside(text))
    }
  }

  #remember(part: Part, { length }: string, tokens: number): number {
    this.#counts[part] = { length, tokens }
    return tokens
  }
}
