/** The body of one request, piece by piece and at constant memory: its client waits while the consumer is slow. */

import type { IncomingMessage } from 'node:http'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { BodyShare, BodyShares, ComingBody } from './body-shares.ts'

/**
 * Bytes of one body that are here at once, at most: a piece that the consumer has, and what node read on meanwhile. Each
 * is node's buffer of 64 KiB and the one read of 64 KiB that filled it. Of a body that comes byte by byte that buffer is
 * 65,536 objects, some 15 MB, for as long as the consumer takes with one piece; node gives no way to stop it earlier.
 */
export const MOST_IN_HAND_BYTES = 256 * 1024

type Piece = IteratorResult<Uint8Array, undefined>

interface Waiting {
  readonly resolve: (piece: Piece) => void
  readonly reject: (error: ApiError) => void
}

export class StreamedBody implements AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array, undefined>, ComingBody {
  readonly #request: IncomingMessage
  readonly #mostBytes: number
  readonly #shares: BodyShares
  readonly #owner: string
  /** `over`: nothing more is handed out, and what still comes is read and dropped. */
  #state: 'unread' | 'reading' | 'over' = 'unread'
  /** Why it is over, where it was not read to its end. */
  #failure: ApiError | undefined
  /** Of the bytes in hand it has all that it may come to have, from the first look until it is over. */
  #share: BodyShare | undefined
  /** Bytes that were handed out. */
  #given = 0
  /** Who asked for the next piece, until there is one. */
  #waiting: Waiting | undefined
  #iterated = false
  /** The rest of it is dropped, never left. */
  readonly isLeft = false
  readonly #look = (): void => this.#advance()

  constructor(request: IncomingMessage, mostBytes: number, shares: BodyShares, owner: string) {
    this.#request = request
    this.#mostBytes = mostBytes
    this.#shares = shares
    this.#owner = owner
  }

  [Symbol.asyncIterator](): this {
    if (this.#iterated) throw new Error('a body is read once')
    this.#iterated = true
    return this
  }

  next(): Promise<Piece> {
    if (this.#waiting !== undefined) return Promise.reject(new Error('the pieces of a body are asked for one by one'))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      if (this.#state === 'unread') this.#start()
      this.#advance()
    })
  }

  /** The consumer has seen enough. */
  return(): Promise<Piece> {
    this.#finish()
    this.#advance()
    return Promise.resolve(NO_MORE)
  }

  /** The client has gone, or its exchange is over: whoever waits for a piece, or asks for one, hears of it. */
  abandon(): void {
    if (this.#state !== 'over') this.fail(apiError('client_closed'))
  }

  #start(): void {
    const announced = this.#request.headers['content-length']
    if (announced !== undefined && Number(announced) > this.#mostBytes) return this.fail(apiError('body_too_large'))
    const most = announced === undefined ? MOST_IN_HAND_BYTES : Math.min(Number(announced), MOST_IN_HAND_BYTES)
    this.#state = 'reading'
    this.#share = this.#shares.open(this.#owner, this)
    const refusal = this.#share.take(most)
    if (refusal !== undefined) return this.fail(refusal)
    // Its client waits while the consumer is slow, so it is never too slow; nor does it hold more than this.
    this.#share.arrived()
    this.#request.on('readable', this.#look).on('end', this.#look)
  }

  /** Answers who waits, if there is something to say. */
  #advance(): void {
    if (this.#waiting === undefined) return
    if (this.#failure !== undefined) return this.#take()?.reject(this.#failure)
    if (this.#state === 'over') return this.#take()?.resolve(NO_MORE)
    const piece: unknown = this.#request.read()
    if (piece instanceof Uint8Array) this.#give(piece)
    else if (this.#request.readableEnded) {
      this.#finish()
      this.#take()?.resolve(NO_MORE)
    }
  }

  #give(piece: Uint8Array): void {
    this.#given += piece.length
    if (this.#given > this.#mostBytes) this.fail(apiError('body_too_large'))
    else this.#take()?.resolve({ done: false, value: piece })
  }

  fail(error: ApiError): void {
    this.#failure = error
    this.#finish()
    this.#advance()
  }

  #finish(): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#share?.end()
    this.#request.off('readable', this.#look).off('end', this.#look)
    // The rest is read and dropped, so that the client gets to the answer instead of a reset connection.
    this.#request.resume()
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting
    this.#waiting = undefined
    return waiting
  }
}

const NO_MORE: Piece = { done: true, value: undefined }
