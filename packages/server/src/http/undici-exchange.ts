/** One request over undici and its reply: undici's handler on one side, an iterator of bytes on the other. */

import { TransportError, type TransportErrorKind, type TransportReply } from '@moonbase/core/engines/openai-compatible'
import type { Dispatcher } from 'undici'

/** Bytes that may wait for the reader before the socket is paused. */
const QUEUED_BYTES = 256 * 1024

/** Bytes that a released reply may still send for its connection to be kept. */
const RELEASED_BYTES = 64 * 1024

type Read = IteratorResult<Uint8Array, undefined>

const END: Read = { done: true, value: undefined }

/** A reader or a caller that waits. */
interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: TransportError) => void
}

/**
 * What arrives in one read from the socket reaches the reader as one batch, although undici reports every HTTP chunk by
 * itself: the waiting reader is answered in a microtask, and those run only when the whole read has been parsed.
 */
export class UndiciExchange
  implements TransportReply, Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array, undefined>
{
  // The reply, once its head has come.
  status = 0
  headers: Readonly<Record<string, string>> = {}
  readonly body: AsyncIterable<Uint8Array> = this

  /** Called once, when undici is done; whether the connection can serve another request. */
  readonly #onDone: (reusable: boolean) => void
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

  constructor(signal: AbortSignal, onDone: (reusable: boolean) => void) {
    this.#signal = signal
    this.#onDone = onDone
  }

  start(connection: Dispatcher, options: Dispatcher.DispatchOptions): Promise<TransportReply> {
    return new Promise((resolve, reject) => {
      this.#caller = { resolve, reject }
      // An object instead of a function: no closure, and removing it needs no second reference.
      this.#signal.addEventListener('abort', this)
      connection.dispatch(options, this)
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
    // A released reply has no reader that could leave.
    if (this.#releasedBytes !== undefined) return Promise.resolve(END)
    if (this.#done) this.#drop()
    else this.#stop(new TransportError('aborted', 'the reader left'))
    this.#over = true
    this.#reader?.resolve(END)
    this.#reader = undefined
    return Promise.resolve(END)
  }

  takeAll(): Uint8Array | undefined {
    // Not before all of it is here, and not behind a reader.
    if (!this.#done || this.#over || this.#failure !== undefined) return undefined
    this.#over = true
    return this.#take().value
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
    this.status = status
    this.headers = flat(headers)
    this.#caller?.resolve(this)
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
    this.#finish(true)
    this.#wake()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#failure ??= transportError(error, this.#controller !== undefined)
    this.#finish(false)
    this.#caller?.reject(this.#failure)
    this.#caller = undefined
    this.#wake()
  }

  #finish(reusable: boolean): void {
    if (this.#done) return
    this.#done = true
    this.#onDone(reusable)
    this.#signal.removeEventListener('abort', this)
  }

  /** Ends the exchange from our side: what is queued is dropped, the socket destroyed. */
  #stop(failure: TransportError): void {
    this.#drop()
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

  /** A failure is told once; after that the iterator is over. */
  #failOnce(failure: TransportError): TransportError {
    this.#over = true
    return failure
  }

  #drop(): void {
    this.#queue = []
    this.#queuedBytes = 0
  }

  /** Everything queued, as one batch. */
  #take(): IteratorYieldResult<Uint8Array> {
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

/** A header that came twice, joined. Nearly always there is none, and undici's own object serves. */
function flat(headers: ReportedHeaders): Readonly<Record<string, string>> {
  if (hasNoLists(headers)) return headers
  const flattened: Record<string, string> = {}
  for (const name of Object.keys(headers)) {
    const value = headers[name]
    if (value !== undefined) flattened[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return flattened
}

type ReportedHeaders = Readonly<Record<string, string | string[] | undefined>>

function hasNoLists(headers: ReportedHeaders): headers is Readonly<Record<string, string>> {
  for (const name in headers) if (typeof headers[name] !== 'string') return false
  return true
}

/** @param sent whether the request had a connection */
function transportError(error: Error, sent: boolean): TransportError {
  if (error instanceof TransportError) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  // The parser's error carries the bytes it choked on, which are a piece of somebody's answer.
  const cause = error.name === PARSER_ERROR ? undefined : error
  return new TransportError(sent ? kindOf(code, error) : 'connect', `${code}: ${error.message}`, cause)
}

const PARSER_ERROR = 'HTTPParserError'

function kindOf(code: string, error: Error): TransportErrorKind {
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'timeout'
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'malformed'
  // The parser's own fault is known by its name alone. A chunked body whose connection closed before its end is one too,
  // but what happened there is a cut.
  return error.name === PARSER_ERROR && !error.message.includes('EOF') ? 'malformed' : 'reset'
}
