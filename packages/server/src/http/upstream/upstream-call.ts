/** One request and its reply: what a connection brings on one side, an iterator of bytes on the other. */

import { TransportError, type TransportReply } from '@moonbase/core/engines/openai-compatible'
import type { ReplyHead } from './reply-head.ts'

/** Bytes that may wait for the reader before the socket is paused. */
const QUEUED_BYTES = 256 * 1024

/** Bytes that a released reply may still send for its connection to be kept. */
const RELEASED_BYTES = 64 * 1024

type Read = IteratorResult<Uint8Array, undefined>

const END: Read = { done: true, value: undefined }
const NO_BYTES = new Uint8Array(0)

/** A reader or a caller that waits. */
interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: TransportError) => void
}

/** What an exchange may do with the connection it is on. */
export interface Line {
  pause(): void
  resume(): void
  /** Destroys the connection at once; nothing more comes from it. */
  abandon(): void
}

/**
 * What arrives in one read from the socket reaches the reader as one batch, however many pieces it has: the waiting reader
 * is answered in a microtask, and those run only when the whole read has been parsed.
 */
export class UpstreamCall implements TransportReply, AsyncIterableIterator<Uint8Array, undefined> {
  // The reply, once its head has come.
  status = 0
  headers: Readonly<Record<string, string>> = {}
  readonly body: AsyncIterable<Uint8Array> = this
  readonly reply: Promise<TransportReply>

  #line: Line
  readonly #signal: AbortSignal
  /** Waits for the reply's head. */
  #caller: Waiting<TransportReply> | undefined
  /** Waits for bytes. */
  #reader: Waiting<Read> | undefined
  /** What came first, or all there is: nearly always it is one piece. */
  #queued: Uint8Array | undefined
  /** What came behind it. */
  #more: Uint8Array[] | undefined
  #queuedBytes = 0
  #paused = false
  /** A microtask is on its way to the reader. */
  #flushing = false
  /** The connection is done with this exchange. */
  #done = false
  /** The reader has been told how it ended, or left. */
  #over = false
  /** Why the reply is not, or not wholly, there. Comes after what is queued. */
  #failure: TransportError | undefined
  /** What may still come before the connection of a released reply is given up; `undefined` while somebody reads. */
  #releasedBytes: number | undefined

  constructor(line: Line, signal: AbortSignal) {
    this.#line = line
    this.#signal = signal
    this.reply = new Promise((resolve, reject) => {
      this.#caller = { resolve, reject }
    })
    // An object instead of a function: no closure, and removing it needs no second reference.
    signal.addEventListener('abort', this)
  }

  // The reader's side.

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<Read> {
    if (this.#queued !== undefined) return Promise.resolve(this.#take())
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
    return this.#queued === undefined ? NO_BYTES : this.#take().value
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
    if (this.#done) return
    this.#stop(new TransportError('aborted', 'was aborted', this.#signal.reason))
    this.#flush()
  }

  // The connection's side. It calls these while it parses a read, and none of them once it is abandoned.

  /** Another connection carries it from here on. */
  moveTo(line: Line): void {
    this.#line = line
  }

  begin({ status, headers }: ReplyHead): void {
    this.status = status
    this.headers = headers
    this.#caller?.resolve(this)
    this.#caller = undefined
  }

  push(piece: Uint8Array): void {
    if (this.#releasedBytes !== undefined) {
      this.#releasedBytes -= piece.length
      if (this.#releasedBytes < 0) this.#stop(new TransportError('aborted', 'a released reply went on'))
      return
    }
    if (this.#queued === undefined) this.#queued = piece
    else (this.#more ??= []).push(piece)
    this.#queuedBytes += piece.length
    if (this.#queuedBytes > QUEUED_BYTES && this.#reader === undefined && !this.#paused) {
      this.#paused = true
      this.#line.pause()
    }
    this.#wake()
  }

  end(): void {
    this.#finish()
    this.#wake()
  }

  fail(failure: TransportError): void {
    this.#failure ??= failure
    this.#finish()
    this.#caller?.reject(this.#failure)
    this.#caller = undefined
    this.#wake()
  }

  #finish(): void {
    this.#done = true
    this.#signal.removeEventListener('abort', this)
  }

  /** Ends the exchange from our side: what is queued is dropped, the connection destroyed. */
  #stop(failure: TransportError): void {
    this.#drop()
    this.#failure ??= failure
    this.#finish()
    this.#line.abandon()
    this.#caller?.reject(this.#failure)
    this.#caller = undefined
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
    if (this.#queued !== undefined) {
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
    this.#queued = undefined
    this.#more = undefined
    this.#queuedBytes = 0
  }

  /** Everything queued, as one batch. */
  #take(): IteratorYieldResult<Uint8Array> {
    const first = this.#queued ?? NO_BYTES
    const value = this.#more === undefined ? first : Buffer.concat([first, ...this.#more], this.#queuedBytes)
    this.#drop()
    this.#resume()
    return { done: false, value }
  }

  #resume(): void {
    if (!this.#paused) return
    this.#paused = false
    if (!this.#done) this.#line.resume()
  }
}
