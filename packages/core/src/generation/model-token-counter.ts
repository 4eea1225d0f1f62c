/** Counts as the model reads: the chat template over a vocabulary. */

import {
  type Tokenizer,
  type Utf8Bytes,
  countPieces,
  promptTokensAtMost,
  renderPrompt,
  utf8BytesAtMost,
} from '@moonbase/format'
import { PromptCount } from './prompt-count.ts'
import type { CountedPrompt, TokenCounter } from './token-counter.ts'

export interface ModelTokenCounterParts {
  /** Whether the tokenizer holds the vocabulary of the model that answers. */
  readonly exact: boolean
  /** What measures a text in UTF-8, where there is something quick: a browser has none. */
  readonly utf8Bytes?: Utf8Bytes
}

/** Counts where it is called, `countPromptAside` too; a server that must not stand still brings a counter of its own. */
export function modelTokenCounter(
  tokenizer: Tokenizer,
  { exact, utf8Bytes = utf8BytesAtMost }: ModelTokenCounterParts,
): TokenCounter {
  const countPrompt = (prompt: CountedPrompt): number => countPieces(renderPrompt(prompt), tokenizer)
  const counter: TokenCounter = {
    exact,
    countText: (text) => tokenizer.count(text),
    countTextAside: (text) => tokenizer.count(text),
    countPrompt,
    bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, promptTokensAtMost(prompt, utf8Bytes)),
    countPromptAside: async (prompt) => countPrompt(prompt),
  }
  return counter
}
