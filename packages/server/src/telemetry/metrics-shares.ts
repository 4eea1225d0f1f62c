/** What of this process is in hand, and what it would not take. */

import { type GaugeRow, type MetricFamily, writeCounter, writeGauge } from './metrics-series.ts'

export interface SharesFigures {
  readonly bodyBytes: number
  readonly connections: number
  /** Why nothing new is taken now. */
  readonly overload: 'heap' | 'delay' | undefined
  readonly refused: Readonly<Record<'heap' | 'delay', number>>
}

export class SharesMetrics implements MetricFamily {
  readonly #figures: () => SharesFigures | undefined

  constructor(figures: () => SharesFigures | undefined) {
    this.#figures = figures
  }

  write(lines: string[]): void {
    const figures = this.#figures()
    const { overload, refused } = figures ?? {}
    const each = (of: (why: 'heap' | 'delay') => number): GaugeRow[] =>
      figures === undefined ? [] : (['heap', 'delay'] as const).map((why) => [{ why }, of(why)])
    writeGauge(lines, 'moonbase_body_bytes', 'Bytes of request bodies in hand.', one(figures?.bodyBytes))
    writeGauge(lines, 'moonbase_connections', 'Open connections of clients.', one(figures?.connections))
    writeGauge(
      lines,
      'moonbase_overloaded',
      'Whether nothing new is taken, and why.',
      each((why) => Number(overload === why)),
    )
    writeCounter(
      lines,
      'moonbase_overload_refusals_total',
      'Requests that were refused before their key was asked for.',
      each((why) => refused?.[why] ?? 0),
    )
  }
}

function one(value: number | undefined): readonly GaugeRow[] {
  return value === undefined ? [] : [[{}, value]]
}
