/**
 * What a prompt takes at most, known without a vocabulary: a token of text is at least one byte of it, and what stands around
 * the text is counted as it is. It walks through a conversation as `renderPrompt` does, and makes nothing.
 */

import { imageTokens, videoTokens } from '../media/index.ts'
import type { Prompt, PromptContent, PromptMessage, PromptToolCall } from '../prompt.ts'
import { declareTools } from './declare-tools.ts'
import { historyLength, openMessage } from './history.ts'
import { VIDEO_PLACEHOLDER } from './render-prompt.ts'

/** Bytes of a text in UTF-8. What is no character, such as half a surrogate pair, takes three. */
export type Utf8Bytes = (text: string) => number

/** For whoever has nothing quicker at hand: a UTF-16 unit takes three bytes at most. */
export const utf8BytesAtMost: Utf8Bytes = (text) => text.length * 3

/** A header's two, and `<|im_end|>`. */
const AROUND_MESSAGE = 3
/** `<think>` and `</think>`. */
const AROUND_THOUGHT = 2
/** Of a call: its begin, the begin of its arguments, its end. */
const AROUND_CALL = 3
const AROUND_CALLS = 2
/** Begin, content, end. */
const AROUND_MEDIA = 3
/** The name of a role, or of the medium. */
const LONGEST_WORD = 'tool_declare'.length
/** `hh:mm:ss.fff`, and longer where a measure makes no sense. */
const TIMESTAMP = 16
const LINE_BREAK = 1
/** Around the name in `functions.{name}:{idx}`. */
const AROUND_NAME = 'functions.:'.length
const AROUND_RETURN = '## Return of \n'.length

/**
 * Never less than `countPieces(renderPrompt(prompt), tokenizer)`, whatever the vocabulary: each has every single byte.
 * Takes the time of measuring the texts, and that of declaring the tools, which is done once for an array of them.
 */
export function promptTokensAtMost(prompt: Prompt, utf8Bytes: Utf8Bytes): number {
  // The header of the answer to come.
  let most = AROUND_MESSAGE + LONGEST_WORD + AROUND_THOUGHT
  if (prompt.tools.length > 0) most += AROUND_MESSAGE + LONGEST_WORD + utf8Bytes(declareTools(prompt.tools))
  const history = historyLength(prompt.messages, openMessage(prompt.messages))
  const ids = new IdBound(utf8Bytes)
  for (const [position, message] of prompt.messages.entries()) {
    most += messageBytes(message, prompt.thinking && position >= history, ids, utf8Bytes)
  }
  return most
}

/** By itself but for the ids of calls, so that it may one day be known of a message that was seen before. */
function messageBytes(message: PromptMessage, showsThought: boolean, ids: IdBound, utf8Bytes: Utf8Bytes): number {
  const name = message.name === undefined ? 0 : utf8Bytes(message.name)
  const most = AROUND_MESSAGE + Math.max(name, LONGEST_WORD) + contentBytes(message.content, utf8Bytes)
  if (message.role === 'tool') return most + AROUND_RETURN + ids.answered(message.toolCallId)
  if (message.role !== 'assistant') return most
  const thought = showsThought && message.reasoning !== undefined ? utf8Bytes(message.reasoning) : 0
  return most + AROUND_THOUGHT + thought + callsBytes(message.toolCalls, ids, utf8Bytes)
}

function callsBytes(calls: readonly PromptToolCall[], ids: IdBound, utf8Bytes: Utf8Bytes): number {
  if (calls.length === 0) return 0
  let most = AROUND_CALLS
  for (const call of calls) most += AROUND_CALL + ids.renamed(call.name) + utf8Bytes(call.arguments)
  return most
}

function contentBytes(content: PromptContent, utf8Bytes: Utf8Bytes): number {
  if (typeof content === 'string') return utf8Bytes(content)
  let most = 0
  for (const part of content) {
    switch (part.type) {
      case 'text':
        most += utf8Bytes(part.text)
        break
      case 'image':
        most += AROUND_MEDIA + LONGEST_WORD + LINE_BREAK
        most += part.measured === undefined ? 1 : imageTokens(part.measured)
        break
      case 'video': {
        if (part.measured === undefined) {
          most += VIDEO_PLACEHOLDER.length + LINE_BREAK
          break
        }
        const { chunks, tokens } = videoTokens(part.measured)
        most += chunks * (AROUND_MEDIA + LONGEST_WORD + TIMESTAMP) + tokens + LINE_BREAK
        break
      }
    }
  }
  return most
}

/** Ids of calls as the model reads them. A result has that of a call before it, or the client's own. */
class IdBound {
  readonly #utf8Bytes: Utf8Bytes
  #calls = 0
  #longest = 0

  constructor(utf8Bytes: Utf8Bytes) {
    this.#utf8Bytes = utf8Bytes
  }

  renamed(name: string): number {
    const bytes = AROUND_NAME + this.#utf8Bytes(name) + String(this.#calls).length
    this.#calls += 1
    this.#longest = Math.max(this.#longest, bytes)
    return bytes
  }

  answered(id: string): number {
    return Math.max(this.#utf8Bytes(id), this.#longest)
  }
}
