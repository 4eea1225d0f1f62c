/** A thinking model needs its own thoughts back, for every tool call of the current turn. */

import type { Model } from '@moonbase/protocol'
import { apiErrorWith } from '@moonbase/protocol/errors'
import type { DraftMessage } from '../generation/index.ts'
import type { Passing } from './applied-leniency.ts'

export interface ReasoningTerms extends Passing {
  readonly model: Pick<Model, 'thinking'>
}

/**
 * The current turn is what follows the last user message; earlier turns may have lost their reasoning. An empty string was
 * missing to the models whose thinking has a switch, and not to those that always think (measured in April 2026).
 *
 * @param terms absent where that is decided already: what a resolver puts back may be empty
 */
export function checkReasoning(messages: readonly DraftMessage[], terms?: ReasoningTerms): void {
  const turn = messages.findLastIndex((message) => message.role === 'user')
  for (let index = turn + 1; index < messages.length; index += 1) {
    const message = messages[index]
    if (message?.role !== 'assistant' || message.toolCalls.length === 0 || message.reasoning) continue
    const isEmpty = message.reasoning === ''
    if (isEmpty && (terms === undefined || mayBeEmpty(terms))) continue
    throw apiErrorWith('missing_reasoning', isEmpty ? EMPTY : DROPPED, { index })
  }
}

const DROPPED = { switch: 'restore-reasoning' } as const
const EMPTY = { field: { name: 'reasoning_content' }, switch: 'accept-empty-reasoning' } as const

function mayBeEmpty({ model, lenient, leniency }: ReasoningTerms): boolean {
  if (model.thinking !== 'switch') return true
  if (!lenient.has('accept-empty-reasoning')) return false
  leniency.notes.push({ switch: 'accept-empty-reasoning', field: 'reasoning_content' })
  return true
}
