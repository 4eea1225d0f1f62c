/** One request with exactly these headers: `fetch` sends some of its own, and keeps others from being sent. */

import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Sent as it is; anything but a text as JSON. */
  readonly body?: unknown
}

export interface AskedReply {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  readonly text: string
  /** `undefined`: it is none. */
  readonly json: unknown
}

/** @param path is sent as it stands: no `..` of it is resolved before */
export async function ask(url: string, path: string, { method, headers = {}, body }: Asked = {}): Promise<AskedReply> {
  const said = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined))
  const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const type = body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' }
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const options = { hostname, port, path, method: method ?? (body === undefined ? 'GET' : 'POST') }
    request({ ...options, headers: { ...type, ...said } as Record<string, string> }, resolve)
      .once('error', reject)
      .end(sent)
  })
  const bytes = await buffer(reply)
  const text = bytes.toString('utf8')
  return { status: reply.statusCode, headers: reply.headers, bytes, text, json: parsed(text) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
