/** The server's token counter: what is small is counted at once, everything else in a thread of its own. */

import { PromptCount, type TokenCounter, modelTokenCounter } from '@moonbase/core/generation'
import { type PromptPiece, type Tokenizer, countPieces, promptTokensAtMost, renderPrompt } from '@moonbase/format'
import type { CountingThread } from './counting-thread.ts'

export interface CounterParts {
  /** Asked for at the first count. */
  readonly tokenizer: () => Tokenizer
  /** Whether that would give it at once. */
  readonly isLoaded: () => boolean
  readonly exact: boolean
  readonly thread: Pick<CountingThread, 'count'>
}

/**
 * UTF-16 units of text that are counted where they are: 0.1 to 0.3 ms of everybody's time, where a hand-over to the thread costs
 * 0.02 to 0.15 ms of it and waits for the thread.
 */
const UNITS_IN_PLACE = 8_192

export function serverTokenCounter({ tokenizer, isLoaded, exact, thread }: CounterParts): TokenCounter {
  const inPlace = (): TokenCounter => modelTokenCounter(tokenizer(), { exact })
  const isCheap = (units: number): boolean => units <= UNITS_IN_PLACE && isLoaded()
  const counter: TokenCounter = {
    exact,
    countText: (text) => tokenizer().count(text),
    countTextAside(text, terms) {
      // Nobody's vocabulary is read for nothing.
      if (text === '') return 0
      return isCheap(text.length) ? tokenizer().count(text) : thread.count([text], terms)
    },
    countPrompt: (prompt) => inPlace().countPrompt(prompt),
    bounded: (prompt, terms) => new PromptCount(counter, prompt, terms, promptTokensAtMost(prompt, utf8Bytes)),
    async countPromptAside(prompt, terms = {}) {
      const pieces = renderPrompt(prompt)
      const texts = textsOf(pieces)
      if (isCheap(unitsOf(texts))) return countPieces(pieces, tokenizer())
      // The thread gets text and nothing else: no images, and no template to keep in step.
      const others = tokensOfOthers(pieces)
      const { mostTokens = Infinity } = terms
      const tokens = others + (await thread.count(texts, { ...terms, mostTokens: mostTokens - others }))
      return tokens > mostTokens ? promptTokensAtMost(prompt, utf8Bytes) : tokens
    },
  }
  return counter
}

const utf8Bytes = (text: string): number => Buffer.byteLength(text)

function textsOf(pieces: readonly PromptPiece[]): string[] {
  return pieces.flatMap((piece) => (piece.type === 'text' ? [piece.text] : []))
}

/** As `countPieces` has it of a vocabulary with all special tokens, which those in tiktoken's format have. */
function tokensOfOthers(pieces: readonly PromptPiece[]): number {
  let tokens = 0
  for (const piece of pieces) {
    if (piece.type === 'special') tokens += 1
    else if (piece.type === 'media') tokens += piece.tokens
  }
  return tokens
}

function unitsOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
