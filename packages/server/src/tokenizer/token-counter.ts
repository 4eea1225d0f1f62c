/** The server's token counter: what is small is counted at once, what is large in a thread of its own. */

import { type CountedPrompt, type TokenCounter, modelTokenCounter } from '@moonbase/core/generation'
import { type PromptPiece, type Tokenizer, countPieces, renderPrompt } from '@moonbase/format'
import type { CountingThread } from './counting-thread.ts'

export interface CounterParts {
  /** Asked for at the first count. */
  readonly tokenizer: () => Tokenizer
  readonly exact: boolean
  readonly thread: Pick<CountingThread, 'count'>
}

/** UTF-16 units of text that are counted where they are: some ten milliseconds of everybody's time. */
const UNITS_IN_PLACE = 100_000

export function serverTokenCounter({ tokenizer, exact, thread }: CounterParts): TokenCounter {
  const inPlace = (): TokenCounter => modelTokenCounter(tokenizer(), { exact })
  return {
    exact,
    countText: (text) => tokenizer().count(text),
    countPrompt: (prompt) => inPlace().countPrompt(prompt),
    async countPromptAside(prompt: CountedPrompt) {
      const pieces = renderPrompt(prompt)
      const texts = textsOf(pieces)
      if (unitsOf(texts) <= UNITS_IN_PLACE) return countPieces(pieces, tokenizer())
      // The thread gets text and nothing else: no images, and no template to keep in step.
      const others = pieces.filter(({ type }) => type !== 'text')
      return countPieces(others, tokenizer()) + (await thread.count(texts))
    },
  }
}

function textsOf(pieces: readonly PromptPiece[]): string[] {
  return pieces.flatMap((piece) => (piece.type === 'text' ? [piece.text] : []))
}

function unitsOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
