/** The engine for any upstream that speaks chat completions: another host of the model, or a cluster of one's own. */

import {
  type AnswerRepairKind,
  type Capabilities,
  type Engine,
  EngineError,
  type EventStage,
  type GenerationEvent,
  type GenerationRequest,
  type Health,
  type ServerAddress,
  withMediaLoaded,
} from '../../generation/index.ts'
import { ChunkReader } from './chunk-reader.ts'
import { encodeRequest, lacking } from './encode-request.ts'
import { TransformingDecoder } from './transforming-decoder.ts'
import { FLAVOURS, type Flavour } from './flavours.ts'
import {
  LIMITS,
  type OpenAiCompatibleOptions,
  type RawCompletion,
  TIMEOUTS,
  type UpstreamLimits,
  type UpstreamTimeouts,
} from './options.ts'
import { readBeginning } from './read-beginning.ts'
import { streamDecoder, wholeDecoder } from './reply-decoder.ts'
import { sessionMark } from './session-mark.ts'
import type { Transport, TransportReply } from './transport.ts'
import { type UpstreamAddress, addressOf, serverOf } from './upstream-address.ts'
import { type OpenReply, UpstreamEvents } from './upstream-events.ts'
import { UpstreamFailures } from './upstream-failures.ts'

type Headers = Readonly<Record<string, string>>

/** How much of an error's body is read. */
const ERROR_BYTES = 64 * 1024

/** Throws an `Error` in plain words for options that can not work. */
export function openaiCompatibleEngine(options: OpenAiCompatibleOptions): Engine {
  return new OpenAiCompatibleEngine(options)
}

/** Without these credentials, or this account, nothing is answered. */
const DENIALS: ReadonlySet<number> = new Set([401, 402, 403])

const NOWHERE: Capabilities['resumes'] = { reasoning: false, toolCalls: false }

class OpenAiCompatibleEngine implements Engine {
  readonly name: string
  readonly can: Capabilities
  readonly usage = 'exact'
  readonly mayRepeat: boolean
  readonly server: ServerAddress
  readonly #transport: Transport
  readonly #flavour: Flavour
  /** Ids of models at the upstream, by ours. */
  readonly #models: ReadonlyMap<string, string>
  /** The id of every other model, where it is not ours. */
  readonly #model: string | undefined
  readonly #address: UpstreamAddress
  readonly #maxOutput: number
  readonly #rawPrompts: OpenAiCompatibleOptions['rawPrompts']
  readonly #repairs: OpenAiCompatibleOptions['repairs']
  readonly #quickChunks: OpenAiCompatibleOptions['quickChunks']
  readonly #onRepair: ((kind: AnswerRepairKind) => void) | undefined
  /** Of a request for a whole reply, for a stream, and for anything else. */
  readonly #wholeHeaders: Headers
  readonly #streamHeaders: Headers
  readonly #headers: Headers
  readonly #timeouts: UpstreamTimeouts
  readonly #limits: UpstreamLimits
  readonly #failures: UpstreamFailures

  constructor(options: OpenAiCompatibleOptions) {
    const { name, key, clock } = options
    const url = readBaseUrl(options.url)
    if (key !== undefined && !/^[\u0021-\u007e]+$/.test(key)) {
      throw new Error(`the key of engine ${name} must be printable ASCII without spaces`)
    }
    this.name = name
    this.#transport = options.transport
    this.#flavour = FLAVOURS[options.flavour]
    const { can, raw, leaks } = this.#flavour
    if (leaks === 'unsplit' && options.repairs === undefined) {
      throw new Error(`engine ${name}: its host splits nothing, so what mends leaks must be handed in`)
    }
    this.#rawPrompts = raw === undefined ? undefined : options.rawPrompts
    const resumes = raw !== undefined && options.rawPrompts === undefined ? NOWHERE : can.resumes
    // Where the flavour knows of no prefixes it is the operator's word that this host goes on from them.
    this.mayRepeat = !this.#flavour.can.partial
    this.can = { ...can, ...options.can, resumes: { ...resumes, ...options.can?.resumes } }
    this.#models = new Map(Object.entries(options.models ?? {}))
    this.#model = options.model
    this.#maxOutput = options.maxOutput ?? Infinity
    this.server = serverOf(url)
    this.#address = addressOf(url, this.#flavour, key)
    this.#repairs = options.repairs
    this.#onRepair = options.onRepair
    this.#quickChunks = options.quickChunks
    this.#headers = { ...options.headers, ...this.#address.credentials }
    const json = { ...this.#headers, 'content-type': 'application/json' }
    this.#wholeHeaders = { ...json, accept: 'application/json' }
    this.#streamHeaders = { ...json, accept: 'text/event-stream' }
    this.#timeouts = { ...TIMEOUTS, ...options.timeouts }
    this.#limits = { ...LIMITS, ...options.limits }
    this.#failures = new UpstreamFailures({
      engine: name,
      url,
      ...(key === undefined ? {} : { key }),
      ...(options.headers === undefined ? {} : { headers: options.headers }),
      now: () => clock.now(),
    })
  }

  generate(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent> {
    return new UpstreamEvents(() => this.#ask(request, signal), signal, this.#failures)
  }

  async health(signal: AbortSignal): Promise<Health> {
    try {
      const { healthMs } = this.#timeouts
      const reply = await this.#transport.get({
        url: this.#address.health,
        headers: { ...this.#headers, accept: 'application/json' },
        signal,
        headersTimeoutMs: healthMs,
        bodyTimeoutMs: healthMs,
      })
      const text = await readBeginning(reply.body, ERROR_BYTES)
      return reply.status === 200 ? { ok: true } : this.#healthOf(reply.status, this.#failed(reply, text))
    } catch (error) {
      return { ok: false, reason: this.#failures.transport(error, false).message }
    }
  }

  async close(): Promise<void> {}

  async #ask(wanted: GenerationRequest, signal: AbortSignal): Promise<OpenReply> {
    const most = this.#maxOutput
    // What a host would refuse to promise is not asked of it.
    const request = wanted.maxCompletionTokens > most ? { ...wanted, maxCompletionTokens: most } : wanted
    const { whole } = request
    const { headMs, wholeMs, silenceMs } = this.#timeouts
    const model = this.#modelOf(request)
    const raw = this.#rawCompletion(request, model)
    // A raw prompt has no media. Nobody waits a turn for what is here already.
    const loading = raw === undefined ? withMediaLoaded(request, this.name, signal) : request
    const loaded = loading instanceof Promise ? await loading : loading
    const reply = await this.#transport.post({
      url: raw === undefined ? this.#address.chat : this.#address.completions,
      headers: this.#headersFor(request),
      body:
        raw === undefined
          ? encodeRequest(loaded, { engine: this.name, flavour: this.#flavour, can: this.can, model })
          : raw.body,
      signal,
      headersTimeoutMs: whole ? wholeMs : headMs,
      bodyTimeoutMs: silenceMs,
    })
    if (reply.status !== 200) throw this.#failed(reply, await readBeginning(reply.body, ERROR_BYTES))
    const isStream = this.#isStream(reply, whole)
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
      quickChunks: this.#quickChunks,
    })
    const decoder = isStream
      ? streamDecoder(reader, this.#failures, limits.eventBytes)
      : wholeDecoder(reader, this.#failures, limits.replyBytes)
    const transform = this.#transformFor(request, raw)
    return { reply, decoder: transform === undefined ? decoder : new TransformingDecoder(decoder, transform) }
  }

  #modelOf({ model }: GenerationRequest): string {
    return this.#address.modelId(this.#models.get(model) ?? this.#model ?? this.#flavour.models[model] ?? model)
  }

  #rawCompletion(request: GenerationRequest, model: string): RawCompletion | undefined {
    return this.#rawPrompts?.(request, {
      engine: this.name,
      flavour: this.#flavour,
      can: this.can,
      model,
      lacks: (ability) => lacking(request, this.name, ability),
      onRepair: this.#onRepair,
    })
  }

  #headersFor(request: GenerationRequest): Headers {
    const headers = request.whole ? this.#wholeHeaders : this.#streamHeaders
    const { sessionHeader } = this.#flavour
    const mark = sessionHeader === undefined ? undefined : sessionMark(request)
    return sessionHeader === undefined || mark === undefined ? headers : { ...headers, [sessionHeader]: mark }
  }

  /** What its events pass before anybody has them. */
  #transformFor(request: GenerationRequest, raw: RawCompletion | undefined): EventStage | undefined {
    if (raw !== undefined) return raw.reader
    const { leaks } = this.#flavour
    const onRepair = this.#onRepair
    return this.#repairs?.({
      engine: this.name,
      request,
      leaks,
      ...(onRepair === undefined ? {} : { onRepair }),
    })
  }

  /** What kind of reply came, which need not be the kind that was asked for: some hosts know only one of them. */
  #isStream({ headers, body }: TransportReply, whole: boolean): boolean {
    const type = headers['content-type'] ?? ''
    if (isPlain(headers)) {
      if (type.includes('text/event-stream')) return true
      if (type.includes('json')) return false
      if (!type.includes('html')) return !whole
    }
    void body[Symbol.asyncIterator]().return?.()
    const encoding = headers['content-encoding']?.slice(0, 100) ?? 'identity'
    throw this.#failures.fault('protocol', `answered with ${type.slice(0, 100) || 'no type'}, encoded as ${encoding}`)
  }

  /** Most 4xx still say that somebody is there; some say that requests will fail too. */
  #healthOf(status: number, error: EngineError): Health {
    const isIll = status < 400 || status >= 500 || DENIALS.has(status) || (status === 404 && this.#address.listsModels)
    return isIll ? { ok: false, reason: error.message } : { ok: true }
  }

  /** Words that were compressed unasked are not read. */
  #failed({ status, headers }: TransportReply, beginning: string): EngineError {
    return this.#failures.status(status, headers, isPlain(headers) ? beginning : '')
  }
}

function isPlain(headers: Headers): boolean {
  return (headers['content-encoding'] ?? 'identity') === 'identity'
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
