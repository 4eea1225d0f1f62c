/** A conversation out of messages as OpenAI's API has them: a request, a list of messages, a line of a data set. */

import { fold, NEW_CONVERSATION, type Part, type Role, type WorkEvent } from '../conversation/index.ts'
import type { Kept } from './document.ts'
import { keptOf, type Making } from './make-kept.ts'
import { isFields } from './shape.ts'

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  assistant: 'assistant',
  tool: 'tool',
  function: 'tool',
}

/** `undefined`: it is none. */
export function fromMessages(value: unknown, making: Making): Kept | undefined {
  const messages = isFields(value) ? value['messages'] : value
  if (!Array.isArray(messages) || messages.length === 0) return undefined
  let conversation = NEW_CONVERSATION
  let after: string | null = null
  for (const message of messages as readonly unknown[]) {
    const turn = making.newId()
    const events = eventsOf(message, turn, after, making)
    if (events === undefined) return undefined
    for (const event of events) conversation = fold(conversation, event)
    after = turn
  }
  if (isFields(value)) {
    const { messages: _messages, ...settings } = value
    conversation = fold(conversation, { type: 'settings', settings })
  }
  const title = isFields(value) && typeof value['title'] === 'string' ? value['title'] : ''
  return keptOf(conversation, title, 0, making)
}

function eventsOf(message: unknown, turn: string, after: string | null, making: Making): WorkEvent[] | undefined {
  if (!isFields(message)) return undefined
  const role = typeof message['role'] === 'string' ? ROLES[message['role']] : undefined
  const parts = partsOf(message['content'])
  if (role === undefined || parts === undefined) return undefined
  const reasoning = message['reasoning_content']
  const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : []
  if (role === 'assistant' && (calls.length > 0 || (typeof reasoning === 'string' && reasoning !== ''))) {
    return answerOf(turn, after, typeof reasoning === 'string' ? reasoning : '', parts, calls, making)
  }
  const answers = message['tool_call_id']
  const given = typeof answers === 'string' ? { answers } : {}
  return [{ type: 'turn', turn, after, role, parts, at: making.now, ...given }]
}

/** An answer with thinking or calls is what a run said: only so is it sent back whole. */
function answerOf(
  turn: string,
  after: string | null,
  reasoning: string,
  parts: readonly Part[],
  calls: readonly unknown[],
  { newId, now }: Making,
): WorkEvent[] | undefined {
  const run = newId()
  const text = parts.map((part) => (part.kind === 'text' ? part.text : '')).join('')
  const asked = { model: '', thinking: reasoning !== '', form: 'text' } as const
  let n = 0
  const place = (): { run: string; ms: 0; n: number } => ({ run, ms: 0, n: (n += 1) })
  const events: WorkEvent[] = [{ type: 'run', run, turn, after, request: {}, asked, at: now }]
  if (reasoning !== '') events.push({ type: 'reasoning', ...place(), text: reasoning })
  if (text !== '') events.push({ type: 'text', ...place(), text })
  for (const [index, call] of calls.entries()) {
    const asks = isFields(call) && isFields(call['function']) ? call['function'] : undefined
    const id = isFields(call) ? call['id'] : undefined
    const [name, args] = [asks?.['name'], asks?.['arguments']]
    if (typeof id !== 'string' || typeof name !== 'string' || typeof args !== 'string') return undefined
    events.push({ type: 'tool-call', ...place(), call: index, id, name, arguments: args })
  }
  const cut = { sentence: 'cut', parameters: {}, remedies: [], words: '' }
  events.push(
    { type: 'finish', ...place(), reason: calls.length > 0 ? 'tool_calls' : 'stop' },
    { type: 'end', run, ms: 0, cut },
  )
  return events
}

function partsOf(content: unknown): Part[] | undefined {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return content === '' ? [] : [{ kind: 'text', text: content }]
  if (!Array.isArray(content)) return undefined
  return content.flatMap((part: unknown) => partOf(part))
}

function partOf(part: unknown): Part[] {
  if (typeof part === 'string') return [{ kind: 'text', text: part }]
  if (!isFields(part)) return []
  if (typeof part['text'] === 'string') return [{ kind: 'text', text: part['text'] }]
  for (const media of ['image', 'video'] as const) {
    const given = part[`${media}_url`]
    const address = isFields(given) ? given['url'] : given
    if (typeof address === 'string') return [{ kind: 'address', media, address }]
  }
  return []
}
