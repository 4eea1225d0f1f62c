/**
 * The budget of an answer, kept by our own count whatever the engine keeps: `max_completion_tokens` is what a client may be
 * made to pay for, and no host's word.
 *
 * Nothing is counted while it cannot matter. A token is at least one byte of UTF-8, and a UTF-16 unit is three at most: so an
 * answer is looked at only when so much has come that it might have reached its budget, its bytes first, and its tokens when
 * the bytes alone do not tell.
 */

import { ChoiceBudget } from './choice-budget.ts'
import { EngineError } from './engine-error.ts'
import type { EventBatch } from './event-batches.ts'
import type { GenerationEvent } from './event.ts'
import type { Transcript } from './transcript.ts'

/** What the budget is counted by. */
export interface BudgetCounter {
  /** What was given out so far: it hears of a batch behind the budget. */
  readonly transcript: Transcript
  /** Whether its counts are those of the model. */
  readonly exact: boolean
  /** Tokens of a text; of a long one off the event loop. Never rejects. */
  countAside(text: string): number | Promise<number>
}

/** An approximate count is not held against an answer that may well fit: it must be over by this much. */
const APPROXIMATION_MARGIN = 0.35
/** No answer has so many bytes a token (128 spaces are one token): what is longer still is more than anybody asked for. */
const BYTES_A_TOKEN = 256
const LEAST_BYTES = 64 * 1024
const BYTES_A_UNIT = 3

/** One for each generation, over all its attempts. Every batch is asked about with `has`, and one that it has no room for goes to `fit`. */
export class AnswerBudget {
  readonly #counter: BudgetCounter
  /** Tokens of a choice. */
  readonly #most: number
  readonly #count: number
  /** Of each choice, once something has to be looked at: of most answers nothing ever is, and a stream that waits keeps what it has. */
  #kept: readonly ChoiceBudget[] | undefined
  /** Bytes that may come before anything has to be looked at. */
  #room: number
  #cut = 0
  #finished = 0

  /** @param tokens of each choice */
  constructor(tokens: number, choices: number, counter: BudgetCounter) {
    this.#counter = counter
    this.#most = counter.exact ? tokens : Math.ceil(tokens / (1 - APPROXIMATION_MARGIN))
    this.#count = choices
    this.#room = choices === 1 ? this.#most : 0
  }

  /** A choice ended here, and none is left to wait for: the engine may be let go. */
  get over(): boolean {
    return this.#cut > 0 && this.#cut + this.#finished >= this.#count
  }

  /** Something of the answer was not given out. */
  get cut(): boolean {
    return this.#cut > 0
  }

  /** Whether there is room for all of a batch, as far as that can be said without a count. */
  has(batch: EventBatch): boolean {
    let units = 0
    let finished = 0
    for (const event of batch) {
      if (event.type === 'finish') finished += 1
      else units += sizeOf(event)
    }
    const most = units * BYTES_A_UNIT
    if (this.#cut > 0 || (most > this.#room && !this.#hasBytes(batch))) return false
    this.#room -= Math.min(most, this.#room)
    this.#finished += finished
    return true
  }

  /**
   * As much of a batch as there is room for: a choice whose budget is used up ends with `length`, and has nothing behind it.
   *
   * @throws EngineError of kind `limit` for more bytes than so many tokens can have
   */
  async fit(batch: EventBatch, engine: string): Promise<EventBatch> {
    this.#catchUp()
    const fitting: GenerationEvent[] = []
    for (const event of batch) {
      const choice = 'choice' in event ? this.#choices[event.choice] : undefined
      if (choice === undefined || !('choice' in event)) fitting.push(event)
      else if (!choice.isUsedUp) await this.#fitOne(event, choice, engine, fitting)
    }
    this.#room = this.#count === 1 ? (this.#choices[0]?.room ?? 0) : 0
    return fitting
  }

  async #fitOne(
    event: GenerationEvent & { readonly choice: number },
    choice: ChoiceBudget,
    engine: string,
    fitting: GenerationEvent[],
  ): Promise<void> {
    const taken = await choice.take(event)
    const mostBytes = this.#most * BYTES_A_TOKEN + LEAST_BYTES
    if (choice.bytes > mostBytes) {
      const limit = { size: mostBytes, unit: 'bytes' }
      throw new EngineError('limit', 'gave more than an answer of its budget can have', { engine, limit })
    }
    if (taken !== undefined) fitting.push(taken)
    if (choice.isUsedUp) {
      this.#cut += 1
      fitting.push({ type: 'finish', choice: event.choice, reason: 'length' })
    } else if (event.type === 'finish') this.#finished += 1
  }

  /** The same by bytes. */
  #hasBytes(batch: EventBatch): boolean {
    this.#catchUp()
    if (!this.#choices.every((choice, index) => choice.hasBytes(batch, index))) return false
    const [only] = this.#choices
    if (this.#count === 1 && only !== undefined) this.#room = only.room
    // Of several choices nobody keeps the texts apart but their budgets.
    else for (const event of batch) if ('choice' in event) this.#choices[event.choice]?.add(event)
    return true
  }

  #catchUp(): void {
    if (this.#count === 1) this.#choices[0]?.catchUp(this.#counter.transcript)
  }

  get #choices(): readonly ChoiceBudget[] {
    this.#kept ??= Array.from({ length: this.#count }, () => {
      return new ChoiceBudget(this.#most, (text) => this.#counter.countAside(text))
    })
    return this.#kept
  }
}

/** UTF-16 units of what the model has written. */
function sizeOf(event: GenerationEvent): number {
  if (event.type === 'text' || event.type === 'reasoning') return event.text.length
  return event.type === 'tool-call' ? event.arguments.length + (event.name?.length ?? 0) : 0
}
