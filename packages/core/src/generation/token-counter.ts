/** Counting tokens. One counter serves the window check, the budgets and the bill, so that they agree. */

import type { GenerationRequest } from './request.ts'

export interface TokenCounter {
  /** False for a stated approximation: replies then carry `x-moonbase-token-count: approximate`. */
  readonly exact: boolean
  /** Tokens of a piece of plain text. */
  countText(text: string): number
  /** Tokens of the whole prompt as the model reads it: declaration of tools, messages, wrappers, media. */
  countPrompt(request: Pick<GenerationRequest, 'messages' | 'tools' | 'thinking'>): number
}
