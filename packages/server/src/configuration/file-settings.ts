/** A checked file, from its fields on disk to the values of the configuration. */

import { resolve } from 'node:path'
import type { LenientSwitch } from '@moonbase/protocol'
import { checkHost, checkUpstreamUrl } from './addresses.ts'
import {
  type Balance,
  type ConfiguredKey,
  DEFAULTS,
  type EngineConfiguration,
  type Flavour,
  type GgufMemory,
  type GgufTemplate,
  type GpuChoice,
  type LimitsFail,
  type LogFormat,
  type LogLevel,
  type ModelConfiguration,
  type ReplayMatch,
  type RoutingConfiguration,
} from './configuration.ts'
import type { Checked } from './problems.ts'
import { type AbilityShape, abilitiesFrom } from './ability-settings.ts'
import { type ReasoningConfiguration, type ReasoningShape, reasoningFrom } from './reasoning-settings.ts'
import { type RoutingShape, routingFrom } from './routing-settings.ts'
import { type FilesPlace, checkFilesPlace } from './files-place.ts'
import { type OutgoingConfiguration, type OutgoingShape, outgoingFrom } from './outgoing-settings.ts'
import {
  type OverloadConfiguration,
  type OverloadShape,
  type SharesConfiguration,
  type SharesShape,
  overloadFrom,
  sharesFrom,
} from './share-settings.ts'
import { type LimitsPlace, type StorePlace, checkLimitsPlace, checkStorePlace } from './store-places.ts'

/** What `docs/schemas/moonbase.schema.json` lets through. */
interface FileShape {
  listen?: { host?: string; port?: number; trusted_proxies?: string[] }
  data?: string
  store?: string
  store_lease_ms?: number
  files?: string
  tokenizer?: string
  engines?: Record<string, EngineShape>
  models?: Record<string, ModelShape>
  routing?: RoutingShape
  keys?: ConfiguredKey[]
  lenient?: LenientSwitch[]
  allow_lenient_header?: boolean
  outgoing?: OutgoingShape
  log?: { level?: LogLevel; format?: LogFormat }
  limits?: {
    body_bytes?: number
    body_timeout_ms?: number
    shutdown_ms?: number
    store?: string
    fail?: LimitsFail
    lease_ms?: number
    shares?: SharesShape
    overload?: OverloadShape
    reasoning?: ReasoningShape
  }
  allow_development_keys?: boolean
  cors?: { origins?: '*' | string[] }
  metrics?: { open?: boolean }
  web?: 'on' | 'off'
  responses?: { keep_days?: number }
}

type EngineShape =
  | { type: 'offline'; scenarios?: string[]; tokens_per_second?: number }
  | {
      type: 'openai-compatible'
      flavour?: Flavour
      url?: string
      urls?: string[]
      balance?: Balance
      ask_ahead?: boolean
      key?: string
      model?: string
      models?: Record<string, string>
      headers?: Record<string, string>
      can?: AbilityShape
      max_output?: number
      connections?: number
      timeouts?: { connect_ms?: number; first_byte_ms?: number; silence_ms?: number }
    }
  | {
      type: 'gguf'
      path: string
      context?: number
      sequences?: number
      queue?: number
      gpu?: GpuChoice
      threads?: number
      template?: GgufTemplate
      memory?: GgufMemory
    }
  | { type: 'replay'; cassettes: string[]; speed?: number; match?: ReplayMatch }

interface ModelShape {
  engines: string[]
  stand_in?: string
  continuation?: boolean
}

export interface FileSettings {
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly trustedProxies?: readonly string[] | undefined
  /** Absolute. */
  readonly data?: string | undefined
  readonly store?: StorePlace | undefined
  readonly storeLeaseMs?: number | undefined
  readonly files?: FilesPlace | undefined
  /** Absolute. */
  readonly tokenizer?: string | undefined
  readonly engines?: Readonly<Record<string, EngineConfiguration>> | undefined
  readonly models?: Readonly<Record<string, ModelConfiguration>> | undefined
  readonly routing?: RoutingConfiguration | undefined
  readonly keys?: readonly ConfiguredKey[] | undefined
  readonly lenient?: readonly LenientSwitch[] | undefined
  readonly allowLenientHeader?: boolean | undefined
  readonly outgoing?: OutgoingConfiguration | undefined
  readonly logLevel?: LogLevel | undefined
  readonly logFormat?: LogFormat | undefined
  readonly bodyBytes?: number | undefined
  readonly bodyTimeoutMs?: number | undefined
  readonly shutdownMs?: number | undefined
  readonly limitsStore?: LimitsPlace | undefined
  readonly limitsFail?: LimitsFail | undefined
  readonly limitsLeaseMs?: number | undefined
  readonly shares?: SharesConfiguration | undefined
  readonly overload?: OverloadConfiguration | undefined
  readonly reasoning?: ReasoningConfiguration | undefined
  readonly allowDevelopmentKeys?: boolean | undefined
  readonly origins?: '*' | readonly string[] | undefined
  readonly metricsOpen?: boolean | undefined
  readonly web?: boolean | undefined
  readonly responsesKeepDays?: number | undefined
}

/** `value` has passed the schema and the check of meaning; `folder` is that of the file, from which its paths go. */
export function settingsFrom(value: unknown, folder: string): FileSettings {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema has let it through
  const file = value as FileShape
  return {
    host: file.listen?.host === undefined ? undefined : passed(checkHost(file.listen.host)),
    port: file.listen?.port,
    trustedProxies: file.listen?.trusted_proxies,
    store: file.store === undefined ? undefined : passed(checkStorePlace(file.store, folder)),
    storeLeaseMs: file.store_lease_ms,
    files: file.files === undefined ? undefined : passed(checkFilesPlace(file.files, folder)),
    data: file.data === undefined ? undefined : resolve(folder, file.data),
    tokenizer: file.tokenizer === undefined ? undefined : resolve(folder, file.tokenizer),
    engines: file.engines && mapped(file.engines, (engine) => engineFrom(engine, folder)),
    models: file.models && mapped(file.models, modelFrom),
    routing: file.routing && routingFrom(file.routing),
    keys: file.keys?.map(keyFrom),
    lenient: file.lenient,
    allowLenientHeader: file.allow_lenient_header,
    outgoing: outgoingFrom(file.outgoing),
    logLevel: file.log?.level,
    logFormat: file.log?.format,
    bodyBytes: file.limits?.body_bytes,
    bodyTimeoutMs: file.limits?.body_timeout_ms,
    shutdownMs: file.limits?.shutdown_ms,
    limitsStore: file.limits?.store === undefined ? undefined : passed(checkLimitsPlace(file.limits.store)),
    limitsFail: file.limits?.fail,
    limitsLeaseMs: file.limits?.lease_ms,
    shares: sharesFrom(file.limits?.shares),
    overload: overloadFrom(file.limits?.overload),
    reasoning: reasoningFrom(file.limits?.reasoning),
    allowDevelopmentKeys: file.allow_development_keys,
    origins: file.cors?.origins,
    metricsOpen: file.metrics?.open,
    web: file.web === undefined ? undefined : file.web === 'on',
    responsesKeepDays: file.responses?.keep_days,
  }
}

function engineFrom(engine: EngineShape, folder: string): EngineConfiguration {
  if (engine.type === 'offline') {
    return {
      type: 'offline',
      ...(engine.scenarios && { scenarios: engine.scenarios.map((path) => resolve(folder, path)) }),
      ...(engine.tokens_per_second !== undefined && { tokensPerSecond: engine.tokens_per_second }),
    }
  }
  if (engine.type === 'gguf') {
    const { type, path, ...chosen } = engine
    return { type, path: resolve(folder, path), ...DEFAULTS.gguf, ...chosen }
  }
  if (engine.type === 'replay') {
    const { type, cassettes, ...chosen } = engine
    return { type, cassettes: cassettes.map((path) => resolve(folder, path)), ...DEFAULTS.replay, ...chosen }
  }
  return {
    type: 'openai-compatible',
    flavour: engine.flavour ?? DEFAULTS.flavour,
    urls: [...(engine.url === undefined ? [] : [engine.url]), ...(engine.urls ?? [])].map((url) =>
      passed(checkUpstreamUrl(url)),
    ),
    balance: engine.balance ?? DEFAULTS.balance,
    ...(engine.ask_ahead !== undefined && { askAhead: engine.ask_ahead }),
    ...(engine.key !== undefined && { key: engine.key }),
    ...(engine.model !== undefined && { model: engine.model }),
    ...(engine.models && { models: { ...engine.models } }),
    ...(engine.headers && { headers: mappedNames(engine.headers) }),
    ...(engine.can && { can: abilitiesFrom(engine.can) }),
    ...(engine.max_output !== undefined && { maxOutput: engine.max_output }),
    ...(engine.connections !== undefined && { connections: engine.connections }),
    timeouts: {
      connectMs: engine.timeouts?.connect_ms ?? DEFAULTS.timeouts.connectMs,
      firstByteMs: engine.timeouts?.first_byte_ms ?? DEFAULTS.timeouts.firstByteMs,
      silenceMs: engine.timeouts?.silence_ms ?? DEFAULTS.timeouts.silenceMs,
    },
  }
}

function mappedNames(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

function modelFrom({ engines, stand_in, continuation = DEFAULTS.continuation }: ModelShape): ModelConfiguration {
  return { engines, continuation, ...(stand_in !== undefined && { standIn: stand_in }) }
}

/** The reader's objects have no prototype; what leaves here is plain. */
function keyFrom(key: ConfiguredKey): ConfiguredKey {
  return { ...key }
}

function mapped<From, To>(record: Readonly<Record<string, From>>, convert: (value: From) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, convert(value)]))
}

/** The value of something that was checked before. */
function passed<Value>(checked: Checked<Value>): Value {
  if ('value' in checked) return checked.value
  throw new Error('a checked setting did not pass its own check')
}
