/** From a folded reply to the body of a `chat.completion`. */

import type { ChatCompletion, ChatUsage } from '@moonbase/protocol'
import type { Reply, ReplyChoice, ReplyToolCall, ReportedUsage } from '../../generation/index.ts'
import type { ReplyHead } from '../dialect.ts'
import { callIdsOf, toolCallId } from './call-id.ts'
import type { ChatForm } from './chat-form.ts'

export function encodeReply(head: ReplyHead, reply: Reply, form: ChatForm): ChatCompletion {
  const unique = form.uniqueCallIds === true ? callIdsOf(head) : undefined
  return {
    id: form.id(head),
    object: 'chat.completion',
    created: head.created,
    model: head.model,
    choices: reply.choices.map((choice, index) => ({
      index,
      message: encodeMessage(choice, form, unique),
      finish_reason: choice.finish,
    })),
    usage: encodeUsage(reply.usage),
  }
}

function encodeMessage(
  { text, reasoning, toolCalls }: ReplyChoice,
  { textBesideCalls, indexedCalls }: ChatForm,
  unique: string | undefined,
): ChatCompletion['choices'][number]['message'] {
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? textBesideCalls : text,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0
      ? {}
      : { tool_calls: toolCalls.map((call, index) => encodeToolCall(call, index, indexedCalls, unique)) }),
  }
}

function encodeToolCall(call: ReplyToolCall, index: number, indexed: boolean, unique: string | undefined) {
  return {
    ...(indexed ? { index } : {}),
    id: toolCallId(call.id, call.name, index, unique),
    type: toolCallType(call.name),
    function: { name: call.name, arguments: call.arguments },
  }
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
