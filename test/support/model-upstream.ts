/**
 * An upstream that behaves like a host of the model, and fails where it is told to: it knows the whole answer to every
 * request, goes on from any prefix of it, and can be cut, stalled, reset or broken after so many chunks.
 */

import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What the model says, all of it. */
export interface ModelAnswer {
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly { readonly name: string; readonly arguments: string }[]
}

export type UpstreamFault =
  /** Instead of an answer. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** Nothing comes for so long; without `ms`, ever. */
  | { readonly before: 'silence'; readonly ms?: number }
  | { readonly before: 'reset' }
  /** After so many chunks of the answer. */
  | {
      readonly after: number
      readonly how: 'cut' | 'reset' | 'end' | 'stall' | 'malformed' | 'error' | 'half-character'
    }
  /** The whole answer and its finish, but no `[DONE]`. */
  | { readonly after: 'finish' }

export interface ModelUpstreamOptions {
  /** Where the reasoning stands: Moonshot and SGLang say `reasoning_content`, vLLM says `reasoning`. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning'
  readonly answer: (body: ChatBody) => ModelAnswer
  /** Asked for each request, by its number from 0. */
  readonly fault?: (count: number, body: ChatBody) => UpstreamFault | undefined
  /** Characters of each chunk. */
  readonly chunk?: number
  /** Turns of the event loop between two chunks; without it all chunks come at once. */
  readonly paced?: boolean
  /** A continuation that is asked for comes with what was given already in front of it. */
  readonly repeatsPrefix?: boolean
  /** Answers a request that ends with a prefix with a 400. */
  readonly refusesPrefix?: boolean
  /** Tokens of the prompt that it reports. */
  readonly promptTokens?: number
}

export interface ChatBody {
  readonly model?: string
  readonly prompt?: string
  readonly stream?: boolean
  readonly messages?: readonly {
    readonly role: string
    readonly content?: unknown
    readonly reasoning_content?: string
    readonly partial?: boolean
  }[]
  readonly continue_final_message?: boolean
}

export interface ModelUpstream extends AsyncDisposable {
  /** Base address, with `/v1`. */
  readonly url: string
  readonly bodies: readonly ChatBody[]
  /** Requests that are being answered now. */
  running: number
  /** Stops answering at once: every connection is reset, and new ones too, until `revive`. */
  kill(): void
  revive(): void
  close(): Promise<void>
}

/** The answer as the model writes it behind the open `<think>` of its prompt. */
export function rawOutputOf({ reasoning, text, calls }: ModelAnswer): string {
  if (calls.length === 0) return `${reasoning}</think>${text}`
  const section = calls.map(
    ({ name, arguments: given }, index) =>
      `<|tool_call_begin|>functions.${name}:${index}<|tool_call_argument_begin|>${given}<|tool_call_end|>`,
  )
  return `${reasoning}</think>${text}<|tool_calls_section_begin|>${section.join('')}<|tool_calls_section_end|>`
}

export async function openModelUpstream(options: ModelUpstreamOptions): Promise<ModelUpstream> {
  const bodies: ChatBody[] = []
  let dead = false
  const server: Server = createServer((request, response) => {
    if (dead) {
      request.socket.resetAndDestroy()
      return
    }
    upstream.running += 1
    response.once('close', () => (upstream.running -= 1))
    void serve(request, response, options, bodies).catch((error: unknown) => {
      // The client has gone, or the play wants it so.
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  const sockets = new Set<import('node:net').Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
  })
  const upstream: ModelUpstream = {
    url: `http://127.0.0.1:${port}/v1`,
    bodies,
    running: 0,
    kill() {
      dead = true
      for (const socket of sockets) socket.resetAndDestroy()
    },
    revive() {
      dead = false
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  }
  return upstream
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ModelUpstreamOptions,
  bodies: ChatBody[],
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end('{"object":"list","data":[]}')
    return
  }
  const body: ChatBody = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  const count = bodies.length
  bodies.push(body)
  const fault = options.fault?.(count, body)
  if (fault !== undefined && 'status' in fault) {
    response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers })
    response.end(fault.body ?? JSON.stringify({ error: { message: 'scripted', type: 'scripted' } }))
    return
  }
  if (fault !== undefined && 'before' in fault) {
    if (fault.before === 'reset') {
      request.socket.resetAndDestroy()
      return
    }
    await silence(response, fault.ms)
  }
  const answer = options.answer(body)
  const given = prefixOf(body)
  if (given !== undefined && options.refusesPrefix === true) {
    response.writeHead(400, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({
        error: { message: 'the last message must not be of the assistant', type: 'invalid_request_error' },
      }),
    )
    return
  }
  const deltas =
    body.prompt === undefined ? chatDeltas(answer, given, options) : rawDeltas(answer, body.prompt, options)
  const finish = answer.calls.length > 0 && body.prompt === undefined ? 'tool_calls' : 'stop'
  if (body.stream !== true) {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(wholeReply(deltas, finish, options)))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  for (const delta of deltas) {
    if (fault !== undefined && 'how' in fault && sent === fault.after) return fail(response, fault.how, delta)
    response.write(event({ choices: [delta] }))
    sent += 1
    if (options.paced === true) await new Promise((resolve) => setImmediate(resolve))
    if (response.destroyed) return
  }
  if (fault !== undefined && 'how' in fault) return fail(response, fault.how, deltas.at(-1) ?? {})
  const usage = usageOf(deltas, options)
  const last =
    body.prompt === undefined
      ? { index: 0, delta: {}, finish_reason: finish }
      : { index: 0, text: '', finish_reason: finish }
  response.write(event({ choices: [last] }))
  response.write(event({ choices: [], usage }))
  if (fault !== undefined && 'after' in fault) {
    response.end()
    return
  }
  response.end('data: [DONE]\n\n')
}

type Delta = Readonly<Record<string, unknown>>

function event(chunk: object): string {
  return `data: ${JSON.stringify({ id: 'up', object: 'chat.completion.chunk', created: 1, model: 'up', ...chunk })}\n\n`
}

/** What the request asks to go on from, as the model would have written it; `undefined` without such a thing. */
function prefixOf({ prompt, messages = [], continue_final_message: goesOn }: ChatBody): ModelAnswer | undefined {
  if (prompt !== undefined) return undefined
  const last = messages.at(-1)
  if (last?.role !== 'assistant' || (last.partial !== true && goesOn !== true)) return undefined
  return {
    reasoning: last.reasoning_content ?? '',
    text: typeof last.content === 'string' ? last.content : '',
    calls: [],
  }
}

function chatDeltas(answer: ModelAnswer, given: ModelAnswer | undefined, options: ModelUpstreamOptions): Delta[] {
  const { chunk = 7, reasoningField = 'reasoning_content', repeatsPrefix = false } = options
  const behind = (whole: string, prefix: string): string =>
    repeatsPrefix || !whole.startsWith(prefix) ? whole : whole.slice(prefix.length)
  const thinks = given === undefined || given.text === ''
  const deltas: Delta[] = []
  const add = (delta: object): number => deltas.push({ index: 0, delta, finish_reason: null })
  const reasoning = thinks ? behind(answer.reasoning, given?.reasoning ?? '') : ''
  for (const piece of piecesOf(reasoning, chunk)) add({ [reasoningField]: piece })
  for (const piece of piecesOf(behind(answer.text, given?.text ?? ''), chunk)) add({ content: piece })
  for (const [index, { name, arguments: text }] of answer.calls.entries()) {
    add({
      tool_calls: [{ index, id: `functions.${name}:${index}`, type: 'function', function: { name, arguments: '' } }],
    })
    for (const piece of piecesOf(text, chunk)) add({ tool_calls: [{ index, function: { arguments: piece } }] })
  }
  return deltas
}

/** The rest of the raw output behind what the prompt holds of it. */
function rawDeltas(
  answer: ModelAnswer,
  prompt: string,
  { chunk = 7, repeatsPrefix = false }: ModelUpstreamOptions,
): Delta[] {
  const opening = '<|im_assistant|>assistant<|im_middle|><think>'
  const at = prompt.lastIndexOf(opening)
  const whole = rawOutputOf(answer)
  const given = at === -1 ? '' : prompt.slice(at + opening.length)
  const rest = repeatsPrefix || !whole.startsWith(given) ? whole : whole.slice(given.length)
  return piecesOf(rest, chunk).map((text) => ({ index: 0, text, finish_reason: null }))
}

/** By characters, so that no piece holds half of one. */
function piecesOf(text: string, size: number): string[] {
  const characters = Array.from(text)
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += size) pieces.push(characters.slice(at, at + size).join(''))
  return pieces
}

/** A token for each chunk. */
function usageOf(deltas: readonly Delta[], { promptTokens = 10 }: ModelUpstreamOptions): object {
  const completion = deltas.length
  return { prompt_tokens: promptTokens, completion_tokens: completion, total_tokens: promptTokens + completion }
}

function wholeReply(deltas: readonly Delta[], finish: string, options: ModelUpstreamOptions): object {
  const message: Record<string, unknown> = { role: 'assistant', content: '' }
  const calls: { index: number; function: { arguments: string } }[] = []
  for (const { delta } of deltas) {
    for (const [name, value] of Object.entries(delta as Record<string, unknown>)) {
      if (name !== 'tool_calls') {
        message[name] = String(message[name] ?? '') + String(value)
        continue
      }
      const [piece] = value as { index: number; function: { arguments: string } }[]
      if (piece === undefined) continue
      const known = calls[piece.index]
      if (known === undefined) calls[piece.index] = structuredClone(piece)
      else known.function.arguments += piece.function.arguments
    }
  }
  if (calls.length > 0) message['tool_calls'] = calls
  return {
    id: 'up',
    object: 'chat.completion',
    created: 1,
    model: 'up',
    choices: [{ index: 0, message, finish_reason: finish }],
    usage: usageOf(deltas, options),
  }
}

async function silence(response: ServerResponse, ms?: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
    response.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

function fail(response: ServerResponse, how: string, next: Delta): Promise<void> | void {
  switch (how) {
    case 'stall':
      return silence(response)
    case 'end':
      response.end()
      return
    case 'malformed':
      response.end('data: {"choices":[{"index":0,"delta":{"content":\n\ndata: [DONE]\n\n')
      return
    case 'error':
      response.end('data: {"error":{"message":"engine died","type":"server_error"}}\n\n')
      return
    case 'half-character': {
      // The first byte of a character of three, inside a string that never ends.
      const text = Buffer.from(event({ choices: [{ ...next, delta: { content: '漢' } }] }))
      response.write(text.subarray(0, text.indexOf(0xe6) + 1), () => response.socket?.destroy())
      return
    }
    case 'reset':
      return flushed(response, () => response.socket?.resetAndDestroy())
    default:
      return flushed(response, () => response.socket?.destroy())
  }
}

/** What was written before has left when this happens. */
async function flushed(response: ServerResponse, then: () => void): Promise<void> {
  await new Promise<void>((resolve) => response.write(': the end\n\n', () => resolve()))
  await new Promise((resolve) => setImmediate(resolve))
  then()
}
