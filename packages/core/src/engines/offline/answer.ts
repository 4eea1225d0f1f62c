/** What one choice is going to say, whole, before a word of it is spoken. */

import type { FinishReason } from '../../generation/index.ts'
import type { PlannedCall } from './decision.ts'

export interface Answer {
  /** `''` when the model is not to think. */
  readonly reasoning: string
  readonly text: string
  readonly calls: readonly PlannedCall[]
  /** The number of a call that the request's prefix began: the first of `calls` is then the rest of it. */
  readonly begun?: number
  readonly finish: FinishReason
}

/** The answer that ends as its content says. */
export function answerOf(reasoning: string, text: string, calls: readonly PlannedCall[]): Answer {
  return { reasoning, text, calls, finish: calls.length > 0 ? 'tool_calls' : 'stop' }
}
