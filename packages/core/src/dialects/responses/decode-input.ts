/** The input of a request as a list of items, each with an id: what is decoded, kept, and listed again. */

import { apiErrorWith } from '@moonbase/protocol'
import { itemId } from './item-ids.ts'
import { type AnyItem, itemOf } from './item.ts'
import { type Fields, isFields, refuse } from './shape.ts'

/** What a request refers to and does not hold itself. */
export interface Earlier {
  /** The conversation that it goes on with: inputs and outputs, in their order. */
  readonly items: readonly AnyItem[]
  /** An item by its id. */
  readonly find: (id: string) => AnyItem | undefined
}

/** What has to be found before a request can be decoded. Takes any body, and looks at nothing else of it. */
export function referencesOf(body: unknown): {
  readonly previous: string | undefined
  readonly items: readonly string[]
} {
  if (!isFields(body)) return { previous: undefined, items: [] }
  const { previous_response_id: previous, input } = body
  const items = Array.isArray(input) ? input.map((one: unknown) => itemOf(one)) : []
  return {
    previous: typeof previous === 'string' ? previous : undefined,
    items: items.flatMap((item) =>
      item?.type === 'item_reference' && typeof item['id'] === 'string' ? [item['id']] : [],
    ),
  }
}

/** @throws ApiError for what is no item, and for a reference to one that is not kept */
export function decodeInput(input: unknown, response: string, find: Earlier['find']): readonly AnyItem[] {
  if (input === undefined || input === null) return []
  if (typeof input === 'string') return [withId({ type: 'message', role: 'user', content: input }, response, 0)]
  if (!Array.isArray(input)) throw refuse('input', 'must be a string or an array of items')
  return input.map((one: unknown, place) => {
    const item = itemOf(one)
    if (item === undefined) throw refuse(`input[${place}]`, 'must be an item with a type')
    return item.type === 'item_reference' ? found(item, place, find) : withId(item, response, place)
  })
}

function found(item: AnyItem, place: number, find: Earlier['find']): AnyItem {
  const { id } = item
  if (typeof id !== 'string') throw refuse(`input[${place}].id`, 'must be a string')
  const referred = find(id)
  // What it says there names the item; whose it is nobody is told.
  if (referred === undefined) throw apiErrorWith('item_not_found', { field: { name: 'input' } }, { id })
  return referred
}

const PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  function_call_output: 'fco',
  custom_tool_call: 'ctc',
  custom_tool_call_output: 'ctco',
}

/** As it is listed: with an id, which may be the client's own, and messages with their contents in parts. */
function withId(item: AnyItem, response: string, place: number): AnyItem {
  const id = typeof item['id'] === 'string' && item['id'] !== '' ? item['id'] : undefined
  const named = { ...item, id: id ?? itemId(PREFIXES[item.type] ?? 'item', response, 'i', place) }
  return item.type === 'message' ? listed(named) : named
}

function listed(message: AnyItem & Fields): AnyItem {
  const { content, role } = message
  if (typeof content !== 'string') return message
  const part =
    role === 'assistant'
      ? { type: 'output_text', annotations: [], text: content }
      : { type: 'input_text', text: content }
  return { ...message, status: 'completed', content: [part] }
}
