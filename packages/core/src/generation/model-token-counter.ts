/** Counts as the model reads: the chat template over a vocabulary. */

import { type Tokenizer, countPieces, renderPrompt } from '@moonbase/format'
import type { CountedPrompt, TokenCounter } from './token-counter.ts'

/**
 * Counts where it is called, `countPromptAside` too; a server that must not stand still brings a counter of its own.
 * `exact` says whether the tokenizer holds the vocabulary of the model that answers.
 */
export function modelTokenCounter(tokenizer: Tokenizer, { exact }: { readonly exact: boolean }): TokenCounter {
  const countPrompt = (prompt: CountedPrompt): number => countPieces(renderPrompt(prompt), tokenizer)
  return {
    exact,
    countText: (text) => tokenizer.count(text),
    countPrompt,
    countPromptAside: async (prompt) => countPrompt(prompt),
  }
}
