/** The replies of one connection, one after the other: bytes in, a head and pieces of its body out. No I/O. */

import { TransportError } from '@moonbase/core/engines/openai-compatible'
import { ChunkedBody } from './chunked-body.ts'
import { CHUNKED, type ReplyHead, UNTIL_CLOSE, checkBeginning, notHttp, readReplyHead } from './reply-head.ts'

export interface ReplySink {
  onHead(head: ReplyHead): void
  /** Never empty, and in memory of its own. */
  onBody(piece: Buffer): void
}

/** As many as Node's own parser allows. */
const HEAD_BYTES = 16 * 1024
/** Heads before the real one: "go on", "early hints". */
const INTERIM_HEADS = 16

const HEAD_END = Buffer.from('\r\n\r\n')
const NOTHING = Buffer.alloc(0)

const IN_HEAD = 0
const IN_LENGTH = 1
const IN_CHUNKS = 2
const IN_REST = 3
const COMPLETE = 4

export class ReplyParser {
  readonly #sink: ReplySink
  readonly #chunks = new ChunkedBody()
  readonly #takePiece: (piece: Buffer) => void
  #state = IN_HEAD
  /** The part of a head that has come. */
  #head: Buffer = NOTHING
  #interim = 0
  /** Bytes of the body that are still to come. */
  #left = 0

  constructor(sink: ReplySink) {
    this.#sink = sink
    this.#takePiece = (piece) => sink.onBody(piece)
  }

  /** The reply has come to its end; what follows belongs to nobody. */
  get complete(): boolean {
    return this.#state === COMPLETE
  }

  /** Another reply is expected. */
  begin(): void {
    this.#state = IN_HEAD
    this.#interim = 0
  }

  /**
   * Takes what came and returns how much of it belongs to this reply. Nothing refers to the bytes afterwards.
   * @throws TransportError once what came before the fault has been handed over
   */
  push(bytes: Buffer): number {
    let at = 0
    // At the end of the bytes there is still a body without bytes to be found complete.
    while (at < bytes.length && this.#state !== COMPLETE) at = this.#step(bytes, at)
    return at
  }

  /** Nothing more comes. @throws TransportError unless that is how this reply ends */
  end(): void {
    if (this.#state === IN_REST) this.#state = COMPLETE
    if (this.#state === COMPLETE) return
    const where = this.#state !== IN_HEAD ? 'in the middle of a reply' : 'before a reply'
    throw new TransportError('reset', `the connection was closed ${where}`)
  }

  #step(bytes: Buffer, at: number): number {
    switch (this.#state) {
      case IN_HEAD:
        return this.#readHead(bytes, at)
      case IN_CHUNKS: {
        const to = this.#chunks.push(bytes, at, this.#takePiece)
        if (this.#chunks.ended) this.#state = COMPLETE
        return to
      }
      case IN_LENGTH: {
        const to = Math.min(at + this.#left, bytes.length)
        this.#left -= to - at
        if (this.#left === 0) this.#state = COMPLETE
        this.#sink.onBody(copyOf(bytes, at, to))
        return to
      }
      default:
        this.#sink.onBody(copyOf(bytes, at, bytes.length))
        return bytes.length
    }
  }

  #readHead(bytes: Buffer, at: number): number {
    const held = this.#head.length
    const all = held === 0 ? bytes : Buffer.concat([this.#head, bytes.subarray(at)])
    const from = held === 0 ? at : 0
    const end = all.indexOf(HEAD_END, from)
    const size = (end === -1 ? all.length : end + HEAD_END.length) - from
    if (size > HEAD_BYTES) throw notHttp(`a head of more than ${HEAD_BYTES} bytes`)
    if (end === -1) {
      checkBeginning(all.toString('latin1', from))
      this.#head = copyOf(all, from, all.length)
      return bytes.length
    }
    this.#head = NOTHING
    const head = readReplyHead(all.toString('latin1', from, end + 2))
    if (head.status >= 200) this.#enterBody(head)
    else this.#passInterim(head)
    return at + size - held
  }

  #passInterim({ status }: ReplyHead): void {
    this.#interim += 1
    if (status === 101) throw notHttp('another protocol that nobody asked for')
    if (this.#interim > INTERIM_HEADS) throw notHttp(`more than ${INTERIM_HEADS} heads before a reply`)
  }

  #enterBody(head: ReplyHead): void {
    const { bodyBytes } = head
    if (bodyBytes === CHUNKED) {
      this.#chunks.begin()
      this.#state = IN_CHUNKS
    } else if (bodyBytes === UNTIL_CLOSE) {
      this.#state = IN_REST
    } else {
      this.#left = bodyBytes
      this.#state = bodyBytes === 0 ? COMPLETE : IN_LENGTH
    }
    this.#sink.onHead(head)
  }
}

function copyOf(bytes: Buffer, from: number, to: number): Buffer {
  const copy = Buffer.allocUnsafe(to - from)
  bytes.copy(copy, 0, from, to)
  return copy
}
