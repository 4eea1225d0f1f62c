/** A body as JSON, without surprises: its type and encoding, its shape, and then its values. */

import { isUtf8 } from 'node:buffer'
import { apiError, apiErrorWith, parseJson } from '@moonbase/protocol'
import type { Exchange } from './exchange.ts'
import { JsonShapeGuard } from './json-shape-guard.ts'
import { parsedWellFormed } from './well-formed-json.ts'

/** Bodies up to here are parsed without a look at their shape first: they can neither be deep nor hold much. */
const SMALL_BODY_BYTES = 2048
/**
 * Values of a document. One costs the event loop up to a microsecond until its request is decoded and checked, and cannot be
 * interrupted. An agent's turn has some three thousand, a session that fills a window of 262,144 tokens some twenty thousand.
 */
export const MOST_VALUES = 100_000

/** Reads and parses a JSON body, of at most so many bytes. Throws an `ApiError` that says what is wrong with it. */
export async function readJson(exchange: Pick<Exchange, 'header' | 'readBody'>, mostBytes?: number): Promise<unknown> {
  checkJsonHead(exchange)
  return parseBody(await exchange.readBody(mostBytes))
}

/** @throws ApiError that says what is wrong with it */
export function parseBody(body: Uint8Array): unknown {
  checkBody(body)
  return parseChecked(body)
}

/** @throws ApiError for a body that is said to be no JSON, or to be compressed */
export function checkJsonHead(exchange: Pick<Exchange, 'header'>): void {
  checkContentType(exchange.header('content-type'))
  checkEncoding(exchange.header('content-encoding'))
}

/** At most how many values it has, without any being made. @throws ApiError for what is empty, no UTF-8, too deep or too full */
export function checkBody(body: Uint8Array, mostValues = MOST_VALUES): number {
  if (body.length === 0) throw apiError('invalid_request', { details: 'the body is empty' })
  if (!isUtf8(body)) throw apiError('invalid_request', { details: 'the body is not valid UTF-8' })
  return body.length > SMALL_BODY_BYTES ? new JsonShapeGuard(mostValues).check(body) : SMALL_BODY_BYTES
}

/** Of a body that was checked. @throws ApiError for what is no JSON */
export function parseChecked(body: Uint8Array): unknown {
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
