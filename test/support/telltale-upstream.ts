/**
 * A host of the model that tells whatever it was told: its errors of every kind hold the credentials that it was shown and
 * the words that it was asked. `fail:<how>` in the last message says how it fails.
 */

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from './eventually.ts'

export interface TelltaleAnswer {
  readonly reasoning: string
  readonly text: string
  /** Of the call, where there are tools. */
  readonly argument: string
}

export interface TelltaleUpstream extends AsyncDisposable {
  /** Base address, with `/v1`. */
  readonly url: string
  /** All that was sent to it: request lines, headers and bodies. */
  readonly heard: readonly string[]
}

interface Told {
  /** What its errors say. */
  readonly words: string
  readonly credential: string
  /** What was asked for besides the failure. */
  readonly asked: string
  readonly answer: TelltaleAnswer
  readonly tools: boolean
  readonly stream: boolean
}

type Failure = (response: ServerResponse, told: Told) => void

const status =
  (code: number, type = 'some_error'): Failure =>
  (response, { words }) =>
    json(response, code, { error: { message: words, type } })

export const FAILURES: Readonly<Record<string, Failure>> = {
  refused: status(400, 'invalid_request_error'),
  unprocessable: (response, { words }) => json(response, 422, { detail: words }),
  plain: (response, { words }) => void response.writeHead(400, { 'content-type': 'text/plain' }).end(words),
  long: (response, { words }) => json(response, 400, { error: { message: `${words} `.repeat(30) } }),
  typed: (response, { credential }) =>
    json(response, 400, { error: { message: 'no', type: credential, code: credential } }),
  filtered: status(400, 'content_filter'),
  locked: status(401, 'authentication_error'),
  paid: status(402),
  forbidden: status(403),
  missing: status(404, 'model_not_found'),
  busy: status(429),
  quota: status(429, 'insufficient_quota'),
  broken: status(500),
  down: status(503),
  late: status(504),
  escaped: (response, { words }) => {
    const html = JSON.stringify(JSON.stringify({ words })).replaceAll('&', '&amp;').replaceAll('"', '&quot;')
    json(response, 500, { error: { message: html } })
  },
  'typed-prompt': (response, { asked }) => json(response, 500, { error: { message: 'no', type: asked, code: asked } }),
  'ended-so': (response, told) => begin(response, told).end(event(endOf(told.asked))),
  'served-so': (response, told) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(event({ model: `a model for ${told.asked}`, choices: [{ index: 0, delta: { content: 'x' } }] }))
    response.end(event(endOf('error')))
  },
  'typed-down': (response, { credential }) => json(response, 503, { error: { message: 'no', type: credential } }),
  page: (response, { words }) =>
    void response.writeHead(502, { 'content-type': 'text/html' }).end(`<html>${words}</html>`),
  moved: (response, { credential }) => void response.writeHead(302, { location: `/login?key=${credential}` }).end(),
  reason: (response, { credential }) => void response.writeHead(500, `no ${credential}`).end(),
  kind: (response, { credential }) =>
    void response.writeHead(200, { 'content-type': `text/html; of=${credential}` }).end('x'),
  encoded: (response, { credential }) =>
    void response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': credential }).end('x'),
  head: (response, { credential }) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\nno header ${credential}\r\n\r\n`)
  },
  nonsense: (response, { words }) =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(`{"${words}`),
  empty: (response, { words }) => json(response, 200, { words }),
  reset: (response) => response.socket?.resetAndDestroy(),
  said: (response, told) => begin(response, told).end(event({ error: { message: told.words, code: 500 } })),
  'refused-late': (response, told) => begin(response, told).end(event({ error: { message: told.words, code: 400 } })),
  bare: (response, told) => begin(response, told).end(event({ error: told.words })),
  cut: (response, told) => {
    begin(response, told)
    setImmediate(() => response.destroy())
  },
  malformed: (response, told) => begin(response, told).end(`data: {"${told.words}\n\ndata: [DONE]\n\n`),
  named: (response, told) =>
    begin(response, told).end(
      event({ model: told.credential, choices: [{ index: 0, delta: {}, finish_reason: told.credential }] }),
    ),
}

/** Those that are failures of the host and not of the request, but say something. */
export const BROKEN: ReadonlySet<string> = new Set([
  'locked',
  'paid',
  'forbidden',
  'busy',
  'broken',
  'down',
  'late',
  'escaped',
  'typed-prompt',
  'ended-so',
  'served-so',
  'said',
  'bare',
])

/** `credentials`: names of the headers that its errors repeat. */
export async function openTelltaleUpstream(
  answer: TelltaleAnswer,
  credentials: readonly string[],
): Promise<TelltaleUpstream> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    void hear(request)
      .then((body) => {
        heard.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)} ${body}`)
        return reply(request, response, body, answer, credentials)
      })
      // Who asked has gone.
      .catch(() => response.destroy())
  })
  server.on('connection', (socket) => socket.on('error', () => socket.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    heard,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function hear(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

interface Asked {
  readonly stream?: boolean
  readonly tools?: readonly unknown[]
  readonly messages?: readonly unknown[]
}

function reply(
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
  answer: TelltaleAnswer,
  names: readonly string[],
): void {
  const shown = names.map((name) => String(request.headers[name]))
  const asked: Asked = request.method === 'POST' ? JSON.parse(body) : {}
  const last = JSON.stringify(asked.messages?.at(-1) ?? '')
  const told = {
    words: `[${shown.join(' ')}] asked for ${last.replaceAll('"', "'")}`,
    credential: (shown.at(-1) ?? '').replace(/^Bearer /, ''),
    asked: /fail:[\w-]+ (\w+)/.exec(last)?.[1] ?? '',
    answer,
    tools: (asked.tools?.length ?? 0) > 0,
    stream: asked.stream === true,
  }
  // Asked how it is.
  if (request.method === 'GET') return json(response, 500, { error: { message: told.words } })
  // Nobody has to wait before it is asked again.
  response.setHeader('retry-after-ms', '0')
  const failure = FAILURES[/fail:([\w-]+)/.exec(last)?.[1] ?? '']
  if (failure !== undefined) return failure(response, told)
  if (told.stream) {
    begin(response, told)
    response.end(
      `${event({ choices: [{ index: 0, delta: {}, finish_reason: told.tools ? 'tool_calls' : 'stop' }] })}data: [DONE]\n\n`,
    )
    return
  }
  const { reasoning, text } = answer
  const message = { role: 'assistant', content: text, reasoning_content: reasoning, ...callsOf(told) }
  json(response, 200, {
    id: 'x',
    model: 'm',
    choices: [{ index: 0, message, finish_reason: told.tools ? 'tool_calls' : 'stop' }],
  })
}

function endOf(reason: string): object {
  return { choices: [{ index: 0, delta: {}, finish_reason: reason }] }
}

function begin(response: ServerResponse, told: Told): ServerResponse {
  const { reasoning, text } = told.answer
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(event({ model: 'm', choices: [{ index: 0, delta: { reasoning_content: reasoning } }] }))
  response.write(event({ choices: [{ index: 0, delta: { content: text, ...callsOf(told) } }] }))
  return response
}

function callsOf({ tools, answer }: Told): object {
  const call = {
    index: 0,
    id: 'f:0',
    type: 'function',
    function: { name: 'f', arguments: `{"of":"${answer.argument}"}` },
  }
  return tools ? { tool_calls: [call] } : {}
}

function event(chunk: object): string {
  return `data: ${JSON.stringify(chunk)}\n\n`
}

function json(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
