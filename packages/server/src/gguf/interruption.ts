/** Ends the wait for work that cannot be interrupted itself: llama.cpp finishes the batch it has begun. */

import { EngineError } from '@moonbase/core/generation'

export class Interruption {
  readonly #engine: string
  readonly #signal: AbortSignal
  #error: EngineError | undefined
  /** Rejects the wait that is going on. */
  #reject: ((error: EngineError) => void) | undefined
  /** The work that may still go on behind an interrupted wait. */
  #work: Promise<unknown> = Promise.resolve()

  constructor(engine: string, signal: AbortSignal) {
    this.#engine = engine
    this.#signal = signal
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Throws when work that has not begun shall not begin. */
  check(): void {
    if (this.#error !== undefined) throw this.#error
  }

  /** What `work` comes to, or the interruption as soon as it happens. One at a time. */
  wait<Result>(work: Promise<Result>): Promise<Result> {
    this.#work = work
    return new Promise((resolve, reject) => {
      if (this.#error === undefined) this.#reject = reject
      else reject(this.#error)
      work.then(resolve, reject)
    })
  }

  get happened(): boolean {
    return this.#error !== undefined
  }

  interrupt(error: EngineError): void {
    this.#error ??= error
    this.#reject?.(this.#error)
  }

  /** Resolves when nothing goes on any more, however it ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#work])
  }

  dispose(): void {
    this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => {
    this.interrupt(new EngineError('aborted', 'was stopped', { engine: this.#engine, cause: this.#signal.reason }))
  }
}
