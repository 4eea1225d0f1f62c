/** A conversation of chat completions as one of the Messages API. */

import type { ChatAssistantMessage, ChatContent, ChatMessage, ChatToolCall, ChatToolMessage } from '@moonbase/protocol'
import type { NoteTaker } from './note-taker.ts'
import { writeCall } from './write-call.ts'
import { writeContent, writeParts } from './write-parts.ts'

export interface Conversation {
  readonly system?: string | readonly object[]
  readonly messages: readonly object[]
}

/** Results that stand behind one another are one message of the user, as this API has them. */
export function writeConversation(messages: readonly ChatMessage[], notes: NoteTaker): Conversation {
  /** Ids of the calls of the last message that called: engines give the same id in several turns. */
  let builtin: ReadonlySet<string> = new Set()
  const written: { role: string; content: unknown }[] = []
  let system: Conversation['system']
  let results: object[] | undefined
  /** Of the message of the assistant that was written last. */
  let last = 0
  for (const [index, message] of messages.entries()) {
    const at = `messages.${index}`
    if (message.role === 'tool') {
      if (builtin.has(message.tool_call_id)) {
        notes.leftOut(at, NO_BUILTIN)
        continue
      }
      noteName(message, at, notes)
      if (results === undefined) written.push({ role: 'user', content: (results = []) })
      results.push(writeResult(message, at, notes))
      continue
    }
    results = undefined
    switch (message.role) {
      case 'system':
      case 'developer': {
        noteName(message, at, notes)
        const content = writeContent(message.content, at, notes, false)
        // A request of this API has a message at least.
        if (index === 0 && messages.length > 1 && !isBillingLine(message.content)) system = content
        else written.push({ role: 'system', content })
        break
      }
      case 'user':
        noteName(message, at, notes)
        written.push({ role: 'user', content: writeContent(message.content, at, notes, true) })
        break
      case 'assistant': {
        builtin = new Set(callsOf(message).flatMap((call) => (isBuiltin(call) ? [call.id] : [])))
        if (isNothing(message)) {
          notes.leftOut(at, NOTHING_LEFT)
          break
        }
        noteName(message, at, notes)
        written.push({ role: 'assistant', content: writeAssistant(message, at, notes) })
        last = index
        break
      }
    }
  }
  const end = written.at(-1)?.role === 'assistant' ? messages[last] : undefined
  if (end?.role === 'assistant' && end.partial !== true && callsOf(end).every(isBuiltin)) {
    notes.instead(`messages.${last}`, GONE_ON_FROM)
  }
  return { ...(system === undefined ? {} : { system }), messages: written }
}

/** A line by which one client tells its version, which the server takes out of `system`, and out of no other message. */
function isBillingLine(content: ChatContent): boolean {
  const parts = typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : ''))
  return parts.some((text) => text.startsWith('x-anthropic-billing-header:'))
}

function callsOf(message: ChatMessage): readonly ChatToolCall[] {
  return message.role === 'assistant' ? (message.tool_calls ?? []) : []
}

const isBuiltin = ({ type }: ChatToolCall): boolean => type === 'builtin_function'

function hasCalls({ tool_calls: calls }: ChatAssistantMessage): boolean {
  return (calls ?? []).length > 0
}

function writeResult({ tool_call_id: id, content }: ChatToolMessage, at: string, notes: NoteTaker): object {
  return { type: 'tool_result', tool_use_id: id, content: writeContent(content, at, notes, true) }
}

/** Whether neither text nor calls would be left of it. A thought is a beginning, where it is gone on from. */
function isNothing(message: ChatAssistantMessage): boolean {
  const { content, reasoning_content: reasoning, partial } = message
  if (callsOf(message).some((call) => !isBuiltin(call))) return false
  if (partial === true && reasoning) return false
  return typeof content === 'string' ? content === '' : !(content ?? []).some(({ type }) => type === 'text')
}

/** Its thought, its text, its calls. A text that is all of it stays one. */
function writeAssistant(message: ChatAssistantMessage, at: string, notes: NoteTaker): string | readonly object[] {
  const { content, reasoning_content: reasoning } = message
  const blocks: object[] = []
  // The signature is this API's: the server takes a thought without one, as it takes one of another model.
  if (typeof reasoning === 'string') blocks.push({ type: 'thinking', thinking: reasoning, signature: '' })
  if (typeof content === 'string') {
    if (content !== '' && blocks.length === 0 && !hasCalls(message)) return content
    if (content !== '') blocks.push({ type: 'text', text: content })
  } else if (content) blocks.push(...writeParts(content, `${at}.content`, notes, false))
  const kept = callsOf(message).map((call, index) => {
    const place = `${at}.tool_calls.${index}`
    if (!isBuiltin(call)) return writeCall(call, place, notes)
    notes.leftOut(place, NO_BUILTIN)
    return undefined
  })
  blocks.push(...kept.filter((call) => call !== undefined))
  return blocks
}

function noteName({ name }: ChatMessage, at: string, notes: NoteTaker): void {
  if (name) notes.leftOut(`${at}.name`)
}

const NO_BUILTIN = {
  en: 'The Messages API has no tools that the platform runs by itself: the call and its result are left out.',
  zh: 'Messages API 没有由平台自己执行的工具：这次调用和它的结果没有写出来。',
} as const

const NOTHING_LEFT = {
  en: 'Nothing of this message can be said in the Messages API.',
  zh: '这条消息的内容在 Messages API 里都无法表达。',
} as const

const GONE_ON_FROM = {
  en: 'A last message of the assistant is the beginning of the answer in the Messages API: it is gone on from, as with partial.',
  zh: '在 Messages API 里，最后一条 assistant 消息就是回答的开头：会像 partial 那样接着写。',
} as const
