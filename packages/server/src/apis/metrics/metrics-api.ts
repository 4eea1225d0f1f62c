/** `GET /metrics`: everything that the server counts, in the text format of Prometheus, for operators alone. */

import { apiError } from '@moonbase/protocol'
import type { Accounts } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AdminKeyRecord } from '../../records/account-records.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Api } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { refuse } from '../refuse.ts'

/** The version that Prometheus' text format calls itself. */
const TEXT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

export interface MetricsApiParts {
  readonly metrics: Pick<Metrics, 'page'>
  readonly findAdmin: Accounts['findAdmin']
  /** Whether anybody may read; looked up each time. */
  readonly isOpen: () => boolean
}

/** An API key is refused like one that nobody has: what it opens is not told to who tries keys. */
export function metricsApi({ metrics, findAdmin, isOpen }: MetricsApiParts): Api<AdminKeyRecord | 'anybody'> {
  return {
    name: 'metrics',
    prefixes: ['/metrics'],
    order: 'route-first',
    // No page has any business with it.
    pages: false,
    always: true,
    authentication: {
      shown: bearerKey,
      find: findAdmin,
      admit(admin) {
        // They tell of all organisations together.
        if (admin !== 'anybody' && (!admin.scopes.includes('metrics') || admin.organisation !== null)) {
          throw apiError('api_not_open')
        }
      },
      optional: { isOpen, open: 'anybody' },
    },
    routes: [
      {
        method: 'GET',
        path: '/metrics',
        answer: async (exchange: Exchange) => exchange.send(200, TEXT_TYPE, await metrics.page()),
      },
    ],
    refuse,
  }
}
