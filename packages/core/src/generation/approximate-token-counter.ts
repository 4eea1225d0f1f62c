/**
 * A stated approximation of Kimi's token count, for servers that have no vocabulary at hand.
 *
 * One linear pass over the text: what the tokenizer's split pattern would cut is counted by kind of character. It knows
 * no vocabulary, so single texts are off by some; the wrappers around messages are exact. `exact` is false, and every
 * reply that shows such a count says so.
 */

import type { GenerationRequest, Message } from './request.ts'
import type { TokenCounter } from './token-counter.ts'

/** Tokens of an image whose size nobody has measured: the platform's help centre once named this flat figure. */
const IMAGE_TOKENS = 1024
/** Tokens of an unmeasured video: about ten seconds at 720p, five chunks of four frames. */
const VIDEO_TOKENS = 5400

/** `<|im_user|>`, the role, `<|im_middle|>`, and `<|im_end|>` after the content. */
const MESSAGE_WRAPPER = 4
/** `<|im_assistant|>`, `assistant`, `<|im_middle|>`, `<think>`; with thinking off `</think>` too. */
const GENERATION_PROMPT = 4
/** The section's two markers, and per call: begin, argument begin, end, and the parts of its id. */
const TOOL_SECTION = 2
const TOOL_CALL_WRAPPER = 7

export function approximateTokenCounter(): TokenCounter {
  return { exact: false, countText, countPrompt }
}

function countPrompt(request: Pick<GenerationRequest, 'messages' | 'tools' | 'thinking'>): number {
  let tokens = GENERATION_PROMPT + (request.thinking ? 0 : 1)
  if (request.tools.length > 0) tokens += MESSAGE_WRAPPER + 8 + countText(JSON.stringify(request.tools))
  // Reasoning survives only after the last assistant message that called no tool; before it, the template drops it.
  const lastPlain = request.messages.findLastIndex(
    (message) => message.role === 'assistant' && message.toolCalls.length === 0,
  )
  for (const [index, message] of request.messages.entries()) tokens += countMessage(message, index > lastPlain)
  return tokens
}

function countMessage(message: Message, keepsReasoning: boolean): number {
  let tokens = MESSAGE_WRAPPER
  if (message.name !== undefined) tokens += countText(message.name)
  if (typeof message.content === 'string') tokens += countText(message.content)
  else {
    for (const part of message.content) {
      if (part.type === 'text') tokens += countText(part.text)
      else tokens += part.type === 'image' ? IMAGE_TOKENS + 4 : VIDEO_TOKENS
    }
  }
  if (message.role === 'tool') tokens += 5 + countText(message.toolCallId)
  if (message.role === 'assistant') {
    tokens += 2 + (keepsReasoning ? countText(message.reasoning ?? '') : 0)
    if (message.toolCalls.length > 0) tokens += TOOL_SECTION
    for (const call of message.toolCalls) tokens += TOOL_CALL_WRAPPER + countText(call.name) + countText(call.arguments)
  }
  return tokens
}

const KIND = { letter: 0, digit: 1, space: 2, newline: 3, han: 4, other: 5, mark: 6 } as const
type Kind = (typeof KIND)[keyof typeof KIND]

/** Linear in the text's length, whatever it holds. */
function countText(text: string): number {
  let tokens = 0
  let run = 0
  let previous: Kind | undefined
  for (let index = 0; index < text.length; index += 1) {
    const kind = kindOf(text.charCodeAt(index))
    if (kind === previous) run += 1
    else {
      if (previous !== undefined) tokens += tokensOfRun(previous, run, kind)
      previous = kind
      run = 1
    }
  }
  if (previous !== undefined) tokens += tokensOfRun(previous, run, undefined)
  return Math.ceil(tokens)
}

/** Tokens of `length` UTF-16 units of one kind, followed by something of kind `next`. */
function tokensOfRun(kind: Kind, length: number, next: Kind | undefined): number {
  switch (kind) {
    case KIND.letter:
      // Common words are one token up to about eight letters; long ones break into pieces of about four.
      return length <= 8 ? 1 : 1 + (length - 8) / 4
    case KIND.digit:
      return Math.ceil(length / 3)
    case KIND.space:
      // One space belongs to the word behind it.
      return next === KIND.letter || next === KIND.mark ? (length > 1 ? 1 : 0) : 1
    case KIND.newline:
      return 1
    case KIND.han:
      return length * 0.62
    case KIND.other:
      return length * 0.75
    case KIND.mark:
      return Math.ceil(length / 2)
  }
}

function kindOf(code: number): Kind {
  if (code < 0x80) {
    if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return KIND.letter
    if (code >= 48 && code <= 57) return KIND.digit
    if (code === 32 || code === 9) return KIND.space
    if (code === 10 || code === 13) return KIND.newline
    return KIND.mark
  }
  if ((code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf)) return KIND.han
  return KIND.other
}
