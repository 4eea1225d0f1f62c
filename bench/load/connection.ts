/** One keep-alive connection of the generator: asks, times and checks one answer after another. */

import { connect, type Socket } from 'node:net'
import { nowUs } from '../clock.ts'
import { ReplyCheck } from './reply-check.ts'
import { ReplyReader } from './reply-reader.ts'

export interface Exchange {
  readonly kind: 'whole' | 'stream'
  /** The request's bytes, head and body. */
  readonly bytes: Buffer
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
  readonly #events: ExchangeEvents
  readonly #check: ReplyCheck
  #socket: Socket | undefined
  #reader: ReplyReader
  #exchange: Exchange | undefined
  #status = 0
  /** When the bytes being handled now were read. One reading of the clock serves all pieces of one read. */
  arrivedUs = 0
  /** When the current exchange was asked for. */
  sentUs = 0

  constructor(port: number, events: ExchangeEvents) {
    this.#port = port
    this.#events = events
    this.#check = new ReplyCheck((index, sentUs) => this.#events.piece(index, sentUs, this))
    this.#reader = this.#newReader()
  }

  get isBusy(): boolean {
    return this.#exchange !== undefined
  }

  /** What has come of the current or last answer, as text. */
  get text(): string {
    return this.#check.text
  }

  ask(exchange: Exchange): void {
    this.#exchange = exchange
    this.#check.begin()
    this.#status = 0
    const socket = (this.#socket ??= this.#open())
    this.sentUs = nowUs()
    socket.write(exchange.bytes)
  }

  close(): void {
    this.#exchange = undefined
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
      if (this.#exchange === undefined) this.close()
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
      if (this.#exchange?.kind === 'stream' && this.#status === 200) this.#check.scan()
    } catch (cause) {
      this.#fail(cause instanceof Error ? cause.message : String(cause))
    }
  }

  #end(): void {
    const exchange = this.#exchange
    if (exchange === undefined) return this.#fail('an answer that nobody asked for')
    const fault = this.#faultOf(exchange)
    if (fault !== undefined) return this.#fail(fault)
    this.#exchange = undefined
    this.#events.done(this, undefined)
  }

  #faultOf(exchange: Exchange): string | undefined {
    if (this.#status !== 200) return `status ${this.#status}`
    if (exchange.kind === 'whole') return this.#check.faultOfWhole()
    this.#check.scan()
    return this.#check.faultOfStream()
  }

  #fail(fault: string): void {
    this.close()
    this.#events.done(this, fault)
  }
}
