/** Which of the answers that were kept of one place in a conversation is the one that a client sends back. */

import { type GivenCall, type KeptAnswer, type KeptCall, keptCall } from './kept-answer.ts'

export type AnswerMatch =
  | { readonly found: 'one'; readonly reasoning: string }
  /** `several`: two that are alike as well as any thought differently. */
  | { readonly found: 'several' | 'none' }

/** What must be the same: from the surest to what is left where a client has changed ids, filled in arguments, or both. */
const WAYS: readonly (readonly (keyof KeptCall)[])[] = [
  ['name', 'id', 'arguments'],
  ['name', 'arguments'],
  ['name', 'id'],
  ['name'],
]

/** @param kept of answers to the same conversation */
export function matchAnswer(calls: readonly GivenCall[], kept: readonly KeptAnswer[]): AnswerMatch {
  if (kept.length === 0) return { found: 'none' }
  const given = calls.map(keptCall)
  for (const fields of WAYS) {
    const alike = kept.filter((one) => isAlike(one.calls, given, fields))
    const [first] = alike
    if (first === undefined) continue
    const { reasoning } = first
    return alike.every((one) => one.reasoning === reasoning) ? { found: 'one', reasoning } : { found: 'several' }
  }
  return { found: 'none' }
}

function isAlike(one: readonly KeptCall[], other: readonly KeptCall[], fields: readonly (keyof KeptCall)[]): boolean {
  return (
    one.length === other.length &&
    one.every((call, index) => fields.every((field) => call[field] === other[index]?.[field]))
  )
}
