/** What went wrong, counted by name. Nothing that fails is dropped from the figures without standing here. */

export class Faults {
  readonly #counts: Record<string, number> = {}
  #total = 0
  #firstBadAnswer: string | undefined

  /** A run with more is broken, and hammering on would only heat the machine. */
  static readonly limit = 1000

  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }

  get firstBadAnswer(): string | undefined {
    return this.#firstBadAnswer
  }

  get areTooMany(): boolean {
    return this.#total >= Faults.limit
  }

  add(name: string, answer: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
    this.#total++
    if (answer !== '') this.#firstBadAnswer ??= answer.slice(0, 400)
  }
}
