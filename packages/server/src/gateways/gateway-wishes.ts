/** What a request asks of its gateway, out of `cf-aig-*` headers, or out of the `gateway` of a binding's options. */

import { apiError, isFields, shown } from '@moonbase/protocol'
import {
  BACKOFFS,
  type CustomCost,
  type GatewayBackoff,
  type GatewayMetadata,
  type GatewayRetries,
  type GatewayWishes,
  type StepWishes,
} from './gateway.ts'

type Fields = Readonly<Record<string, unknown>>

/** A month. */
export const MOST_TTL_SECONDS = 31 * 86_400
export const MOST_ATTEMPTS = 5
export const MOST_DELAY_MS = 5_000
const MOST_METADATA = 5
const MOST_NAME_CHARACTERS = 128
const MOST_TEXT_CHARACTERS = 1_024
/** An hour: routing gives up long before. */
const MOST_TIMEOUT_MS = 3_600_000

/** @param header by lower-case name. @throws ApiError that names the header which says nothing that can be */
export function wishesOfHeaders(header: (name: string) => string | undefined): GatewayWishes {
  const said: Fields = {
    skipCache: flag(header('cf-aig-skip-cache') ?? header('cf-skip-cache')),
    cacheTtl: number(header('cf-aig-cache-ttl') ?? header('cf-cache-ttl')),
    cacheKey: header('cf-aig-cache-key'),
    metadata: json(header('cf-aig-metadata')),
    collectLog: flag(header('cf-aig-collect-log')),
    collectLogPayload: flag(header('cf-aig-collect-log-payload')),
    eventId: header('cf-aig-event-id'),
    requestTimeoutMs: number(header('cf-aig-request-timeout')),
    maxAttempts: number(header('cf-aig-max-attempts')),
    retryDelayMs: number(header('cf-aig-retry-delay')),
    backoff: header('cf-aig-backoff'),
  }
  const customCost = customCostOf(json(header('cf-aig-custom-cost')))
  const wishes = wishesOf(said, (name) => `cf-aig-${HEADERS[name] ?? name}`)
  return customCost === undefined ? wishes : { ...wishes, customCost }
}

/** @param options such as `{id, skipCache, cacheTtl, …}`; what it says beside is let be. @throws ApiError */
export function wishesOfOptions(options: Fields): GatewayWishes {
  const retries = options['retries'] ?? {}
  if (!isFields(retries)) throw wrong('gateway.retries', retries, 'an object')
  return wishesOf({ ...retries, ...options }, (name) => `gateway.${name in retries ? 'retries.' : ''}${name}`)
}

/** Of one step of the universal endpoint: `{requestTimeout, maxAttempts, retryDelay, backoff}`. @throws ApiError */
export function wishesOfStep(config: unknown): StepWishes {
  if (config === undefined || config === null) return {}
  if (!isFields(config)) throw wrong('config', config, 'an object')
  const { requestTimeout, retryDelay, maxAttempts, backoff } = config
  const fields = { requestTimeoutMs: requestTimeout, retryDelayMs: retryDelay, maxAttempts, backoff }
  const { requestTimeoutMs, retries } = wishesOf(fields, (name) => `config.${STEP[name] ?? name}`)
  return {
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
    ...(retries === undefined ? {} : { retries }),
  }
}

const STEP: Readonly<Record<string, string>> = { requestTimeoutMs: 'requestTimeout', retryDelayMs: 'retryDelay' }

/** By our names, the headers of each, behind `cf-aig-`. */
const HEADERS: Readonly<Record<string, string>> = {
  skipCache: 'skip-cache',
  cacheTtl: 'cache-ttl',
  cacheKey: 'cache-key',
  metadata: 'metadata',
  collectLog: 'collect-log',
  collectLogPayload: 'collect-log-payload',
  eventId: 'event-id',
  requestTimeoutMs: 'request-timeout',
  maxAttempts: 'max-attempts',
  retryDelayMs: 'retry-delay',
  backoff: 'backoff',
}

/** @param label how a field is called by whoever wrote it */
function wishesOf(said: Fields, label: (name: string) => string): GatewayWishes {
  const read = <Value>(name: string, what: string, is: (value: unknown) => value is Value): Value | undefined => {
    const value = said[name]
    if (value === undefined || value === null) return undefined
    if (!is(value)) throw wrong(label(name), value, what)
    return value
  }
  const count = (name: string, least: number, most: number) =>
    read(name, `a whole number from ${least} to ${most}`, isWhole(least, most))
  const metadata = read('metadata', 'an object', isFields)
  const retries = present<GatewayRetries>({
    maxAttempts: count('maxAttempts', 1, MOST_ATTEMPTS),
    retryDelayMs: count('retryDelayMs', 0, MOST_DELAY_MS),
    backoff: read('backoff', `one of ${BACKOFFS.join(', ')}`, isBackoff),
  })
  return present<GatewayWishes>({
    skipCache: read('skipCache', 'true or false', isFlag),
    cacheTtl: count('cacheTtl', 0, MOST_TTL_SECONDS),
    cacheKey: read('cacheKey', SHORT, isShort),
    metadata: metadata === undefined ? undefined : metadataOf(metadata, label('metadata')),
    collectLog: read('collectLog', 'true or false', isFlag),
    collectLogPayload: read('collectLogPayload', 'true or false', isFlag),
    eventId: read('eventId', SHORT, isShort),
    requestTimeoutMs: count('requestTimeoutMs', 1, MOST_TIMEOUT_MS),
    retries: Object.keys(retries).length === 0 ? undefined : retries,
  })
}

/** The first five entries, as the platform keeps them. @throws ApiError for a value that is none of the four kinds */
export function metadataOf(metadata: Fields, label: string): GatewayMetadata {
  const kept: Record<string, string | number | boolean | null> = {}
  for (const [name, value] of Object.entries(metadata).slice(0, MOST_METADATA)) {
    if (name.length > MOST_NAME_CHARACTERS)
      throw wrong(label, name, `names of at most ${MOST_NAME_CHARACTERS} characters`)
    const isPlain = value === null || typeof value === 'number' || typeof value === 'boolean' || isShort(value)
    if (!isPlain) throw wrong(`${label}.${name}`, value, `a number, a boolean, null or ${SHORT}`)
    kept[name] = value
  }
  return kept
}

function customCostOf(value: unknown): CustomCost | undefined {
  if (value === undefined) return undefined
  const label = 'cf-aig-custom-cost'
  if (!isFields(value)) throw wrong(label, value, 'an object')
  const amount = (name: string): number | undefined => {
    const said = value[name]
    if (said === undefined || said === null) return undefined
    if (typeof said !== 'number' || !Number.isFinite(said) || said < 0 || said > MOST_COST) {
      throw wrong(`${label}.${name}`, said, `a number from 0 to ${MOST_COST}`)
    }
    return said
  }
  const total = amount('total_cost')
  if (total !== undefined) return { totalCost: total }
  return { perTokenIn: amount('per_token_in') ?? 0, perTokenOut: amount('per_token_out') ?? 0 }
}

/** Units: what is more is no price of an answer. */
const MOST_COST = 1_000_000
const SHORT = `text of at most ${MOST_TEXT_CHARACTERS} characters`

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MOST_TEXT_CHARACTERS
}

function isBackoff(value: unknown): value is GatewayBackoff {
  return BACKOFFS.some((backoff) => backoff === value)
}

function isFlag(value: unknown): value is boolean {
  return typeof value === 'boolean'
}

function isWhole(least: number, most: number): (value: unknown) => value is number {
  return (value): value is number => Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most
}

/** `'true'` and `'false'` of a header; anything else stays as it is, to be refused. */
function flag(text: string | undefined): unknown {
  return text === 'true' ? true : text === 'false' ? false : text
}

function number(text: string | undefined): unknown {
  return text !== undefined && /^\d{1,15}$/.test(text.trim()) ? Number(text) : text
}

function json(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    // Refused as what it is: text, where an object should be.
    return text
  }
}

function wrong(label: string, value: unknown, what: string): Error {
  return apiError('invalid_request', { details: `${label} must be ${what}, not ${shown(value)}` })
}

/** Without what was not said. */
function present<Shape>(fields: { readonly [Name in keyof Shape]: Shape[Name] | undefined }): Shape {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fields that are left are those of the shape
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Shape
}
