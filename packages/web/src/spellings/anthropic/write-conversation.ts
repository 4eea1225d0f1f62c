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
  const builtin = builtinCalls(messages)
  const written: { role: string; content: unknown }[] = []
  let system: Conversation['system']
  let results: object[] | undefined
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
        if (index === 0 && !isBillingLine(message.content)) system = content
        else written.push({ role: 'system', content })
        break
      }
      case 'user':
        noteName(message, at, notes)
        written.push({ role: 'user', content: writeContent(message.content, at, notes, true) })
        break
      case 'assistant': {
        const content = writeAssistant(message, at, builtin, notes)
        if (content.length === 0) {
          notes.leftOut(at, NOTHING_LEFT)
          break
        }
        noteName(message, at, notes)
        written.push({ role: 'assistant', content })
        if (index === messages.length - 1 && message.partial !== true && !hasCalls(message)) {
          notes.instead(at, GONE_ON_FROM)
        }
        break
      }
    }
  }
  return { ...(system === undefined ? {} : { system }), messages: written }
}

/** A line by which one client tells its version, which the server takes out of `system`, and out of no other message. */
function isBillingLine(content: ChatContent): boolean {
  const parts = typeof content === 'string' ? [content] : content.map((part) => (part.type === 'text' ? part.text : ''))
  return parts.some((text) => text.startsWith('x-anthropic-billing-header:'))
}

function builtinCalls(messages: readonly ChatMessage[]): ReadonlySet<string> {
  return new Set(messages.flatMap(callsOf).flatMap((call) => (isBuiltin(call) ? [call.id] : [])))
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

/** Its thought, its text, its calls; empty where nothing of it can be said. A text that is all of it stays one. */
function writeAssistant(
  message: ChatAssistantMessage,
  at: string,
  builtin: ReadonlySet<string>,
  notes: NoteTaker,
): string | readonly object[] {
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
    if (!builtin.has(call.id)) return writeCall(call, place, notes)
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
