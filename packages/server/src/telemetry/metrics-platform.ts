/** What is counted of the platform around the model: admission, money, keys, and telemetry itself. */

import { type AdmissionFigures, AdmissionMetrics } from './metrics-admission.ts'
import { type LedgerFigures, LedgerMetrics } from './metrics-ledger.ts'
import { ReasoningMetrics } from './metrics-reasoning.ts'
import { type MetricFamily, writeCounter, writeGauge } from './metrics-series.ts'
import { type SharesFigures, SharesMetrics } from './metrics-shares.ts'
import type { TracingFigures } from './tracing/tracing.ts'

/** All are read when a page is made, so that the metrics may be there before the parts are. */
export interface PlatformFigures extends AdmissionFigures, LedgerFigures {
  readonly guesses: () => GuessFigures | undefined
  /** `undefined` where no collector is named. */
  readonly tracing: () => TracingFigures | undefined
  readonly shares: () => SharesFigures | undefined
}

interface GuessFigures {
  /** Keys that nobody has, shown since the start. */
  readonly wrong: number
  /** Refusals of such that are held back now. */
  readonly waiting: number
}

export class PlatformMetrics implements MetricFamily {
  readonly admission: AdmissionMetrics
  readonly ledger: LedgerMetrics
  readonly reasoning = new ReasoningMetrics()
  readonly #shares: SharesMetrics
  readonly #figures: PlatformFigures

  constructor(figures: PlatformFigures) {
    this.admission = new AdmissionMetrics(figures)
    this.ledger = new LedgerMetrics(figures)
    this.#shares = new SharesMetrics(figures.shares)
    this.#figures = figures
  }

  write(lines: string[]): void {
    this.admission.write(lines)
    this.ledger.write(lines)
    this.#shares.write(lines)
    this.reasoning.write(lines)
    const guesses = this.#figures.guesses()
    writeCounter(
      lines,
      'moonbase_wrong_keys_total',
      'Requests with a key that nobody has.',
      guesses === undefined ? [] : [[{}, guesses.wrong]],
    )
    writeGauge(
      lines,
      'moonbase_wrong_keys_waiting',
      'Refusals of such requests that are held back.',
      guesses === undefined ? [] : [[{}, guesses.waiting]],
    )
    const tracing = this.#figures.tracing()
    writeCounter(
      lines,
      'moonbase_telemetry_spans_total',
      'Spans that a collector took, or that were dropped.',
      tracing === undefined
        ? []
        : [
            [{ outcome: 'sent' }, tracing.sentSpans],
            [{ outcome: 'dropped' }, tracing.droppedSpans],
          ],
    )
    writeCounter(
      lines,
      'moonbase_telemetry_failures_total',
      'How often the collector did not take what it was sent.',
      tracing === undefined ? [] : [[{}, tracing.failures]],
    )
  }
}
