/** The head of a request as text. What could become another line of it, or another request, is refused. */

import { TransportError } from '@moonbase/core/engines/openai-compatible'

export interface RequestLine {
  readonly method: 'GET' | 'POST'
  /** As it stands in an address: encoded, with its query. */
  readonly path: string
  /** With its port, where it is not the usual one. */
  readonly host: string
}

/** Said by the transport alone: they decide where a request ends, and what the connection does behind it. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** All but the length of the body and the empty line. @throws TransportError where a header can not be sent */
export function requestHead({ method, path, host }: RequestLine, headers: Readonly<Record<string, string>>): string {
  let isHostSaid = false
  let lines = ''
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? ''
    const lower = name.toLowerCase()
    if (!NAME.test(name) || OWN_HEADERS.has(lower)) throw refused(`a header named ${JSON.stringify(name.slice(0, 80))}`)
    // The value may be a credential.
    if (NO_VALUE.test(value)) throw refused(`a header ${lower} with a character that no header holds`)
    if (lower === 'accept-encoding') continue
    isHostSaid ||= lower === 'host'
    lines += `${name}: ${value}\r\n`
  }
  const hostLine = isHostSaid ? '' : `host: ${host}\r\n`
  return `${method} ${path} HTTP/1.1\r\n${hostLine}connection: keep-alive\r\naccept-encoding: identity\r\n${lines}`
}

function refused(what: string): TransportError {
  return new TransportError('connect', `was not sent: ${what}`)
}
