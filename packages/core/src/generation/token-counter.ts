/** Counting tokens. One counter serves the window check, the budgets and the bill, so that they agree. */

import type { PromptCount } from './prompt-count.ts'
import type { GenerationRequest } from './request.ts'

export type CountedPrompt = Pick<GenerationRequest, 'messages' | 'tools' | 'thinking'>

export interface CountTerms {
  /** Whose it is, such as the organisation's id: counts of several owners take turns. */
  readonly owner?: string | undefined
  /** Nobody waits for the count any more: it rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** A prompt that has more is not counted to its end; what is told of it is more than this, and no less than its count. */
  readonly mostTokens?: number
}

export interface TokenCounter {
  /** False for a stated approximation: replies then carry `x-moonbase-token-count: approximate`. */
  readonly exact: boolean
  /** Tokens of a piece of plain text, where it is called. */
  countText(text: string): number
  /** The same count; a long text is counted off the event loop. Rejects as `countPromptAside` does. */
  countTextAside(text: string, terms?: Omit<CountTerms, 'mostTokens'>): number | Promise<number>
  /** Tokens of the whole prompt as the model reads it: declaration of tools, messages, wrappers, media. */
  countPrompt(prompt: CountedPrompt): number
  /** What they are at most, at next to no cost; and the count, when somebody asks for it. */
  bounded(prompt: CountedPrompt, terms: CountTerms): PromptCount
  /**
   * The same count as `countPrompt`; what is not small is counted off the event loop. Rejects with an `ApiError` when too many
   * wait for it, and with the signal's reason when that fires.
   */
  countPromptAside(prompt: CountedPrompt, terms?: CountTerms): Promise<number>
}
