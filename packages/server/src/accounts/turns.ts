/** One thing after the other: what is decided about accounts is decided on what the one before has left. */

import { AccountError } from './accounts.ts'

const MOST_WAITING = 1_000

export class Turns {
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** Runs when all that came before has ended, in whichever way. @throws AccountError `unavailable` when too many wait */
  async take<Result>(turn: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MOST_WAITING) {
      throw new AccountError('unavailable', `${MOST_WAITING} changes of accounts wait to be kept already`)
    }
    this.#waiting += 1
    const done = this.#last.then(turn).finally(() => (this.#waiting -= 1))
    this.#last = done.catch(() => undefined)
    return done
  }
}
