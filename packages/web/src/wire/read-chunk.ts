/** One event of a chat stream, or a whole reply, as what happens to a conversation; and in a few words for the wire's table. */

import { matchError, type ChatChunk, type ChatCompletion, type ChatUsage } from '@moonbase/protocol'
import type { Receipt, Remedy, RunEvent, Usage, WorkError } from '../conversation/index.ts'
import type { Described, WireBlock } from './wire-record.ts'
import { remediesOf } from './remedies.ts'

type Bare<Event> = Event extends RunEvent ? Omit<Event, 'run' | 'ms'> : never
/** An event without its run and its time, which the caller knows. */
export type Happened = Bare<RunEvent>

/** Those that have a number on the wire. */
type Numbered = Extract<Happened, { readonly n: number }>

function usageOf(usage: ChatUsage): Usage {
  return {
    input: usage.prompt_tokens,
    cached: usage.cached_tokens,
    output: usage.completion_tokens,
    thinking: usage.completion_tokens_details.reasoning_tokens,
  }
}

interface WireErrorBody {
  readonly error: { readonly message: string; readonly type: string }
}

export function isErrorBody(value: unknown): value is WireErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  const { error } = value
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
}

interface ErrorAbout {
  readonly status?: number
  readonly requestId?: string
  readonly retryAt?: number
}

export function errorOf(body: WireErrorBody | null, { status, requestId, retryAt }: ErrorAbout): WorkError {
  const message = body?.error.message ?? ''
  const type = body?.error.type ?? ''
  const matched = body === null ? undefined : matchError({ status, type, message })
  const sentence = matched?.code ?? 'unknown'
  return {
    sentence,
    parameters: matched?.parameters ?? {},
    remedies: remediesOf(sentence),
    words: message,
    ...(status === undefined ? {} : { status }),
    ...(type === '' ? {} : { type }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(retryAt === undefined ? {} : { retryAt }),
  }
}

/** What has no words of the platform: the way to the server is gone, or its stream ended without an end. */
export function ownError(sentence: 'network' | 'cut', remedies: readonly Remedy[]): WorkError {
  return { sentence, parameters: {}, remedies, words: '' }
}

/** Money as text and tokens as numbers, as the server's receipt has them. */
export function isReceipt(value: unknown): value is Receipt {
  return typeof value === 'object' && value !== null && 'cost' in value && typeof value.cost === 'string'
}

function receiptIn(text: string): Receipt | null {
  if (!text.startsWith('receipt ')) return null
  try {
    const value: unknown = JSON.parse(text.slice('receipt '.length))
    return isReceipt(value) ? value : null
  } catch {
    // A comment that begins like one.
    return null
  }
}

export function readReceipt(text: string | null): Receipt | null {
  return text === null ? null : receiptIn(`receipt ${text}`)
}

function seamIn(text: string): Happened | null {
  if (!text.startsWith('seam ')) return null
  const fields = new Map([...text.matchAll(/(\w+)=(\S+)/g)].map(([, name = '', value = '']) => [name, value]))
  const [from, to, reason] = [fields.get('from'), fields.get('to'), fields.get('reason')]
  if (from === undefined || to === undefined) return null
  return { type: 'seam', key: text, from, to, reason: reason ?? '' }
}

interface Read {
  readonly happened: readonly Happened[]
  readonly described: Described
}

const OTHER: Described = { kind: 'other', says: '' }

function readComment(text: string): Read {
  const receipt = receiptIn(text)
  if (receipt !== null)
    return { happened: [{ type: 'receipt', receipt }], described: { kind: 'receipt', says: `: ${text}` } }
  const seam = seamIn(text)
  if (seam !== null) return { happened: [seam], described: { kind: 'seam', says: `: ${text}` } }
  return { happened: [], described: { kind: 'comment', says: `: ${text}` } }
}

const shown = (text: string): string => JSON.stringify(text)

/** `n` is the number of the event on the wire. */
export function readBlock(block: WireBlock, n: number): Read {
  if (block.kind === 'comment') return readComment(block.text)
  if (block.data === '[DONE]') return { happened: [{ type: 'passed', n }], described: { kind: 'done', says: '[DONE]' } }
  let value: unknown
  try {
    value = JSON.parse(block.data)
  } catch {
    return { happened: [{ type: 'passed', n }], described: OTHER }
  }
  if (isErrorBody(value))
    return {
      happened: [{ type: 'fail', error: errorOf(value, {}) }],
      described: { kind: 'error', says: value.error.message },
    }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a chunk, by the server's own encoder
  return readChunk(value as ChatChunk, n)
}

function readChunk(chunk: ChatChunk, n: number): Read {
  const things: Numbered[] = []
  let described: Described = { kind: 'role', says: '' }
  const [choice] = chunk.choices
  const { delta } = choice ?? {}
  if (typeof delta?.reasoning_content === 'string' && delta.reasoning_content !== '') {
    things.push({ type: 'reasoning', n, text: delta.reasoning_content })
    described = { kind: 'reasoning', says: shown(delta.reasoning_content) }
  }
  if (typeof delta?.content === 'string' && delta.content !== '') {
    things.push({ type: 'text', n, text: delta.content })
    described = { kind: 'text', says: shown(delta.content) }
  }
  for (const call of delta?.tool_calls ?? []) {
    const { name, arguments: written = '' } = call.function
    things.push({
      type: 'tool-call',
      n,
      call: call.index,
      ...(call.id === undefined ? {} : { id: call.id }),
      ...(name === undefined ? {} : { name }),
      arguments: written,
    })
    described = { kind: 'tool', says: name === undefined ? shown(written) : `${name} ${shown(written)}` }
  }
  if (choice?.finish_reason !== undefined && choice.finish_reason !== null) {
    things.push({ type: 'finish', n, reason: choice.finish_reason })
    described = { kind: 'finish', says: choice.finish_reason }
  }
  const numbered = things.length === 0 ? [{ type: 'passed' as const, n }] : parted(things)
  const usage = choice?.usage ?? chunk.usage
  if (usage === undefined || usage === null) return { happened: numbered, described }
  const told = `usage ${usage.prompt_tokens} + ${usage.completion_tokens}`
  return {
    happened: [...numbered, { type: 'usage', usage: usageOf(usage) }],
    described:
      described.kind === 'finish'
        ? { kind: 'finish', says: `${described.says} · ${told}` }
        : { kind: 'usage', says: told },
  }
}

/** Several things of one event are numbered within it, so that a stream that is read twice gives each once. */
function parted(things: readonly Numbered[]): Happened[] {
  if (things.length < 2) return [...things]
  return things.map((thing, part) => ({ ...thing, part, ...(part < things.length - 1 ? { more: true } : {}) }))
}

/** A whole reply, as the events that its stream would have been. */
export function readWhole(reply: ChatCompletion): Happened[] {
  const [choice] = reply.choices
  if (choice === undefined) return []
  const { message } = choice
  const things: Happened[] = []
  if (message.reasoning_content !== undefined && message.reasoning_content !== '')
    things.push({ type: 'reasoning', n: things.length + 1, text: message.reasoning_content })
  if (typeof message.content === 'string' && message.content !== '')
    things.push({ type: 'text', n: things.length + 1, text: message.content })
  for (const [call, { id, function: asked }] of (message.tool_calls ?? []).entries())
    things.push({ type: 'tool-call', n: things.length + 1, call, id, name: asked.name, arguments: asked.arguments })
  things.push({ type: 'finish', n: things.length + 1, reason: choice.finish_reason })
  return [...things, { type: 'usage', usage: usageOf(reply.usage) }]
}
