/** What became of thoughts that were to be kept for `restore-reasoning`, and of those that were missing. */

import { REASONING_OUTCOMES, type ReasoningOutcome } from '../inference/resolvers/reasoning-parts.ts'
import { CounterFamily, type MetricFamily } from './metrics-series.ts'

export class ReasoningMetrics implements MetricFamily {
  readonly #outcomes = new CounterFamily(
    'moonbase_kept_reasoning_total',
    'Thoughts that were to be kept, and that were missing and looked for.',
    ['outcome'],
  )

  constructor() {
    // Each is there from the start, at 0.
    for (const outcome of REASONING_OUTCOMES) this.#outcomes.of(outcome)
  }

  readonly count = (outcome: ReasoningOutcome, amount = 1): void => {
    this.#outcomes.of(outcome).value += amount
  }

  write(lines: string[]): void {
    this.#outcomes.write(lines)
  }
}
