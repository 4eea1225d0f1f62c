/** Requests as a client without an SDK would write them. */

import { TEST_KEY } from './start-server.ts'

export interface CalledReply {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON, or `undefined` where it is none. */
  readonly json: unknown
}

export interface CallOptions {
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly key?: string | null
}

/** A body that is a string or bytes goes out as it is. */
export async function call(url: string, options: CallOptions = {}): Promise<CalledReply> {
  const { body, key = TEST_KEY } = options
  const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
  const response = await fetch(url, {
    method: options.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: raw ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: parseOrNothing(text) }
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The `data:` lines of a stream, parsed; `[DONE]` stays a string. */
export function eventsOf(text: string): unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => (event === 'data: [DONE]' ? '[DONE]' : JSON.parse(event.slice(6))))
}
