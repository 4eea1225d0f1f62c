/** One connection to an upstream: a request at a time, and what its socket says as what that means for the request. */

import type { Socket } from 'node:net'
import { TransportError, type TransportReply } from '@moonbase/core/engines/openai-compatible'
import type { EndOfTurnWrite, EndOfTurnWrites } from '../end-of-turn-writes.ts'
import { lacksDescriptor } from '../lacks-descriptor.ts'
import { UpstreamCall, type Line } from './upstream-call.ts'
import type { Looked } from './coarse-timer.ts'
import { type Origin, openSocket } from './open-socket.ts'
import { type ReplyHead, notHttp } from './reply-head.ts'
import { ReplyParser, type ReplySink } from './reply-parser.ts'
import type { OutgoingRequest, RequestWriter } from './request-writer.ts'

export interface ConnectionOwner {
  /** It serves nobody, and may serve the next request. */
  onFree(connection: Connection): void
  /** It is of no use any more. Told once. */
  onGone(connection: Connection): void
  /** It is gone, and not a byte of its request has left: somebody else has to send it. */
  onUnsent(request: OutgoingRequest, exchange: UpstreamCall): void
}

/** What all connections of a transport share. */
export interface ConnectionParts {
  /** Requests of one turn leave together, for the same reason as replies do. */
  readonly writes: EndOfTurnWrites
  readonly writer: RequestWriter
  readonly connectTimeoutMs: number
  /** For which an idle connection is kept. */
  readonly keepAliveMs: number
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number
  /** There was no descriptor for a connection: whoever holds one that he does not need may let it go. */
  readonly onNoDescriptor: () => void
}

/** A hint says when the other side closes; ours has to be the earlier one by what a request needs to get there. */
const HINT_MARGIN_MS = 2_000
const HINT_LIMIT_MS = 600_000

export class Connection implements Looked, Line, ReplySink, EndOfTurnWrite {
  readonly #socket: Socket
  readonly #parser = new ReplyParser(this)
  readonly #owner: ConnectionOwner
  readonly #parts: ConnectionParts
  /** The request that is being served. */
  #exchange: UpstreamCall | undefined
  /** The same request, until it has left. */
  #unsent: OutgoingRequest | undefined
  /** A reply has come over it before. */
  #used = false
  #headersTimeoutMs = 0
  #bodyTimeoutMs = 0
  #connected = false
  #gone = false
  #paused = false
  /** The transport is being closed. */
  #closing = false
  /** Whether the reply that is coming in leaves the connection fit for another. */
  #persistent = false
  #keepAliveMs: number
  /** When it became free. */
  #freeSince = 0
  /** Milliseconds for what is expected now; infinite while nothing is. */
  #withinMs: number
  /** When that has passed; `undefined` until a look has seen that it is expected, so that nobody else reads a clock. */
  #until: number | undefined

  constructor(origin: Origin, owner: ConnectionOwner, parts: ConnectionParts) {
    this.#owner = owner
    this.#parts = parts
    this.#keepAliveMs = parts.keepAliveMs
    this.#withinMs = parts.connectTimeoutMs
    this.#socket = openSocket(
      origin,
      (bytes) => this.#take(bytes),
      () => this.#connect(),
    )
    this.#socket
      .on('end', () => this.#end())
      .on('error', (error: Error) => this.#fail(this.#broken(error)))
      .on('close', () => this.#fail(this.#broken(undefined)))
  }

  /** Whether it has been idle for so long that the other side may be closing it. */
  get stale(): boolean {
    return this.#parts.now() - this.#freeSince > this.#keepAliveMs
  }

  send(request: OutgoingRequest): Promise<TransportReply> {
    const exchange = new UpstreamCall(this, request.signal)
    this.carry(request, exchange)
    return exchange.reply
  }

  /** Sends the request of an exchange that is there already. */
  carry(request: OutgoingRequest, exchange: UpstreamCall): void {
    this.#exchange = exchange
    exchange.moveTo(this)
    this.#headersTimeoutMs = request.headersTimeoutMs
    this.#bodyTimeoutMs = request.bodyTimeoutMs
    if (this.#connected) this.#expect(request.headersTimeoutMs)
    this.#parser.begin()
    this.#unsent = request
    this.#parts.writes.add(this)
  }

  /** Resolves when the socket is closed. */
  destroy(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve()
      this.#socket.once('close', () => resolve())
      this.#closing = true
      this.#fail(new TransportError('reset', 'the transport was closed'))
    })
  }

  look(now: number): void {
    if (this.#withinMs === Infinity) return
    if (this.#until === undefined) this.#until = now + this.#withinMs
    else if (now >= this.#until) this.#fail(this.#late())
  }

  /** The turn ends. */
  depart(): void {
    const request = this.#unsent
    this.#unsent = undefined
    if (request !== undefined && !this.#gone) this.#parts.writer.write(this.#socket, request)
  }

  // What the exchange may do.

  pause(): void {
    // A reader that is slow is no fault of the upstream.
    this.#expect(Infinity)
    this.#paused = true
    this.#socket.pause()
  }

  resume(): void {
    if (this.#gone) return
    this.#expect(this.#bodyTimeoutMs)
    this.#goOn()
  }

  abandon(): void {
    this.#exchange = undefined
    this.#unsent = undefined
    this.#leave()
  }

  // What the parser finds.

  onHead(head: ReplyHead): void {
    this.#persistent = head.persistent
    this.#keepAliveMs = this.#parts.keepAliveMs
    if (head.keepAliveMs !== undefined) {
      this.#keepAliveMs = Math.min(head.keepAliveMs - HINT_MARGIN_MS, HINT_LIMIT_MS)
      if (this.#keepAliveMs <= 0) this.#persistent = false
    }
    this.#expect(this.#bodyTimeoutMs)
    this.#exchange?.begin(head)
  }

  onBody(piece: Buffer): void {
    this.#until = undefined
    this.#exchange?.push(piece)
  }

  // What the socket says.

  #connect(): void {
    this.#connected = true
    this.#expect(this.#headersTimeoutMs)
  }

  #take(bytes: Buffer): void {
    if (this.#gone) return
    // Nobody asked: whatever this is, the next reply must not begin with it.
    if (this.#exchange === undefined) return this.#leave()
    if (this.#unsent !== undefined) return this.#fail(notHttp('a reply before its request'))
    let taken: number
    try {
      taken = this.#parser.push(bytes)
    } catch (error) {
      return this.#fail(error instanceof TransportError ? error : new TransportError('malformed', 'not HTTP', error))
    }
    if (this.#parser.complete) this.#complete(taken === bytes.length)
  }

  /** The other side sends nothing more. */
  #end(): void {
    if (this.#gone) return
    if (this.#exchange === undefined) return this.#leave()
    if (this.#unsent !== undefined) return this.#fail(this.#broken(undefined))
    try {
      this.#parser.end()
    } catch (error) {
      return this.#fail(error instanceof TransportError ? error : this.#broken(undefined))
    }
    this.#complete(false)
  }

  /** @param clean nothing came behind the reply */
  #complete(clean: boolean): void {
    const exchange = this.#exchange
    // Abandoned while it was parsed.
    if (exchange === undefined) return
    this.#exchange = undefined
    this.#used = true
    // A reply that came before the whole request was sent is no sign that the rest of it will be read.
    if (clean && this.#persistent && this.#socket.writableLength === 0) {
      this.#freeSince = this.#parts.now()
      this.#expect(this.#keepAliveMs)
      // The reader of the last reply may not have got to its end yet; the next one has its own pace.
      if (this.#paused) this.#goOn()
      exchange.end()
      this.#owner.onFree(this)
    } else {
      exchange.end()
      this.#leave()
    }
  }

  #fail(error: TransportError): void {
    const exchange = this.#exchange
    const unsent = this.#unsent
    this.#exchange = undefined
    this.#unsent = undefined
    this.#leave()
    if (exchange === undefined) return
    // Once only: who comes next has served nobody before.
    if (unsent !== undefined && this.#used && !this.#closing) this.#owner.onUnsent(unsent, exchange)
    else exchange.fail(error)
  }

  #leave(): void {
    if (this.#gone) return
    this.#gone = true
    this.#withinMs = Infinity
    this.#socket.destroy()
    this.#owner.onGone(this)
  }

  #goOn(): void {
    this.#paused = false
    this.#socket.resume()
  }

  #expect(withinMs: number): void {
    this.#withinMs = withinMs
    this.#until = undefined
  }

  #late(): TransportError {
    const within = `within ${this.#withinMs} ms`
    if (!this.#connected) return new TransportError('connect', `no connection ${within}`)
    return new TransportError('timeout', `nothing came ${within}`)
  }

  #broken(error: Error | undefined): TransportError {
    if (error === undefined)
      return new TransportError(this.#connected ? 'reset' : 'connect', 'the connection was closed')
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    const words = `${code}: ${error.message}`
    if (this.#connected) return new TransportError('reset', words, error)
    if (!lacksDescriptor(error)) return new TransportError('connect', words, error)
    // Nobody was asked: it says nothing of whoever would have been.
    this.#parts.onNoDescriptor()
    return new TransportError('busy', words, error)
  }
}
