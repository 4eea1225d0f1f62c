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
  /** Milliseconds between two chunks. */
  readonly pauseMs?: number
  /** A continuation that is asked for comes with what was given already in front of it. */
  readonly repeatsPrefix?: boolean
  /** Answers a request that ends with a prefix with a 400. */
  readonly refusesPrefix?: boolean
  /** Tokens of the prompt that it reports, without what the answer goes on from. Default 10. */
  readonly promptTokens?: number | ((body: ChatBody) => number)
  /**
   * What a token of the answer is: a chunk, markers of raw output included (default), or a byte of what is said, which
   * sums up to the same number however an answer is cut. With bytes, what it goes on from counts as prompt.
   */
  readonly tokens?: 'chunks' | 'bytes'
  /** Told of a request to go on from what is no beginning of the answer. */
  readonly onStray?: (given: string, whole: string) => void
  /** `false`: what it was asked is not kept, for plays that look at memory. */
  readonly remembers?: boolean
  /** Where it listens; without it, on any free port. */
  readonly port?: number
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
  /** Sockets that are open now. */
  readonly connections: number
  /** Stops answering at once: every connection is reset, and new ones too, until `revive`. */
  kill(): void
  revive(): void
  /**
   * Falls silent until `release`: each answer stops behind so many of its chunks, or where it is if it has said more; of none,
   * nothing is begun.
   */
  hold(chunks?: number): void
  release(): void
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
  const gate = new Gate()
  let dead = false
  let asked = 0
  const server: Server = createServer((request, response) => {
    if (dead) {
      request.socket.resetAndDestroy()
      return
    }
    upstream.running += 1
    response.once('close', () => (upstream.running -= 1))
    void serve(request, response, options, { bodies, gate, count: () => (asked += 1) - 1 }).catch((error: unknown) => {
      // The client has gone, or the play wants it so.
      response.destroy(error instanceof Error ? error : undefined)
    })
  })
  server.listen(options.port ?? 0, '127.0.0.1')
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
    get connections() {
      return sockets.size
    },
    kill() {
      dead = true
      for (const socket of sockets) socket.resetAndDestroy()
    },
    revive() {
      dead = false
    },
    hold: (chunks = 0) => gate.shut(chunks),
    release: () => gate.open(),
    async close() {
      gate.open()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
    [Symbol.asyncDispose]: () => upstream.close(),
  }
  return upstream
}

/** Lets everybody through, or nobody for a while. */
class Gate {
  /** Of those who wait. */
  #shut: PromiseWithResolvers<void> | undefined
  /** Who has sent fewer goes on. */
  #chunks = 0

  shut(chunks: number): void {
    this.#shut ??= Promise.withResolvers()
    this.#chunks = chunks
  }

  open(): void {
    this.#shut?.resolve()
    this.#shut = undefined
  }

  passed(sent: number): Promise<void> | undefined {
    return sent < this.#chunks ? undefined : this.#shut?.promise
  }
}

interface Desk {
  readonly bodies: ChatBody[]
  readonly gate: Gate
  /** The number of this request, from 0. */
  readonly count: () => number
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  options: ModelUpstreamOptions,
  { bodies, gate, count: next }: Desk,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'application/json')
    response.end('{"object":"list","data":[]}')
    return
  }
  const body: ChatBody = JSON.parse(Buffer.concat(pieces).toString('utf8'))
  const count = next()
  if (options.remembers !== false) bodies.push(body)
  await gate.passed(0)
  if (response.destroyed) return
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
    response.end(JSON.stringify(wholeReply(deltas, finish, usageOf(answer, body, deltas, options))))
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  for (const delta of deltas) {
    if (fault !== undefined && 'how' in fault && sent === fault.after) return fail(response, fault.how, delta)
    response.write(event({ choices: [delta] }))
    sent += 1
    if (options.paced === true) await new Promise((resolve) => setImmediate(resolve))
    if (options.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.pauseMs))
    await gate.passed(sent)
    if (response.destroyed) return
  }
  if (fault !== undefined && 'how' in fault) return fail(response, fault.how, deltas.at(-1) ?? {})
  const usage = usageOf(answer, body, deltas, options)
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
  const { chunk = 7, reasoningField = 'reasoning_content', repeatsPrefix = false, onStray } = options
  const behind = (whole: string, prefix: string): string => {
    const follows = whole.startsWith(prefix)
    if (!follows) onStray?.(prefix, whole)
    return repeatsPrefix || !follows ? whole : whole.slice(prefix.length)
  }
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
  { chunk = 7, repeatsPrefix = false, onStray }: ModelUpstreamOptions,
): Delta[] {
  const whole = rawOutputOf(answer)
  const given = rawGivenOf(prompt)
  if (!whole.startsWith(given)) onStray?.(given, whole)
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

function usageOf(
  answer: ModelAnswer,
  body: ChatBody,
  deltas: readonly Delta[],
  { promptTokens = 10, tokens = 'chunks' }: ModelUpstreamOptions,
): object {
  const asked = typeof promptTokens === 'number' ? promptTokens : promptTokens(body)
  const whole = tokens === 'chunks' ? { reasoning: 0, all: deltas.length } : bytesOf(answer)
  const given = tokens === 'chunks' ? { reasoning: 0, all: 0 } : bytesOf(givenOf(body))
  const prompt = asked + given.all
  // An answer that is begun anew is generated anew.
  const completion = Math.max(whole.all - given.all, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: Math.max(whole.reasoning - given.reasoning, 0) },
  }
}

function bytesOf({ reasoning, text, calls }: ModelAnswer): { readonly reasoning: number; readonly all: number } {
  const said = calls.map(({ name, arguments: given }) => name + given).join('')
  const thought = Buffer.byteLength(reasoning)
  return { reasoning: thought, all: thought + Buffer.byteLength(text + said) }
}

/** What the request asks to go on from, in its parts. */
function givenOf(body: ChatBody): ModelAnswer {
  if (body.prompt === undefined) return prefixOf(body) ?? { reasoning: '', text: '', calls: [] }
  const raw = rawGivenOf(body.prompt)
  const thought = raw.indexOf(END_OF_THOUGHT)
  if (thought === -1) return { reasoning: raw, text: '', calls: [] }
  const [text = '', ...calls] = raw.slice(thought + END_OF_THOUGHT.length).split('<|tool_call_begin|>functions.')
  return {
    reasoning: raw.slice(0, thought),
    text: text.replace('<|tool_calls_section_begin|>', ''),
    calls: calls.map((call) => {
      const [head = '', written = ''] = call.split('<|tool_call_argument_begin|>')
      const [name = ''] = head.split(':')
      const [given = ''] = written.split('<|tool_call_end|>')
      return { name, arguments: given }
    }),
  }
}

const END_OF_THOUGHT = '</think>'

function rawGivenOf(prompt: string): string {
  const opening = '<|im_assistant|>assistant<|im_middle|><think>'
  const at = prompt.lastIndexOf(opening)
  return at === -1 ? '' : prompt.slice(at + opening.length)
}

function wholeReply(deltas: readonly Delta[], finish: string, usage: object): object {
  const message: Record<string, unknown> = { role: 'assistant', content: '' }
  const calls: { index: number; function: { arguments: string } }[] = []
  for (const { delta } of deltas) {
    for (const [name, value] of Object.entries(delta as Record<string, unknown>)) {
      if (name !== 'tool_calls') {
        const before = message[name]
        message[name] = (typeof before === 'string' ? before : '') + String(value)
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
    usage,
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
