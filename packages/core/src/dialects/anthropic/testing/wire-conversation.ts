/** For tests: a canonical conversation as a client of this wire would send it. */

import type { ContentPart, Message, RequestDraft, ToolMessage } from '../../../generation/index.ts'
import type { ThinkingSeal } from '../thinking-seal.ts'
import { inputOf } from '../tool-input.ts'

export type Thoughts = 'signed' | 'unsigned' | 'sealed' | 'redacted'

type Fields = Record<string, unknown>

/** @param thoughts in which of the ways that clients have */
export function wireConversation(
  { messages, tools }: Pick<RequestDraft, 'tools'> & { readonly messages: readonly Message[] },
  thoughts: Thoughts,
  seal: ThinkingSeal,
): Fields {
  const wire: Fields[] = []
  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      const last = wire.at(-1)
      // Results of one answer, and what the user says beside them, are one message of this wire.
      if (messages[index - 1]?.role === 'tool' && Array.isArray(last?.['content']))
        last['content'].push(resultBlock(message))
      else wire.push({ role: 'user', content: [resultBlock(message)] })
    } else if (message.role === 'assistant') {
      wire.push({ role: 'assistant', content: assistantContent(message, thoughts, seal) })
    } else wire.push({ role: message.role, content: contentOf(message.content) })
  }
  return {
    messages: wire,
    tools: tools.flatMap((tool) =>
      tool.type === 'function'
        ? [{ name: tool.name, description: tool.description, input_schema: tool.parameters }]
        : [],
    ),
  }
}

function assistantContent(message: Message & { role: 'assistant' }, thoughts: Thoughts, seal: ThinkingSeal): unknown {
  const { content, reasoning, toolCalls } = message
  if (reasoning === undefined && toolCalls.length === 0 && typeof content === 'string') return content
  return [
    ...(reasoning === undefined ? [] : [thoughtBlock(reasoning, thoughts, seal)]),
    ...(typeof content === 'string' ? [] : content.map(partBlock)),
    ...toolCalls.map(({ id, name, arguments: written }) => ({ type: 'tool_use', id, name, input: inputOf(written) })),
  ]
}

function thoughtBlock(thinking: string, thoughts: Thoughts, seal: ThinkingSeal): Fields {
  switch (thoughts) {
    case 'signed':
      return { type: 'thinking', thinking, signature: seal.sign(thinking) }
    case 'unsigned':
      return { type: 'thinking', thinking }
    case 'sealed':
      return { type: 'thinking', thinking: '', signature: seal.seal(thinking) }
    case 'redacted':
      return { type: 'redacted_thinking', data: seal.seal(thinking) }
  }
}

function resultBlock({ toolCallId, content }: ToolMessage): Fields {
  return { type: 'tool_result', tool_use_id: toolCallId, content: contentOf(content) }
}

function contentOf(content: Message['content']): unknown {
  return typeof content === 'string' ? content : content.map(partBlock)
}

function partBlock(part: ContentPart): Fields {
  if (part.type === 'text') return { type: 'text', text: part.text }
  return { type: 'image', source: { type: 'base64', media_type: part.mime, data: part.base64 } }
}
