/** The rounds of one whole reply: paid for together, when the client is about to get it, or not at all. */

import { failureOf } from '@moonbase/core/inference'
import type { ApiError } from '@moonbase/protocol'
import { LedgerError } from '../ledger/ledger.ts'
import type { DocumentWrite } from '../records/document.ts'

/** Why it was not given, as a record says it. */
export interface Failure {
  readonly code: string
  readonly status: number
}

/** A round that is complete, and not settled yet. */
export interface UnsettledRound {
  /** As `Admitted` has it. */
  readonly kept: Promise<unknown> | undefined
  /** @throws ApiError `ledger_unavailable`, LedgerError `document_conflict`; and then it is free */
  settle(documents: readonly DocumentWrite[]): Promise<void>
  /** What nobody gets is free. */
  release(failure: Failure, documents: readonly DocumentWrite[]): Promise<void>
}

export const NO_DOCUMENTS: readonly DocumentWrite[] = []

export class SettlementGroup {
  #rounds: UnsettledRound[] = []

  add(round: UnsettledRound): void {
    this.#rounds.push(round)
  }

  /**
   * All of them in one turn of the event loop, so that one commit has them, or none. Documents are of the last round's commit,
   * which then comes by itself: where somebody else has kept them all rounds are free.
   *
   * @throws ApiError `ledger_unavailable`, or why a hold was refused; LedgerError `document_conflict`, when all have ended
   */
  async settle(documents: readonly DocumentWrite[] = NO_DOCUMENTS): Promise<void> {
    const rounds = this.#take()
    // Where the hold of one was refused all are free; known before the first is settled. Of a single one its end finds out.
    const refusal = rounds.length > 1 ? await refusalOf(rounds) : undefined
    if (refusal !== undefined) {
      await releaseAll(rounds, refusal, NO_DOCUMENTS)
      throw refusal
    }
    const last = documents.length === 0 ? undefined : rounds.pop()
    try {
      await last?.settle(documents)
    } catch (error) {
      const isConflict = error instanceof LedgerError && error.kind === 'document_conflict'
      await releaseAll(rounds, isConflict ? CONFLICT : UNKEPT, NO_DOCUMENTS)
      throw error
    }
    const ends = await Promise.allSettled(rounds.map((round) => round.settle(NO_DOCUMENTS)))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  }

  /** @param documents of the last round's commit */
  async release(failure: Failure, documents: readonly DocumentWrite[] = NO_DOCUMENTS): Promise<void> {
    await releaseAll(this.#take(), failure, documents)
  }

  #take(): UnsettledRound[] {
    const rounds = this.#rounds
    this.#rounds = []
    return rounds
  }
}

const CONFLICT: Failure = { code: 'document_conflict', status: 409 }
const UNKEPT: Failure = { code: 'ledger_unavailable', status: 503 }

async function refusalOf(rounds: readonly UnsettledRound[]): Promise<ApiError | undefined> {
  for (const round of await Promise.allSettled(rounds.flatMap(({ kept }) => kept ?? []))) {
    if (round.status === 'rejected') return failureOf(round.reason, '')
  }
  return undefined
}

async function releaseAll(
  rounds: readonly UnsettledRound[],
  failure: Failure,
  documents: readonly DocumentWrite[],
): Promise<void> {
  const last = rounds.length - 1
  const ends = rounds.map((round, index) => round.release(failure, index === last ? documents : NO_DOCUMENTS))
  for (const end of await Promise.allSettled(ends)) if (end.status === 'rejected') throw end.reason
}
