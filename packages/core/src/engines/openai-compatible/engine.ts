/** The engine for any upstream that speaks chat completions: another host of the model, or a cluster of one's own. */

import {
  type Capabilities,
  type Clock,
  type Engine,
  EngineError,
  type GenerationRequest,
  type Health,
} from '../../generation/index.ts'
import { ChunkReader } from './chunk-reader.ts'
import { encodeRequest } from './encode-request.ts'
import { FLAVOURS, type Flavour, type FlavourName } from './flavours.ts'
import { readBeginning } from './read-beginning.ts'
import { streamDecoder, wholeDecoder } from './reply-decoder.ts'
import type { Transport, TransportReply } from './transport.ts'
import { type OpenReply, UpstreamEvents } from './upstream-events.ts'
import { UpstreamFailures } from './upstream-failures.ts'

export interface OpenAiCompatibleOptions {
  /** Unique in one server. */
  readonly name: string
  /** What stands before `/chat/completions`, such as `http://10.0.0.5:8000/v1`. */
  readonly url: string
  /** Sent as `Authorization: Bearer`. Printable ASCII without spaces. */
  readonly key?: string
  readonly flavour: FlavourName
  /** The id that the upstream has for the model, where it is not ours. */
  readonly model?: string
  /**
   * The same for single models, by catalogue id; wins over `model`. The id may be another model's, which then stands in:
   * a retired `kimi-k2.5` answered by `kimi-k2.6`. `start` says which model answered.
   */
  readonly models?: Readonly<Record<string, string>>
  /** Headers that the upstream wants besides ours, by their names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Corrections to what the flavour is able to do, by an operator who knows this upstream. */
  readonly can?: Partial<Capabilities>
  /** Stays open when the engine closes: whoever opened it may share it among engines. */
  readonly transport: Transport
  /** Reads dates in `Retry-After`. */
  readonly clock: Pick<Clock, 'now'>
  readonly timeouts?: Partial<UpstreamTimeouts>
  readonly limits?: Partial<UpstreamLimits>
}

/** Milliseconds. These are the last resort against a dead upstream; routing watches first tokens and silence closely. */
export interface UpstreamTimeouts {
  /** To the head of a streamed reply. A prompt of 256K tokens takes minutes to read. */
  readonly headMs: number
  /** To the head of a whole reply: hosts send it only when the generation has ended, Moonshot within 15 minutes. */
  readonly wholeMs: number
  /** Without a byte once the head has come. */
  readonly silenceMs: number
  /** To the head of a health check. */
  readonly healthMs: number
}

export interface UpstreamLimits {
  /** One event of a stream, in bytes. */
  readonly eventBytes: number
  /** A whole reply, in bytes. */
  readonly replyBytes: number
  /** Tool calls of one choice. */
  readonly toolCalls: number
  /** Characters of arguments kept back while a call has no name. */
  readonly heldCharacters: number
  /** Characters of tool arguments in one reply. */
  readonly argumentCharacters: number
}

const TIMEOUTS: UpstreamTimeouts = { headMs: 300_000, wholeMs: 900_000, silenceMs: 300_000, healthMs: 5_000 }

const MIB = 1024 * 1024

const LIMITS: UpstreamLimits = {
  eventBytes: 4 * MIB,
  replyBytes: 64 * MIB,
  toolCalls: 512,
  heldCharacters: 64 * 1024,
  argumentCharacters: 16 * MIB,
}

/** How much of an error's body is read. */
const ERROR_BYTES = 64 * 1024

/** Throws an `Error` in plain words for options that can not work. */
export function openaiCompatibleEngine(options: OpenAiCompatibleOptions): Engine {
  return new OpenAiCompatibleEngine(options)
}

class OpenAiCompatibleEngine implements Engine {
  readonly name: string
  readonly can: Capabilities
  readonly usage = 'exact'
  readonly #transport: Transport
  readonly #flavour: Flavour
  /** Ids of models at the upstream, by ours. */
  readonly #models: ReadonlyMap<string, string>
  /** The id of every other model, where it is not ours. */
  readonly #model: string | undefined
  readonly #chatUrl: string
  readonly #modelsUrl: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeouts: UpstreamTimeouts
  readonly #limits: UpstreamLimits
  readonly #failures: UpstreamFailures

  constructor(options: OpenAiCompatibleOptions) {
    const { name, key, clock } = options
    const url = readBaseUrl(options.url)
    if (key !== undefined && !/^[\u0021-\u007e]+$/.test(key)) {
      throw new Error(`the key of engine ${name} must be printable ASCII without spaces`)
    }
    const base = url.href.replace(/\/+$/, '')
    this.name = name
    this.#transport = options.transport
    this.#flavour = FLAVOURS[options.flavour]
    this.can = { ...this.#flavour.can, ...options.can }
    this.#models = new Map(Object.entries(options.models ?? {}))
    this.#model = options.model
    this.#chatUrl = `${base}/chat/completions`
    this.#modelsUrl = `${base}/models`
    this.#headers = { ...options.headers, ...(key === undefined ? {} : { authorization: `Bearer ${key}` }) }
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts }
    this.#limits = { ...LIMITS, ...options.limits }
    this.#failures = new UpstreamFailures({
      engine: name,
      url,
      ...(key === undefined ? {} : { key }),
      now: () => clock.now(),
    })
  }

  generate(request: GenerationRequest, signal: AbortSignal): UpstreamEvents {
    return new UpstreamEvents(() => this.#ask(request, signal), signal, this.#failures)
  }

  async health(signal: AbortSignal): Promise<Health> {
    try {
      const { healthMs } = this.#timeouts
      const reply = await this.#transport.get({
        url: this.#modelsUrl,
        headers: { ...this.#headers, accept: 'application/json' },
        signal,
        headersTimeoutMs: healthMs,
        bodyTimeoutMs: healthMs,
      })
      const text = await readBeginning(reply.body, ERROR_BYTES)
      return reply.status === 200 ? { ok: true } : healthOf(reply.status, this.#failed(reply, text))
    } catch (error) {
      return { ok: false, reason: this.#failures.transport(error, false).message }
    }
  }

  async close(): Promise<void> {}

  async #ask(request: GenerationRequest, signal: AbortSignal): Promise<OpenReply> {
    const { whole } = request
    const { headMs, wholeMs, silenceMs } = this.#timeouts
    const model = this.#models.get(request.model) ?? this.#model ?? request.model
    const reply = await this.#transport.post({
      url: this.#chatUrl,
      headers: {
        ...this.#headers,
        'content-type': 'application/json',
        accept: whole ? 'application/json' : 'text/event-stream',
      },
      body: encodeRequest(request, { engine: this.name, flavour: this.#flavour, can: this.can, model }),
      signal,
      headersTimeoutMs: whole ? wholeMs : headMs,
      bodyTimeoutMs: silenceMs,
    })
    if (reply.status !== 200) throw this.#failed(reply, await readBeginning(reply.body, ERROR_BYTES))
    const isStream = await this.#isStream(reply, whole)
    const limits = this.#limits
    const reader = new ChunkReader({
      engine: this.name,
      model,
      choices: request.sampling.n,
      limits: {
        calls: limits.toolCalls,
        heldCharacters: limits.heldCharacters,
        argumentCharacters: limits.argumentCharacters,
      },
      failures: this.#failures,
    })
    const decoder = isStream
      ? streamDecoder(reader, this.#failures, limits.eventBytes)
      : wholeDecoder(reader, this.#failures, limits.replyBytes)
    return { reply, decoder }
  }

  /** What kind of reply came, which need not be the kind that was asked for: some hosts know only one of them. */
  async #isStream({ headers, body }: TransportReply, whole: boolean): Promise<boolean> {
    const type = headers['content-type'] ?? ''
    const encoding = headers['content-encoding'] ?? 'identity'
    if (encoding === 'identity' && type.includes('text/event-stream')) return true
    if (encoding === 'identity' && type.includes('json')) return false
    if (encoding === 'identity' && !type.includes('html')) return !whole
    await body[Symbol.asyncIterator]().return?.()
    throw this.#failures.fault(
      'protocol',
      `answered with ${type.slice(0, 100) || 'no type'}, encoded as ${encoding.slice(0, 100)}`,
    )
  }

  #failed(reply: TransportReply, beginning: string): EngineError {
    return this.#failures.status(reply.status, reply.headers, beginning)
  }
}

/** Most 4xx still say that somebody is there; these say that requests will fail too. */
const UNHEALTHY: ReadonlySet<number> = new Set([401, 402, 403, 404])

function healthOf(status: number, error: EngineError): Health {
  if (status >= 400 && status < 500 && !UNHEALTHY.has(status)) return { ok: true }
  return { ok: false, reason: error.message }
}

function readBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new Error('the base URL of an engine must be an http or https URL')
  }
  if (url.username !== '' || url.password !== '') throw new Error('the base URL of an engine must not hold credentials')
  if (url.search !== '' || url.hash !== '') throw new Error('the base URL of an engine must end with its path')
  return url
}
