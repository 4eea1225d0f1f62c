/** The whole body of a request: bounded by itself, and bounded with all others. */

import type { IncomingMessage } from 'node:http'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { BodyShare, BodyShares, ComingBody } from './body-shares.ts'
import { JoinedPieces } from './joined-pieces.ts'

interface Waiting {
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: ApiError) => void
}

/** The whole body of one request, on its way in. */
export class RequestBody implements ComingBody {
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #announced: number
  readonly #share: BodyShare
  /** Until it is over: a stream that answers it may wait for long. */
  #pieces: JoinedPieces | undefined
  /** Nothing more of it is read, and its connection cannot go on. */
  isLeft = false
  #bytes = 0
  #settle: Waiting | undefined

  constructor(request: IncomingMessage, limit: number, shares: BodyShares, owner: string) {
    this.#request = request
    this.#limit = limit
    const announced = Number(request.headers['content-length'] ?? 0)
    this.#pieces = new JoinedPieces(announced)
    this.#announced = announced
    this.#share = shares.open(owner, this)
  }

  /** The whole body, at most `limit` bytes. What comes past the limit is thrown away, not kept. To be called once. */
  read(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      const refusal = this.#announced > this.#limit ? apiError('body_too_large') : this.#share.expect(this.#announced)
      if (refusal !== undefined) this.#refuse(refusal)
      else this.#request.on('data', (piece: Buffer) => this.#take(piece)).on('end', () => this.#finish())
    })
  }

  /** The client has gone, or its exchange is over: whoever waits for the body hears of it, and nothing is kept for it. */
  abandon(): void {
    if (this.#settle === undefined) this.#share.end()
    else this.#drop(apiError('client_closed'))
  }

  /** There is no share for it any more. To read the rest, only to drop it, would take everybody's time. */
  fail(error: ApiError): void {
    this.isLeft = true
    this.#request.pause()
    this.#end(error)
  }

  /** The rest is read and dropped, so that the client gets to the answer instead of a reset connection. */
  #drop(error: ApiError): void {
    this.#request.resume()
    this.#end(error)
  }

  #refuse(error: ApiError): void {
    if (error.code === 'body_too_large') this.#drop(error)
    else this.fail(error)
  }

  #end(error: ApiError): void {
    const settle = this.#unwait()
    this.#share.end()
    this.#pieces = undefined
    settle?.reject(error)
  }

  #take(piece: Buffer): void {
    if (this.#settle === undefined) return
    this.#bytes += piece.length
    const refusal = this.#bytes > this.#limit ? apiError('body_too_large') : this.#share.take(piece.length)
    if (refusal === undefined) this.#pieces?.push(piece)
    else this.#refuse(refusal)
  }

  #finish(): void {
    const settle = this.#unwait()
    const pieces = this.#pieces
    if (settle === undefined || pieces === undefined) return
    this.#pieces = undefined
    this.#share.arrived()
    settle.resolve(pieces.take())
  }

  #unwait(): Waiting | undefined {
    const settle = this.#settle
    this.#settle = undefined
    return settle
  }
}
