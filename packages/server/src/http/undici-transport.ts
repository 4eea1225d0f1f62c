/**
 * The transport of engines on Node: undici's `dispatch`, the layer below its `request` and `fetch`. No web streams, no
 * Node streams, no timers of our own; one batch of bytes for each read from the socket.
 *
 * HTTP/1.1 only: one connection for each running request, so that a broken connection breaks one answer, and stopping a
 * request closes its socket, which is the one sign that every inference server understands.
 */

import { TransportError, type TransportErrorKind } from '@moonbase/core/engines/openai-compatible'
import type { Transport, TransportReply, TransportRequest } from '@moonbase/core/engines/openai-compatible'
import { type Dispatcher, Pool } from 'undici'

export interface UndiciTransportOptions {
  /** Requests that may run at one origin at a time, each on a connection of its own. Default 1024. */
  readonly connections?: number
  /** Origins (scheme, host and port) that may be in use at a time. Default 64. */
  readonly origins?: number
  /** Milliseconds to make a connection, TLS included. Default 10 s. */
  readonly connectTimeoutMs?: number
  /**
   * Milliseconds for which an idle connection is kept. Default 4 s, below the 5 s after which uvicorn (vLLM, SGLang) closes
   * its side: a request must not meet a connection that is just being closed. A server's own `Keep-Alive` hint wins.
   */
  readonly keepAliveMs?: number
}

/** Bytes that may wait for the reader of one reply before its socket is paused. */
const QUEUED_BYTES = 256 * 1024

/** Bytes that a released reply may still send for its connection to be kept. */
const RELEASED_BYTES = 64 * 1024

/** Addresses whose pool and path are remembered; an engine has two. */
const REMEMBERED_TARGETS = 512

export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options)
}

/** One origin: its connections and how many of them are taken. */
interface Origin {
  readonly pool: Pool
  running: number
}

interface Target {
  readonly origin: Origin
  readonly path: string
}

class UndiciTransport implements Transport {
  readonly #connections: number
  readonly #maxOrigins: number
  readonly #poolOptions: Pool.Options
  /** In the order of their first use. */
  readonly #origins = new Map<string, Origin>()
  /** By whole URL, to take URLs apart only once. */
  readonly #targets = new Map<string, Target>()
  #closed = false

  constructor(options: UndiciTransportOptions) {
    this.#connections = options.connections ?? 1024
    this.#maxOrigins = options.origins ?? 64
    this.#poolOptions = {
      // Our own count below is the limit. Undici's would queue without bound and without a time limit.
      connections: null,
      pipelining: 1,
      allowH2: false,
      connectTimeout: options.connectTimeoutMs ?? 10_000,
      keepAliveTimeout: options.keepAliveMs ?? 4_000,
    }
  }

  post(request: TransportRequest & { readonly body: string }): Promise<TransportReply> {
    return this.#dispatch('POST', request, request.body)
  }

  get(request: TransportRequest): Promise<TransportReply> {
    return this.#dispatch('GET', request, null)
  }

  async close(): Promise<void> {
    this.#closed = true
    const pools = [...this.#origins.values()].map(({ pool }) => pool)
    this.#origins.clear()
    this.#targets.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  async #dispatch(method: 'GET' | 'POST', request: TransportRequest, body: string | null): Promise<TransportReply> {
    const { signal } = request
    if (signal.aborted) throw new TransportError('aborted', 'was aborted', signal.reason)
    if (this.#closed) throw new TransportError('connect', 'the transport is closed')
    const { origin, path } = this.#target(request.url)
    if (origin.running >= this.#connections) {
      throw new TransportError('busy', `all ${this.#connections} connections are taken`)
    }
    const exchange = new Exchange(origin, signal)
    return exchange.start({
      method,
      path,
      body,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: request.bodyTimeoutMs,
    })
  }

  #target(url: string): Target {
    const known = this.#targets.get(url)
    if (known !== undefined) return known
    const { origin: name, pathname, search } = new URL(url)
    const target = { origin: this.#origins.get(name) ?? this.#openOrigin(name), path: pathname + search }
    if (this.#targets.size >= REMEMBERED_TARGETS) this.#targets.clear()
    this.#targets.set(url, target)
    return target
  }

  #openOrigin(name: string): Origin {
    if (this.#origins.size >= this.#maxOrigins) this.#forgetIdleOrigin()
    const origin = { pool: new Pool(name, this.#poolOptions), running: 0 }
    this.#origins.set(name, origin)
    return origin
  }

  #forgetIdleOrigin(): void {
    const idle = [...this.#origins].find(([, { running }]) => running === 0)
    if (idle === undefined) throw new TransportError('busy', `all ${this.#maxOrigins} origins are in use`)
    const [name, origin] = idle
    this.#origins.delete(name)
    for (const [url, target] of this.#targets) if (target.origin === origin) this.#targets.delete(url)
    void origin.pool.destroy()
  }
}

type Read = IteratorResult<Uint8Array, undefined>

const END: Read = { done: true, value: undefined }

/** A reader or a caller that waits. */
interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: TransportError) => void
}

/**
 * One request and its reply: undici's handler on one side, an iterator of bytes on the other.
 *
 * What arrives in one read from the socket reaches the reader as one batch, although undici reports every HTTP chunk by
 * itself: the waiting reader is answered in a microtask, and those run only when the whole read has been parsed.
 */
class Exchange implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array, undefined> {
  readonly #origin: Origin
  readonly #signal: AbortSignal
  #controller: Dispatcher.DispatchController | undefined
  /** Waits for the reply's head. */
  #caller: Waiting<TransportReply> | undefined
  /** Waits for bytes. */
  #reader: Waiting<Read> | undefined
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #paused = false
  /** A microtask is on its way to the reader. */
  #flushing = false
  /** Undici is done with this exchange, and its connection is free. */
  #done = false
  /** The reader has been told how it ended, or left. */
  #over = false
  /** Ended from our side; undici may not know yet. */
  #stopped = false
  /** Why the reply is not, or not wholly, there. Comes after what is queued. */
  #failure: TransportError | undefined
  /** What may still come before the connection of a released reply is given up; `undefined` while somebody reads. */
  #releasedBytes: number | undefined

  constructor(origin: Origin, signal: AbortSignal) {
    this.#origin = origin
    this.#signal = signal
  }

  start(options: Dispatcher.DispatchOptions): Promise<TransportReply> {
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject }
      this.#origin.running += 1
      // An object instead of a function: no closure, and removing it needs no second reference.
      this.#signal.addEventListener('abort', this)
      this.#origin.pool.dispatch(options, this)
    })
  }

  // The reader's side.

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Read> {
    if (this.#queue.length > 0) return Promise.resolve(this.#take())
    if (this.#over || this.#releasedBytes !== undefined) return Promise.resolve(END)
    if (this.#failure !== undefined) return Promise.reject(this.#failOnce(this.#failure))
    if (this.#done) return Promise.resolve(END)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  return(): Promise<Read> {
    this.#stop(new TransportError('aborted', 'the reader left'))
    this.#over = true
    this.#reader?.resolve(END)
    this.#reader = undefined
    return Promise.resolve(END)
  }

  release(): void {
    if (this.#done) return
    this.#releasedBytes = RELEASED_BYTES
    this.#signal.removeEventListener('abort', this)
    this.#drop()
    this.#resume()
  }

  /** The signal has fired. */
  handleEvent(): void {
    this.#stop(new TransportError('aborted', 'was aborted', this.#signal.reason))
    this.#flush()
  }

  // Undici's side. It calls these synchronously while it parses a read.

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Stopped while it waited for its connection.
    if (this.#stopped) controller.abort(this.#failure ?? new TransportError('aborted', 'was aborted'))
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Hints that come before the real head.
    if (status < 200) return
    this.#caller?.resolve({ status, headers: flat(headers), body: this, release: () => this.release() })
    this.#caller = undefined
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#stopped) return
    if (this.#releasedBytes !== undefined) {
      this.#releasedBytes -= chunk.length
      if (this.#releasedBytes < 0) controller.abort(new TransportError('aborted', 'a released reply went on'))
      return
    }
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    if (this.#queuedBytes > QUEUED_BYTES && this.#reader === undefined) {
      this.#paused = true
      controller.pause()
    }
    this.#wake()
  }

  onResponseEnd(): void {
    this.#finish()
    this.#wake()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#failure ??= transportError(error, this.#controller !== undefined)
    this.#finish()
    this.#caller?.reject(this.#failure)
    this.#caller = undefined
    this.#wake()
  }

  #finish(): void {
    if (this.#done) return
    this.#done = true
    this.#origin.running -= 1
    this.#signal.removeEventListener('abort', this)
  }

  /** Ends the exchange from our side: what is queued is dropped, the socket destroyed. */
  #stop(failure: TransportError): void {
    this.#drop()
    if (this.#done) return
    this.#stopped = true
    this.#failure ??= failure
    this.#signal.removeEventListener('abort', this)
    this.#caller?.reject(this.#failure)
    this.#caller = undefined
    // Before the request has its connection there is nothing to abort: `onRequestStart` will.
    this.#controller?.abort(this.#failure)
  }

  #wake(): void {
    if (this.#flushing || this.#reader === undefined) return
    this.#flushing = true
    queueMicrotask(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  /** Answers the waiting reader with what there is. */
  #flush(): void {
    const reader = this.#reader
    if (reader === undefined) return
    if (this.#queue.length > 0) {
      this.#reader = undefined
      reader.resolve(this.#take())
    } else if (this.#failure !== undefined) {
      this.#reader = undefined
      reader.reject(this.#failOnce(this.#failure))
    } else if (this.#done) {
      this.#reader = undefined
      reader.resolve(END)
    }
  }

  /** A failure is told once; after it the iterator is over, as any other. */
  #failOnce(failure: TransportError): TransportError {
    this.#over = true
    return failure
  }

  #drop(): void {
    this.#queue = []
    this.#queuedBytes = 0
  }

  /** Everything queued, as one batch. */
  #take(): Read {
    const [only] = this.#queue
    const value = only !== undefined && this.#queue.length === 1 ? only : Buffer.concat(this.#queue, this.#queuedBytes)
    this.#drop()
    this.#resume()
    return { done: false, value }
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    // May call `onResponseData` before it returns.
    this.#controller?.resume()
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flattened: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined) flattened[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flattened
}

/** @param sent whether the request had a connection */
function transportError(error: Error, sent: boolean): TransportError {
  if (error instanceof TransportError) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return new TransportError(sent ? kindOf(code, error) : 'connect', `${code}: ${error.message}`, error)
}

function kindOf(code: string, error: Error): TransportErrorKind {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timeout'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'malformed'
  // The parser's own fault is known by its name alone. A chunked body whose connection closed before its end is one too,
  // but what happened there is a cut.
  return error.name === 'HTTPParserError' && !error.message.includes('EOF') ? 'malformed' : 'reset'
}
