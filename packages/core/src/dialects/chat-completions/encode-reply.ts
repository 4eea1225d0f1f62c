/** From a folded reply to the body of a `chat.completion`. */

import type { ChatCompletion, ChatUsage } from '@moonbase/protocol'
import type { Reply, ReplyChoice, ReplyToolCall, ReportedUsage } from '../../generation/index.ts'
import type { ReplyHead } from '../dialect.ts'
import type { ChatForm } from './chat-form.ts'

export function encodeReply(head: ReplyHead, reply: Reply, form: ChatForm): ChatCompletion {
  return {
    id: form.id(head),
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: reply.choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice, form),
      finish_reason: choice.finish,
    })),
    usage: encodeUsage(reply.usage),
  }
}

function encodeMessage(
  { text, reasoning, toolCalls }: ReplyChoice,
  { textBesideCalls, indexedCalls }: ChatForm,
): ChatCompletion['choices'][number]['message'] {
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? textBesideCalls : text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0
      ? {}
      : { tool_calls: toolCalls.map((call, index) => encodeToolCall(call, index, indexedCalls)) }),
  }
}

function encodeToolCall(call: ReplyToolCall, index: number, indexed: boolean) {
  return {
    ...(indexed ? { index } : {}),
    id: toolCallId(call.id, call.name, index),
    type: toolCallType(call.name),
    function: { name: call.name, arguments: call.arguments },
  }
}

/** Clients see `name:index`, as the hosted platform gave them. Unique inside one answer only. */
export function toolCallId(id: string | undefined, name: string, index: number): string {
  return id ?? `${name}:${index}`
}

/** Tools that the platform runs itself are named with a dollar sign. */
export function toolCallType(name: string): 'function' | 'builtin_function' {
  return name.startsWith('$') ? 'builtin_function' : 'function'
}

/** Every count is there, whoever answered: clients that read a place where one is missing now and then break. */
export function encodeUsage(usage: ReportedUsage): ChatUsage {
  return {
    prompt_tokens: usage.prompt,
    completion_tokens: usage.completion,
    total_tokens: usage.prompt + usage.completion,
    cached_tokens: usage.cached,
    prompt_tokens_details: { cached_tokens: usage.cached },
    completion_tokens_details: { reasoning_tokens: usage.reasoning ?? 0 },
  }
}
