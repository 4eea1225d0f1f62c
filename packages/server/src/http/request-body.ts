/** The body of a request: bounded by itself, bounded with all others, and read as JSON without surprises. */

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { type ApiError, apiError, apiErrorWith, parseJson } from '@moonbase/protocol'
import { type BodyBudget, refusalOfBudget } from './body-budget.ts'
import type { Exchange } from './exchange.ts'
import { JoinedPieces } from './joined-pieces.ts'
import { JsonShapeGuard } from './json-shape-guard.ts'
import { parsedWellFormed } from './well-formed-json.ts'

/** Bodies up to here are parsed without a look at their shape first: they can neither be deep nor hold much. */
const SMALL_BODY_BYTES = 2048

interface Waiting {
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: ApiError) => void
}

/** The whole body of one request, on its way in. */
export class RequestBody {
  readonly #request: IncomingMessage
  readonly #limit: number
  readonly #budget: BodyBudget
  readonly #pieces = new JoinedPieces()
  /** Of the common budget. */
  #bytes = 0
  #settle: Waiting | undefined

  constructor(request: IncomingMessage, limit: number, budget: BodyBudget) {
    this.#request = request
    this.#limit = limit
    this.#budget = budget
  }

  /** The whole body, at most `limit` bytes. What comes past the limit is thrown away, not kept. To be called once. */
  read(): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      if (Number(this.#request.headers['content-length'] ?? 0) > this.#limit) this.#fail(apiError('body_too_large'))
      else this.#request.on('data', (piece: Buffer) => this.#take(piece)).on('end', () => this.#finish())
    })
  }

  /** The client has gone, or its exchange is over: whoever waits for the body hears of it. */
  abandon(): void {
    if (this.#settle !== undefined) this.#fail(apiError('client_closed'))
  }

  #take(piece: Buffer): void {
    if (this.#settle === undefined) return
    this.#bytes += piece.length
    this.#budget.bytes += piece.length
    const refusal = this.#bytes > this.#limit ? apiError('body_too_large') : refusalOfBudget(this.#budget)
    if (refusal === undefined) this.#pieces.push(piece)
    else this.#fail(refusal)
  }

  #finish(): void {
    this.#release()?.resolve(this.#pieces.take())
  }

  #fail(error: ApiError): void {
    const settle = this.#release()
    this.#pieces.empty()
    // The rest is read and dropped, so that the client gets to the answer instead of a reset connection.
    this.#request.resume()
    settle?.reject(error)
  }

  #release(): Waiting | undefined {
    const settle = this.#settle
    this.#settle = undefined
    if (settle !== undefined) this.#budget.bytes -= this.#bytes
    return settle
  }
}

/** Reads and parses a JSON body, of at most so many bytes. Throws an `ApiError` that says what is wrong with it. */
export async function readJson(exchange: Pick<Exchange, 'header' | 'readBody'>, mostBytes?: number): Promise<unknown> {
  checkJsonHead(exchange)
  return parseBody(await exchange.readBody(mostBytes))
}

/** @throws ApiError for a body that is said to be no JSON, or to be compressed */
export function checkJsonHead(exchange: Pick<Exchange, 'header'>): void {
  checkContentType(exchange.header('content-type'))
  checkEncoding(exchange.header('content-encoding'))
}

export function parseBody(body: Uint8Array): unknown {
  if (body.length === 0) throw apiError('invalid_request', { details: 'the body is empty' })
  if (!isUtf8(body)) throw apiError('invalid_request', { details: 'the body is not valid UTF-8' })
  if (body.length > SMALL_BODY_BYTES) new JsonShapeGuard().check(body)
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  try {
    return parsedWellFormed(text.charCodeAt(0) === BYTE_ORDER_MARK ? text.slice(1) : text, parseJson)
  } catch (error) {
    // V8 quotes what it stumbled over: right for the client, whose text it is, and cut so that it stays short.
    const where = error instanceof Error ? error.message.slice(0, 120) : 'unknown'
    throw apiErrorWith(
      'invalid_request',
      { cause: error, reason: 'the body is not valid JSON' },
      {
        details: `the body is not valid JSON: ${where}`,
      },
    )
  }
}

const BYTE_ORDER_MARK = 0xfeff

/** A missing type is taken for JSON; a wrong one is named. */
function checkContentType(contentType: string | undefined): void {
  if (contentType === undefined || contentType === '') return
  if (/^\s*application\/(?:[\w.-]+\+)?json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i.test(contentType)) return
  throw apiError('unsupported_content_type', { what: `type ${contentType.slice(0, 80)}`, instead: 'application/json' })
}

function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || encoding === '' || encoding.toLowerCase() === 'identity') return
  throw apiError('unsupported_content_type', { what: `encoding ${encoding.slice(0, 40)}`, instead: 'identity' })
}
