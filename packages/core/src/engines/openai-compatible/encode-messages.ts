/** The messages of a request, as an upstream of some flavour reads them. */

import { ToolCallIds } from '@moonbase/format'
import {
  type AssistantMessage,
  type Capabilities,
  type Content,
  type ContentPart,
  type Message,
  type ToolCall,
  textOf,
} from '../../generation/index.ts'
import type { Flavour } from './flavours.ts'
import { objectArguments } from './history-arguments.ts'

export interface MessageEncoding {
  readonly flavour: Flavour
  readonly can: Capabilities
  /** Makes the refusal of what this upstream cannot do. */
  readonly lacks: (ability: string) => Error
}

/** Fields that are `undefined` here are absent from the JSON. */
type WireMessage = Readonly<Record<string, unknown>>

/** Takes messages whose media are loaded. */
export function encodeMessages(messages: readonly Message[], encoding: MessageEncoding): readonly WireMessage[] {
  const ids = encoding.flavour.toolIds === 'functions' ? new ToolCallIds() : undefined
  return messages.map((message): WireMessage => {
    if (message.role === 'assistant') return encodeAssistant(message, encoding, ids)
    const { role, name } = message
    const content = encodeContent(message.content, encoding)
    if (role !== 'tool') return { role, name, content }
    return { role, name, tool_call_id: ids?.answered(message.toolCallId) ?? message.toolCallId, content }
  })
}

function encodeAssistant(
  message: AssistantMessage,
  encoding: MessageEncoding,
  ids: ToolCallIds | undefined,
): WireMessage {
  const { flavour } = encoding
  const wire: Record<string, unknown> = {
    role: 'assistant',
    name: message.name,
    content: encodeAssistantContent(message, encoding),
  }
  if (message.reasoning !== undefined) for (const field of flavour.reasoningFields) wire[field] = message.reasoning
  if (message.toolCalls.length > 0) wire['tool_calls'] = encodeCalls(message.toolCalls, flavour, ids)
  if (message.partial && flavour.prefix === 'partial') wire['partial'] = true
  return wire
}

function encodeAssistantContent(message: AssistantMessage, encoding: MessageEncoding): unknown {
  const empty = message.content.length === 0 && message.toolCalls.length > 0
  if (empty) return EMPTY_CONTENT[encoding.flavour.emptyContent]
  return encodeContent(message.content, encoding)
}

const EMPTY_CONTENT = { null: null, omit: undefined, empty: '' } as const

function encodeCalls(calls: readonly ToolCall[], flavour: Flavour, ids: ToolCallIds | undefined): readonly unknown[] {
  const renamed = ids?.rename(calls)
  return calls.map((call, position) => ({
    id: renamed?.[position] ?? call.id,
    type: call.builtin && flavour.builtinTools ? 'builtin_function' : 'function',
    function: {
      name: call.name,
      arguments: flavour.toolArguments === 'object' ? objectArguments(call.arguments) : call.arguments,
    },
  }))
}

function encodeContent(content: Content, encoding: MessageEncoding): unknown {
  if (typeof content === 'string') return content
  if (content.every((part) => part.type === 'text')) {
    const text = textOf(content)
    // What a silent command printed: hosts refuse empty lists and empty parts.
    if (encoding.flavour.joinText || text === '') return text
  }
  return content.map((part) => encodePart(part, encoding))
}

function encodePart(part: ContentPart, { flavour, can, lacks }: MessageEncoding): unknown {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const { mime, base64 } = part
  if (base64 === undefined) throw new Error('a medium is encoded before its bytes are loaded')
  const url = `data:${mime};base64,${base64}`
  if (part.type === 'image') {
    if (!can.images) throw lacks('image input')
    return { type: 'image_url', image_url: { url } }
  }
  if (!can.video) throw lacks('video input')
  if (flavour.videoPart === 'video_url') return { type: 'video_url', video_url: { url } }
  return { type: 'input_video', input_video: { data: base64, format: mime.replace(/^video\//, '') } }
}
