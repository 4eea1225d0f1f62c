/** What the model said before: its thoughts, its text, its calls. */

import type { AssistantMessage, DraftPart, TextPart, ToolCall } from '../../generation/index.ts'
import { textParts } from './decode-parts.ts'
import { type ThinkingSeal, thoughtOf } from './thinking-seal.ts'
import { argumentsOf } from './tool-input.ts'
import type { ToolNames } from './tool-names.ts'
import { type Fields, fieldsOf, optionalText, textOf, wrong } from './wire-checks.ts'

export interface AssistantParts {
  readonly names: ToolNames
  readonly seal: ThinkingSeal
  /** A call without its thought is sent back with an empty one: the contract lets that pass, and names it. */
  readonly fillsThoughts: boolean
}

/**
 * A message of the canonical order: thought, text, calls. Blocks of one kind that stand apart are joined.
 *
 * @param last it is the last of the conversation: without calls it is the beginning of the answer
 */
export function decodeAssistant(
  content: string | readonly unknown[],
  at: string,
  last: boolean,
  { names, seal, fillsThoughts }: AssistantParts,
): AssistantMessage<DraftPart> {
  if (typeof content === 'string') return { role: 'assistant', content, toolCalls: [], partial: last }
  const text: TextPart[] = []
  const toolCalls: ToolCall[] = []
  let reasoning: string | undefined
  for (const [index, item] of content.entries()) {
    const place = `${at}.${index}`
    const block = fieldsOf(item, place)
    switch (block['type']) {
      case 'text':
        text.push(...textParts(textOf(block['text'], `${place}.text`)))
        break
      case 'thinking':
      case 'redacted_thinking':
        reasoning = (reasoning ?? '') + decodeThought(block, place, seal)
        break
      case 'tool_use':
        toolCalls.push(decodeCall(block, place, names))
        break
      // The summary of what was left out of the conversation, and the mark of a change of models.
      case 'compaction':
        text.push(...textParts(optionalText(block['content'], `${place}.content`) ?? ''))
        break
      case 'fallback':
        break
      default:
        throw wrong(
          `${place}.type`,
          `blocks of type '${textOf(block['type'], `${place}.type`).slice(0, 64)}' are not supported here`,
        )
    }
  }
  if (fillsThoughts && toolCalls.length > 0) reasoning ??= ''
  return {
    role: 'assistant',
    content: text.length === 0 ? '' : text,
    toolCalls,
    partial: last && toolCalls.length === 0,
    ...(reasoning === undefined ? {} : { reasoning }),
  }
}

function decodeThought(block: Fields, at: string, seal: ThinkingSeal): string {
  // What nobody here can open was another model's, or is from before the secret was lost.
  if (block['type'] === 'redacted_thinking') return seal.open(textOf(block['data'], `${at}.data`)) ?? ''
  const thinking = optionalText(block['thinking'], `${at}.thinking`) ?? ''
  const signature = optionalText(block['signature'], `${at}.signature`) ?? ''
  const thought = thoughtOf(thinking, signature, seal)
  if (thought === undefined) throw wrong(at, 'Invalid `signature` in `thinking` block')
  return thought
}

function decodeCall(block: Fields, at: string, names: ToolNames): ToolCall {
  return {
    id: textOf(block['id'], `${at}.id`),
    builtin: false,
    name: names.toModel(textOf(block['name'], `${at}.name`)),
    arguments: argumentsOf(fieldsOf(block['input'], `${at}.input`)),
  }
}
