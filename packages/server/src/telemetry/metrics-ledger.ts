/** Money, and the store that keeps it. */

import { type Currency, NANO_PER_UNIT } from '../records/money.ts'
import type { ContentFigures } from '../contents/content-log.ts'
import type { StoreFigures } from '../store/store.ts'
import type { RequestRecord } from '../records/request-record.ts'
import { modelLabel } from './model-label.ts'
import { type Counter, CounterFamily, type MetricFamily, entry, writeCounter, writeGauge } from './metrics-series.ts'

export interface LedgerFigures {
  /** `undefined` before there is one. */
  readonly store: () => StoreFigures | undefined
  /** Ends that could not be kept yet. */
  readonly unsettled: () => number
}

/** Of all configurations that a server has followed together; further ones are counted as `other`. */
const MOST_ENGINES = 1024
const NONE = 'none'
const OTHER = 'other'

export class LedgerMetrics implements MetricFamily {
  readonly #figures: LedgerFigures
  /** Counted as integers; a fraction only where it is written. */
  readonly #cost = new CounterFamily(
    'moonbase_cost_total',
    'What answers have cost their organisations, in units of the currency.',
    ['model', 'engine', 'currency'],
    NANO_PER_UNIT,
  )
  /** By engine, by currency and model. */
  readonly #byEngine = new Map<string, Map<string, Counter>>()

  constructor(figures: LedgerFigures) {
    this.#figures = figures
  }

  /** Told once of each request that is settled. */
  settled({ model, engine, cost }: Pick<RequestRecord, 'model' | 'engine' | 'cost'>, currency: Currency): void {
    if (cost === 0) return
    const name = engine ?? NONE
    const shown = this.#byEngine.has(name) || this.#byEngine.size < MOST_ENGINES ? name : OTHER
    const label = modelLabel(model)
    const series = entry(this.#byEngine, shown, () => new Map<string, Counter>())
    entry(series, `${currency} ${label}`, () => this.#cost.of(label, shown, currency)).value += cost
  }

  write(lines: string[]): void {
    const store = this.#figures.store()
    const counter = (name: string, help: string, valueOf: (figures: StoreFigures) => number): void =>
      writeCounter(lines, name, help, store === undefined ? [] : [[{}, valueOf(store)]])
    this.#cost.write(lines)
    counter('moonbase_store_commits_total', 'Transactions that were made durable.', ({ commits }) => commits)
    counter('moonbase_store_rows_total', 'Rows written to the ledger and the request log.', ({ rows }) => rows)
    counter('moonbase_store_failures_total', 'Writes that the store did not keep.', ({ failures }) => failures)
    counter(
      'moonbase_request_log_dropped_total',
      'Lines of the request log that were dropped because too many waited.',
      ({ droppedNotes }) => droppedNotes,
    )
    writeContents(lines, store?.contents)
    writeGauge(
      lines,
      'moonbase_ledger_open_holds',
      'Requests for which money is held.',
      store === undefined ? [] : [[{}, store.openHolds]],
    )
    writeGauge(lines, 'moonbase_ledger_unsettled', 'Ends of requests that could not be kept yet.', [
      [{}, this.#figures.unsettled()],
    ])
  }
}

function writeContents(lines: string[], contents: ContentFigures | undefined): void {
  const outcomes = contents === undefined ? [] : (['kept', 'dropped', 'deleted'] as const)
  writeCounter(
    lines,
    'moonbase_contents_total',
    'Contents of requests that were kept, dropped because too many waited, and deleted again.',
    outcomes.map((outcome) => [{ outcome }, contents?.[outcome] ?? 0]),
  )
  writeCounter(
    lines,
    'moonbase_contents_failures_total',
    'Writes of contents that the store did not take.',
    contents === undefined ? [] : [[{}, contents.failures]],
  )
  writeGauge(
    lines,
    'moonbase_contents_waiting_bytes',
    'Memory of contents that wait to be kept, and of what requests under way have asked.',
    contents === undefined ? [] : [[{}, contents.waitingBytes]],
  )
}
