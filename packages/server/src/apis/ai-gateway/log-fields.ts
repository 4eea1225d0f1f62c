/** Logs of gateways as Cloudflare writes them, and which of them a query asks for. */

import { isFields } from '@moonbase/protocol'
import type { GatewayLog, LogPatch, LoggedBody } from '../../gateways/gateway-log.ts'
import { metadataOf } from '../../gateways/gateway-wishes.ts'
import { LOG_FILTER_KEYS, LOG_OPERATORS, LOG_ORDERS, type LogFilter, type LogQuery } from '../../gateways/log-query.ts'
import { wrong } from './gateway-wrong.ts'

/** A row of a list. REST has metadata as text, the binding as an object. */
export function logFields(log: GatewayLog, metadata: 'text' | 'object') {
  return {
    id: log.id,
    created_at: new Date(log.createdAt).toISOString(),
    event_id: log.eventId,
    provider: log.provider,
    model: log.model,
    path: log.path,
    step: log.step,
    cached: log.cached,
    success: log.success,
    status_code: log.statusCode,
    duration: log.duration,
    tokens_in: log.tokensIn,
    tokens_out: log.tokensOut,
    cost: log.cost,
    custom_cost: log.customCost,
    metadata: metadata === 'text' ? JSON.stringify(log.metadata) : log.metadata,
    feedback: log.feedback,
    score: log.score,
    request_content_type: log.requestContentType,
    ...(log.responseContentType === null ? {} : { response_content_type: log.responseContentType }),
  }
}

/** One log, with the beginnings of its bodies where there are any. */
export function wholeLog(
  log: GatewayLog,
  metadata: 'text' | 'object',
  request: LoggedBody | undefined,
  response: LoggedBody | undefined,
) {
  return {
    ...logFields(log, metadata),
    request_size: log.requestSize,
    ...(request === undefined ? {} : { request_head: request.text }),
    request_head_complete: request?.complete ?? false,
    response_size: log.responseSize,
    ...(response === undefined ? {} : { response_head: response.text }),
    response_head_complete: response?.complete ?? false,
  }
}

/** @throws ApiError that names the field */
export function readPatch(body: unknown): LogPatch {
  if (!isFields(body)) throw wrong('the body', body, 'an object')
  const { feedback, score, metadata } = body
  const isThumb = feedback === 1 || feedback === -1 || feedback === null || feedback === undefined
  if (!isThumb) throw wrong('feedback', feedback, '1, -1 or null')
  if (score !== undefined && score !== null && (typeof score !== 'number' || !Number.isFinite(score))) {
    throw wrong('score', score, 'a number or null')
  }
  if (metadata !== undefined && metadata !== null && !isFields(metadata))
    throw wrong('metadata', metadata, 'an object or null')
  return {
    ...(feedback === undefined ? {} : { feedback }),
    ...(score === undefined ? {} : { score }),
    ...(metadata === undefined ? {} : { metadata: metadata === null ? {} : metadataOf(metadata, 'metadata') }),
  }
}

const MOST_FILTERS = 20
const MOST_SEARCHED = 256

/** @throws ApiError that names what is no part of such a query */
export function readLogQuery(query: URLSearchParams): LogQuery {
  const search = query.get('search')
  if (search !== null && search.length > MOST_SEARCHED)
    throw wrong('search', search, `at most ${MOST_SEARCHED} characters`)
  return {
    filters: [...readFilters(query), ...plainFilters(query)],
    search: search === null || search === '' ? undefined : search,
    orderBy: choiceOf(query, 'order_by', LOG_ORDERS) ?? 'created_at',
    direction: choiceOf(query, 'order_by_direction', DIRECTIONS) ?? choiceOf(query, 'direction', DIRECTIONS) ?? 'desc',
  }
}

const DIRECTIONS = ['asc', 'desc'] as const

function choiceOf<Choice extends string>(
  query: URLSearchParams,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const found = choices.find((choice) => choice === text)
  if (found === undefined) throw wrong(name, text, `one of ${choices.join(', ')}`)
  return found
}

/** The older way: one parameter for each. */
function plainFilters(query: URLSearchParams): LogFilter[] {
  const equal = ['success', 'cached', 'provider', 'model', 'feedback'].flatMap((key): LogFilter[] => {
    const value = query.get(key)
    return value === null ? [] : [{ key, operator: 'eq', values: [value] }]
  })
  const [from, to] = [query.get('start_date'), query.get('end_date')]
  if (from !== null) equal.push({ key: 'created_at', operator: 'gt', values: [from] })
  if (to !== null) equal.push({ key: 'created_at', operator: 'lt', values: [to] })
  return equal
}

interface OpenFilter {
  key?: string
  operator?: string
  values: (string | number | boolean | null)[]
}

/**
 * `filters` as JSON, or as clients write an array of objects in an address: `filters[0][key]=…`, `filters[][key]=…`, or
 * `filters[key]=…&filters[operator]=…&filters[value]=…` again and again.
 */
function readFilters(query: URLSearchParams): LogFilter[] {
  const json = query.get('filters')
  const open = json === null ? spreadFilters(query) : jsonFilters(json)
  if (open.length > MOST_FILTERS) throw wrong('filters', open.length, `at most ${MOST_FILTERS}`)
  return open.map(({ key, operator = 'eq', values }, index): LogFilter => {
    if (key === undefined || !LOG_FILTER_KEYS.includes(key)) {
      throw wrong(`filters[${index}].key`, key, `one of ${LOG_FILTER_KEYS.join(', ')}`)
    }
    const found = LOG_OPERATORS.find((one) => one === operator)
    if (found === undefined) throw wrong(`filters[${index}].operator`, operator, `one of ${LOG_OPERATORS.join(', ')}`)
    return { key, operator: found, values }
  })
}

function spreadFilters(query: URLSearchParams): OpenFilter[] {
  const byName = new Map<string, OpenFilter>()
  let unnamed = 0
  for (const [name, text] of query) {
    const [, index, field] = /^filters(?:\[(\d*)\])?\[(key|operator|value)\](?:\[\d*\])?$/.exec(name) ?? []
    if (field === undefined) continue
    const isNamed = index !== undefined && index !== ''
    // Without a number, a key that comes again begins the next one.
    if (!isNamed && field === 'key' && byName.get(`#${unnamed}`)?.key !== undefined) unnamed += 1
    const place = isNamed ? index : `#${unnamed}`
    const filter: OpenFilter = byName.get(place) ?? { values: [] }
    byName.set(place, filter)
    if (field === 'value') filter.values.push(text)
    else if (field === 'key') filter.key = text
    else filter.operator = text
  }
  return [...byName.values()]
}

function jsonFilters(text: string): OpenFilter[] {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    throw wrong('filters', text, 'an array of filters as JSON')
  }
  if (!Array.isArray(said)) throw wrong('filters', said, 'an array')
  return said.map((one: unknown, index): OpenFilter => {
    if (!isFields(one)) throw wrong(`filters[${index}]`, one, 'an object')
    const { key, operator, value } = one
    const values: readonly unknown[] = Array.isArray(value) ? value : [value]
    if (typeof key !== 'string' || typeof operator !== 'string' || !values.every(isPlain)) {
      throw wrong(`filters[${index}]`, one, '{key, operator, value: […]}')
    }
    return { key, operator, values: [...values] }
  })
}

function isPlain(value: unknown): value is string | number | boolean | null {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}
