/** The standard variables of OpenTelemetry, as far as they are followed here. `docs/tracing.md` lists them. */

import { type StartEnvironment, StartError } from '../../configuration/index.ts'

export interface Collector {
  readonly url: string
  /** May hold secrets. */
  readonly headers: Readonly<Record<string, string>>
}

type RootSampler = 'always_on' | 'always_off' | 'traceidratio'

export interface TracingSettings {
  /** `undefined`: no spans. */
  readonly traces: Collector | undefined
  readonly metrics: Collector | undefined
  readonly sampler: {
    /** Whether the caller's choice counts first. */
    readonly parentBased: boolean
    readonly root: RootSampler
    /** Of the traces, 0 to 1; for `traceidratio`. */
    readonly ratio: number
  }
  readonly metricsEveryMs: number
  /** What the server is called, and whatever else the operator says of it. */
  readonly resource: Readonly<Record<string, string>>
}

const SERVICE_NAME = 'moonbase'
const METRICS_EVERY_MS = 60_000
/** More often, the collector would be asked again before it could have answered. */
const SHORTEST_METRICS_EVERY_MS = 1_000

type Signal = 'TRACES' | 'METRICS'

/**
 * `undefined`: no collector is named, or the operator has turned it off.
 *
 * @throws StartError
 */
export function tracingSettings(environment: StartEnvironment): TracingSettings | undefined {
  const value = (name: string): string | undefined => {
    const text = environment[name]?.trim()
    // An empty variable is one that is not there, as OpenTelemetry has it.
    return text === '' ? undefined : text
  }
  if (value('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined
  const traces = collectorOf('TRACES', value)
  const metrics = collectorOf('METRICS', value)
  if (traces === undefined && metrics === undefined) return undefined
  const named = pairsOf('OTEL_RESOURCE_ATTRIBUTES', value)
  return {
    traces,
    metrics,
    sampler: samplerOf(value),
    metricsEveryMs: intervalOf(value),
    resource: { ...named, 'service.name': value('OTEL_SERVICE_NAME') ?? named['service.name'] ?? SERVICE_NAME },
  }
}

type Value = (name: string) => string | undefined

function collectorOf(signal: Signal, value: Value): Collector | undefined {
  const exporter = value(`OTEL_${signal}_EXPORTER`)?.toLowerCase() ?? 'otlp'
  if (exporter === 'none') return undefined
  if (exporter !== 'otlp') throw new StartError(`OTEL_${signal}_EXPORTER is neither otlp nor none`)
  const own = `OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`
  const common = 'OTEL_EXPORTER_OTLP_ENDPOINT'
  const name = value(own) === undefined ? common : own
  const address = value(name)
  if (address === undefined) return undefined
  // The value may hold a password: it is not told.
  if (!isWebAddress(address)) throw new StartError(`${name} is no http or https address`)
  const ownProtocol = `OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`
  const said = value(ownProtocol) === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : ownProtocol
  // `http/protobuf` is the standard's default and often said: whoever takes that takes JSON at the same port.
  if (!PROTOCOLS.has(value(said) ?? 'http/json')) {
    throw new StartError(`${said}: only http/json is spoken here; collectors take it at port 4318`)
  }
  return {
    url: name === own ? address : `${address.replace(/\/+$/, '')}/v1/${signal.toLowerCase()}`,
    headers: {
      ...headersOf('OTEL_EXPORTER_OTLP_HEADERS', value),
      ...headersOf(`OTEL_EXPORTER_OTLP_${signal}_HEADERS`, value),
    },
  }
}

const PROTOCOLS: ReadonlySet<string> = new Set(['http/json', 'http/protobuf'])

/** @throws StartError for what HTTP cannot hold: every export would fail on it. */
function headersOf(name: string, value: Value): Record<string, string> {
  const headers = pairsOf(name, value)
  for (const [header, text] of Object.entries(headers)) {
    if (!HEADER_NAME.test(header) || !HEADER_VALUE.test(text)) throw new StartError(`${name} holds what is no header`)
  }
  return headers
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]+$/
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

function isWebAddress(text: string): boolean {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? '')
}

function samplerOf(value: Value): TracingSettings['sampler'] {
  const text = value('OTEL_TRACES_SAMPLER') ?? 'parentbased_always_on'
  const [, parent, root] = /^(parentbased_)?(always_on|always_off|traceidratio)$/.exec(text) ?? []
  if (!isRootSampler(root)) {
    throw new StartError(
      'OTEL_TRACES_SAMPLER is not always_on, always_off, traceidratio, or parentbased_ before one of them',
    )
  }
  const ratio = Number(value('OTEL_TRACES_SAMPLER_ARG') ?? 1)
  if (root === 'traceidratio' && !(ratio >= 0 && ratio <= 1)) {
    throw new StartError('OTEL_TRACES_SAMPLER_ARG is no number from 0 to 1')
  }
  return { parentBased: parent !== undefined, root, ratio }
}

function isRootSampler(text: string | undefined): text is RootSampler {
  return text === 'always_on' || text === 'always_off' || text === 'traceidratio'
}

function intervalOf(value: Value): number {
  const text = value('OTEL_METRIC_EXPORT_INTERVAL')
  if (text === undefined) return METRICS_EVERY_MS
  const ms = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (ms < SHORTEST_METRICS_EVERY_MS)
    throw new StartError('OTEL_METRIC_EXPORT_INTERVAL is less than 1000 ms, or no number')
  return ms
}

/** `a=1,b=two%20words`. @throws StartError */
function pairsOf(name: string, value: Value): Record<string, string> {
  const pairs: [string, string][] = []
  for (const pair of (value(name) ?? '').split(',')) {
    if (pair.trim() === '') continue
    const at = pair.indexOf('=')
    const key = decoded(pair.slice(0, Math.max(at, 0)))
    const text = decoded(pair.slice(at + 1))
    // The pair itself is not told: it may be a secret.
    if (key === undefined || key === '' || text === undefined)
      throw new StartError(`${name} is not key=value,key=value`)
    pairs.push([key, text])
  }
  return Object.fromEntries(pairs)
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim())
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}
