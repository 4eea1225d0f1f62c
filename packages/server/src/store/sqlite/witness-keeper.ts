/** Keeps the witness of a database a little behind it: now and then, and at its end. No commit waits for that. */

import { type Milestone, writeWitness } from '../witness.ts'

export interface WitnessKeeperParts {
  readonly path: string
  /** How many commits there were. */
  readonly commits: () => number
  /** What is on the disk. */
  readonly milestone: () => Promise<Milestone>
  /** Nothing but the witness suffers. */
  readonly onProblem: (problem: string, cause: unknown) => void
}

export class WitnessKeeper {
  readonly #parts: WitnessKeeperParts
  /** Commits that it tells of. */
  #told = -1
  #running: Promise<void> | undefined
  #isFailing = false

  constructor(parts: WitnessKeeperParts) {
    this.#parts = parts
  }

  /** Where something was committed since. Never fails. */
  keep(): Promise<void> {
    this.#running ??= this.#write().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #write(): Promise<void> {
    const { path, commits, milestone, onProblem } = this.#parts
    const before = commits()
    if (before === this.#told) return
    try {
      await writeWitness(path, await milestone())
      this.#told = before
      this.#isFailing = false
    } catch (error) {
      // Once, and not every few seconds; a start that finds an old one is no worse for it.
      if (!this.#isFailing) onProblem(`${path} cannot be written: a database put back would not be noticed`, error)
      this.#isFailing = true
    }
  }
}
