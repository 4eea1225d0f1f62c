/** What may come next in an answer: the seam between a loop that samples tokens and the form that an answer must have. */

import type { LlamaGrammarEvaluationState, TokenBias } from 'node-llama-cpp'

/** What follows from a token: the ids that now stand in the answer, and whether it is complete. */
export interface Move {
  /** Not always the sampled token: it may be replaced, and ids that are certain follow without being sampled. */
  readonly ids: readonly number[]
  /** So many of the ids, from the first on, are thought. */
  readonly thought: number
  readonly end?: 'stop' | 'tool_calls'
}

export interface Constraints {
  /** What stands before anything is sampled. */
  begin(): Move | Promise<Move>
  /** The grammar that holds for the next token. */
  grammar(): LlamaGrammarEvaluationState | undefined
  /** The tokens that may not be the next. */
  bias(): TokenBias
  /** The sampled token. */
  take(id: number): Move | Promise<Move>
  /** What stands already does not follow the grammar: from here on none holds. */
  withoutGrammar(): void
}
