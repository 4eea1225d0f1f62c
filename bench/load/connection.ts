/** One keep-alive connection of the generator: asks, times and checks one answer after another. */

import { connect, type Socket } from 'node:net'
import { nowUs } from '../clock.ts'
import { ReplyCheck } from './reply-check.ts'
import { type Wire, WIRES } from '../wires.ts'
import { ReplyReader } from './reply-reader.ts'

/** What one connection asks, over and over, and what has to come back. */
export interface Exchange {
  /** `too-long`: the prompt does not fit, and the only right answer says so. */
  readonly kind: 'whole' | 'stream' | 'too-long'
  /** The request's bytes, head and body. */
  readonly bytes: Buffer
  /** Moonshot's when absent. */
  readonly wire?: Wire
  /** Changes some of the bytes, before each request. */
  renew?(): void
}

export interface ExchangeEvents {
  /** A chunk of a stream's text arrived. */
  piece(index: number, sentUs: number, connection: Connection): void
  /** The answer has ended; `fault` names what was wrong with it. After a fault the connection is closed. */
  done(connection: Connection, fault: string | undefined): void
}

const READ_BYTES = 64 * 1024

export class Connection {
  readonly #port: number
  readonly #exchange: Exchange
  readonly #events: ExchangeEvents
  readonly #check: ReplyCheck
  #socket: Socket | undefined
  #reader: ReplyReader
  #isBusy = false
  #status = 0
  /** When the bytes being handled now were read. One reading of the clock serves all pieces of one read. */
  arrivedUs = 0
  /** When the current exchange was asked for. */
  sentUs = 0

  constructor(port: number, exchange: Exchange, events: ExchangeEvents) {
    this.#port = port
    this.#exchange = exchange
    this.#events = events
    this.#check = new ReplyCheck(exchange.wire ?? WIRES.moonshot, (index, sentUs) =>
      this.#events.piece(index, sentUs, this),
    )
    this.#reader = this.#newReader()
  }

  get isBusy(): boolean {
    return this.#isBusy
  }

  /** What has come of the current or last answer, as text. */
  get text(): string {
    return this.#check.text
  }

  ask(): void {
    this.#isBusy = true
    // The bytes of the request before are gone by now: its answer has ended, or its socket was destroyed.
    this.#exchange.renew?.()
    this.#check.begin()
    this.#status = 0
    const socket = (this.#socket ??= this.#open())
    this.sentUs = nowUs()
    socket.write(this.#exchange.bytes)
  }

  close(): void {
    this.#isBusy = false
    this.#socket?.destroy()
    this.#socket = undefined
    this.#reader = this.#newReader()
  }

  #open(): Socket {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#port,
      noDelay: true,
      // One buffer for all reads of the connection: the generator must not spend its core on making buffers.
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (length, buffer) => {
          if (socket === this.#socket) this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length))
          return true
        },
      },
    })
    const closed = (fault: string) => {
      if (socket !== this.#socket) return
      if (!this.#isBusy) this.close()
      else this.#fail(fault)
    }
    socket.on('error', (error: NodeJS.ErrnoException) => closed(`socket ${error.code ?? error.message}`))
    socket.on('close', () => closed('closed before the answer was whole'))
    return socket
  }

  #newReader(): ReplyReader {
    return new ReplyReader({
      head: (status) => void (this.#status = status),
      body: (bytes, start, end) => this.#check.add(bytes, start, end),
      end: () => this.#end(),
    })
  }

  #read(bytes: Buffer): void {
    this.arrivedUs = nowUs()
    try {
      this.#reader.push(bytes)
      if (this.#exchange.kind === 'stream' && this.#status === 200) this.#check.scan()
    } catch (cause) {
      this.#fail(cause instanceof Error ? cause.message : String(cause))
    }
  }

  #end(): void {
    if (!this.#isBusy) return this.#fail('an answer that nobody asked for')
    const fault = this.#faultOf(this.#exchange.kind)
    if (fault !== undefined) return this.#fail(fault)
    this.#isBusy = false
    this.#events.done(this, undefined)
  }

  #faultOf(kind: Exchange['kind']): string | undefined {
    if (kind === 'too-long') return this.#status === 400 ? this.#check.faultOfTooLong() : `status ${this.#status}`
    if (this.#status !== 200) return `status ${this.#status}`
    if (kind === 'whole') return this.#check.faultOfWhole()
    this.#check.scan()
    return this.#check.faultOfStream()
  }

  #fail(fault: string): void {
    this.close()
    this.#events.done(this, fault)
  }
}
