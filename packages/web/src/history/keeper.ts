/**
 * Keeps one conversation while it changes: at once where it matters, else at most twice a second, and never two writes at a time.
 * Text and the number of its last event are one document, so what is kept always fits together: the rest is asked for behind it.
 */

import type { Kept } from './document.ts'
import type { Keeping } from './history.ts'

/** Ms between two writes of a conversation that runs. */
const PAUSE_MS = 500

export interface KeeperOptions {
  readonly keep: (kept: Kept) => Promise<Keeping>
  /** How the last write went, or why there was none. */
  readonly told: (how: Keeping | 'no', error?: unknown) => void
  readonly later: (work: () => void, ms: number) => () => void
}

export class Keeper {
  readonly #options: KeeperOptions
  #next: Kept | undefined
  #writing: Promise<void> | undefined
  #cancel: (() => void) | undefined

  constructor(options: KeeperOptions) {
    this.#options = options
  }

  /** The newest is kept; those between may be skipped. */
  changed(kept: Kept): void {
    this.#next = kept
    this.#cancel ??= this.#options.later(() => void this.flush(), PAUSE_MS)
  }

  /** Now: a stream has its id, an answer is over, the page is hidden. Resolves when nothing is left to write. */
  async flush(): Promise<void> {
    this.#cancel?.()
    this.#cancel = undefined
    while (this.#next !== undefined || this.#writing !== undefined) {
      if (this.#writing === undefined) this.#begin()
      await this.#writing
    }
  }

  #begin(): void {
    const kept = this.#next
    this.#next = undefined
    if (kept === undefined) return
    this.#writing = this.#options
      .keep(kept)
      .then((how) => this.#options.told(how))
      .catch((error: unknown) => this.#options.told('no', error))
      .finally(() => {
        this.#writing = undefined
      })
  }
}
