/** Everything that the server counts, on one page in the text format of Prometheus. */

import type { ModelTable } from '@moonbase/core/routing'
import type { RepairMetrics } from './metrics-repairs.ts'
import { ReplicaMetrics } from './metrics-replicas.ts'
import { RequestMetrics } from './metrics-requests.ts'
import { RunMetrics } from './metrics-runs.ts'
import { runtimeMetrics } from './metrics-runtime.ts'
import type { MetricFamily } from './metrics-series.ts'

export interface MetricsParts {
  /** Who serves; may change while the server runs. */
  readonly models: ModelTable
  /** Made before the engines, which count into it. */
  readonly repairs: RepairMetrics
  /** Likewise made before what it tells of. */
  readonly platform?: MetricFamily
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

export interface Metrics {
  readonly requests: RequestMetrics
  readonly runs: RunMetrics
  page(): Promise<string>
  close(): void
}

export function openMetrics({ models, repairs, platform, now }: MetricsParts): Metrics {
  const requests = new RequestMetrics()
  const runs = new RunMetrics(models)
  const runtime = runtimeMetrics()
  const families: MetricFamily[] = [requests, runs, repairs, new ReplicaMetrics(models, now)]
  if (platform !== undefined) families.push(platform)

  const page = async (): Promise<string> => {
    const lines: string[] = []
    for (const family of families) family.write(lines)
    return `${lines.join('\n')}\n${await runtime.text()}`
  }

  /** Whoever asks while a page is being made gets the same one: many that scrape cost no more than one. */
  let pending: Promise<string> | undefined
  return {
    requests,
    runs,
    page: () => (pending ??= page().finally(() => (pending = undefined))),
    close: () => runtime.close(),
  }
}
