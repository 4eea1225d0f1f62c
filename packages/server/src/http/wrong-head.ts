/** What is wrong with the head of a request that is HTTP all the same: it is refused like any other, in the words of its API. */

import type { IncomingMessage } from 'node:http'
import { type ApiError, apiError } from '@moonbase/protocol'

type Head = Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'httpVersionMajor' | 'httpVersionMinor'>

/**
 * - `Host`: one, and none only before HTTP/1.1. Of two, whoever stands in between may believe the other one. Source: RFC
 *   9112, section 3.2.
 * - `Transfer-Encoding`: chunked and nothing else. The parser takes `gzip, chunked` and hands the gzip on as the body.
 *   RFC 9112, section 6.1, would have a 501, which here is never a client's doing.
 * - `Expect`: 100-continue and nothing else. Source: RFC 9110, section 10.1.1.
 */
export function wrongWithHead(head: Head): ApiError | undefined {
  const { host, expect, 'transfer-encoding': coding } = head.headers
  if (host === undefined && !isOld(head)) return apiError('invalid_request', { details: 'the header Host is missing' })
  if (host !== undefined && !HOST.test(host))
    return apiError('invalid_request', { details: 'the header Host is no name or address of a host' })
  if (hostsOf(head.rawHeaders) > 1) return apiError('invalid_request', { details: 'the header Host is given twice' })
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') {
    return apiError('invalid_request', { details: 'the header Transfer-Encoding may say chunked and nothing else' })
  }
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') return apiError('unknown_expectation')
  return undefined
}

function isOld({ httpVersionMajor, httpVersionMinor }: Head): boolean {
  return httpVersionMajor < 1 || (httpVersionMajor === 1 && httpVersionMinor === 0)
}

/** `uri-host [ ":" port ]`, empty too. Source: RFC 9110, section 7.2. */
const HOST = /^[\w.\-~%!$&'()*+,;=:[\]]*$/

function hostsOf(rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1
  }
  return count
}
