/** Gateways and logs for tests. */

import type { GatewayLog } from '../gateway-log.ts'
import { DEFAULT_SETTINGS, type Gateway, type SpendRule } from '../gateway-object.ts'

export function gatewayOf(more: Partial<Gateway> = {}): Gateway {
  return { ...DEFAULT_SETTINGS, id: 'g', isDefault: false, createdAt: 1, modifiedAt: 1, ...more }
}

export function spendRule(more: Partial<SpendRule> = {}): SpendRule {
  return {
    id: 'daily',
    enabled: true,
    limit: 1,
    window: 60,
    technique: 'fixed',
    metadata: {},
    models: null,
    providers: null,
    ...more,
  }
}

export function logOf(more: Partial<GatewayLog> = {}): GatewayLog {
  return {
    id: '01M8S39KYD08ZGS1MVEW0DF3MT',
    createdAt: 1,
    project: 'proj-a',
    eventId: 'event-1',
    provider: 'openai',
    model: 'kimi-k2.5',
    path: 'chat/completions',
    step: 0,
    cached: false,
    success: true,
    statusCode: 200,
    duration: 5,
    tokensIn: 10,
    tokensOut: 20,
    cost: 0.5,
    customCost: false,
    metadata: {},
    streamed: false,
    requestContentType: 'application/json',
    responseContentType: 'application/json',
    requestSize: 10,
    responseSize: 20,
    feedback: null,
    score: null,
    ...more,
  }
}
