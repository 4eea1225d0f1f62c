/** How often the output of an engine had to be mended, by engine and by what was wrong. */

import type { AnswerRepairKind } from '@moonbase/core/generation'
import { type Counter, CounterFamily, type MetricFamily, entry } from './metrics-series.ts'

export class RepairMetrics implements MetricFamily {
  readonly #repairs = new CounterFamily(
    'moonbase_repairs_total',
    'Slips in the output of an engine that were mended.',
    ['engine', 'kind'],
  )

  /** What an engine is to be given as its `onRepair`. Kinds are a closed list, so this stays small. */
  of(engine: string): (kind: AnswerRepairKind) => void {
    const byKind = new Map<AnswerRepairKind, Counter>()
    return (kind) => {
      const counter = byKind.get(kind) ?? entry(byKind, kind, () => this.#repairs.of(engine, kind))
      counter.value += 1
    }
  }

  write(lines: string[]): void {
    this.#repairs.write(lines)
  }
}
