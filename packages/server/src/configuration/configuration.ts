/** What a server is told before it starts: one complete value, every default filled in. */

import type { RoutingPolicy } from '@moonbase/core/routing'
import type { CapabilityCorrections } from '@moonbase/core/engines/openai-compatible'
import { LIMITS, type LenientSwitch } from '@moonbase/protocol'
import type { FilesPlace } from './files-place.ts'
import type { OutgoingConfiguration } from './outgoing-settings.ts'
import type { ReasoningConfiguration } from './reasoning-settings.ts'
import type { OverloadConfiguration, SharesConfiguration } from './share-settings.ts'
import type { LimitsPlace, StorePlace } from './store-places.ts'

export interface Configuration {
  /** The file it came from, as a path for people, or `undefined` without one. `found`: nobody named it. */
  readonly file: { readonly path: string; readonly found: boolean } | undefined
  readonly listen: {
    readonly host: string
    readonly port: number
    /** Addresses and networks whose word about who asks is believed (`X-Forwarded-For`). */
    readonly trustedProxies: readonly string[]
  }
  /** Absolute path. Nothing is created before something has to be kept. */
  readonly dataFolder: string
  /** Where accounts, money and usage are kept. */
  readonly store: StorePlace
  /** Of a shared store: how long a gateway that is silent is taken to live. */
  readonly storeLeaseMs: number
  /** Where files and what else is large are kept. */
  readonly files: FilesPlace
  /** Absolute path of the model's vocabulary, where the operator named one. */
  readonly tokenizer: string | undefined
  /** By name. Has an entry for every name in `models[…].engines`. */
  readonly engines: Readonly<Record<string, EngineConfiguration>>
  /** Nothing chose an engine, neither the file nor the environment: the stand-in answers, because somebody has to. */
  readonly enginesByDefault: boolean
  /** By catalogue id; a model that is not here is not served. */
  readonly models: Readonly<Record<string, ModelConfiguration>>
  readonly routing: RoutingConfiguration
  /** Keys that the file names. */
  readonly keys: readonly ConfiguredKey[]
  /** From `MOONBASE_API_KEY` and `MOONBASE_ADMIN_KEY`; their form is already checked. Secrets. */
  readonly apiKey: string | undefined
  readonly adminKey: string | undefined
  /** The switches of every key that does not name its own. */
  readonly lenient: readonly LenientSwitch[]
  /** Whether a request may ask for switches itself, with `x-moonbase-lenient`. */
  readonly allowLenientHeader: boolean
  /** What is fetched for clients. */
  readonly outgoing: OutgoingConfiguration
  readonly log: { readonly level: LogLevel; readonly format: LogFormat }
  readonly limits: {
    readonly bodyBytes: number
    /** How long a request body may take to arrive. */
    readonly bodyTimeoutMs: number
    /** How long running answers may go on after the server was told to stop. */
    readonly shutdownMs: number
    /** Where requests under way and in the last minute are counted. */
    readonly store: LimitsPlace
    /** Whether requests are let in while the counts cannot be reached. */
    readonly fail: LimitsFail
    /** Of shared counts: how long a gateway that is silent keeps its slots. */
    readonly leaseMs: number
    /** What of this server one organisation may take. */
    readonly shares: SharesConfiguration
    /** When it takes nothing new. */
    readonly overload: OverloadConfiguration
    /** What is kept for clients that drop what models thought. */
    readonly reasoning: ReasoningConfiguration
  }
  /** Listening beyond this machine with a generated key is refused unless this is set. */
  readonly allowDevelopmentKeys: boolean
  readonly cors: { readonly origins: '*' | readonly string[] }
  /** `open`: whoever reaches the server may read its metrics, without the admin key. */
  readonly metrics: { readonly open: boolean }
  /** Whether the workbench is served, with its sessions; without it `/` is for programs alone. */
  readonly web: boolean
  /** Of responses that clients have kept (`/v1/responses`): for how many days. */
  readonly responses: { readonly keepDays: number }
  /** What the operator should know although nothing is wrong enough to stop. */
  readonly notes: readonly string[]
}

export type EngineConfiguration =
  | OfflineConfiguration
  | OpenAiCompatibleConfiguration
  | GgufConfiguration
  | ReplayConfiguration

export interface OfflineConfiguration {
  readonly type: 'offline'
  /** Absolute paths of scenario files, asked in this order. */
  readonly scenarios?: readonly string[]
  /** How fast it writes; without it, as fast as it is read. */
  readonly tokensPerSecond?: number
}

export interface OpenAiCompatibleConfiguration {
  readonly type: 'openai-compatible'
  readonly flavour: Flavour
  /** Base addresses of its replicas, `/chat/completions` goes behind them; none ends in a slash. Never empty. */
  readonly urls: readonly string[]
  readonly balance: Balance
  /** Whether it is asked while the hold is written. Without it: unless a key says that somebody bills for it. */
  readonly askAhead?: boolean
  /** Secret. */
  readonly key?: string
  /** The upstream's id for every model without an entry in `models`. */
  readonly model?: string
  /** The upstream's id by catalogue id. */
  readonly models?: Readonly<Record<string, string>>
  /** Sent with each request, by names in lower case. May be secret. */
  readonly headers?: Readonly<Record<string, string>>
  /** What the operator knows better about this server than its flavour. */
  readonly can?: CapabilityCorrections
  /** Tokens of an answer that it gives at most, where it refuses to be asked for more. */
  readonly maxOutput?: number
  /** The most connections kept to it; without it, the transport's own limit. */
  readonly connections?: number
  readonly timeouts: { readonly connectMs: number; readonly firstByteMs: number; readonly silenceMs: number }
}

export interface GgufConfiguration {
  readonly type: 'gguf'
  /** Absolute path of the model's (first) file. */
  readonly path: string
  /** Tokens of prompt and answer together, for each sequence. */
  readonly context: number
  /** Requests that are answered at the same time. */
  readonly sequences: number
  /** Requests that may wait for a sequence. */
  readonly queue: number
  readonly gpu: GpuChoice
  /** Threads of the processor; without it, as many as are good for it. */
  readonly threads?: number
  /** `kimi` renders Kimi's template; `own` the model's, for models of another family. */
  readonly template: GgufTemplate
  /** `unchecked` starts also what does not fit into the memory that is free. */
  readonly memory: GgufMemory
}

export interface ReplayConfiguration {
  readonly type: 'replay'
  /** Absolute paths of cassettes, in the order in which they count. Never empty. */
  readonly cassettes: readonly string[]
  /** 1 is the original time, 2 twice as fast; without it, as fast as it is read. */
  readonly speed?: number
  readonly match: ReplayMatch
}

export interface ModelConfiguration {
  /** Engine names in order of preference. Never empty. */
  readonly engines: readonly string[]
  /** Another engine goes on when one fails in the middle of an answer. */
  readonly continuation: boolean
  /** The catalogue id of the model that answers in its place. */
  readonly standIn?: string
}

export interface RoutingConfiguration {
  readonly policy: RoutingPolicy
  /** How often replicas are asked whether they are well; 0 for never. */
  readonly healthEveryMs: number
  /** The operator has said something about routing: it then holds for scripted engines too. */
  readonly given: boolean
}

export interface ConfiguredKey {
  readonly name: string
  /** Secret. */
  readonly key: string
  readonly organisation?: string
  readonly project?: string
  readonly lenient?: readonly LenientSwitch[]
}

export const FLAVOURS = [
  'generic',
  'vllm',
  'sglang',
  'ktransformers',
  'llama-server',
  'moonshot',
  'cloudflare',
  'oxen',
] as const
export type Flavour = (typeof FLAVOURS)[number]

export const GPU_CHOICES = ['auto', 'off', 'cuda', 'vulkan', 'metal'] as const
export type GpuChoice = (typeof GPU_CHOICES)[number]

export const GGUF_TEMPLATES = ['kimi', 'own'] as const
export type GgufTemplate = (typeof GGUF_TEMPLATES)[number]

export const GGUF_MEMORY = ['checked', 'unchecked'] as const
export type GgufMemory = (typeof GGUF_MEMORY)[number]

export const REPLAY_MATCHES = ['exact', 'messages'] as const
export type ReplayMatch = (typeof REPLAY_MATCHES)[number]

export const BALANCES = ['load', 'prefix'] as const
export type Balance = (typeof BALANCES)[number]

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export const LIMITS_FAIL = ['open', 'closed'] as const
export type LimitsFail = (typeof LIMITS_FAIL)[number]

export const LOG_FORMATS = ['json', 'text'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** The published schema states the same values; a test compares the two. */
export const DEFAULTS = {
  listen: { host: '127.0.0.1', port: 2500 },
  data: './data',
  // The shortest that the schema lets through has room for a beat, a fifth of it, and a try that fails late, after some 8 s.
  storeLeaseMs: 15_000,
  flavour: 'generic',
  balance: 'load',
  continuation: true,
  healthEveryMs: 10_000,
  // A prompt of the whole window may wait minutes for its first token; after that a model that thinks still writes.
  timeouts: { connectMs: 10_000, firstByteMs: 300_000, silenceMs: 120_000 },
  gguf: { context: 32_768, sequences: 2, queue: 32, gpu: 'auto', template: 'kimi', memory: 'checked' },
  replay: { match: 'exact' },
  log: { level: 'info', format: 'json' },
  limits: {
    bodyBytes: LIMITS.bodyBytes,
    bodyTimeoutMs: 120_000,
    shutdownMs: 30_000,
    store: 'memory',
    fail: 'open',
    // Half of the shortest is longer than a pause and a new connection take: so long the others have to come back.
    leaseMs: 30_000,
    shares: {
      // A body that comes so slowly would take its whole time for some 120 KB.
      bodyBytesPerSecond: 1024,
      // Each costs the event loop up to a microsecond; a session that fills the window has some twenty thousand.
      bodyValues: 100_000,
      bodiesWaiting: 256,
      // As many as the highest tier may have under way.
      promptsWaiting: 1024,
      videosWaiting: 64,
      // Ten a second: many people who pause at the same time.
      estimatesPerMinute: 600,
      idleConnections: 256,
    },
    overload: { heap: 0.9, delayMs: 500 },
    // A turn of an agent that waits for a person takes minutes; what is repeated a day later is another conversation.
    reasoning: { keepMs: 3_600_000, entries: 10_000, bytes: 64 * 1024 * 1024 },
  },
  allowLenientHeader: true,
  outgoing: { imageUrls: true },
  allowDevelopmentKeys: false,
  cors: { origins: '*' },
  metrics: { open: false },
  web: true,
  responses: { keepDays: 30 },
} as const

/** What the command line may set. Numbers may come as text: they are checked here, not there. */
export interface StartArguments {
  readonly config?: string
  readonly host?: string
  readonly port?: string | number
  readonly data?: string
  readonly logLevel?: string
  readonly allowDevelopmentKeys?: boolean
}

export type StartEnvironment = Readonly<Record<string, string | undefined>>
