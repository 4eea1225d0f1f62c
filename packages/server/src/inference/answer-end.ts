/** The one end of an answer of several rounds: how each is paid for, what is kept with the last, and when the slot is free. */

import { type RunEnd, failureOf } from '@moonbase/core/inference'
import { apiError } from '@moonbase/protocol'
import type { DocumentWrite } from '../records/document.ts'
import type { InferenceRequest } from './inference.ts'
import type { RoundSieve } from './round-sieve.ts'
import { NO_DOCUMENTS, SettlementGroup } from './settlement-group.ts'

type Documents = readonly DocumentWrite[]

const COMPLETE: RunEnd = { how: 'complete', failure: undefined, given: true }

export class AnswerEnd {
  /** What ends the answer has been told: a round that called tools is the last all the same. */
  isTold = false
  readonly #request: InferenceRequest
  /** Of a whole reply. Whoever brought one settles it. */
  readonly #group: SettlementGroup | undefined
  #documentsAsked = false
  #freeSlot: (() => void) | undefined
  #isOver = false

  constructor(request: InferenceRequest) {
    this.#request = request
    this.#group = request.draft.whole ? (request.together ?? new SettlementGroup()) : undefined
  }

  /** For one round: with the others, and with documents only where it is the last. */
  of(sieve: RoundSieve): Pick<InferenceRequest, 'together' | 'withEnd'> {
    const { withEnd } = this.#request
    const ofRound = (end: RunEnd): Documents | Promise<Documents> =>
      end.how === 'complete' && sieve.goesOn && !this.isTold ? NO_DOCUMENTS : this.#documents(end)
    return {
      ...(this.#group === undefined ? {} : { together: this.#group }),
      ...(withEnd === undefined ? {} : { withEnd: ofRound }),
    }
  }

  /**
   * A streamed round with documents is not read to its end until it is known whether it is the last: that is decided by the
   * tools, and by whether another round may begin, and documents can be kept in the commit of a round alone.
   */
  holdsOpen({ isOver, goesOn }: RoundSieve): boolean {
    return this.#request.withEnd !== undefined && this.#group === undefined && isOver && goesOn
  }

  /** For the first round. */
  readonly keepSlot = (free: () => void): void => {
    this.#freeSlot = free
    if (this.#isOver) this.#free()
  }

  /** All has been told. @throws what a group throws, when all of it has ended */
  async settle(): Promise<void> {
    if (this.#isOurs) await this.#group?.settle(await this.#documents(COMPLETE))
  }

  /** Nobody gets the reply, so its rounds are free. */
  async release(how: RunEnd['how'], failure: unknown): Promise<void> {
    if (!this.#isOurs) return
    const { draft, signal } = this.#request
    let documents = NO_DOCUMENTS
    try {
      documents = await this.#documents({ how, failure, given: false })
    } finally {
      await this.#group?.release(failureOf(failure ?? apiError('client_closed'), draft.model, signal), documents)
    }
  }

  /** No round is to come. */
  over(): void {
    this.#isOver = true
    this.#free()
  }

  get #isOurs(): boolean {
    return this.#group !== undefined && this.#group !== this.#request.together
  }

  /** Asked once, of whichever end is the answer's. */
  #documents(end: RunEnd): Documents | Promise<Documents> {
    if (this.#documentsAsked) return NO_DOCUMENTS
    this.#documentsAsked = true
    return this.#request.withEnd?.(end) ?? NO_DOCUMENTS
  }

  #free(): void {
    const free = this.#freeSlot
    this.#freeSlot = undefined
    if (free === undefined) return
    const { keepSlot } = this.#request
    if (keepSlot === undefined) free()
    else keepSlot(free)
  }
}
