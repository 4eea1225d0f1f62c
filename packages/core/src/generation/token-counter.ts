/** Counting tokens. One counter serves the window check, the budgets and the bill, so that they agree. */

import type { GenerationRequest } from './request.ts'

export type CountedPrompt = Pick<GenerationRequest, 'messages' | 'tools' | 'thinking'>

export interface TokenCounter {
  /** False for a stated approximation: replies then carry `x-moonbase-token-count: approximate`. */
  readonly exact: boolean
  /** Tokens of a piece of plain text. */
  countText(text: string): number
  /** Tokens of the whole prompt as the model reads it: declaration of tools, messages, wrappers, media. */
  countPrompt(prompt: CountedPrompt): number
  /** The same count; a large prompt is counted off the event loop. Rejects with an `ApiError` when too many wait for it. */
  countPromptAside(prompt: CountedPrompt): Promise<number>
}
