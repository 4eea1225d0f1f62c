/** The rounds of one whole reply: paid for together, when the client is about to get it, or not at all. */

import type { ApiError } from '@moonbase/protocol'

/** A round that is complete, and not settled yet. */
export interface UnsettledRound {
  /** @throws ApiError `ledger_unavailable`, and then it is free */
  settle(): Promise<void>
  /** What nobody gets is free. */
  release(failure: ApiError): Promise<void>
}

export class SettlementGroup {
  #rounds: UnsettledRound[] = []

  add(round: UnsettledRound): void {
    this.#rounds.push(round)
  }

  /** All of them in one turn of the event loop, so that one commit has them. @throws ApiError the first that could not be kept */
  async settle(): Promise<void> {
    await Promise.all(this.#take().map((round) => round.settle()))
  }

  async release(failure: ApiError): Promise<void> {
    await Promise.all(this.#take().map((round) => round.release(failure)))
  }

  #take(): readonly UnsettledRound[] {
    const rounds = this.#rounds
    this.#rounds = []
    return rounds
  }
}
