/** Items of the Responses wire, as they are given out and as they are kept. */

import { type Fields, isFields } from './shape.ts'

/** An item as a client sent it or as it was kept: what it holds is looked at by whoever reads it. */
export type AnyItem = Fields & { readonly type: string }

/** An item of an answer. */
export type OutputItem = ReasoningItem | MessageItem | FunctionCallItem | CustomCallItem

type ItemStatus = 'in_progress' | 'completed' | 'incomplete'

/** The thought stands in one of two places: as a summary where the request asked for one, else as it is. */
export interface ReasoningItem {
  readonly id: string
  readonly type: 'reasoning'
  readonly summary: readonly SummaryText[]
  readonly content?: readonly ReasoningText[]
  /** The thought, sealed by this server for this organisation. */
  readonly encrypted_content?: string
}

interface SummaryText {
  readonly type: 'summary_text'
  readonly text: string
}

interface ReasoningText {
  readonly type: 'reasoning_text'
  readonly text: string
}

export interface MessageItem {
  readonly id: string
  readonly type: 'message'
  readonly status: ItemStatus
  readonly role: 'assistant'
  readonly content: readonly OutputText[]
}

export interface OutputText {
  readonly type: 'output_text'
  readonly annotations: readonly never[]
  readonly logprobs: readonly never[]
  readonly text: string
}

export interface FunctionCallItem {
  readonly id: string
  readonly type: 'function_call'
  readonly status: ItemStatus
  readonly arguments: string
  readonly call_id: string
  readonly name: string
  readonly namespace?: string
}

export interface CustomCallItem {
  readonly id: string
  readonly type: 'custom_tool_call'
  readonly status: ItemStatus
  readonly call_id: string
  readonly input: string
  readonly name: string
  readonly namespace?: string
}

export function outputText(text: string): OutputText {
  return { type: 'output_text', annotations: [], logprobs: [], text }
}

/** Short forms have no type: a role makes a message, an id alone a reference. `undefined` for what is no item. */
export function itemOf(value: unknown): AnyItem | undefined {
  if (!isFields(value)) return undefined
  const { type } = value
  if (typeof type === 'string') return { ...value, type }
  if (type !== undefined && type !== null) return undefined
  if (typeof value['role'] === 'string') return { ...value, type: 'message' }
  return typeof value['id'] === 'string' ? { ...value, type: 'item_reference' } : undefined
}
