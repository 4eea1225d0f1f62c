/** Items of a Responses request, one by one, into the conversation that the model reads. */

import { shown } from '@moonbase/protocol'
import { apiErrorWith } from '@moonbase/protocol'
import type { DraftMessage, ReadMedia } from '../../generation/index.ts'
import { Conversation } from './conversation.ts'
import { decodeContent } from './decode-content.ts'
import { CUSTOM_INPUT } from './decode-tools.ts'
import type { AnyItem } from './item.ts'
import { refuse, text, optional } from './shape.ts'
import { flatName } from './tool-names.ts'

/** What seals and opens thoughts for one organisation. */
export interface ReasoningSeal {
  seal(thought: string): string
  /** `undefined` for what was not sealed here, or for somebody else. */
  open(sealed: string): string | undefined
}

export interface ItemParts {
  readonly readMedia: ReadMedia
  readonly seal: Pick<ReasoningSeal, 'open'>
}

export interface DecodedItems {
  readonly messages: readonly DraftMessage[]
  /** Types of items that nobody here can read, as fields of a request. */
  readonly leftOut: readonly string[]
}

/** What stands in front of all items: it is of one request alone. */
export interface Instructions {
  readonly instructions: string | undefined
}

/** @param items each with where it stands in the request, for refusals */
export function decodeItems(
  { instructions }: Instructions,
  items: Iterable<readonly [item: AnyItem, at: string]>,
  parts: ItemParts,
): DecodedItems {
  const conversation = new Conversation()
  const leftOut = new Set<string>()
  if (instructions !== undefined && instructions !== '') conversation.say({ role: 'system', content: instructions })
  for (const [item, at] of items) {
    if (!decodeItem(item, at, conversation, parts)) leftOut.add(`input.${item.type}`)
  }
  return { messages: conversation.messages(), leftOut: [...leftOut] }
}

/** False for the traces of tools that their host ran: the model was never told of them here. */
function decodeItem(item: AnyItem, at: string, conversation: Conversation, parts: ItemParts): boolean {
  switch (item.type) {
    case 'message':
      decodeMessage(item, at, conversation, parts)
      return true
    case 'reasoning':
      conversation.think(thoughtOf(item, at, parts))
      return true
    case 'function_call':
      conversation.call({
        id: text(item['call_id'], `${at}.call_id`),
        builtin: false,
        name: nameOf(item, at),
        arguments: text(item['arguments'], `${at}.arguments`),
      })
      return true
    case 'custom_tool_call':
      conversation.call({
        id: text(item['call_id'], `${at}.call_id`),
        builtin: false,
        name: nameOf(item, at),
        arguments: JSON.stringify({ [CUSTOM_INPUT]: text(item['input'], `${at}.input`) }),
      })
      return true
    case 'function_call_output':
    case 'custom_tool_call_output':
      conversation.result(
        text(item['call_id'], `${at}.call_id`),
        decodeContent(item['output'], `${at}.output`, parts.readMedia),
      )
      return true
    case 'compaction':
    case 'compaction_trigger':
      throw refuse(at, 'is a compaction: this server makes and reads none. Send the items themselves')
    default:
      return false
  }
}

function decodeMessage(item: AnyItem, at: string, conversation: Conversation, { readMedia }: ItemParts): void {
  const { role } = item
  const content = decodeContent(item['content'], `${at}.content`, readMedia)
  switch (role) {
    case 'assistant':
      conversation.answer(content)
      return
    case 'user':
      conversation.say({ role: 'user', content })
      return
    case 'system':
    // The model knows one role for whoever gives orders.
    case 'developer':
      conversation.say({ role: 'system', content })
      return
    default:
      throw refuse(`${at}.role`, `must be one of user, assistant, system, developer, but got ${shown(role)}`)
  }
}

function nameOf(item: AnyItem, at: string): string {
  return flatName(text(item['name'], `${at}.name`), optional(item, 'namespace', text, `${at}.namespace`))
}

/** Sealed goes before readable: it is what the model has thought, to the letter. @throws ApiError where neither says anything */
function thoughtOf(item: AnyItem, at: string, { seal }: ItemParts): string {
  const sealed = optional(item, 'encrypted_content', text, `${at}.encrypted_content`)
  const opened = sealed === undefined || sealed === '' ? undefined : seal.open(sealed)
  if (opened !== undefined) return opened
  const readable = readableOf(item, 'content', at, '') || readableOf(item, 'summary', at, '\n\n')
  if (readable === '' && sealed !== undefined && sealed !== '') {
    const id = typeof item['id'] === 'string' ? item['id'] : at
    throw apiErrorWith('invalid_encrypted_content', { field: { name: `${at}.encrypted_content` } }, { id })
  }
  return readable
}

function readableOf(item: AnyItem, field: 'content' | 'summary', at: string, between: string): string {
  const value = item[field]
  if (value === undefined || value === null) return ''
  if (!Array.isArray(value)) throw refuse(`${at}.${field}`, 'must be an array')
  return value
    .map((part: unknown, index) => {
      const said = decodeContent([part], `${at}.${field}[${index}]`, () => 'url')
      return typeof said === 'string' ? said : ''
    })
    .join(between)
}
