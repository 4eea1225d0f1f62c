/** `GET /metrics`: everything that the server counts, in the text format of Prometheus. */

import type { ModelTable } from '@moonbase/core/routing'
import { apiError } from '@moonbase/protocol'
import type { Accounts } from '../accounts/accounts.ts'
import type { Exchange } from '../http/exchange.ts'
import { bearerToken } from '../keys/authenticate.ts'
import type { GuessGuard } from '../keys/index.ts'
import type { RepairMetrics } from './metrics-repairs.ts'
import { ReplicaMetrics } from './metrics-replicas.ts'
import { RequestMetrics } from './metrics-requests.ts'
import { runtimeMetrics } from './metrics-runtime.ts'
import type { MetricFamily } from './metrics-series.ts'

/** Where it is served. */
export const METRICS_PATH = '/metrics'

/** The version that Prometheus' text format calls itself. */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsParts {
  /** Who serves; may change while the server runs. */
  readonly models: ModelTable
  /** Made before the engines, which count into it. */
  readonly repairs: RepairMetrics
  /** Likewise made before what it tells of. */
  readonly platform?: MetricFamily
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly findAdmin: Accounts['findAdmin']
  readonly guard: Pick<GuessGuard, 'attempt'>
  /** Whether anybody may read; looked up each time. */
  readonly isOpen: () => boolean
}

export interface Metrics {
  readonly requests: RequestMetrics
  /** @throws ApiError for a caller without the admin key */
  answer(exchange: Exchange): Promise<void>
  close(): void
}

export function openMetrics({ models, repairs, platform, now, findAdmin, guard, isOpen }: MetricsParts): Metrics {
  const requests = new RequestMetrics(models)
  const runtime = runtimeMetrics()
  const families: MetricFamily[] = [requests, repairs, new ReplicaMetrics(models, now)]
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
    async answer(exchange) {
      if (!isOpen()) {
        await guard.attempt(exchange, () => assertMayRead(exchange.header('authorization'), findAdmin))
      }
      pending ??= page().finally(() => (pending = undefined))
      exchange.send(200, TEXT_TYPE, await pending)
    },
    close: () => runtime.close(),
  }
}

/** An API key is refused like one that nobody has: what it opens is not told to who tries keys. */
function assertMayRead(header: string | undefined, findAdmin: Accounts['findAdmin']): void {
  if (header === undefined) throw apiError('incorrect_api_key')
  const key = bearerToken(header)
  if (key === undefined) throw apiError('invalid_authentication')
  const admin = findAdmin(key)
  if (admin === undefined) throw apiError('incorrect_api_key')
  // They tell of all organisations together.
  if (!admin.scopes.includes('metrics') || admin.organisation !== null) throw apiError('api_not_open')
}
