/** Everything that gateways are made of, over one store. */

import type { Documents } from '../documents/documents.ts'
import { AnswerCache, type CacheLimits } from './answer-cache.ts'
import { GatewayLogs } from './gateway-logs.ts'
import { Gateways } from './gateways.ts'
import { RequestRates } from './request-rates.ts'
import { SpendLimitsKeeper } from './spend-limits.ts'

export interface GatewayParts {
  readonly documents: Documents
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** Told of what could not be written: a log, or what was spent. */
  readonly onLost: (cause: unknown) => void
  readonly cache?: Partial<CacheLimits>
}

export interface GatewayServices {
  readonly gateways: Gateways
  readonly logs: GatewayLogs
  readonly cache: AnswerCache
  readonly rates: RequestRates
  readonly spent: SpendLimitsKeeper
  readonly onLost: (cause: unknown) => void
}

export function openGateways({ documents, now, onLost, cache }: GatewayParts): GatewayServices {
  return {
    gateways: new Gateways(documents, now),
    logs: new GatewayLogs({ documents, now, onLost }),
    cache: new AnswerCache(now, cache),
    rates: new RequestRates(now),
    spent: new SpendLimitsKeeper(documents, now),
    onLost,
  }
}
