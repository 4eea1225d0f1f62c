/**
 * Everything an upstream can do wrong, turned into the one failure that the rest of the house knows. Words of the
 * upstream are cleaned here, once: they may hold our key for it, its address, or a page of HTML.
 */

import { EngineError, type EngineErrorKind, engineErrorFromStatus } from '../../generation/index.ts'
import { typeOfCloudflareCode } from './cloudflare-error.ts'
import { fieldOf, isList, isObject } from './json-object.ts'
import { readRetryAfter } from './retry-after.ts'
import { TransportError, type TransportErrorKind } from './transport.ts'

export interface UpstreamFailuresOptions {
  readonly engine: string
  readonly url: URL
  readonly key?: string
  /** What it wants besides the key: an operator may have put another secret there. */
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds since the epoch: a `Retry-After` may be a date. */
  readonly now: () => number
}

export class UpstreamFailures {
  readonly #engine: string
  readonly #now: () => number
  /** Strings that no log and no client may see, longest first so that a host goes together with its port. */
  readonly #hidden: readonly string[]

  constructor({ engine, url, key, headers = {}, now }: UpstreamFailuresOptions) {
    this.#engine = engine
    this.#now = now
    // A bare service name such as `vllm` is a word that messages use in other senses: hidden only with its port.
    const hosts = url.hostname.includes('.') || url.hostname.startsWith('[') ? [url.host, url.hostname] : [url.host]
    const secrets = Object.values(headers).flatMap((value) => value.split(/\s+/))
    const hidden = [
      ...(key === undefined || key === '' ? [] : [key]),
      ...secrets.filter((secret) => secret.length >= SECRET_CHARACTERS),
      ...hosts.filter((host) => /[.:]/.test(host)),
    ]
    this.#hidden = hidden.toSorted((a, b) => b.length - a.length)
  }

  /** A failure in plain words of our own, which may quote a word of the upstream. */
  fault(kind: EngineErrorKind, message: string, cause?: unknown): EngineError {
    return new EngineError(kind, this.#hide(message), { engine: this.#engine, cause })
  }

  limit(what: string, size: number, unit: string): EngineError {
    return new EngineError('limit', `${what} passed ${size} ${unit}`, { engine: this.#engine, limit: { size, unit } })
  }

  /** A reply whose status is not 200. `body` is its beginning. */
  status(status: number, headers: Readonly<Record<string, string>>, body: string): EngineError {
    if (status < 300) return this.fault('protocol', `answered ${status} where only 200 makes sense`)
    if (status < 400) return this.fault('misconfigured', `answered ${status}; redirects are not followed`)
    const said = saidInBody(body, headers['content-type'] ?? '')
    const retryAfterMs = readRetryAfter(headers, this.#now())
    const known = retryAfterMs === undefined ? {} : { retryAfterMs }
    // A missing model is said in an error object; a 404 without one comes from a wrong address.
    const wrongAddress = status === 405 || (status === 404 && said?.object !== true)
    if (!wrongAddress) return this.#fromStatus(status, said ?? {}, known)
    return new EngineError('misconfigured', `answered ${status}: is its base URL right?`, {
      engine: this.#engine,
      status,
    })
  }

  /**
   * An error object in the place of a reply or of a chunk.
   *
   * @param started whether output had come before it: a server that fails then has cut its answer
   */
  inBand(body: unknown, started: boolean): EngineError {
    const said = saidInObject(body) ?? (typeof body === 'string' ? { message: body } : {})
    const status = statusOf(said)
    if (status === undefined || status >= 500) {
      const what = this.#clean(said.message) ?? said.type ?? 'an error without words'
      return this.fault(started ? 'cut' : status === 504 ? 'timeout' : 'unavailable', `said in its stream: ${what}`)
    }
    return this.#fromStatus(status, said, {})
  }

  /**
   * What the transport threw.
   *
   * @param answering whether the head of the reply had come
   */
  transport(error: unknown, answering: boolean): EngineError {
    if (error instanceof EngineError) return error
    if (!(error instanceof TransportError)) return this.fault('protocol', 'failed in a way that nobody foresaw', error)
    const message = this.#clean(error.message) ?? error.kind
    const kind = (answering ? WHILE_ANSWERING : BEFORE_ANSWERING)[error.kind]
    if (error.kind !== 'busy') return this.fault(kind, message, error)
    const details = { engine: this.#engine, cause: error, retryAfterMs: BUSY_RETRY_MS }
    return new EngineError(kind, this.#hide(message), details)
  }

  #fromStatus(status: number, said: Said, known: { readonly retryAfterMs?: number }): EngineError {
    const message = this.#clean(said.message)
    const word = typeOf(said)
    const type = word === undefined || this.#hide(word) !== word ? undefined : word
    if (type === 'insufficient_quota') {
      return new EngineError('misconfigured', `answered ${status} ${type}`, { engine: this.#engine, status, ...known })
    }
    const details = { ...(message === undefined ? {} : { message }), ...(type === undefined ? {} : { type }), ...known }
    return engineErrorFromStatus(this.#engine, type === 'model_not_found' ? 404 : status, details)
  }

  /** Nothing would be hidden of it. */
  isClean(text: string): boolean {
    return this.#hide(text) === text
  }

  /** One line without secrets, addresses or markup, cut to a sane length; `undefined` when nothing is left. */
  #clean(message: string | undefined): string | undefined {
    if (message === undefined || MARKUP.test(message)) return undefined
    // In full before it is cut, so that a cut can not leave half a key.
    const text = this.#hide(message).replaceAll(UNPRINTABLE, ' ').trim()
    return text === '' ? undefined : text.slice(0, SHOWN_CHARACTERS)
  }

  #hide(text: string): string {
    return this.#hidden
      .reduce((clean, hidden) => clean.replaceAll(hidden, '[hidden]'), text)
      .replaceAll(KEY, '[hidden]')
      .replaceAll(INSIDE, '[hidden]')
  }
}

const WHILE_ANSWERING: Readonly<Record<TransportErrorKind, EngineErrorKind>> = {
  connect: 'unavailable',
  busy: 'overloaded',
  timeout: 'timeout',
  reset: 'cut',
  malformed: 'protocol',
  aborted: 'aborted',
}

/** Before the head nothing was promised: a connection that breaks then is the same as none. */
const BEFORE_ANSWERING: typeof WHILE_ANSWERING = { ...WHILE_ANSWERING, reset: 'unavailable' }

/**
 * Connections or descriptors of our own are taken, and the engine was not asked: it is not to be left alone for longer and longer, as
 * one that says again and again that it is full.
 */
const BUSY_RETRY_MS = 1_000
const SHOWN_CHARACTERS = 500
/** A shorter value of a header, such as a version, is a word that messages use in other senses. */
const SECRET_CHARACTERS = 8
const MARKUP = /<(?:!doctype|html|head|body|title|center|h1|pre|p|div)\b/i
const KEY = /\b(?:sk|ak|pk|key|Bearer)[-_ ][A-Za-z0-9_-]{12,}/g
/** Addresses and paths of the network and of the machine behind a host: those with a number, a port or a name that no other has. */
const INSIDE = new RegExp(
  [
    String.raw`\bhttps?://[^\s/"'<>]*:\d+[^\s"'<>()]*`,
    String.raw`(?:\bhttps?://)?\b(?:\d{1,3}\.){3}\d{1,3}\b(?::\d+)?`,
    String.raw`\[[\da-f]*:[\da-f:.]*\](?::\d+)?`,
    String.raw`(?:\bhttps?://)?\b(?:[\w-]+\.)*(?:localhost|[\w-]+\.(?:internal|local|lan|corp|svc|intranet))\b(?:\.[\w.-]+)?(?::\d+)?`,
    String.raw`(?<![\w.:/])/(?:[\w.@-]+/)+[\w.@-]+`,
  ].join('|'),
  'gi',
)
// oxlint-disable-next-line no-control-regex -- removing them is the point
const UNPRINTABLE = /[\u0000-\u0020\u007f-\u009f\u2028\u2029]+/g

/** What an upstream said about its failure, as it stood. */
interface Said {
  readonly message?: string
  readonly type?: string
  readonly code?: string | number
  /** It came in an error object of the API, not as bare text or in a framework's own form. */
  readonly object?: boolean
}

function saidInBody(body: string, contentType: string): Said | undefined {
  const text = body.trim()
  if (text.startsWith('{')) {
    try {
      return saidInObject(JSON.parse(text))
    } catch {
      // A JSON error cut off at our limit, or none at all: its words are not worth a guess.
      return undefined
    }
  }
  return text === '' || text.startsWith('<') || contentType.includes('html') ? undefined : { message: text }
}

/**
 * OpenAI's `{error: {…}}`, the bare string of some servers, vLLM's older `{object: "error", …}`, FastAPI's `{detail}`,
 * Cloudflare's `{errors: [{code, message}]}` and its gateway's `{error: [{code, message}]}`.
 */
function saidInObject(value: unknown): Said | undefined {
  if (!isObject(value)) return undefined
  const { error, errors, detail, message } = value
  const listed: unknown = isList(error) ? error[0] : isList(errors) ? errors[0] : undefined
  if (isObject(listed)) return { ...fields(listed), object: true }
  if (typeof error === 'string') return { message: error, object: true }
  if (isObject(error)) return { ...fields(error), object: true }
  if (typeof message === 'string') return { ...fields(value), object: true }
  return typeof detail === 'string' ? { message: detail } : undefined
}

function fields(error: object): Said {
  const type = fieldOf(error, 'type')
  // Cloudflare's bindings say `internalCode`.
  const code = fieldOf(error, 'code') ?? fieldOf(error, 'internalCode')
  const message = wordsIn(error)
  const word = typeOfCloudflareCode(code) ?? type
  return {
    ...(message === undefined ? {} : { message }),
    // A word, or it is no type.
    ...(typeof word === 'string' && /^[\w.-]{1,64}$/.test(word) ? { type: word } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
  }
}

/** Oxen says `title`, and more of it in `detail`. */
function wordsIn(error: object): string | undefined {
  for (const name of ['message', 'detail', 'title']) {
    const words = fieldOf(error, name)
    if (typeof words === 'string' && words !== '') return words
  }
  return undefined
}

/** The word that tells the kinds apart. Some hosts put it into `code` and a general one into `type`. */
function typeOf({ type, code }: Said): string | undefined {
  return typeof code === 'string' && TELLING_CODES.has(code) ? code : type
}

const TELLING_CODES: ReadonlySet<string> = new Set(['content_filter', 'model_not_found', 'insufficient_quota'])

/** The HTTP status that an error inside a 200 stands for. */
function statusOf(said: Said): number | undefined {
  const code = Number(said.code)
  if (Number.isInteger(code) && code >= 400 && code < 600) return code
  const type = typeOf(said)
  return type === undefined ? undefined : STATUS_OF_TYPE.get(type.toLowerCase().replaceAll('_', ''))
}

/** By type, in lower case and without underscores: OpenAI and Moonshot write `rate_limit_error`, vLLM `RateLimitError`. */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ['invalidrequesterror', 400],
  ['badrequesterror', 400],
  ['contentfilter', 400],
  ['authenticationerror', 401],
  ['invalidauthenticationerror', 401],
  ['incorrectapikeyerror', 401],
  ['permissiondeniederror', 403],
  ['notfounderror', 404],
  ['resourcenotfounderror', 404],
  ['modelnotfound', 404],
  ['ratelimiterror', 429],
  ['ratelimitreachederror', 429],
  ['ratelimitexceeded', 429],
  ['engineoverloadederror', 429],
  ['overloadederror', 429],
  ['exceededcurrentquotaerror', 429],
  ['insufficientquota', 429],
  ['timeouterror', 504],
  // Oxen.
  ['invalidparams', 400],
  ['invalidfileinput', 400],
  ['unauthenticated', 401],
  ['insufficientcredits', 402],
  ['resourcenotfound', 404],
])
