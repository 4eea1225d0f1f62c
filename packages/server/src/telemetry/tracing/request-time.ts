/** The time that a request took, as spans have it: all that is told of it lies within. */

export type Instant = [seconds: number, nanoseconds: number]

export class RequestTime {
  readonly #beganAt: number
  readonly #endedAt: number

  /** @param beganAt in milliseconds since the Unix epoch */
  constructor(beganAt: number, elapsedMs: number) {
    this.#beganAt = beganAt
    // A clock that was set back must not make it end before it began.
    this.#endedAt = beganAt + Math.max(elapsedMs, 0)
  }

  get start(): Instant {
    return instant(this.#beganAt)
  }

  get end(): Instant {
    return instant(this.#endedAt)
  }

  /** The nearest that lies within: a clock that was set must not let a part outlast the whole either. */
  at(ms: number): Instant {
    return instant(Math.min(Math.max(ms, this.#beganAt), this.#endedAt))
  }
}

/** A bare number would be taken for one of `performance.now()` where it is small. */
function instant(ms: number): Instant {
  const seconds = Math.floor(ms / 1000)
  return [seconds, Math.round((ms - seconds * 1000) * 1_000_000)]
}
