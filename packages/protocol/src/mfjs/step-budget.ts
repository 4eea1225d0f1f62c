/** A count of steps that runs out: bounds work that could else grow out of proportion to its input. */
export class StepBudget {
  #left: number

  constructor(steps: number) {
    this.#left = steps
  }

  /** False from the step on at which the budget is spent. */
  step(): boolean {
    this.#left -= 1
    return this.#left >= 0
  }

  /** Gives up at once. */
  spend(): void {
    this.#left = -1
  }

  get isSpent(): boolean {
    return this.#left < 0
  }
}
