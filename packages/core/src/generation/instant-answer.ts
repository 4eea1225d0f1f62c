/**
 * With thinking off, an answer that comes as reasoning is the answer: parsers of thoughts that are not told of the switch take all
 * text before a `</think>` for a thought, and then none comes (vllm-ascend issue 9361, vLLM-Kunlun issue 388).
 *
 * What comes as reasoning is held until it is known what it was. Text behind it: the engine has thought although it was told not
 * to, and that is a thought. The end, or a call: it was the text.
 */

import { EngineError } from './engine-error.ts'
import type { GenerationEvent } from './event.ts'

/** Characters that are held in one answer. */
const MOST_HELD = 4 * 1024 * 1024

/** One for each answer. */
export class InstantAnswer {
  readonly #engine: string
  readonly #note: (kind: 'answer-as-reasoning') => void
  /** By choice: the events that are held; `undefined` once it is known. */
  readonly #held: (GenerationEvent[] | undefined)[] = []
  readonly #known: boolean[] = []
  #size = 0

  constructor(engine: string, note: (kind: 'answer-as-reasoning') => void) {
    this.#engine = engine
    this.#note = note
  }

  /** Adds to `out` what is certain. Throws an `EngineError` of kind `limit` for more than is held. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if ('choice' in event && this.#known[event.choice] !== true) {
      if (event.type === 'reasoning') return this.#hold(event)
      this.#release(event.choice, event.type === 'text', out)
    }
    out.push(event)
  }

  #hold(event: GenerationEvent & { type: 'reasoning' | 'text' }): void {
    this.#size += event.text.length
    if (this.#size > MOST_HELD) {
      const limit = { size: MOST_HELD, unit: 'characters' }
      throw new EngineError('limit', 'thought too much for an answer without thinking', { engine: this.#engine, limit })
    }
    const held = (this.#held[event.choice] ??= [])
    held.push(event)
  }

  #release(choice: number, isThought: boolean, out: GenerationEvent[]): void {
    this.#known[choice] = true
    const held = this.#held[choice] ?? []
    this.#held[choice] = undefined
    if (held.length > 0 && !isThought) this.#note('answer-as-reasoning')
    for (const event of held) {
      if (event.type === 'reasoning' && !isThought) out.push({ ...event, type: 'text' })
      else out.push(event)
    }
  }
}
