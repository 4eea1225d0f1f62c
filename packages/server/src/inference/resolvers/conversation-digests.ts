/**
 * Digests of what stood before each message of a conversation, in a form that survives the way through a client: the same
 * conversation has the same ones however its texts are split into parts, its arguments spaced and its calls named.
 */

import { hash } from 'node:crypto'
import { type Content, type DraftMessage, type DraftPart, textOf } from '@moonbase/core/generation'
import { canonicalArguments } from './canonical-arguments.ts'

/** What is longer than a window can be is no conversation that goes on: some 20 ms of the event loop. */
const MOST_CHARACTERS = 16 * 1024 * 1024
const MOST_MESSAGES = 20_000
/** Of a longer image or video this much is looked at, in pieces from its beginning to its end. */
const LOOKED_AT = 256 * 1024
const PIECES = 16

export interface ConversationDigests {
  /** `before[i]` is of all messages in front of the `i`th; the last one is of the whole conversation. */
  readonly before: readonly string[]
  /** Of all up to the last user's message: what the current turn began with. */
  readonly turn: string
}

interface Known {
  readonly world: string
  readonly digests: ConversationDigests | undefined
}

/** A conversation is looked at when a thought of it is put back, and again when its answer is kept. */
const known = new WeakMap<readonly DraftMessage[], Known>()

/**
 * @param world what else must be the same, such as the model
 * @returns `undefined` for a conversation that is too long
 */
export function digestsOf(messages: readonly DraftMessage[], world: string): ConversationDigests | undefined {
  const found = known.get(messages)
  if (found?.world === world) return found.digests
  const digests = digest(messages, world)
  known.set(messages, { world, digests })
  return digests
}

function digest(messages: readonly DraftMessage[], world: string): ConversationDigests | undefined {
  if (messages.length > MOST_MESSAGES) return undefined
  let last = digestOf(world)
  let turn = last
  let characters = 0
  const before = [last]
  for (const message of messages) {
    const text = canonical(message)
    characters += text.length
    if (characters > MOST_CHARACTERS) return undefined
    before.push((last = digestOf(`${last}\n${text}`)))
    if (message.role === 'user') turn = last
  }
  return { before, turn }
}

/** 32 characters: 192 bits. */
export function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 32)
}

/** Neither ids nor thoughts: clients change the ones and drop the others. */
function canonical(message: DraftMessage): string {
  const said = canonicalContent(message.content)
  if (message.role !== 'assistant') return `${message.role}\n${said}`
  const calls = message.toolCalls.map((call) => [call.name, canonicalArguments(call.arguments)])
  return `assistant\n${JSON.stringify(calls)}\n${said}`
}

function canonicalContent(content: Content<DraftPart>): string {
  const text = textOf(content).trim()
  if (typeof content === 'string') return text
  const media = content.flatMap((part) => (part.type === 'text' ? [] : [mediumDigest(part)]))
  return media.length === 0 ? text : `${media.join(' ')}\n${text}`
}

function mediumDigest(part: Exclude<DraftPart, { readonly type: 'text' }>): string {
  if (part.type === 'reference') return digestOf(`${part.medium} ${part.url}`)
  return digestOf(`${part.type} ${part.base64 === undefined ? part.key : sampled(part.base64)}`)
}

/** What is compressed differs in every part of it. */
function sampled(base64: string): string {
  if (base64.length <= LOOKED_AT) return base64
  const size = LOOKED_AT / PIECES
  const step = (base64.length - size) / (PIECES - 1)
  const pieces = Array.from({ length: PIECES }, (_, index) => {
    const at = Math.floor(index * step)
    return base64.slice(at, at + size)
  })
  return `${base64.length} ${pieces.join('')}`
}
