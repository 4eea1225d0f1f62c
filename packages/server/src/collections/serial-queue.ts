/** One thing after the other: what is decided in a turn is decided on what the one before has left. */

export class SerialQueue {
  readonly #most: number
  readonly #full: () => Error
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** @param full what is thrown when `most` wait already */
  constructor(most: number, full: () => Error) {
    this.#most = most
    this.#full = full
  }

  /** Runs when all that came before has ended, in whichever way. @throws what `full` makes when too many wait */
  async take<Result>(turn: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= this.#most) throw this.#full()
    this.#waiting += 1
    const done = this.#last.then(turn).finally(() => (this.#waiting -= 1))
    this.#last = done.catch(() => undefined)
    return done
  }
}
