/** `GET /metrics`: everything that the server counts, in the text format of Prometheus. */

import type { ModelTable } from '@moonbase/core/routing'
import { apiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { bearerToken } from '../keys/authenticate.ts'
import { isKeyOf } from '../keys/key-ring.ts'
import type { RepairMetrics } from './metrics-repairs.ts'
import { ReplicaMetrics } from './metrics-replicas.ts'
import { RequestMetrics } from './metrics-requests.ts'
import { runtimeMetrics } from './metrics-runtime.ts'

/** Where it is served. */
export const METRICS_PATH = '/metrics'

/** The version that Prometheus' text format calls itself. */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsParts {
  /** Who serves; may change while the server runs. */
  readonly models: ModelTable
  /** Made before the engines, which count into it. */
  readonly repairs: RepairMetrics
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** SHA-256 of the key that is asked for, looked up each time; `undefined` where anybody may read. */
  readonly adminKeyHash: () => Uint8Array | undefined
}

export interface Metrics {
  readonly requests: RequestMetrics
  /** @throws ApiError for a caller without the admin key */
  answer(exchange: Exchange): Promise<void>
  close(): void
}

export function openMetrics({ models, repairs, now, adminKeyHash }: MetricsParts): Metrics {
  const requests = new RequestMetrics(models)
  const runtime = runtimeMetrics()
  const families = [requests, repairs, new ReplicaMetrics(models, now)]

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
      const wanted = adminKeyHash()
      if (wanted !== undefined) assertAdmin(exchange.header('authorization'), wanted)
      pending ??= page().finally(() => (pending = undefined))
      exchange.send(200, TEXT_TYPE, await pending)
    },
    close: () => runtime.close(),
  }
}

/** An API key is refused like one that nobody has: what it opens is not told to who tries keys. */
function assertAdmin(header: string | undefined, adminKeyHash: Uint8Array): void {
  if (header === undefined) throw apiError('incorrect_api_key')
  const key = bearerToken(header)
  if (key === undefined) throw apiError('invalid_authentication')
  if (!isKeyOf(key, adminKeyHash)) throw apiError('incorrect_api_key')
}
