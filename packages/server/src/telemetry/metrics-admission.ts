/** Who was let in, who had to wait, and who was not. */

import type { ApiError } from '@moonbase/protocol'
import type { AheadOutcome } from '../admission/admission-control.ts'
import type { Limiter } from '../admission/limiter.ts'
import { LedgerError } from '../ledger/ledger.ts'
import {
  type Counter,
  CounterFamily,
  HistogramFamily,
  type MetricFamily,
  writeCounter,
  writeGauge,
} from './metrics-series.ts'

/** Why a request was not let in. */
const KINDS = [
  'concurrency',
  'rpm',
  'tpm',
  'tpd',
  'balance',
  'budget',
  'suspended',
  'queue_full',
  'unavailable',
  'other',
] as const
type RefusalKind = (typeof KINDS)[number]

const KIND_OF: Readonly<Partial<Record<ApiError['code'], RefusalKind>>> = {
  concurrency_limit: 'concurrency',
  rpm_limit: 'rpm',
  tpm_limit: 'tpm',
  tpd_limit: 'tpd',
  quota_exceeded: 'balance',
  account_suspended: 'suspended',
  queue_full: 'queue_full',
  limits_unavailable: 'unavailable',
  ledger_unavailable: 'unavailable',
}

const WAIT_BOUNDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

export interface AdmissionFigures {
  /** `undefined` before there is one. */
  readonly limiter: () => Limiter['figures'] | undefined
  /** How many stand in line. */
  readonly waiting: () => number
}

export class AdmissionMetrics implements MetricFamily {
  readonly #figures: AdmissionFigures
  readonly #refusals = new CounterFamily(
    'moonbase_admission_refusals_total',
    'Requests that were not let in, by what was in the way.',
    ['kind'],
  )
  readonly #waits = new HistogramFamily(
    'moonbase_admission_wait_seconds',
    'How long requests stood in line, those that waited in vain included.',
    [],
    WAIT_BOUNDS,
  )
  readonly #wait = this.#waits.of()
  readonly #ahead = new CounterFamily(
    'moonbase_admission_asked_ahead_total',
    'Requests whose engine was asked while the money was still being held, by what came of the hold.',
    ['outcome'],
  )
  readonly #byOutcome: Readonly<Record<AheadOutcome, Counter>> = {
    kept: this.#ahead.of('kept'),
    refused: this.#ahead.of('refused'),
    unavailable: this.#ahead.of('unavailable'),
  }
  /** Each is there from the start: `increase()` sees a rise from nothing only so. */
  readonly #byKind: ReadonlyMap<RefusalKind, Counter> = new Map(KINDS.map((kind) => [kind, this.#refusals.of(kind)]))

  constructor(figures: AdmissionFigures) {
    this.#figures = figures
  }

  /** @param cause tells a budget of a key or a project from the balance, which have one code. */
  refused(code: ApiError['code'], cause?: unknown): void {
    const isBudget = cause instanceof LedgerError && (cause.kind === 'key_budget' || cause.kind === 'project_budget')
    const counter = this.#byKind.get(isBudget ? 'budget' : (KIND_OF[code] ?? 'other'))
    if (counter !== undefined) counter.value += 1
  }

  /** Told when it is known whether the hold is kept; where it is not, the engine was asked in vain. */
  askedAhead(outcome: AheadOutcome): void {
    this.#byOutcome[outcome].value += 1
  }

  /** Told of each request that stood in line, when it leaves it. */
  waited(ms: number): void {
    this.#wait.observe(Math.max(ms, 0) / 1000)
  }

  write(lines: string[]): void {
    const limiter = this.#figures.limiter()
    this.#refusals.write(lines)
    this.#ahead.write(lines)
    this.#waits.write(lines)
    writeGauge(lines, 'moonbase_admission_waiting', 'Requests that stand in line.', [[{}, this.#figures.waiting()]])
    writeGauge(
      lines,
      'moonbase_admission_running',
      'Requests that hold a slot, of this process.',
      limiter === undefined ? [] : [[{}, limiter.running]],
    )
    writeGauge(
      lines,
      'moonbase_limits_degraded',
      'Whether the store of limits is away (1) or not (0).',
      limiter === undefined ? [] : [[{}, Number(limiter.degraded)]],
    )
    writeCounter(
      lines,
      'moonbase_limits_failures_total',
      'How often the store of limits did not answer.',
      limiter === undefined ? [] : [[{}, limiter.failures]],
    )
  }
}
