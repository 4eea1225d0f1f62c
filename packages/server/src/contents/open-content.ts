/** What is kept of one request while it is answered, and how it ends: in the log once, whatever became of the request. */

import { type EventBatch, type GenerationEvent, ReplyFold } from '@moonbase/core/generation'
import type { KeyAccount } from '../accounts/accounts.ts'
import { answerJson } from './answer-json.ts'
import { askedJson } from './asked-json.ts'
import type { BoundedJson } from './bounded-json.ts'
import type { ContentLog } from './content-log.ts'
import { textMemory } from './request-content.ts'

export type ContentKeeper = Pick<ContentLog, 'reserve' | 'release' | 'keep' | 'drop'>

const DAY_MS = 86_400_000
/** Pieces beyond are not gathered: far more than is kept of an answer, which is then marked as shortened. */
const MOST_GATHERED_UNITS = 8 * 1024 * 1024

export class OpenContent {
  readonly #keeper: ContentKeeper
  readonly #request: string
  readonly #arrivedAt: number
  readonly #key: KeyAccount
  readonly #days: number
  #asked: BoundedJson | undefined
  /** Of what was asked, in memory. */
  #reserved = 0
  #lost = false
  /** What is on its way to the client; absent before the first of it. */
  #answer: ReplyFold | undefined
  /** Choices that have finished. */
  readonly #finished = new Set<number>()
  #gathered = 0
  #ended = false

  constructor(keeper: ContentKeeper, request: string, arrivedAt: number, key: KeyAccount, days: number) {
    this.#keeper = keeper
    this.#request = request
    this.#arrivedAt = arrivedAt
    this.#key = key
    this.#days = days
  }

  /** The body, which is not held on to. */
  ask(body: unknown): void {
    const asked = askedJson(body)
    const bytes = textMemory(asked.text)
    this.#lost = !this.#keeper.reserve(bytes)
    if (this.#lost) return
    this.#reserved = bytes
    this.#asked = asked
  }

  /** A part of the answer. */
  see(batch: EventBatch): void {
    if (this.#lost) return
    const answer = (this.#answer ??= new ReplyFold())
    for (const event of batch) {
      this.#gathered += unitsOf(event)
      if (event.type === 'finish') this.#finished.add(event.choice)
      if (event.type === 'finish' || this.#gathered <= MOST_GATHERED_UNITS) answer.push(event)
    }
  }

  /**
   * @param error code of the refusal, or of the failure that ended the answer
   * @param given whether what was seen of it was given out
   */
  end(error: string | null, given: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#keeper.release(this.#reserved)
    if (this.#lost) return this.#keeper.drop()
    // Made only now, so that a client never waits for it.
    const answered = given && this.#answer !== undefined ? answerJson(this.#answer.reply(), this.#finished) : undefined
    this.#keeper.keep({
      request: this.#request,
      at: this.#arrivedAt,
      organisation: this.#key.organisation,
      project: this.#key.project,
      expiresAt: this.#arrivedAt + this.#days * DAY_MS,
      error,
      asked: this.#asked?.text ?? null,
      askedShortened: this.#asked?.shortened ?? false,
      answered: answered?.text ?? null,
      answeredShortened: answered?.shortened ?? false,
      cut: answered !== undefined && error !== null,
    })
  }
}

function unitsOf(event: GenerationEvent): number {
  if (event.type === 'text' || event.type === 'reasoning') return event.text.length
  return event.type === 'tool-call' ? event.arguments.length : 0
}
