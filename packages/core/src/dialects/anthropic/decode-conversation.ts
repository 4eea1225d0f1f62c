/** The conversation of a request, system text included, as the model's messages. */

import { isFields } from '@moonbase/protocol'
import type { DraftMessage, DraftPart, ReadMedia } from '../../generation/index.ts'
import { type AssistantParts, decodeAssistant } from './decode-assistant.ts'
import { decodePart, textParts } from './decode-parts.ts'
import type { ToolChanges } from './tool-changes.ts'
import { type Fields, fieldsOf, listOf, optionalText, textOf, wrong } from './wire-checks.ts'

export interface ConversationParts extends AssistantParts {
  readonly readMedia: ReadMedia
  /** Told of the tools that the conversation brings in and takes away. */
  readonly changes: ToolChanges
}

export function decodeConversation(body: Fields, parts: ConversationParts): readonly DraftMessage[] {
  const messages = listOf(body['messages'], 'messages')
  if (messages.length === 0) throw wrong('messages', 'at least one message is required')
  const lastUser = messages.findLastIndex((message) => isFields(message) && message['role'] === 'user')
  const decoded: DraftMessage[] = [...decodeSystem(body['system'])]
  for (const [index, item] of messages.entries()) {
    const at = `messages.${index}`
    const message = fieldsOf(item, at)
    const content = contentOf(message['content'], `${at}.content`, message['role'] === 'system')
    switch (message['role']) {
      case 'user':
        decoded.push(...decodeUser(content, `${at}.content`, parts))
        break
      case 'assistant': {
        const said = decodeAssistant(content, `${at}.content`, index === messages.length - 1, parts)
        // An empty last one is the beginning of no particular answer.
        if (!said.partial || said.content !== '' || said.reasoning) decoded.push(said)
        break
      }
      case 'system':
        // It may be meant for one turn alone.
        decoded.push(
          ...decodeSystemMessage(
            content,
            `${at}.content`,
            parts,
            message['clear_at'] === 'next_user_message' && index < lastUser,
          ),
        )
        break
      default:
        throw wrong(`${at}.role`, "Input should be 'user', 'assistant' or 'system'")
    }
  }
  return decoded
}

function contentOf(content: unknown, at: string, optional: boolean): string | readonly unknown[] {
  if (typeof content === 'string') return content
  return optional && (content === undefined || content === null) ? [] : listOf(content, at)
}

/** A line by which Claude Code tells its version: a prompt that begins with it would be another one with each release. */
const BILLING_LINE = /^x-anthropic-billing-header:[^\n]*\n*/

function decodeSystem(system: unknown): readonly DraftMessage[] {
  if (system === undefined || system === null) return []
  if (typeof system === 'string') {
    const text = system.replace(BILLING_LINE, '')
    return text === '' ? [] : [{ role: 'system', content: text }]
  }
  const content = listOf(system, 'system').flatMap((item, index) => {
    const at = `system.${index}`
    return textParts(textOf(fieldsOf(item, at)['text'], `${at}.text`).replace(BILLING_LINE, ''))
  })
  return content.length === 0 ? [] : [{ role: 'system', content }]
}

/** In the middle: text, and tools that come and go. */
function decodeSystemMessage(
  content: string | readonly unknown[],
  at: string,
  { changes, names }: ConversationParts,
  cleared: boolean,
): readonly DraftMessage[] {
  if (typeof content === 'string') return content === '' || cleared ? [] : [{ role: 'system', content }]
  const text = content.flatMap((item, index) => {
    const place = `${at}.${index}`
    const block = fieldsOf(item, place)
    const { type } = block
    if (type === 'tool_addition' || type === 'tool_removal') {
      const name = names.toModel(changes.change(block, place))
      return textParts(
        `The tool ${name} is ${type === 'tool_addition' ? 'available from here on' : 'not available any more'}.`,
      )
    }
    return type === 'text' ? textParts(textOf(block['text'], `${place}.text`)) : decodeNoText(type, place)
  })
  return text.length === 0 || cleared ? [] : [{ role: 'system', content: text }]
}

function decodeNoText(type: unknown, at: string): never {
  throw wrong(`${at}.type`, `a system message holds text, not '${textOf(type, `${at}.type`).slice(0, 64)}'`)
}

/** Results stand before what the user says beside them: the model reads them right behind the calls. */
function decodeUser(
  content: string | readonly unknown[],
  at: string,
  parts: ConversationParts,
): readonly DraftMessage[] {
  if (typeof content === 'string') return [{ role: 'user', content }]
  const results: DraftMessage[] = []
  const said: DraftPart[] = []
  for (const [index, item] of content.entries()) {
    const place = `${at}.${index}`
    const block = fieldsOf(item, place)
    if (block['type'] === 'tool_result') results.push(decodeResult(block, place, parts))
    else if (block['type'] === 'compaction')
      said.push(...textParts(optionalText(block['content'], `${place}.content`) ?? ''))
    else said.push(...decodePart(block, place, parts.readMedia))
  }
  return said.length === 0 && results.length > 0 ? results : [...results, { role: 'user', content: said }]
}

function decodeResult(block: Fields, at: string, parts: ConversationParts): DraftMessage {
  const toolCallId = textOf(block['tool_use_id'], `${at}.tool_use_id`)
  const content = resultContent(block['content'], `${at}.content`, parts)
  // The model's results are text alone: what failed without a word says so.
  const silent = block['is_error'] === true && content.length === 0
  return { role: 'tool', toolCallId, content: silent ? 'Error' : content }
}

function resultContent(
  content: unknown,
  at: string,
  { changes, names, readMedia }: ConversationParts,
): string | readonly DraftPart[] {
  if (content === undefined || content === null) return ''
  if (typeof content === 'string') return content
  const found = listOf(content, at).flatMap((item, index): readonly DraftPart[] => {
    const place = `${at}.${index}`
    const block = fieldsOf(item, place)
    if (block['type'] !== 'tool_reference') return decodePart(block, place, readMedia)
    const name = textOf(block['tool_name'], `${place}.tool_name`)
    changes.refer(name)
    return textParts(`The tool ${names.toModel(name)} is available from here on.\n`)
  })
  return found.length === 0 ? '' : found
}
