/** From a folded reply to a `message`. */

import type { Reply, ReplyChoice } from '../../generation/index.ts'
import type { ReplyHead } from '../dialect.ts'
import { encodeUsage } from './encode-usage.ts'
import { messageId, toolUseId } from './ids.ts'
import { messageStop } from './stop-reason.ts'
import type { ThinkingSeal } from './thinking-seal.ts'
import { inputOf } from './tool-input.ts'
import type { ToolNames } from './tool-names.ts'

/** What an answer is written with, whole or streamed. */
export interface MessageEncoding {
  readonly names: ToolNames
  readonly seal: ThinkingSeal
  /** Thoughts are given sealed, not to be read. */
  readonly sealed: boolean
  /** At most one call is given out. */
  readonly single: boolean
}

/** In the order of this wire: thought, text, calls. */
export function encodeMessage(head: ReplyHead, reply: Reply, encoding: MessageEncoding) {
  const choice = reply.choices[0] ?? NOTHING_SAID
  const calls = encoding.single ? choice.toolCalls.slice(0, 1) : choice.toolCalls
  return {
    id: messageId(head),
    type: 'message',
    role: 'assistant',
    model: head.model,
    content: [
      ...(choice.reasoning === '' ? [] : [thinkingBlock(choice.reasoning, encoding)]),
      ...(choice.text === '' ? [] : [{ type: 'text', text: choice.text }]),
      ...calls.map(({ id, name, arguments: written }, place) => ({
        type: 'tool_use',
        id: toolUseId(head, place, id),
        name: encoding.names.toWire(name),
        input: inputOf(written),
      })),
    ],
    ...messageStop(choice, calls.length > 0),
    usage: encodeUsage(reply.usage),
  }
}

const NOTHING_SAID: ReplyChoice = { reasoning: '', text: '', toolCalls: [], finish: 'stop' }

function thinkingBlock(thinking: string, { seal, sealed }: MessageEncoding) {
  if (sealed) return { type: 'thinking', thinking: '', signature: seal.seal(thinking) }
  return { type: 'thinking', thinking, signature: seal.sign(thinking) }
}
