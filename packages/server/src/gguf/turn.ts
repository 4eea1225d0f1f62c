/** One answer being generated in one sequence: its prompt is evaluated, then tokens are sampled as the steering allows. */

import { EngineError } from '@moonbase/core/generation'
import type { LlamaContextSequence, Token, TokenBias } from 'node-llama-cpp'
import type { Interruption } from './interruption.ts'
import { tokensOf } from './llama-token.ts'
import type { Move, Constraints } from './constraints.ts'

/** A bias that leaves no other token a chance, as far as the grammar lets this one pass. */
export type OnlyToken = (id: number) => TokenBias

export interface TurnOptions {
  readonly engine: string
  readonly sequence: LlamaContextSequence
  /** Ids that the model has not read yet: the end of the prompt, at least one. */
  readonly fresh: readonly number[]
  /** Ids behind the prompt that stand already and that the grammar has to read. */
  readonly written: readonly number[]
  readonly constraints: Constraints
  readonly only: OnlyToken
  readonly sampling: { readonly temperature: number; readonly topP: number; readonly seed: number }
  readonly interruption: Interruption
}

type Sampling = AsyncGenerator<{ readonly token: Token }, void, void | Token | Token[]>

export class Turn {
  readonly #options: TurnOptions
  #sampling: Sampling | undefined
  /** What the model reads before it writes the next token, where that is not just the one it wrote. */
  #feed: readonly number[] | undefined
  /** The one id that the next sample has to come to. */
  #demanded: number | undefined

  constructor(options: TurnOptions) {
    this.#options = options
  }

  /**
   * Reads the prompt. It is evaluated a batch at a time, so that an interrupted turn gives its sequence back after one
   * batch, and turns beside it get theirs in between. What comes back stands in the answer before anything is sampled.
   */
  async begin(): Promise<Move> {
    const { sequence, fresh, written, constraints, interruption } = this.#options
    const before = await constraints.begin()
    const ids = tokensOf([...fresh, ...before.ids])
    const batch = sequence.context.batchSize
    let from = 0
    for (; ids.length - from > batch; from += batch) {
      interruption.check()
      await interruption.wait(sequence.evaluateWithoutGeneratingNewTokens(ids.slice(from, from + batch)))
    }
    this.#sampling = this.#sample(ids.slice(from))
    await this.#readAgain(written)
    return before
  }

  /**
   * Leads the grammar along text that stands already, a token at a time: each is sampled with no other to choose from.
   * A prefix from elsewhere may be written in a way that the grammar does not know, such as another order of keys. It is
   * the client's, so the answer goes on from it all the same, without a grammar.
   */
  async #readAgain(written: readonly number[]): Promise<void> {
    const { constraints } = this.#options
    for (const [place, id] of written.entries()) {
      this.#demanded = id
      const { value } = await this.#step()
      if (value === undefined) throw this.#nothingSampled()
      this.#demanded = undefined
      if (value.token !== id) {
        constraints.withoutGrammar()
        this.#feed = written.slice(place)
        return
      }
      await constraints.take(id)
    }
  }

  /** The next token and what follows from it. */
  async next(): Promise<Move> {
    const { value } = await this.#step()
    if (value === undefined) throw this.#nothingSampled()
    const sampled = value.token
    const taken = this.#options.constraints.take(sampled)
    const move = taken instanceof Promise ? await taken : taken
    this.#feed = move.ids.length === 1 && move.ids[0] === sampled ? undefined : move.ids
    return move
  }

  /** Stops the sampling, once the work that goes on has ended. */
  async end(): Promise<void> {
    await this.#options.interruption.settled()
    await Promise.allSettled([this.#sampling?.return()])
  }

  /** One sample. Not async itself: what it takes is taken for every token. */
  #step(): Promise<IteratorResult<{ readonly token: Token }, void>> {
    const sampling = this.#sampling
    if (sampling === undefined) throw new Error('the turn has not begun')
    const { interruption } = this.#options
    interruption.check()
    const feed = this.#feed
    return interruption.wait(sampling.next(feed === undefined ? undefined : tokensOf(feed)))
  }

  #nothingSampled(): EngineError {
    return new EngineError('cut', 'llama.cpp gave no token', { engine: this.#options.engine })
  }

  #sample(ids: Token[]): Sampling {
    const { sequence, constraints, only, sampling } = this.#options
    return sequence.evaluateWithMetadata(
      ids,
      {},
      {
        temperature: sampling.temperature,
        topP: sampling.topP,
        seed: sampling.seed,
        // The library would keep the 40 likeliest tokens; the model's own settings name no such limit.
        topK: 0,
        minP: 0,
        yieldEogToken: true,
        grammarEvaluationState: () => constraints.grammar(),
        tokenBias: () => (this.#demanded === undefined ? constraints.bias() : only(this.#demanded)),
      },
    )
  }
}
