/** What a request holds, read once: the question, what was said before it, and what has happened since. */

import { type GenerationRequest, type MediaPart, type Message, textOf } from '../../generation/index.ts'

export interface Conversation {
  readonly system: string
  /** The last thing the user said. */
  readonly asked: string
  /** What was said before that, oldest first. */
  readonly earlier: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[]
  /** How often tools were called since the user last spoke. */
  readonly toolRounds: number
  /** What those tools answered, in the order of the calls. */
  readonly outcomes: readonly ToolOutcome[]
  /** Images and videos of the last user message and of the tool results after it. */
  readonly media: readonly MediaPart[]
}

export interface ToolOutcome {
  readonly name: string
  readonly arguments: string
  readonly result: string
}

/** Characters of one message that are read: its head, and its tail where the question often stands. */
const READ_HEAD = 12_000
const READ_TAIL = 4_000
/** Messages before the question that are read, counted back from it. */
const READ_EARLIER = 200
const READ_MEDIA = 16

export function readConversation(request: Pick<GenerationRequest, 'messages'>): Conversation {
  const messages = request.messages.filter((message) => !(message.role === 'assistant' && message.partial))
  const asking = messages.findLastIndex((message) => message.role === 'user')
  const since = messages.slice(asking + 1)
  const system = messages.filter((message) => message.role === 'system').map((message) => textOf(message.content))
  return {
    system: excerpt(system.join('\n')),
    asked: excerpt(asking === -1 ? '' : textOf(messages[asking]?.content ?? '')),
    earlier: messages.slice(Math.max(0, asking - READ_EARLIER), Math.max(0, asking)).flatMap(saidIn),
    toolRounds: since.filter((message) => message.role === 'assistant' && message.toolCalls.length > 0).length,
    outcomes: outcomesOf(since),
    media: messages.slice(Math.max(0, asking)).flatMap(mediaOf).slice(0, READ_MEDIA),
  }
}

function excerpt(text: string): string {
  if (text.length <= READ_HEAD + READ_TAIL) return text
  return `${text.slice(0, READ_HEAD)}\n…\n${text.slice(-READ_TAIL)}`
}

function saidIn(message: Message): { role: 'user' | 'assistant'; text: string }[] {
  if (message.role !== 'user' && message.role !== 'assistant') return []
  const text = excerpt(textOf(message.content).trim())
  return text === '' ? [] : [{ role: message.role, text }]
}

/**
 * Results belong to calls by id. Ids are unique only inside one answer, so each result is given to the newest call of
 * that id that has none yet.
 */
function outcomesOf(since: readonly Message[]): ToolOutcome[] {
  const calls: { id: string; name: string; arguments: string; result?: string }[] = []
  for (const message of since) {
    if (message.role === 'assistant') {
      for (const call of message.toolCalls) calls.push({ id: call.id, name: call.name, arguments: call.arguments })
    } else if (message.role === 'tool') {
      const call = calls.findLast((known) => known.id === message.toolCallId && known.result === undefined)
      if (call !== undefined) call.result = excerpt(textOf(message.content))
    }
  }
  return calls.flatMap(({ name, arguments: given, result }) =>
    result === undefined ? [] : [{ name, arguments: given, result }],
  )
}

function mediaOf(message: Message): MediaPart[] {
  if (message.role !== 'user' && message.role !== 'tool') return []
  if (typeof message.content === 'string') return []
  return message.content.filter((part) => part.type !== 'text')
}
