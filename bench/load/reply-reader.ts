/** Where the replies of one keep-alive connection begin and end: HTTP/1.1 framing, read in place, nothing copied. */

export interface ReplySink {
  head(status: number): void
  /** A piece of the body. The bytes are only good until this returns. */
  body(bytes: Buffer, start: number, end: number): void
  end(): void
}

const MAX_HEAD_BYTES = 16 * 1024
const CARRIAGE_RETURN = 13
const LINE_FEED = 10
const HEAD_END = Buffer.from('\r\n\r\n')
const EMPTY = Buffer.alloc(0)

type State = 'head' | 'counted' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'last-line'

export class ReplyReader {
  readonly #sink: ReplySink
  #state: State = 'head'
  /** Bytes of a head that has not come whole yet. */
  #held: Buffer = EMPTY
  /** Bytes that the body, or its current chunk, still has. */
  #left = 0
  /** Hexadecimal digits of the chunk size read so far, as a number. */
  #size = 0

  constructor(sink: ReplySink) {
    this.#sink = sink
  }

  /** True between two replies: then the connection may close without harm. */
  get isBetweenReplies(): boolean {
    return this.#state === 'head' && this.#held.length === 0
  }

  /** Throws an error named `reply-framing` on what it cannot frame. */
  push(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) at = this.#step(bytes, at)
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case 'head':
        return this.#readHead(bytes, at)
      case 'counted':
        return this.#readData(bytes, at)
      case 'chunk-size':
        return this.#readChunkSize(bytes, at)
      case 'chunk-data':
        return this.#readData(bytes, at)
      case 'chunk-end':
        if (bytes[at] === LINE_FEED) this.#state = 'chunk-size'
        return at + 1
      case 'last-line':
        if (bytes[at] === LINE_FEED) this.#finish()
        return at + 1
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const before = this.#held.length
    const all = before === 0 ? bytes.subarray(at) : Buffer.concat([this.#held, bytes.subarray(at)])
    const headEnd = all.indexOf(HEAD_END)
    if (headEnd === -1) {
      if (all.length > MAX_HEAD_BYTES) throw new Error('reply-framing: a head without end')
      this.#held = Buffer.from(all)
      return bytes.length
    }
    this.#held = EMPTY
    this.#begin(all.toString('latin1', 0, headEnd))
    return at + headEnd + HEAD_END.length - before
  }

  #begin(head: string): void {
    const status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#sink.head(status)
    if (length !== undefined) {
      this.#left = Number(length)
      this.#state = 'counted'
      if (this.#left === 0) this.#finish()
      return
    }
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error('reply-framing: neither length nor chunks')
    this.#state = 'chunk-size'
    this.#size = 0
  }

  #readData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left)
    this.#sink.body(bytes, at, end)
    this.#left -= end - at
    if (this.#left > 0) return end
    if (this.#state === 'counted') this.#finish()
    else this.#state = 'chunk-end'
    return end
  }

  #readChunkSize(bytes: Buffer, at: number): number {
    for (let index = at; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0
      if (byte === LINE_FEED) {
        this.#left = this.#size
        this.#size = 0
        this.#state = this.#left === 0 ? 'last-line' : 'chunk-data'
        return index + 1
      }
      if (byte !== CARRIAGE_RETURN) this.#size = this.#size * 16 + hexValue(byte)
    }
    return bytes.length
  }

  #finish(): void {
    this.#state = 'head'
    this.#sink.end()
  }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48
  const letter = byte | 32
  if (letter >= 97 && letter <= 102) return letter - 87
  throw new Error('reply-framing: a chunk size that is not a number')
}
