/** Which logs somebody wants, and in which order, as Cloudflare's list of logs is asked. */

import type { GatewayLog } from './gateway-log.ts'

export const LOG_OPERATORS = ['eq', 'neq', 'contains', 'lt', 'gt'] as const
type LogOperator = (typeof LOG_OPERATORS)[number]

/** The value of a log by the key of a filter; several where it has several. */
const VALUES: Readonly<Record<string, (log: GatewayLog) => unknown>> = {
  id: ({ id }) => id,
  created_at: ({ createdAt }) => new Date(createdAt).toISOString(),
  request_content_type: ({ requestContentType }) => requestContentType,
  response_content_type: ({ responseContentType }) => responseContentType,
  success: ({ success }) => success,
  cached: ({ cached }) => cached,
  provider: ({ provider }) => provider,
  model: ({ model }) => model,
  cost: ({ cost }) => cost,
  tokens: ({ tokensIn, tokensOut }) => (tokensIn ?? 0) + (tokensOut ?? 0),
  tokens_in: ({ tokensIn }) => tokensIn,
  tokens_out: ({ tokensOut }) => tokensOut,
  duration: ({ duration }) => duration,
  feedback: ({ feedback }) => feedback,
  event_id: ({ eventId }) => eventId,
  status_code: ({ statusCode }) => statusCode,
  'metadata.key': ({ metadata }) => Object.keys(metadata),
  'metadata.value': ({ metadata }) => Object.values(metadata),
}

export const LOG_FILTER_KEYS: readonly string[] = Object.keys(VALUES)

export const LOG_ORDERS = [
  'created_at',
  'provider',
  'model',
  'success',
  'cached',
  'cost',
  'tokens_in',
  'tokens_out',
  'duration',
  'feedback',
] as const
type LogOrder = (typeof LOG_ORDERS)[number]

export interface LogFilter {
  /** One of `LOG_FILTER_KEYS`. */
  readonly key: string
  readonly operator: LogOperator
  /** Any of them. */
  readonly values: readonly (string | number | boolean | null)[]
}

export interface LogQuery {
  readonly filters: readonly LogFilter[]
  /** In the id, the event's id, the model, the provider or the metadata. */
  readonly search: string | undefined
  readonly orderBy: LogOrder
  readonly direction: 'asc' | 'desc'
}

/** All of them, the newest first. */
export const ALL_LOGS: LogQuery = { filters: [], search: undefined, orderBy: 'created_at', direction: 'desc' }

/** Whether a page of it can be had without looking at all logs. */
export function isPlain({ filters, search, orderBy, direction }: LogQuery): boolean {
  return filters.length === 0 && search === undefined && orderBy === 'created_at' && direction === 'desc'
}

export function isWanted(log: GatewayLog, { filters, search }: LogQuery): boolean {
  if (search !== undefined && !textOf(log).includes(search)) return false
  return filters.every((filter) => fits(log, filter))
}

/** Logs that are given newest first; those that are alike stay so. */
export function ordered(logs: readonly GatewayLog[], { orderBy, direction }: LogQuery): readonly GatewayLog[] {
  const of = VALUES[orderBy]
  if (of === undefined) return logs
  if (orderBy === 'created_at') return direction === 'desc' ? logs : logs.toReversed()
  const sign = direction === 'asc' ? 1 : -1
  return logs.toSorted((one, other) => sign * compared(of(one), of(other)))
}

function textOf({ id, eventId, provider, model, metadata }: GatewayLog): string {
  return [id, eventId, provider, model, JSON.stringify(metadata)].join('\n')
}

function fits(log: GatewayLog, { key, operator, values }: LogFilter): boolean {
  const value = VALUES[key]?.(log)
  const own: readonly unknown[] = Array.isArray(value) ? value : [value]
  switch (operator) {
    case 'eq':
      return own.some((one) => values.some((wanted) => isSame(one, wanted)))
    case 'neq':
      return own.every((one) => values.every((wanted) => !isSame(one, wanted)))
    case 'contains':
      return own.some((one) => values.some((wanted) => String(one).includes(String(wanted))))
    case 'lt':
      return own.some((one) => values.some((wanted) => isLess(one, wanted)))
    case 'gt':
      return own.some((one) => values.some((wanted) => isLess(wanted, one)))
  }
}

/** In an address everything is text. */
function isSame(one: unknown, wanted: unknown): boolean {
  return one === wanted || String(one) === String(wanted)
}

/** What is not there is neither less nor more. */
function isLess(one: unknown, other: unknown): boolean {
  if (one === null || other === null || one === undefined || other === undefined) return false
  return compared(one, other) < 0
}

function compared(one: unknown, other: unknown): number {
  const [a, b] = [Number(one ?? Number.NEGATIVE_INFINITY), Number(other ?? Number.NEGATIVE_INFINITY)]
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a < b ? -1 : Number(a > b)
  const [left, right] = [String(one), String(other)]
  return left < right ? -1 : Number(left > right)
}
