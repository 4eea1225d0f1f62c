/** A gateway as Cloudflare's REST API writes it, there and back. */

import { apiError, isFields } from '@moonbase/protocol'
import { BACKOFFS } from '../../gateways/gateway.ts'
import { type Gateway, type GatewaySettings, LOG_STRATEGIES, TECHNIQUES } from '../../gateways/gateway-object.ts'
import { MOST_ATTEMPTS, MOST_DELAY_MS, MOST_TTL_SECONDS } from '../../gateways/gateway-wishes.ts'
import { MOST_LOGS_KEPT } from '../../gateways/log-room.ts'
import { wrong } from './gateway-wrong.ts'
import { readSpendLimits, spendLimitsFields } from './spend-fields.ts'

type Fields = Readonly<Record<string, unknown>>

/** What must be said of a new one, and of one that is changed. */
const REQUIRED = [
  'cache_invalidate_on_update',
  'cache_ttl',
  'collect_logs',
  'rate_limiting_interval',
  'rate_limiting_limit',
] as const

/**
 * What Cloudflare's own network does, and nothing here would: to take it and do nothing would be worse than to say so. Off, it is
 * taken.
 */
const NOT_BUILT = ['dlp', 'guardrails', 'logpush', 'logpush_public_key', 'otel', 'store_id', 'stripe'] as const
/** A day; the platform's form offers less. */
const MOST_INTERVAL_SECONDS = 86_400
const MOST_REQUESTS = 1_000_000_000

export function gatewayFields(gateway: Gateway) {
  return {
    id: gateway.id,
    authentication: gateway.authentication,
    cache_invalidate_on_update: gateway.cacheInvalidateOnUpdate,
    cache_ttl: gateway.cacheTtl,
    collect_logs: gateway.collectLogs,
    rate_limiting_interval: gateway.rateLimitingInterval,
    rate_limiting_limit: gateway.rateLimitingLimit,
    rate_limiting_technique: gateway.rateLimitingTechnique,
    retry_max_attempts: gateway.retryMaxAttempts,
    retry_delay: gateway.retryDelay,
    retry_backoff: gateway.retryBackoff,
    log_management: gateway.logManagement,
    log_management_strategy: gateway.logManagementStrategy,
    spend_limits: gateway.spendLimits === null ? null : spendLimitsFields(gateway.spendLimits),
    zdr: gateway.zdr,
    is_default: gateway.isDefault,
    logpush: false,
    logpush_public_key: null,
    created_at: new Date(gateway.createdAt).toISOString(),
    modified_at: new Date(gateway.modifiedAt).toISOString(),
  }
}

/**
 * @param before what stays as it is where nothing is said of it; required fields are always said
 * @throws ApiError that names the field
 */
export function readSettings(body: unknown, before: GatewaySettings): GatewaySettings {
  if (!isFields(body)) throw wrong('the body', body, 'an object')
  for (const name of REQUIRED) {
    if (body[name] === undefined) throw wrong(name, undefined, 'there: it is required')
  }
  for (const name of NOT_BUILT) assertOff(name, body[name])
  const read = fieldReader(body)
  return {
    authentication: read.flag('authentication') ?? before.authentication,
    collectLogs: read.flag('collect_logs') ?? before.collectLogs,
    cacheTtl: read.orNull('cache_ttl', before.cacheTtl, read.count(0, MOST_TTL_SECONDS)),
    cacheInvalidateOnUpdate: read.flag('cache_invalidate_on_update') ?? before.cacheInvalidateOnUpdate,
    rateLimitingInterval: read.orNull(
      'rate_limiting_interval',
      before.rateLimitingInterval,
      read.count(0, MOST_INTERVAL_SECONDS),
    ),
    rateLimitingLimit: read.orNull('rate_limiting_limit', before.rateLimitingLimit, read.count(0, MOST_REQUESTS)),
    rateLimitingTechnique: read.orNull('rate_limiting_technique', before.rateLimitingTechnique, read.oneOf(TECHNIQUES)),
    retryMaxAttempts: read.orNull('retry_max_attempts', before.retryMaxAttempts, read.count(1, MOST_ATTEMPTS)),
    retryDelay: read.orNull('retry_delay', before.retryDelay, read.count(0, MOST_DELAY_MS)),
    retryBackoff: read.orNull('retry_backoff', before.retryBackoff, read.oneOf(BACKOFFS)),
    logManagement: read.orNull('log_management', before.logManagement, read.count(0, MOST_LOGS_KEPT)),
    logManagementStrategy: read.orNull(
      'log_management_strategy',
      before.logManagementStrategy,
      read.oneOf(LOG_STRATEGIES),
    ),
    spendLimits: read.orNull('spend_limits', before.spendLimits, readSpendLimits),
    zdr: read.flag('zdr') ?? before.zdr,
  }
}

/** @throws ApiError */
export function readGatewayId(body: unknown): string {
  const id = isFields(body) ? body['id'] : undefined
  if (typeof id !== 'string') throw wrong('id', id, 'text')
  return id
}

/** @throws ApiError that names the field, and what it must be */
type ReadField<Value> = (name: string, value: unknown) => Value

function fieldReader(body: Fields) {
  return {
    flag(name: string): boolean | undefined {
      const value = body[name]
      if (value === undefined || value === null) return undefined
      if (typeof value !== 'boolean') throw wrong(name, value, 'true or false')
      return value
    },
    orNull<Value>(name: string, before: Value | null, read: ReadField<Value>): Value | null {
      const value = body[name]
      if (value === undefined) return before
      return value === null ? null : read(name, value)
    },
    count(least: number, most: number): ReadField<number> {
      return (name, value) => {
        if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
        throw wrong(name, value, `a whole number from ${least} to ${most}, or null`)
      }
    },
    oneOf<Choice extends string>(choices: readonly Choice[]): ReadField<Choice> {
      return (name, value) => {
        const found = choices.find((choice) => choice === value)
        if (found === undefined) throw wrong(name, value, `one of ${choices.join(', ')}, or null`)
        return found
      }
    },
  }
}

function assertOff(name: string, value: unknown): void {
  const isOff =
    value === undefined ||
    value === null ||
    value === false ||
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (isFields(value) && (value['enabled'] === false || Object.keys(value).length === 0))
  if (!isOff) throw apiError('not_built', { what: `${name} of a gateway`, instead: 'leave it out' })
}
