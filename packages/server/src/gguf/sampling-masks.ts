/** Which tokens may not be sampled, by the place in the answer: one ready-made bias for each. */

import type { LlamaModel, TokenBias } from 'node-llama-cpp'
import type { KimiVocabulary } from './kimi-vocabulary.ts'
import { tokensOf } from './llama-token.ts'
import { type Utf8Pending, isPieceOfUtf8, mayFollow } from './utf8-gate.ts'

const PENDING: readonly Utf8Pending[] = ['free', 'after-e0', 'after-ed', 'after-f0', 'after-f4']

/**
 * A special token comes only where the form of an answer has a place for it. Grammars need this most: to llama.cpp a token
 * is its text there, so `</think>` would pass for nine characters of a JSON string. Tokens that end a generation are not
 * touched by these masks; grammars let them pass only where they are complete.
 */
export class SamplingMasks {
  /** For grammars that name their tokens by id. */
  readonly nothing: TokenBias
  readonly thought: TokenBias
  readonly thoughtOrCalls: TokenBias
  readonly text: TokenBias
  readonly textOrCalls: TokenBias
  /** Arguments without a grammar: the model has to end them itself. */
  readonly looseArguments: TokenBias
  /** Before the first token of a JSON answer that may as well be calls of tools. */
  readonly jsonOrCalls: TokenBias
  readonly #json: ReadonlyMap<Utf8Pending, TokenBias>
  readonly #newBias: () => TokenBias

  constructor(model: LlamaModel, Bias: typeof TokenBias, vocabulary: KimiVocabulary) {
    this.#newBias = () => Bias.for(model)
    const specials = vocabulary.specialIds
    const beginCalls = [vocabulary.id('<|tool_calls_section_begin|>'), vocabulary.id('<|tool_call_begin|>')]
    const endThought = vocabulary.id('</think>')
    const all = (...but: readonly number[]): readonly number[] => specials.filter((id) => !but.includes(id))
    const never: number[] = []
    const gated = new Map<Utf8Pending, number[]>(PENDING.map((pending) => [pending, []]))
    for (let id = 0; id < vocabulary.ranks; id += 1) {
      const bytes = vocabulary.bytesOf(id)
      // llama.cpp's grammars read a token up to its first NUL, so what stands behind one would get past them unseen.
      if (bytes.includes(0) || !isPieceOfUtf8(bytes)) never.push(id)
      else for (const pending of PENDING) if (!mayFollow(bytes, pending)) gated.get(pending)?.push(id)
    }
    this.nothing = this.#never([])
    this.thought = this.#never(all(endThought))
    this.thoughtOrCalls = this.#never(all(endThought, ...beginCalls))
    this.text = this.#never(specials)
    this.textOrCalls = this.#never(all(...beginCalls))
    this.looseArguments = this.#never(all(vocabulary.id('<|tool_call_end|>')))
    this.jsonOrCalls = this.#never([...all(...beginCalls), ...never])
    this.#json = new Map(
      PENDING.map((pending) => [pending, this.#never([...specials, ...never, ...(gated.get(pending) ?? [])])]),
    )
  }

  /** Inside JSON, behind bytes that leave this open. */
  json(pending: Utf8Pending): TokenBias {
    return this.#json.get(pending) ?? this.nothing
  }

  #never(ids: readonly number[]): TokenBias {
    return this.#newBias().set(tokensOf(ids), 'never')
  }
}
